"""Calls written as text, for models and endpoints without tools: how they are asked for, and how they are found."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import Any, cast

import prompts
from coder.model.call_formats import Parameters, marked_calls, python_calls
from coder.model.model import Call, Tool, Turn
from coder.model.streaming import new_call_id

_NAME_KEYS = ("command", "name", "tool", "function", "action")
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input")
_LISTS = ("tool_calls", "commands", "calls")
# A string without its end counts up to the end of the text, so that nothing is looked through twice.
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*+[\]}])', re.DOTALL)
_OPENING = re.compile(r"[\[{]\s*[\[{\"]")
_STARTS = ("[", "{", "```", "<tool_call>", "<function", "<|")
MOST = 100_000  # characters; calls are short
TRIES = 1_000  # places where JSON may begin


def with_tools_as_text(chat: Sequence[Turn], tools: Sequence[Tool]) -> list[Turn]:
    """Return `chat` with the tools told in its system turn, and earlier calls and their results as plain text.

    The text comes last in the system turn, so that what stands before it stays the same in every request. Turns of the
    same role in a row become one: templates of local models often insist on user and assistant taking turns.
    """
    turns = [_as_text(turn) for turn in chat]
    if tools:
        listed = "\n".join(f"- {tool.name}: {tool.description} Arguments: {_schema(tool)}" for tool in tools)
        ask: Turn = {"role": "system", "content": prompts.render("calls", "ask", tools=listed, first=tools[0].name)}
        turns.insert(1 if turns and turns[0].get("role") == "system" else 0, ask)
    return _merged(turns)


def without_system(chat: Sequence[Turn]) -> list[Turn]:
    """Return `chat` with the words of its system turn before the first turn of the user, for models that have none."""
    return _merged([{**turn, "role": "user"} if turn.get("role") == "system" else turn for turn in chat])


def _merged(turns: Sequence[Turn]) -> list[Turn]:
    """Turns of plain text by the same role in a row as one."""
    merged: list[Turn] = []
    for turn in turns:
        plain = not turn.get("tool_calls") and turn.get("role") != "tool"
        if plain and merged and merged[-1]["role"] == turn["role"]:
            merged[-1] = {**merged[-1], "content": f"{merged[-1]['content']}\n\n{turn['content']}"}
        else:
            merged.append(turn)
    return merged


def _schema(tool: Tool) -> str:
    return json.dumps(tool.parameters, ensure_ascii=False, separators=(",", ":"))


def _as_text(turn: Turn) -> Turn:
    if turn.get("role") == "tool":
        return {"role": "user", "content": f"Result of the command:\n{turn.get('content') or ''}"}
    if not turn.get("tool_calls"):
        return turn
    given = [call["function"] for call in turn["tool_calls"]]
    rows = [f'{{"command": {json.dumps(one["name"])}, "arguments": {one["arguments"]}}}' for one in given]
    text = f"{turn.get('content') or ''}\n[{', '.join(rows)}]".strip()
    return {"role": turn["role"], "content": text}


def calls_of(text: str, tools: Sequence[Tool]) -> tuple[Call, ...]:
    """Return the calls of the offered `tools` that a reply's text holds, also with arguments that go by their place."""
    parameters = {tool.name: tuple(tool.parameters.get("properties") or ()) for tool in tools}
    return calls_in(text, list(parameters), parameters)


def calls_in(text: str, names: Sequence[str], parameters: Parameters = MappingProxyType({})) -> tuple[Call, ...]:
    """Return the calls that a reply's text holds, () if none.

    Taken: a JSON array or object, several objects one after the other, inside a fence, a <tool_call> or prose, with
    trailing commas or with quotes as Python writes them, and the forms of coder/model/call_formats.py. What has
    "arguments" too is a call of whatever name, so that the caller can answer "unknown command"; anything else is one
    only if its name is among `names`. JSON that is cut off gives no call from there on.

    Args:
        text: what the model wrote; of more than MOST characters only the last ones are looked through.
        names: the commands that were offered.
        parameters: of each command, the names of its arguments in order.
    """
    text = text[-MOST:]
    if marked := marked_calls(text, names):
        return marked
    for part in _places(text):
        found = [call for value in _values(part) for item in _flat(value) if (call := _call(item, names))]
        if found:
            return tuple(found)
    return python_calls(text, names, parameters)


def _places(text: str) -> Iterator[str]:
    """Where to look, the surest first."""
    tagged = _between(text, "<tool_call>", "</tool_call>")
    if tagged:
        yield "\n".join(tagged)
    fenced = [part.partition("\n")[2] for part in text.split("```")[1:-1:2]]
    if fenced:
        yield "\n".join(fenced)
    yield text


def _between(text: str, begin: str, end: str) -> list[str]:
    """The parts between two marks; the last may lack its end."""
    return [part.partition(end)[0] for part in text.split(begin)[1:]]


def _values(text: str) -> Iterator[Any]:
    """Each JSON array or object of `text`, the outermost ones, from left to right."""
    text = _TRAILING_COMMA.sub(lambda found: found.group(1) or "", text)
    decoder, at = json.JSONDecoder(strict=False), 0
    for _ in range(TRIES):
        match = _OPENING.search(text, at)
        if match is None:
            return
        try:
            value, at = decoder.raw_decode(text, match.start())
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated") or not text[error.pos :].strip():
                return  # cut off: what is inside it was not meant on its own
            at = match.start() + 1
            continue
        except (RecursionError, ValueError):  # too deep, or a number that is too long
            return
        yield value


def _flat(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(value, list):
        for item in cast(list[Any], value):
            yield from _flat(item, depth + 1)
    elif isinstance(value, dict):
        data = cast(dict[str, Any], value)
        inner = next((data[key] for key in _LISTS if isinstance(data.get(key), list)), None)
        if inner is None:
            yield data
        else:
            yield from _flat(inner, depth + 1)


def _call(data: dict[str, Any], names: Sequence[str]) -> Call | None:
    inner = data.get("function")
    if isinstance(inner, dict):  # the protocol's own form, written out as text
        data = cast(dict[str, Any], inner)
    name = next((data[key] for key in _NAME_KEYS if isinstance(data.get(key), str)), "")
    key = next((key for key in _ARGUMENT_KEYS if key in data), None)
    if not name or (key != "arguments" and name not in names):
        return None
    given: Any = data[key] if key else {}
    return Call(name, given if isinstance(given, str) else json.dumps(given, ensure_ascii=False), new_call_id())


class ProseFilter:
    """Passes on streamed text up to where JSON, a fence or a mark of calls starts a line, and holds the rest back."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._in_line = False  # the line that is being written began as prose
        self._held: list[str] = []
        self._stopped = False

    def take(self, text: str) -> None:
        """Take the next piece of text."""
        if self._stopped:
            self._held.append(text)
            return
        pieces = ("".join(self._held) + text).splitlines(keepends=True)
        self._held = []
        for number, piece in enumerate(pieces):
            start = piece.lstrip()
            open_end = number == len(pieces) - 1 and not piece.endswith("\n")
            undecided = open_end and len(start) < 20 and any(word.startswith(start) for word in _STARTS)
            self._stopped = self._stopped or (not self._in_line and start.startswith(_STARTS))
            if self._stopped or (undecided and not self._in_line):
                self._held = pieces[number:]
                return
            self._on_text(piece)
            self._in_line = open_end

    def release(self) -> None:
        """Pass on what was held back, because it turned out to be no call."""
        if self._held:
            self._on_text("".join(self._held))
        self._held = []
