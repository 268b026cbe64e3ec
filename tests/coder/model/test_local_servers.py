"""Servers on this machine are found whatever else listens there."""

import socket
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import pytest
from openai_server import Nature, OpenAIServer

from coder.model.local_servers import LocalServer, find, is_loopback


@contextmanager
def saying(raw: bytes) -> Generator[int]:
    """A port that answers anything with these bytes, and with b"" not at all."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if not raw:
                ended.wait(60)
            connection.recv(1000)
            connection.sendall(raw)
            connection.close()

        ended = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def http(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def test_those_that_answer_are_found_with_their_models_and_the_rest_is_left_out() -> None:
    strangers = [
        b"",
        b"SSH-2.0-x\r\n",
        http(b"<html>"),
        http(b"{}", b"404 Not Found"),
        http(b"[1]"),
        http(b'{"data": 3}'),
    ]
    with ExitStack() as stack:
        first = stack.enter_context(OpenAIServer([], Nature(models=["llama3", "qwen"], owner="library")))
        second = stack.enter_context(OpenAIServer([], Nature(models=["m"], owner="somebody")))
        ports = {first.server_address[1]: "llama.cpp", second.server_address[1]: "vLLM"}
        ports |= {stack.enter_context(saying(raw)): "stranger" for raw in strangers}
        found = find(ports, timeout_s=5)
    assert found == (LocalServer("Ollama", first.url, ("llama3", "qwen")), LocalServer("vLLM", second.url, ("m",)))


def test_an_ollama_without_a_model_is_found_too() -> None:
    with saying(http(b'{"object": "list", "data": null}')) as port:
        assert find({port: "Ollama"}, 30) == (LocalServer("Ollama", f"http://127.0.0.1:{port}/v1", ()),)


def test_where_nobody_listens_nothing_is_found() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert find({taken.getsockname()[1]: "Ollama"}) == ()


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:1/v1", True),
        ("https://api.openai.com/v1", False),
        ("http://127.0.0.1.evil.example/v1", False),
        ("http://localhost@evil.example/v1", False),
        ("http://[half", False),
        ("", False),
    ],
)
def test_only_this_very_machine_counts_as_loopback(url: str, here: bool) -> None:
    assert is_loopback(url) is here
