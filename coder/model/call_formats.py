"""Calls in the forms that models are trained on and that reach us as text when a server does not read them.

Qwen's <function=…>, GLM's <arg_key>, MiniMax's and Anthropic's <invoke>, DeepSeek's, Mistral's and Harmony's marks, and
calls as Python writes them. Nothing is run: Python is parsed, and its arguments must be literals.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

from coder.model.model import Call
from coder.model.streaming import new_call_id

_NAME = r"(?P<name>[\w.:-]{1,80})"
# A name, and JSON right behind it.
_WITH_JSON = tuple(
    re.compile(rf"{form}\s*(?=\{{)")
    for form in (
        rf"<function={_NAME}>",
        rf"\[TOOL_CALLS\]\s*{_NAME}\s*\[ARGS\]",
        rf"to=functions\.{_NAME}[^{{]{{0,80}}<\|message\|>",
        rf"<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?{_NAME}(?:<｜tool▁sep｜>)?\s*(?:```json)?",
    )
)
_FUNCTION = re.compile(rf"<function={_NAME}>")
_INVOKE = re.compile(rf"<invoke name=\"{_NAME}\">")
_GLM = re.compile(rf"<tool_call>\s*{_NAME}\s*(?=<arg_key>|</tool_call>)")
_PARAMETER = re.compile(r"<parameter(?:=| name=\")(?P<key>[\w-]{1,80})\"?>")
_KEY = re.compile(r"<arg_key>\s*(?P<key>[\w-]{1,80})\s*</arg_key>\s*<arg_value>")
_BARE = re.compile(r"\s*`?(?P<name>\w{1,80})`?(?:\(\))?[.;]?\s*")
_TICKED = re.compile(r"(?<!`)`([^`\n]{3,300})`(?!`)")
Parameters = Mapping[str, Sequence[str]]
_LONGEST = 20_000  # characters that are parsed as Python


def marked_calls(text: str, names: Sequence[str]) -> tuple[Call, ...]:
    """Return the calls that stand behind the marks of one of the known forms, () if none; their names are offered ones.

    Args:
        text: what the model wrote.
        names: the commands that were offered.
    """
    found = (
        list(_json_calls(text)) if any(mark in text for mark in ("<function=", "TOOL_CALLS", "to=", "call▁")) else []
    )
    found = found or [
        *_parameters(text, _FUNCTION, "</function>", _PARAMETER, "</parameter>"),
        *_parameters(text, _INVOKE, "</invoke>", _PARAMETER, "</parameter>"),
        *_parameters(text, _GLM, "</tool_call>", _KEY, "</arg_value>"),
    ]
    return tuple(_call(name, arguments) for name, arguments in found if _offered(name, names))


def python_calls(text: str, names: Sequence[str], parameters: Parameters = MappingProxyType({})) -> tuple[Call, ...]:
    """Return the calls of a text that is nothing but Python calls, a list of them, or dicts; () if it is anything else.

    One call that stands alone, on a line or between backticks, is read out of prose too, if no other command does: what
    explains commands names several, or has them inside its sentences.

    Args:
        text: what the model wrote, perhaps in a fence; a bare name that was offered is a call without arguments.
        names: the commands that were offered.
        parameters: of each command, the names of its arguments in order, for arguments that come without.
    """
    text = text.strip()
    if text.startswith("```"):
        text = text.partition("\n")[2].rpartition("```")[0].strip()
    if not 0 < len(text) <= _LONGEST:
        return ()
    return _calls_of(text, names, parameters) or _one_call_alone(text, names, parameters)


def _calls_of(text: str, names: Sequence[str], parameters: Parameters) -> tuple[Call, ...]:
    bare = _BARE.fullmatch(text)
    if bare and bare["name"] in names:
        return (_call(bare["name"], {}),)
    tree = _parsed(text)
    if tree is None:
        return ()
    items = [item for node in tree.body for item in _items(node)]
    calls = [_python_call(item, names, parameters) for item in items]
    return tuple(call for call in calls if call) if calls and all(calls) else ()


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _one_call_alone(text: str, names: Sequence[str], parameters: Parameters) -> tuple[Call, ...]:
    """The one call that a line of its own or backticks hold, in a text that names this command once and no other."""
    if _parsed(text) or sum(len(re.findall(rf"\b{re.escape(name)}\b", text)) for name in names) != 1:
        return ()
    for alone in (*_TICKED.findall(text), *text.splitlines()):
        call = re.fullmatch(r"\s*(?:[-*>]\s+|\d+[.)]\s+)?(\w+\(.*\))\s*", alone)
        if call and (found := _calls_of(call[1], names, parameters)):
            return found
    return ()


def _items(statement: ast.stmt) -> list[ast.expr]:
    if not isinstance(statement, ast.Expr):
        return [ast.Constant(None)]
    value = statement.value
    return list(value.elts) if isinstance(value, ast.List | ast.Tuple) else [value]


def _python_call(node: ast.expr, names: Sequence[str], parameters: Parameters) -> Call | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        known = parameters.get(name, ())
        if name not in names or len(node.args) > len(known):
            return None
        values = {key: _literal(value) for key, value in zip(known, node.args, strict=False)}
        return _call(name, {**values, **{word.arg: _literal(word.value) for word in node.keywords if word.arg}})
    value = _literal(node)
    data = cast(dict[Any, Any], value) if isinstance(value, dict) else {}
    name = str(data.get("name") or data.get("command"))
    return _call(name, data.get("arguments") or data.get("parameters") or {}) if name in names else None


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return ast.unparse(node)


def _json_calls(text: str) -> Iterator[tuple[str, Any]]:
    decoder, end = json.JSONDecoder(strict=False), 0
    for match in sorted(
        (found for form in _WITH_JSON for found in form.finditer(text)), key=lambda found: found.start()
    ):
        if match.start() < end:
            continue  # inside the arguments of the one before
        try:
            arguments, end = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        yield match["name"], arguments


def _parameters(
    text: str, begin: re.Pattern[str], end: str, key: re.Pattern[str], key_end: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Calls whose arguments stand each between marks of their own."""
    starts = list(begin.finditer(text))
    for number, match in enumerate(starts):
        border = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        part = text[match.end() : border]
        arguments: dict[str, Any] = {}
        for found in key.finditer(part):
            closed = part.find(key_end, found.end())
            if closed >= 0:
                arguments[found["key"]] = _value(part[found.end() : closed].strip("\n"))
        if arguments or end in part:
            yield match["name"], arguments


def _value(text: str) -> Any:
    """What an argument between marks means: JSON if it is a number, a truth value, an array or an object; else text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, str) else value


def _offered(name: str, names: Sequence[str]) -> bool:
    return name in names or name.rpartition(".")[2] in names


def _call(name: str, arguments: Any) -> Call:
    given = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False, default=str)
    return Call(name, given, new_call_id())
