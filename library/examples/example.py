"""Examples: a call and what should come out of it, who said so and when; read from text as people write it. Pure."""

import ast
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from library.errors import SourceError
from library.examples.implied_imports import BUILTINS, free_names
from library.examples.known_names import import_of
from library.source.syntax_tree import expression

Source = Literal["person", "goal", "model", "origin"]

_EXCEPTION = re.compile(
    r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt|Iteration|Group)\Z|Exception\Z"
)
_RAISES = re.compile(r"(.+\))\s+(?:raises|should raise|must raise)\s+(?:an?\s+)?([A-Za-z_][\w.]*\w)(.*)\Z", re.DOTALL)
_SAYING = re.compile(r"\s*(?:,?\s*(?:with(?: the)? (?:message|text)|saying|matching)|,)\s*:?\s*(.+)\Z", re.DOTALL)
SINGLE = ("None", "True", "False")


@dataclass(frozen=True)
class Example:
    """One expected result, fixed before there is a body.

    Args:
        call: a Python expression that calls the function, "parse('P1D')"; or one that has to be true, "2 in f(3)".
        expected: a Python expression, "86400"; with `raises`, the name of an exception, "ValueError".
        raises: the call is expected to raise.
        source: who said so: the person, the words of the goal, the model, or the origin from which the function came.
        when: ISO date-time in UTC to the second, "2026-11-21T09:30:00+00:00"; "" if nobody noted it.
        message: with `raises`, what the text of the exception is or contains; "" for any.
    """

    call: str
    expected: str
    raises: bool = False
    source: Source = "model"
    when: str = ""
    message: str = ""

    @property
    def text(self) -> str:
        """The example on one line: "parse('P1D') == 86400", "2 in f(3)" or "parse('') raises ValueError"."""
        if self.raises:
            return f"{self.call} raises {self.error}"
        if self.condition:
            return self.call
        return f"{bracketed(self.call)} {'is' if self.expected in SINGLE else '=='} {self.expected}"

    @property
    def error(self) -> str:
        """The exception with its message, "ValueError('negative')"."""
        return f"{self.expected}({self.message!r})" if self.message else self.expected

    @property
    def condition(self) -> bool:
        """Whether it is an expression that has to be true, "2 in f(3)", and not a call with its result."""
        return not self.raises and self.expected == "True" and _is_condition(expression(self.call))


def parse_example(text: str, source: Source = "model", when: str = "") -> Example:
    """Read one example as people and models write them.

    Accepts "f(1) == 2", "f(1) -> 2", "f(1) is None", any expression that has to be true such as "2 in f(3)" or
    "not f(1)", "f('') raises ValueError", "f('') raises ValueError('empty')", "f('') -> ValueError", "await f(1) == 2",
    "assert f(1) == 2", and ">>> f(1)" with the result on the next line.

    Raises:
        SourceError: the text is none of these.
    """
    line = _one_line(text)
    found = _raising(line) or _arrow(line) or _comparison(line)
    if found is None:
        raise SourceError(
            f"{text.strip()!r} is not an example.", "Write it as f(1) == 2, f(1) -> 2 or f('') raises ValueError."
        )
    return replace(found, source=source, when=when)


def bracketed(text: str) -> str:
    """An expression as it can stand beside `==`."""
    tree = expression(text)
    loose = (ast.Compare, ast.BoolOp, ast.IfExp, ast.Lambda, ast.NamedExpr)
    denied = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
    return f"({text})" if denied or isinstance(tree, loose) else text


def _one_line(text: str) -> str:
    """Doctests become "call -> result"; several lines become one."""
    text = text.strip().strip("`").strip()
    if text.startswith(">>>"):
        return _of_doctest([line.strip() for line in text.splitlines() if line.strip()])
    text = text[7:].strip() if text.startswith("assert ") else text
    if "\n" not in text:
        return text
    tree = expression(text)  # a line end in a text in quotes is part of it
    return ast.unparse(tree) if tree is not None else " ".join(line.strip() for line in text.splitlines() if line)


def _of_doctest(lines: list[str]) -> str:
    calls: list[str] = []
    for line in lines:
        if line.startswith(">>>"):
            calls.append(line[3:].strip())
        elif line.startswith("..."):
            calls[-1] = f"{calls[-1]} {line[3:].strip()}"
    results = [line for line in lines if not line.startswith((">>>", "..."))]
    call = _with_values(calls)
    if results and results[0].startswith("Traceback"):  # whatever the exception is called
        return f"{call} raises {results[-1]}" if len(results) > 1 else ""
    printed = expression(call)
    if results and isinstance(printed, ast.Call) and outer_name(printed) == "print" and len(printed.args) == 1:
        return f"str({ast.unparse(printed.args[0])}) == {chr(10).join(results)!r}"
    return f"{call} -> {' '.join(results) or 'None'}"


def _with_values(calls: list[str]) -> str:
    """The last call with what `rows = [1]` above it says written into it."""
    values: dict[str, ast.expr] = {}
    for call in calls[:-1]:
        try:
            node = ast.parse(call).body[0]
        except (SyntaxError, ValueError, IndexError):
            return " ".join(calls)
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
            return " ".join(calls)
        values[node.targets[0].id] = _Written(values).visit(node.value)
    tree = expression(calls[-1]) if values else None
    return ast.unparse(_Written(values).visit(tree)) if tree is not None else " ".join(calls)


class _Written(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.values.get(node.id, node)


def _raising(line: str) -> Example | None:
    match = _RAISES.match(line)
    if match is None or (call := _call(match[1])) is None:
        return None
    found = read_error(match[2] + match[3])
    return Example(call, found[0], raises=True, message=found[1]) if found else None


def read_error(text: str) -> tuple[str, str] | None:
    """Name and message of "ValueError", "ValueError('empty')", "ValueError: empty", "ValueError with message 'x'"."""
    match = re.match(r"[A-Za-z_][\w.]*", text.strip())
    if match is None:
        return None
    name, rest = match[0].rstrip("."), text.strip()[match.end() :]
    if not re.sub(r"\W", "", rest):  # a full stop, a closing quote
        return name, ""
    tree = expression(name + rest.rstrip(" .;"))
    if isinstance(tree, ast.Call):
        words = [str(arg.value) for arg in tree.args if isinstance(arg, ast.Constant)]
        return name, words[-1] if words else ""
    if re.fullmatch(r"\s+\(.*\)\W*", rest, re.DOTALL):  # a remark
        return name, ""
    said = re.match(r":\s*(.+)\Z", rest, re.DOTALL) or _SAYING.match(rest)
    return (name, _words(said[1])) if said else None


def _words(text: str) -> str:
    tree = expression(text.strip().rstrip("."))
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        return tree.value
    return "" if text.strip() in ("...", "…") else text.strip()


def _arrow(line: str) -> Example | None:
    for match in re.finditer(r"\s*(?:->|=>|→)\s*", line):
        call, result = _call(line[: match.start()]), line[match.end() :].strip()
        if call is None:
            continue
        raising = result.startswith("raises ")
        result = result.removeprefix("raises ").strip()
        if (raising or _is_exception(result)) and (found := read_error(result)):
            return Example(call, found[0], raises=True, message=found[1])
        if (tree := expression(result)) is not None:
            return Example(call, _text(result, tree))
    return None


def _is_exception(text: str) -> bool:
    """`ValueError` or `json.JSONDecodeError("...")`, by its ending."""
    return _EXCEPTION.match(re.split(r"[(:\s]", text, maxsplit=1)[0]) is not None


def _comparison(line: str) -> Example | None:
    tree = expression(line)
    if tree is None or not _calls(tree):
        return None
    whole = Example(_text(line, tree), "True")
    if not isinstance(tree, ast.Compare):
        return whole if _is_condition(tree) or isinstance(tree, ast.Call | ast.Await) else None
    if len(tree.ops) != 1 or not isinstance(tree.ops[0], ast.Eq | ast.Is):
        return whole
    left, right = tree.left, tree.comparators[0]
    if called(left) & called(right):
        return whole
    if not _calls(left):
        left, right = right, left
    return Example(_text(line, left), _text(line, right))


def _is_condition(tree: ast.expr | None) -> bool:
    """An expression that says something of a result, so that only its truth counts."""
    if isinstance(tree, ast.UnaryOp):
        return isinstance(tree.op, ast.Not)
    if not isinstance(tree, ast.Call):
        return isinstance(tree, ast.Compare | ast.BoolOp)
    if isinstance(tree.func, ast.Name):
        return tree.func.id in BUILTINS or tree.func.id in ("isclose", "isnan", "isinf", "isfinite")
    return isinstance(tree.func, ast.Attribute) and ast.unparse(tree.func) != "asyncio.run"


def called(tree: ast.AST) -> set[str]:
    """Names of the functions that an expression calls, builtins left out."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)} - BUILTINS


def outer_name(node: ast.Call) -> str:
    """What a call calls, by its last name."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(line: str, node: ast.expr) -> str:
    text = ast.get_source_segment(line, node) or ast.unparse(node)
    # Brackets around an operand are no part of its node; an operand that needs them is written anew.
    return text if expression(text) is not None else ast.unparse(node)


def _calls(node: ast.expr | None) -> bool:
    return node is not None and any(isinstance(inner, ast.Call) for inner in ast.walk(node))


def _call(text: str) -> str | None:
    return text.strip() if _calls(expression(text)) else None


def problem(text: str, known: Collection[str] = (), *, others: bool = False) -> str:
    """Why something that looks like an example cannot be tested, in a sentence; "" for one that can, and for prose.

    Args:
        text: a bullet of a plan, or a line of it.
        known: functions that there are or will be.
        others: there are more than these, so that a function that is not among them may be there.
    """
    text = re.sub(r"^[-*+•]\s+", "", text.strip()).strip("`* ")
    try:
        example = parse_example(text)
    except SourceError:
        return _misread(text, known)
    trees = [tree for part in (example.call, example.expected) if (tree := expression(part)) is not None]
    called_here = {name for tree in trees for name in called(tree)}
    if known and not called_here & set(known):
        return ""  # it is about something else
    for tree in trees:
        for name in free_names(tree):
            found = name in known or name.startswith("_") or name.isupper() or (others and name in called_here)
            if not found and not import_of(name, text):
                return f"`{text}` cannot be tested: {name} is neither in the library nor in Python's own."
    if reader := next((name for name in _READERS if re.search(rf"\b{name}\(", text)), ""):
        return f"`{text}` cannot be tested: there are no files where it is tried ({reader})."
    return ""


def _misread(text: str, known: Collection[str]) -> str:
    """What was probably meant by a line that is no example, though it begins like one."""
    begins = re.match(r"(?:await\s+)?([A-Za-z_]\w*)\(", text)
    if begins is None or (known and begins[1] not in known):
        return ""
    for at in [match.end() for match in re.finditer(r"\)", text)]:
        call, rest = text[:at], text[at:].strip()
        if not _calls(expression(call)):
            continue
        if re.match(r"=(?!=)", rest) and expression(rest[1:]) is not None:
            return f"`{text}` cannot be tested: `=` gives a name to something; write {call} == {rest[1:].strip()}."
        if re.match(r"==|!=|<|>|in\s+[\[({'\"]", rest):
            return f"`{text}` cannot be tested: what stands right of the call is no Python expression."
        if re.match(r"raises\b", rest):
            return f"`{text}` cannot be tested: write {call} raises ErrorName, with one error."
    return ""


_READERS = ("open", "read_text", "read_bytes", "NamedTemporaryFile", "listdir", "urlopen")
