"""Finds model servers on this machine (Ollama, llama.cpp, LM Studio, vLLM) by asking their usual ports all at once."""

import http.client
import json
import queue
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

USUAL_PORTS: Mapping[int, str] = {11434: "Ollama", 8080: "llama.cpp", 1234: "LM Studio", 8000: "vLLM"}
_OWNERS = {"library": "Ollama", "llamacpp": "llama.cpp", "organization_owner": "LM Studio", "vllm": "vLLM"}
_LONGEST_LIST = 1_000_000


@dataclass(frozen=True)
class LocalServer:
    """A server that answered; `base_url` is what to set, `models` the names it lists, perhaps none."""

    kind: str
    base_url: str
    models: tuple[str, ...]


def is_loopback(url: str) -> bool:
    """Return whether `url` is of this very machine, so that no key is needed and nothing leaves it."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host in ("localhost", "::1") or bool(re.fullmatch(r"127(\.\d{1,3}){3}", host))


def find(ports: Mapping[int, str] = USUAL_PORTS, timeout_s: float = 0.4) -> tuple[LocalServer, ...]:
    """Return the servers that list models on this machine, in the order of `ports`, after `timeout_s` at the latest.

    Whatever else listens on one of these ports is asked for /v1/models once and left out.

    Args:
        ports: the ports to ask, each with the server that usually has it.
        timeout_s: the bound for all of them together, in seconds.
    """
    answers: queue.SimpleQueue[tuple[int, LocalServer | None]] = queue.SimpleQueue()

    def ask(port: int, usual: str) -> None:
        answers.put((port, _asked(port, usual, timeout_s)))

    for port, usual in ports.items():
        threading.Thread(target=ask, args=(port, usual), daemon=True).start()
    found: dict[int, LocalServer] = {}
    ends = time.monotonic() + timeout_s
    for _ in ports:
        try:
            port, server = answers.get(timeout=max(0.001, ends - time.monotonic()))
        except queue.Empty:
            break
        if server is not None:
            found[port] = server
    return tuple(found[port] for port in ports if port in found)


def _asked(port: int, usual: str, timeout_s: float) -> LocalServer | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", "/v1/models", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        data: Any = json.loads(answer.read(_LONGEST_LIST)) if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        return None  # nobody there, or something else than a model server
    finally:
        connection.close()
    listed = cast(dict[str, Any], data).get("data") if isinstance(data, dict) else None
    if not isinstance(data, dict) or "data" not in data or not isinstance(listed, list | None):
        return None  # Ollama without a model says null
    rows = [cast(dict[str, Any], row) for row in cast(list[Any], listed or []) if isinstance(row, dict)]
    owners = {_OWNERS.get(str(row.get("owned_by")), "") for row in rows} - {""}
    kind = owners.pop() if len(owners) == 1 else usual
    names = tuple(str(row["id"]) for row in rows if row.get("id"))
    return LocalServer(kind, f"http://127.0.0.1:{port}/v1", names)
