"""From the bytes of a streamed chat answer to text, calls and usage; forgives what the many servers do differently."""

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from coder.model.model import Call
from coder.model.repetition import ENDED, RepetitionWatch
from coder.model.retry_policy import Fault
from memory.json_values import mended

Data = dict[str, Any]

_BOM = b"\xef\xbb\xbf"
MOST = 4_000_000  # characters of one reply; no plan and no function is as long, and a model may write for ever


def data_of(chunks: Iterable[bytes], silence_s: float) -> Iterator[str]:
    """Yield the data of each server-sent event; comments, which servers send to keep a line open, count as silence.

    Lines end at CR, LF or both, as the standard has it, and nowhere else: JSON may hold U+2028 and its like unescaped.
    An event without data is a sign of life. Events with no empty line between them, objects without `data:` before
    them, and one whole answer instead of events are read too, since there are servers that send them.

    Raises:
        Fault: no data came for `silence_s`.
    """
    events, heard = _Events(), time.monotonic()
    for line in _lines(chunks):
        if line is not None and (found := events.take(line)):
            heard = time.monotonic()
            yield from found
        if time.monotonic() - heard > silence_s:
            raise Fault(f"no word for {silence_s:.0f} s", "silent")
    yield from events.end()


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """Each line without its end, and None behind each chunk; a byte order mark before the first is left out."""
    parts, cut_cr, first = list[bytes](), False, True
    for chunk in chunks:
        if cut_cr and chunk.startswith(b"\n"):  # the CR before it, in the chunk before, has ended the line
            chunk = chunk[1:]
        cut_cr = chunk.endswith(b"\r")
        *whole, rest = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in whole:
            line, parts = b"".join([*parts, line]), []
            yield line.removeprefix(_BOM) if first else line
            first = False
        if rest:
            parts.append(rest)
        yield None
    if parts:
        last = b"".join(parts)
        yield last.removeprefix(_BOM) if first else last


class Unexplained(Fault):
    """A stream ended, and has not said why."""


class _Events:
    """Events in the making, line by line."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._stray: list[bytes] = []  # lines that no event stream has: perhaps one whole answer
        self._seen = False

    def take(self, line: bytes) -> list[str]:
        """The data of the events that this line ends."""
        if line.startswith(b"data:"):
            found = self._dispatched() if self._lines and _is_whole(self._lines) else []
            self._lines.append(line[5:].strip(b" "))
            return found
        if not line:
            return self._dispatched()
        if not line.startswith((b":", b"event:", b"id:", b"retry:")):
            self._stray.append(line)
            if not self._seen and line.startswith(b"{") and _is_whole([line]):
                return [self._stray.pop().decode("utf-8", "replace")]
        return []

    def end(self) -> list[str]:
        """What is left when no more lines come."""
        if found := self._dispatched():
            return found
        return [] if self._seen or not self._stray else [b"\n".join(self._stray).decode("utf-8", "replace")]

    def _dispatched(self) -> list[str]:
        data = b"\n".join(self._lines).decode("utf-8", "replace")
        self._lines.clear()
        self._seen = self._seen or bool(data)
        return [data] if data.strip() else []


def _is_whole(lines: list[bytes]) -> bool:
    """Whether this is an event of its own although no empty line follows it."""
    data = b"\n".join(lines).strip()
    if data == b"[DONE]":
        return True
    try:
        return isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


class Assembly:
    """One reply in the making, out of the chunks of a stream or out of one whole answer.

    Args:
        on_text: is given each piece of text.
        on_end: is called once, when the answer has said why it ended.
    """

    def __init__(self, on_text: Callable[[str], None], on_end: Callable[[], None] | None = None) -> None:
        self._on_text = on_text
        self._on_end = on_end
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._length = 0
        self._calls: list[PartialCall] = []
        self._choices = 0
        self._watched = {kind: RepetitionWatch() for kind in ("text", "thoughts", "arguments")}
        self.ended = ""
        self.model = ""
        self.usage: Data = {}
        self.thoughts = False  # whether it came with thoughts beside the text

    @property
    def cycle(self) -> str:
        """What it says over and over; "" if nothing."""
        return next((watch.cycle for watch in self._watched.values() if watch.cycle), "")

    @property
    def text(self) -> str:
        """The text so far."""
        return mended("".join(self._texts))

    @property
    def thoughts_alone(self) -> str:
        """Its thoughts, if it came to its end with nothing else: some servers take a whole answer for thoughts."""
        alone = self.ended == "stop" and not self._calls and not self.text.strip()
        return mended("".join(self._thoughts)) if alone else ""

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls so far, in the order in which they began."""
        return tuple(piece.call() for piece in self._calls)

    def read_stream(self, datas: Iterable[str], *, framed: bool = False) -> None:
        """Take in a stream up to its end, up to MOST characters, or until it says the same over and over.

        Args:
            datas: the data of its events.
            framed: the transport tells a whole answer from one that was cut, so that an end without any word of why is
                an end all the same.

        Raises:
            Fault: the stream was cut, holds no JSON, an error, or no choices.
            Unexplained: it ended without a word of why, and is not `framed`.
        """
        done = False
        try:
            for data in datas:
                if data.strip() == "[DONE]":
                    done = True
                    break
                self.add(parsed(data))
                if self._length > MOST or self.cycle:
                    self.ended = ENDED if self.cycle else "length"
                    break
        except Fault as fault:
            if not self.ended or fault.kind not in ("silent", "broken"):
                raise  # what was said is not all that was to be said
        if not self._choices:
            raise Fault(
                "an answer with no choices in it" if done else "the stream was cut before its first word", "broken"
            )
        if not done and not self.ended and not framed:
            raise Unexplained("the stream was cut", "broken")

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
        self.model = str(chunk.get("model") or self.model)[:200]
        usage = chunk.get("usage") or _data(chunk.get("x_groq")).get("usage")
        if isinstance(usage, dict):
            self.usage = cast(Data, usage)
        choices = chunk.get("choices")
        if not isinstance(choices, list) or not choices:
            return
        choice = _data(cast(list[Any], choices)[0])
        self._choices += 1
        self._take(self._said(choice))
        if choice.get("finish_reason") and not self.ended:
            self.ended = str(choice["finish_reason"])[:40]
            if self._on_end:
                self._on_end()

    def _said(self, choice: Data) -> Data:
        """What is new in it; some servers say the whole message once more at the end."""
        if choice.get("delta"):
            return _data(choice["delta"])
        return {} if self._texts or self._calls else _data(choice.get("message"))

    def _take(self, delta: Data) -> None:
        text = _text_of(delta.get("content"))
        if text:
            self._texts.append(text)
            self._length += len(text)
            self._watched["text"].take(text)
            self._on_text(text)
        if thoughts := delta.get("reasoning_content") or delta.get("reasoning"):
            self.thoughts = True
            self._thoughts.append(str(thoughts))
            self._length += len(str(thoughts))
            self._watched["thoughts"].take(str(thoughts))
        given = delta.get("tool_calls")
        for item in [cast(Data, given)] if isinstance(given, dict) else _items(given):
            self._take_call(_data(item))
        if delta.get("function_call"):  # the protocol's older form
            self._take_call({"index": 0, "function": delta["function_call"]})

    def _take_call(self, item: Data) -> None:
        function = _data(item.get("function")) or {key: item[key] for key in ("name", "arguments") if key in item}
        index, ident = item.get("index"), str(item.get("id") or "")
        name, arguments = str(function.get("name") or ""), function.get("arguments")
        told = arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""
        self._length += len(told)
        self._watched["arguments"].take(told)
        piece = next((known for known in self._calls if index is not None and known.index == index), None)
        if index is None and self._calls and (ident == self._calls[-1].id if ident else not name):
            piece = self._calls[-1]
        if piece is None or _begins_another(piece, name, ident, told):
            piece = PartialCall(index)
            self._calls.append(piece)
            if index is not None:
                for other in self._calls[:-1]:
                    other.index = None if other.index == index else other.index
        piece.id = piece.id or ident
        if name and name != piece.name:
            piece.name += name
        if told:
            piece.arguments.append(told)


def _begins_another(piece: "PartialCall", name: str, ident: str, told: str) -> bool:
    """Whether what came under the number of a call is another call: some servers number every call 0.

    One that has no whole arguments yet goes on, even under another id, as long as the name is the same.
    """
    if not name:
        return False
    another_id = bool(ident and piece.id and ident != piece.id)
    if piece.whole:
        return another_id or name != piece.name or not told.startswith(piece.arguments[0])
    return another_id and name != piece.name


class PartialCall:
    """A call in the making."""

    def __init__(self, index: object) -> None:
        self.index = index
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []

    @property
    def whole(self) -> bool:
        """Whether its arguments are complete; not looked at where they come in an absurd number of pieces."""
        return (
            0 < len(self.arguments) < 1000 and self.arguments[-1].rstrip().endswith("}") and is_object(self._joined())
        )

    def call(self) -> Call:
        """The call; arguments that came as a text within a text are unwrapped, and no arguments are an empty object."""
        text = self._joined().strip()
        for _ in range(2):
            if text.startswith('"') and isinstance(inner := _json(text), str):
                text = inner.strip()
        return Call(mended(self.name), mended("{}" if text in ("", "null") else text), self.id or new_call_id())

    def _joined(self) -> str:
        """The pieces one behind the other; or the last one, where each repeats all that was said before."""
        text = "".join(self.arguments)
        repeats = len(self.arguments) > 1 and self.arguments[-1].startswith(self.arguments[-2])
        return self.arguments[-1] if repeats and not is_object(text) and is_object(self.arguments[-1]) else text


def is_object(text: str) -> bool:
    """Whether the text is one JSON object."""
    return isinstance(_json(text), dict)


def _json(text: str) -> Any:
    """The value of a JSON text; None if it is none, or is too deep or too long a number to be read."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def new_call_id() -> str:
    """Return an id for a call that came without one; no two calls of one chat may share theirs.

    Nine letters and digits, since there are endpoints that take nothing else.
    """
    return f"c{secrets.token_hex(4)}"


def parsed(text: str) -> Data:
    """Return the JSON object that `text` is.

    Raises:
        Fault: it is none.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Fault(f"an answer that is no JSON ({shortened(text, 60)!r})", "broken") from None
    if not isinstance(data, dict):
        raise Fault(f"an answer that is no JSON object ({shortened(text, 60)!r})", "broken")
    return cast(Data, data)


def counts(usage: Data) -> tuple[int, int, int] | None:
    """Return (tokens in, of these cached, tokens out), or None if the endpoint did not count."""
    tokens_in, tokens_out = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    if tokens_in is None or tokens_out is None or tokens_in == 0:
        return None
    cached = _data(usage.get("prompt_tokens_details")).get("cached_tokens") or usage.get("prompt_cache_hit_tokens")
    return tokens_in, _count(cached) or 0, tokens_out


def thought_tokens(usage: Data) -> int:
    """Return how many of the tokens out were thoughts, 0 if the endpoint does not say."""
    return _count(_data(usage.get("completion_tokens_details")).get("reasoning_tokens")) or 0


def _count(value: object) -> int | None:
    """A number of tokens, also one written as 50.0; None for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**12:
        return None
    return int(value)


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
