"""From the bytes of a streamed chat answer to text, calls and usage; forgives what the many servers do differently."""

import json
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from coder.model import Call
from coder.retry import Fault

Data = dict[str, Any]


def data_of(chunks: Iterable[bytes], silence_s: float) -> Iterator[str]:
    """Yield the data of each server-sent event; comments, which servers send to keep a line open, count as silence.

    Lines end at a line feed only: JSON may hold U+2028 and its like unescaped.

    Raises:
        Fault: no data came for `silence_s`.
    """
    buffer, lines, heard = bytearray(), list[bytes](), time.monotonic()
    for chunk in chunks:
        buffer += chunk
        *whole, rest = bytes(buffer).split(b"\n") if b"\n" in chunk else (bytes(buffer),)
        buffer = bytearray(rest)
        for line in whole:
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                lines.append(line[5:].removeprefix(b" "))
            elif not line and lines:
                heard = time.monotonic()
                yield b"\n".join(lines).decode("utf-8", "replace")
                lines.clear()
        if time.monotonic() - heard > silence_s:
            raise Fault(f"no word for {silence_s:.0f} s", "silent")
    if buffer.startswith(b"data:"):
        lines.append(bytes(buffer[5:]).strip())
    if lines:
        yield b"\n".join(lines).decode("utf-8", "replace")


class Assembly:
    """One reply in the making, out of the chunks of a stream or out of one whole answer."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._texts: list[str] = []
        self._calls: list[_Piece] = []
        self._choices = 0
        self.ended = ""
        self.model = ""
        self.usage: Data = {}

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._texts)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls so far, in the order in which they began."""
        return tuple(piece.call() for piece in self._calls)

    def read_stream(self, datas: Iterable[str]) -> None:
        """Take in a stream up to its end.

        Raises:
            Fault: the stream was cut, holds no JSON, an error, or no choices.
        """
        done = False
        for data in datas:
            if data.strip() == "[DONE]":
                done = True
                break
            self.add(parsed(data))
        if not self._choices:
            raise Fault(
                "an answer with no choices in it" if done else "the stream was cut before its first word", "broken"
            )
        if not done and not self.ended:
            raise Fault("the stream was cut", "broken")

    def add_whole(self, answer: Data) -> None:
        """Take in an answer that came in one piece.

        Raises:
            Fault: it is an error or holds no choices.
        """
        self.add(answer)
        if not self._choices:
            raise Fault("an answer with no choices in it", "broken")

    def add(self, chunk: Data) -> None:
        """Take in one chunk.

        Raises:
            Fault: it is an error.
        """
        if chunk.get("error"):
            raise _error_fault(chunk["error"])
        self.model = str(chunk.get("model") or self.model)
        usage = chunk.get("usage") or _data(chunk.get("x_groq")).get("usage")
        if isinstance(usage, dict):
            self.usage = cast(Data, usage)
        choices = chunk.get("choices")
        if not isinstance(choices, list) or not choices:
            return
        choice = _data(cast(list[Any], choices)[0])
        self._choices += 1
        self.ended = str(choice.get("finish_reason") or self.ended)
        self._take(_data(choice.get("delta") or choice.get("message")))

    def _take(self, delta: Data) -> None:
        text = _text_of(delta.get("content"))
        if text:
            self._texts.append(text)
            self._on_text(text)
        for item in _items(delta.get("tool_calls")):
            self._take_call(_data(item))
        if delta.get("function_call"):  # the protocol's older form
            self._take_call({"index": 0, "function": delta["function_call"]})

    def _take_call(self, item: Data) -> None:
        function = _data(item.get("function"))
        index, ident = item.get("index"), str(item.get("id") or "")
        name, arguments = str(function.get("name") or ""), function.get("arguments")
        piece = next((known for known in self._calls if index is not None and known.index == index), None)
        if index is None and self._calls and (ident == self._calls[-1].id if ident else not name):
            piece = self._calls[-1]
        # Some servers number every call 0: another id together with a name is another call.
        if piece is None or (ident and piece.id and ident != piece.id and name):
            piece = _Piece(index)
            self._calls.append(piece)
            if index is not None:
                for other in self._calls[:-1]:
                    other.index = None if other.index == index else other.index
        piece.id = piece.id or ident
        if name and name != piece.name:
            piece.name += name
        piece.arguments += arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""


class _Piece:
    """A call in the making."""

    def __init__(self, index: object) -> None:
        self.index = index
        self.id = ""
        self.name = ""
        self.arguments = ""

    def call(self) -> Call:
        return Call(self.name, self.arguments.strip() or "{}", self.id or new_call_id())


def new_call_id() -> str:
    """Return an id for a call that came without one; no two calls of one chat may share theirs."""
    return f"call_{secrets.token_hex(6)}"


def parsed(text: str) -> Data:
    """Return the JSON object that `text` is.

    Raises:
        Fault: it is none.
    """
    try:
        data = json.loads(text)
    except ValueError:
        raise Fault(f"an answer that is no JSON ({shortened(text, 60)!r})", "broken") from None
    if not isinstance(data, dict):
        raise Fault(f"an answer that is no JSON object ({shortened(text, 60)!r})", "broken")
    return cast(Data, data)


def counts(usage: Data) -> tuple[int, int, int] | None:
    """Return (tokens in, of these cached, tokens out), or None if the endpoint did not count."""
    tokens_in, tokens_out = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not isinstance(tokens_in, int) or not isinstance(tokens_out, int) or tokens_in <= 0:
        return None
    cached = _data(usage.get("prompt_tokens_details")).get("cached_tokens") or usage.get("prompt_cache_hit_tokens")
    return tokens_in, cached if isinstance(cached, int) else 0, tokens_out


def without_thinking(text: str) -> str:
    """Return `text` without the <think>…</think> that local models put before their answer."""
    return re.sub(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>\s*", "", text, flags=re.DOTALL)


def shortened(text: str, limit: int = 300) -> str:
    """Return `text` on one line and of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _error_fault(error: object) -> Fault:
    said = _data(error).get("message") or error
    code = str(_data(error).get("code") or _data(error).get("type") or "")
    busy = code == "429" or code.startswith("5") or "rate" in code or "overload" in code or "server" in code
    return Fault(f"an error in the stream: {shortened(str(said))}", "busy" if busy else "broken")


def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(_data(part).get("text") or "") for part in _items(content))


def _data(value: object) -> Data:
    return cast(Data, value) if isinstance(value, dict) else {}


def _items(value: object) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []
