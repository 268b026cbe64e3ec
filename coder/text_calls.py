"""Calls written as text, for models and endpoints without tools: how they are asked for, and how they are found."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import prompts
from coder.model import Call, Tool, Turn
from coder.stream import new_call_id

_NAME_KEYS = ("command", "name", "tool", "function", "action")
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input")
_LISTS = ("tool_calls", "commands", "calls")
_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)```", re.DOTALL)
_TAG = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])')
_COMMA_LEFT = re.compile(r",\s*[\]}]")
_OPENING = re.compile(r"[\[{]\s*[\[{\"]")
_STARTS = ("[", "{", "```", "<tool_call>")


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
    merged: list[Turn] = []
    for turn in turns:
        if merged and merged[-1]["role"] == turn["role"]:
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


def calls_in(text: str, names: Sequence[str]) -> tuple[Call, ...]:
    """Return the calls that a reply's text holds, () if none.

    Taken: a JSON array or object, several objects one after the other, inside a fence, a <tool_call> or prose, with
    trailing commas. What has "arguments" too is a call of whatever name, so that the caller can answer
    "unknown command"; anything else is one only if its name is among `names`. JSON that is cut off gives no call
    from there on.

    Args:
        text: what the model wrote.
        names: the commands that were offered.
    """
    for part in _places(text):
        found = [call for value in _values(part) for item in _flat(value) if (call := _call(item, names))]
        if found:
            return tuple(found)
    return ()


def _places(text: str) -> Iterator[str]:
    """Where to look, the surest first."""
    tagged = _TAG.findall(text)
    if tagged:
        yield "\n".join(tagged)
    fenced = _FENCE.findall(text)
    if fenced:
        yield "\n".join(fenced)
    yield text


def _values(text: str) -> Iterator[Any]:
    """Each JSON array or object of `text`, the outermost ones, from left to right."""
    decoder, at = json.JSONDecoder(strict=False), 0
    while match := _OPENING.search(text, at):
        start, tail = match.start(), text[match.start() :]
        if _COMMA_LEFT.search(tail):
            tail = _TRAILING_COMMA.sub(lambda found: found.group(1) or "", tail)
        try:
            value, length = decoder.raw_decode(tail)
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated") or error.pos >= len(tail.rstrip()):
                return  # cut off: what is inside it was not meant on its own
            at = start + 1
            continue
        except RecursionError:
            return
        yield value
        text, at = tail, length


def _flat(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in cast(list[Any], value):
            yield from _flat(item)
    elif isinstance(value, dict):
        data = cast(dict[str, Any], value)
        inner = next((data[key] for key in _LISTS if isinstance(data.get(key), list)), None)
        if inner is None:
            yield data
        else:
            yield from _flat(inner)


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


class Prose:
    """Passes on streamed text up to where JSON, a fence or a <tool_call> starts a line, and holds the rest back."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._in_line = False  # the line that is being written began as prose
        self._held = ""
        self._stopped = False

    def take(self, text: str) -> None:
        """Take the next piece of text."""
        pieces = (self._held + text).splitlines(keepends=True)
        self._held = ""
        for number, piece in enumerate(pieces):
            start = piece.lstrip()
            open_end = number == len(pieces) - 1 and not piece.endswith("\n")
            undecided = open_end and any(word.startswith(start) for word in _STARTS)
            self._stopped = self._stopped or (not self._in_line and start.startswith(_STARTS))
            if self._stopped or (undecided and not self._in_line):
                self._held = "".join(pieces[number:])
                return
            self._on_text(piece)
            self._in_line = open_end

    def release(self) -> None:
        """Pass on what was held back, because it turned out to be no call."""
        if self._held:
            self._on_text(self._held)
        self._held = ""
