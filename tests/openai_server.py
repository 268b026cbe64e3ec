"""A real server on loopback that speaks the OpenAI chat protocol, with answers and faults by script.

In tests: `with OpenAIServer(["Hello"]) as server: OpenAIModel("test", server.url, "key")`.
As a program: `python tests/openai_server.py --script FILE --port 0` prints its URL; FILE holds a JSON list of answers.
"""

import argparse
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, cast

Data = dict[str, Any]
Style = Literal["usual", "whole", "no_index", "no_id", "dict", "all_zero", "fragments"]


@dataclass(frozen=True)
class Answer:
    """What one request gets.

    `calls` are (command, arguments); `style` is how their deltas are cut: "whole" in one delta, "no_index", "no_id",
    arguments as "dict", every index zero, or name and arguments in single characters. `usage` None sends none.
    `delay_s` comes before the first byte, `pause_s` before each chunk. `cut_after` ends the connection after so many
    chunks, with a reset if `reset`. `raw` replaces the chunks. With another `status`, `body` is sent as it is.
    """

    text: str = ""
    calls: Sequence[tuple[str, Mapping[str, Any]]] = ()
    style: Style = "usual"
    usage: Mapping[str, Any] | None = field(default_factory=dict[str, Any])
    finish: str | None = ""
    done: bool = True
    delay_s: float = 0.0
    pause_s: float = 0.0
    cut_after: int | None = None
    reset: bool = False
    raw: str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""
    content_type: str = "text/event-stream"
    open_s: float = 0.0  # how long the connection stays open when all is said
    whole: bool = False  # one JSON answer although a stream was asked for


def refuses(status: int, message: str, code: str = "", **headers: str) -> Answer:
    """Return an answer with an error in OpenAI's form; header names with `_` for `-`."""
    body = {"error": {"message": message, "type": code or "error", "code": code or None}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=json.dumps(body), content_type="application/json", headers=named)


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; `at` is the monotonic time."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Data
    at: float


Script = Sequence[Answer | str | Mapping[str, Any]] | Callable[[Asked, int], "Answer | str"]


@dataclass
class Nature:
    """What kind of server it is: which keys and models it knows, and what it does not support."""

    keys: Sequence[str] = ()  # none: any key will do
    models: Sequence[str] = ("test",)
    only_these_models: bool = False
    tools: str = ""  # a refusal's words, when it has no tools
    tools_status: int = 400
    stream_options: bool = True
    repeat: bool = False  # the last answer again and again
    owner: str = "tests"


class OpenAIServer(ThreadingHTTPServer):
    """The server; `asked` is the log of chat requests, `url` its base URL."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, script: Script = (), nature: Nature | None = None, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.script = script
        self.nature = nature or Nature()
        self.asked: list[Asked] = []
        self.listed = 0
        self.closed_early = threading.Event()  # set when a client hung up while it was being answered
        self.over = threading.Event()  # ends every delay and pause
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the tests, nothing to print."""
        self.closed_early.set()

    def answer_to(self, asked: Asked) -> Answer:
        """Log a chat request and return what it gets."""
        if (refusal := self._refusal(asked)) is not None:
            with self._lock:
                self.asked.append(asked)
            return refusal
        with self._lock:
            number = self._answered
            self._answered += 1
            self.asked.append(asked)
        if callable(self.script):
            return _answer(self.script(asked, number))
        if number >= len(self.script) and not (self.nature.repeat and self.script):
            return refuses(400, f"the script has only {len(self.script)} answers", "script_over")
        return _answer(self.script[min(number, len(self.script) - 1)])

    _answered = 0

    def _refusal(self, asked: Asked) -> Answer | None:
        nature, model = self.nature, str(asked.body.get("model"))
        if nature.keys and asked.headers.get("authorization", "").removeprefix("Bearer ") not in nature.keys:
            said = asked.headers.get("authorization", "").removeprefix("Bearer ")
            return refuses(401, f"Incorrect API key provided: {said}.", "invalid_api_key")
        if nature.only_these_models and model not in nature.models:
            return refuses(404, f"The model `{model}` does not exist.", "model_not_found")
        if not nature.stream_options and "stream_options" in asked.body:
            return refuses(400, "Unrecognized request argument supplied: stream_options")
        if nature.tools and "tools" in asked.body:
            return refuses(nature.tools_status, nature.tools)
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: OpenAIServer  # pyright: ignore[reportIncompatibleVariableOverride]  # always started by it

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        nature = self.server.nature
        if not self.path.endswith("/models"):
            self._whole(404, "application/json", '{"error": {"message": "no such path"}}')
            return
        self.server.listed += 1
        rows = [{"id": name, "object": "model", "owned_by": nature.owner} for name in nature.models]
        self._whole(200, "application/json", json.dumps({"object": "list", "data": rows}))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked("POST", self.path, headers, cast(Data, json.loads(raw)), time.monotonic())
        if not self.path.endswith("/chat/completions"):
            self._whole(404, "application/json", '{"error": {"message": "no such path"}}')
            return
        answer = self.server.answer_to(asked)
        self.server.over.wait(answer.delay_s)
        if answer.status != 200 or answer.body:
            self._whole(answer.status, answer.content_type, answer.body, answer.headers)
        elif answer.whole or not asked.body.get("stream"):
            self._whole(200, "application/json", json.dumps(_whole_answer(answer, asked.body)), answer.headers)
        else:
            self._stream(answer, asked.body)

    def _whole(self, status: int, kind: str, body: str, headers: Mapping[str, str] | None = None) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, answer: Answer, body: Data) -> None:
        self.send_response(200)
        for name, value in {"Content-Type": answer.content_type, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        pieces = _events(answer, body) if answer.raw is None else [answer.raw] if answer.raw else []
        for number, piece in enumerate(pieces):
            if number == answer.cut_after:
                self._cut(answer.reset)
                return
            self.server.over.wait(answer.pause_s)
            data = piece.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.server.over.wait(answer.open_s)
        self.wfile.write(b"0\r\n\r\n")

    def _cut(self, reset: bool) -> None:
        """End the connection in the middle of an answer; with `reset` the client gets ECONNRESET."""
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True


def _answer(given: Answer | str | Mapping[str, Any]) -> Answer:
    if isinstance(given, Answer):
        return given
    return Answer(text=given) if isinstance(given, str) else Answer(**dict(given))


def _finish(answer: Answer) -> str | None:
    if answer.finish == "":
        return "tool_calls" if answer.calls else "stop"
    return answer.finish


def _usage(answer: Answer, body: Data) -> Data:
    """Counts that a test can foresee: a token for each four characters, unless the answer brings its own."""
    prompt, out = len(json.dumps(body.get("messages"))) // 4 + 1, len(answer.text) // 4 + 1
    counted: Data = {"prompt_tokens": prompt, "completion_tokens": out, "total_tokens": prompt + out}
    return {**counted, **(answer.usage or {})}


def _call(number: int, name: str, arguments: Mapping[str, Any]) -> Data:
    function = {"name": name, "arguments": json.dumps(dict(arguments))}
    return {"index": number, "id": f"call_{number}", "type": "function", "function": function}


def _whole_answer(answer: Answer, body: Data) -> Data:
    message: Data = {"role": "assistant", "content": answer.text or None}
    if answer.calls:
        message["tool_calls"] = [_call(number, *call) for number, call in enumerate(answer.calls)]
    choice = {"index": 0, "message": message, "finish_reason": _finish(answer)}
    whole: Data = {"id": "chat", "object": "chat.completion", "model": body.get("model"), "choices": [choice]}
    return whole if answer.usage is None else {**whole, "usage": _usage(answer, body)}


def _events(answer: Answer, body: Data) -> list[str]:
    rows: list[Data] = [{"delta": {"role": "assistant", "content": ""}}]
    words = answer.text.split(" ")
    rows += [
        {"delta": {"content": word if number == 0 else f" {word}"}} for number, word in enumerate(words) if answer.text
    ]
    rows += [{"delta": {"tool_calls": items}} for items in _call_deltas(answer)]
    rows.append({"delta": {}, "finish_reason": _finish(answer)})
    chunk: Data = {"id": "chat", "object": "chat.completion.chunk", "created": 0, "model": body.get("model")}
    chunks = [{**chunk, "choices": [{"index": 0, "finish_reason": None, **row}]} for row in rows]
    if answer.usage is not None and body.get("stream_options"):
        chunks.append({**chunk, "choices": [], "usage": _usage(answer, body)})
    events = [f"data: {json.dumps(one, ensure_ascii=False)}\n\n" for one in chunks]
    return [*events, "data: [DONE]\n\n"] if answer.done else events


def _call_deltas(answer: Answer) -> list[list[Data]]:
    items = [_call(number, name, arguments) for number, (name, arguments) in enumerate(answer.calls)]
    for item, (_, arguments) in zip(items, answer.calls, strict=True):
        if answer.style in ("no_index", "no_id", "dict"):
            del item["index"]
        if answer.style in ("no_id", "dict"):
            del item["id"]
        if answer.style == "dict":
            item["function"]["arguments"] = dict(arguments)
        if answer.style == "all_zero":
            item["index"] = 0
    if answer.style == "whole":
        return [items]
    if answer.style not in ("usual", "fragments"):
        return [[item] for item in items]
    size = 1 if answer.style == "fragments" else 8
    deltas: list[list[Data]] = []
    for item in items:
        text = item["function"]["arguments"]
        deltas.append([{**item, "function": {"name": item["function"]["name"], "arguments": ""}}])
        for start in range(0, len(text), size):
            deltas.append([{"index": item["index"], "function": {"arguments": text[start : start + size]}}])
    return deltas


def main() -> None:
    """Serve a script until the process is ended."""
    parser = argparse.ArgumentParser(description="An OpenAI-compatible server on loopback whose answers are a script.")
    parser.add_argument(
        "--script", type=Path, required=True, help="a JSON list: texts, or objects with Answer's fields"
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--repeat", action="store_true", help="give the last answer again and again")
    parser.add_argument("--log", type=Path, help="a file that gets one JSON line a request")
    given = parser.parse_args()
    script = cast(list[Any], json.loads(given.script.read_text(encoding="utf-8")))
    server = OpenAIServer(script, Nature(repeat=given.repeat), given.port)
    if given.log:
        _log_to(server, given.log)
    print(server.url, flush=True)
    server.serve_forever()


def _log_to(server: OpenAIServer, file: Path) -> None:
    answer_to = server.answer_to

    def logged(asked: Asked) -> Answer:
        arrived = time.time()
        answer = answer_to(asked)
        with file.open("a", encoding="utf-8") as log:
            log.write(json.dumps({"at": arrived, "body": asked.body}) + "\n")
        return answer

    server.answer_to = logged


if __name__ == "__main__":
    main()
