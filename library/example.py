"""Examples: a call and what should come out of it, who said so and when; read from text, written as a test. Pure."""

import ast
import re
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args

from library.errors import SourceError

Source = Literal["person", "goal", "model", "origin"]

_EXCEPTION = re.compile(
    r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt|Iteration)\Z|Exception\Z"
)
_SINGLE = ("None", "True", "False")
_CLOSE = ("isclose",)


@dataclass(frozen=True)
class Example:
    """One expected result, fixed before there is a body.

    Args:
        call: a Python expression that calls the function, "parse('P1D')".
        expected: a Python expression, "86400"; with `raises`, the name of an exception, "ValueError".
        raises: the call is expected to raise.
        source: who said so: the person, the words of the goal, the model, or the origin from which the function came.
        when: ISO date-time in UTC to the second, "2026-11-21T09:30:00+00:00"; "" if nobody noted it.
    """

    call: str
    expected: str
    raises: bool = False
    source: Source = "model"
    when: str = ""

    @property
    def text(self) -> str:
        """The example on one line: "parse('P1D') == 86400" or "parse('') raises ValueError"."""
        if self.raises:
            return f"{self.call} raises {self.expected}"
        return f"{self.call} {'is' if self.expected in _SINGLE else '=='} {self.expected}"

    def to_json(self) -> dict[str, Any]:
        return {
            "call": self.call,
            "expected": self.expected,
            "raises": self.raises,
            "source": self.source,
            "when": self.when,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Example":
        source = data.get("source", "model")
        return cls(
            call=str(data["call"]),
            expected=str(data["expected"]),
            raises=bool(data.get("raises", False)),
            source=cast(Source, source) if source in get_args(Source) else "model",
            when=str(data.get("when", "")),
        )


def parse_example(text: str, source: Source = "model", when: str = "") -> Example:
    """Read one example as people and models write them.

    Accepts "f(1) == 2", "f(1) -> 2", "f(1) is None", "not f(1)", "f('') raises ValueError", "f('') -> ValueError",
    "assert f(1) == 2", and ">>> f(1)" with the result on the next line.

    Raises:
        SourceError: the text is none of these.
    """
    line = _one_line(text)
    found = _raising(line) or _arrow(line) or _comparison(line)
    if found is None:
        raise SourceError(
            f"{text.strip()!r} is not an example.",
            "Write it as f(1) == 2, f(1) -> 2 or f('') raises ValueError.",
        )
    return replace(found, source=source, when=when)


def as_test(example: Example, function: str, number: int) -> str:
    """The example as a pytest function; the comment at its end says who said so.

    Args:
        example: what is expected.
        function: name of the function that it is about.
        number: counts this function's examples, from 1.
    """
    head = f"def test_{function}__example_{number}() -> None:\n"
    if example.raises:
        body = f"    with pytest.raises({example.expected}):\n        {example.call}\n"
    else:
        body = f"    assert {_compared(example)}\n"
    day = f", {example.when[:10]}" if example.when else ""
    return f"{head}{body}    # from: {example.source}{day}\n"


def _one_line(text: str) -> str:
    """Doctests become "call -> result"; several lines become one."""
    lines = [line.strip() for line in text.strip().strip("`").splitlines() if line.strip()]
    if lines and lines[0].startswith(">>>"):
        calls = [line[3:].strip() for line in lines if line.startswith((">>>", "..."))]
        results = [line for line in lines if not line.startswith((">>>", "..."))]
        if results and results[0].startswith("Traceback"):  # whatever the exception is called
            return f"{' '.join(calls)} raises {results[-1].split(':')[0]}"
        return f"{' '.join(calls)} -> {' '.join(results) or 'None'}"
    line = " ".join(lines)
    return line[7:].strip() if line.startswith("assert ") else line


def _raising(line: str) -> Example | None:
    match = re.match(r"(.+\))\s+(?:raises|should raise|must raise)\s+(?:an?\s+)?([\w.]*\w)\W*\Z", line, re.DOTALL)
    if match and (call := _call(match[1])) is not None:
        return Example(call, match[2], raises=True)
    return None


def _arrow(line: str) -> Example | None:
    for match in re.finditer(r"\s*(?:->|=>|→)\s*", line):
        call, result = _call(line[: match.start()]), line[match.end() :].strip()
        if call is None:
            continue
        result = result.removeprefix("raises ").strip()
        if exception := _exception(result):
            return Example(call, exception, raises=True)
        if (expected := _expression(result)) is not None:
            return Example(call, expected)
    return None


def _comparison(line: str) -> Example | None:
    tree = _tree(line)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not) and isinstance(tree.operand, ast.Call):
        return Example(_text(line, tree.operand), "False")
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute | ast.Name) and _outer_name(tree) in _CLOSE:
        left, right = tree.args[0], tree.args[1]
        return Example(_text(line, left), _text(line, right))
    if isinstance(tree, ast.Call):
        return Example(_text(line, tree), "True")
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1 or not isinstance(tree.ops[0], ast.Eq | ast.Is):
        return None
    left, right = tree.left, tree.comparators[0]
    if not _calls(left) and _calls(right):
        left, right = right, left
    if isinstance(right, ast.Call) and _outer_name(right) == "approx" and right.args:
        right = right.args[0]
    return Example(_text(line, left), _text(line, right)) if _calls(left) else None


def _outer_name(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(line: str, node: ast.expr) -> str:
    text = ast.get_source_segment(line, node) or ast.unparse(node)
    # Brackets around an operand are no part of its node; an operand that needs them is written anew.
    return text if _tree(text) is not None else ast.unparse(node)


def _tree(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _calls(node: ast.expr | None) -> bool:
    return node is not None and any(isinstance(inner, ast.Call) for inner in ast.walk(node))


def _call(text: str) -> str | None:
    return text.strip() if _calls(_tree(text)) else None


def _expression(text: str) -> str | None:
    return text.strip() if _tree(text) is not None else None


def _exception(text: str) -> str:
    """The name in `ValueError` or `json.JSONDecodeError("...")`; "" for what does not end like an exception."""
    name = text.split("(")[0].strip()
    return name if _EXCEPTION.match(name) else ""


def _compared(example: Example) -> str:
    tree = _tree(example.expected)
    if example.expected in _SINGLE:
        return f"{example.call} is {example.expected}"
    if tree is not None and _approximate(tree):
        return f"{example.call} == pytest.approx({example.expected})"
    call = example.call if isinstance(_tree(example.call), ast.Call) else f"({example.call})"
    return f"{call} == {example.expected}"


def _approximate(tree: ast.expr) -> bool:
    """A float, or a flat list, tuple or dict of numbers with a float in it: what pytest.approx can compare."""
    if isinstance(tree, ast.List | ast.Tuple):
        return any(_is_float(item) for item in tree.elts) and all(_is_number(item) for item in tree.elts)
    if isinstance(tree, ast.Dict):
        return any(_is_float(item) for item in tree.values) and all(_is_number(item) for item in tree.values)
    return _is_float(tree)


def _is_float(tree: ast.expr) -> bool:
    return any(isinstance(node, ast.Constant) and isinstance(node.value, float) for node in ast.walk(tree)) and (
        _is_number(tree)
    )


def _is_number(tree: ast.expr) -> bool:
    allowed = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop)
    return all(
        isinstance(node, allowed) and not (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
        for node in ast.walk(tree)
    )
