"""A server on loopback before another one that refuses JSON schemas and tools, as plain endpoints do."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def served(upstream: str) -> Generator[str]:
    """Serve before `upstream` and give the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, format: str, *args: object) -> None:
            del format, args

        def do_GET(self) -> None:
            self._pass_on(None)

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(data)
            for name in ("response_format", "tools", "tool_choice"):
                if name in body:
                    self._answer(400, json.dumps({"error": {"message": f"Unknown parameter: {name} is not supported"}}))
                    return
            self._pass_on(data)

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(text.encode())

        def _pass_on(self, data: bytes | None) -> None:
            headers = {"content-type": "application/json", "authorization": self.headers.get("Authorization", "")}
            request = urllib.request.Request(upstream + self.path.removeprefix("/v1"), data, headers)
            try:
                with urllib.request.urlopen(request, timeout=900) as answer:
                    self.send_response(answer.status)
                    self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
                    self.end_headers()
                    while piece := answer.read1(4096):
                        self.wfile.write(piece)
                        self.wfile.flush()
            except urllib.error.HTTPError as error:
                self._answer(error.code, error.read().decode("utf-8", "replace"))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
