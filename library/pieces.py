"""A Python text as a row of pieces: each top-level statement with its lines, comments and names. Pure."""

import ast
import contextlib
import gc
import re
import warnings
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from library.errors import SourceError
from library.scope import names_of

Kind = Literal["docstring", "future", "import", "function", "class", "other"]
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_CODING = re.compile(r"^[ \t\f]*#.*?coding[:=]|^#!")


@dataclass(frozen=True)
class Piece:
    """One top-level statement (or several that share a line).

    Args:
        kind: what it is; assignments, conditional blocks and the like are "other".
        names: what it binds in the module, sorted.
        start: first line, 1-based, with the comment block right above and the decorators.
        line: line of the statement itself (of the first decorator, if any).
        end: last line, with indented comments below the body.
        nodes: the statements.
        text: the lines from start to end exactly as they are, with their line ends.
    """

    kind: Kind
    names: tuple[str, ...]
    start: int
    line: int
    end: int
    nodes: tuple[ast.stmt, ...]
    text: str

    @property
    def name(self) -> str:
        return self.names[0] if self.kind in ("function", "class") else ""

    @cached_property
    def uses(self) -> frozenset[str]:
        """Names of the module or of Python that it reads."""
        return frozenset(node.id for statement in self.nodes for node in names_of(statement)[1])

    @cached_property
    def touches(self) -> frozenset[str]:
        """Names defined elsewhere that it changes: TABLE of `TABLE["x"] = 1`, `f` of `@f.register`."""
        found: set[str] = set()
        for statement in self.nodes:
            found |= _touched(statement)
        return frozenset(found - set(self.names))


def split_lines(text: str) -> list[str]:
    """Lines with their ends, split where Python's own reader splits (not at form feeds)."""
    if "\r" in text:
        return _LINE.findall(text)
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def read_tree(source: str, where: str) -> ast.Module:
    """The text's syntax tree; nothing of it is run.

    Raises:
        SourceError: it does not parse; names file and line.
    """
    try:
        with _quickly(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in somebody's text is no matter of ours
            return ast.parse(source.removeprefix("\ufeff"))
    except SyntaxError as error:
        raise SourceError(
            f"{where}, line {error.lineno or 1}: {_reason(error, source)}.", "Mend that line; nothing was changed."
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"{where} cannot be read as Python: {error or 'nested too deeply'}.") from None


def read_pieces(source: str, where: str = "library.py", *, head: bool = True) -> tuple[Piece, ...]:
    """All top-level statements in order.

    Args:
        source: a whole module, or complete statements out of the middle of one.
        where: what to call it in an error.
        head: the text begins a module, so a docstring and a coding line may come first.

    Raises:
        SourceError: it does not parse; names file and line.
    """
    body = read_tree(source, where).body
    lines = split_lines(source)
    pieces: list[Piece] = []
    above = 0  # last line that belongs to the piece before
    position = 0
    while position < len(body):
        nodes = [body[position]]
        last = _last_line(body[position])
        while position + 1 < len(body) and _first_line(body[position + 1]) <= last:
            position += 1
            nodes.append(body[position])
            last = max(last, _last_line(body[position]))
        position += 1
        line = _first_line(nodes[0])
        kind = _kind(nodes, first=head and not pieces)
        start = line if kind == "docstring" else _with_comments(lines, line, above)
        end = _with_tail(lines, last) if kind in ("function", "class") else last
        names = _bound(nodes, kind)
        pieces.append(Piece(kind, names, start, line, end, tuple(nodes), "".join(lines[start - 1 : end])))
        above = end
    return tuple(pieces)


def is_guard(node: ast.stmt) -> bool:
    """`if __name__ == "__main__":`, which never runs in a library."""
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Compare)
        and any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))
    )


def is_typing_only(node: ast.stmt) -> bool:
    """`if TYPE_CHECKING:`"""
    return isinstance(node, ast.If) and any(
        (isinstance(part, ast.Name) and part.id == "TYPE_CHECKING")
        or (isinstance(part, ast.Attribute) and part.attr == "TYPE_CHECKING")
        for part in ast.walk(node.test)
    )


@contextlib.contextmanager
def _quickly() -> Generator[None, None, None]:
    """Building a big tree makes the garbage collector run over and over for nothing: two to three times slower."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _reason(error: SyntaxError, source: str) -> str:
    lines = split_lines(source)
    number = error.lineno or 1
    line = lines[number - 1] if number <= len(lines) else ""
    if re.match(r"(<{7}|={7}|>{7}|\|{7})(\s|$)", line):
        return "a half-finished merge left its markers there"
    shown = f" in {line.strip()[:60]!r}" if line.strip() else ""
    return f"{(error.msg or 'not Python').rstrip('.')}{shown}"


def _first_line(node: ast.stmt) -> int:
    if isinstance(node, Definition) and node.decorator_list:
        return min(node.lineno, node.decorator_list[0].lineno)
    return node.lineno


def _last_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _kind(nodes: list[ast.stmt], *, first: bool) -> Kind:
    node = nodes[0]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return "function"
    if isinstance(node, ast.ClassDef):
        return "class"
    if first and _is_text(node) and len(nodes) == 1:
        return "docstring"
    if all(isinstance(part, ast.ImportFrom) and part.module == "__future__" for part in nodes):
        return "future"
    if all(isinstance(part, ast.Import | ast.ImportFrom) for part in nodes):
        return "import"
    return "other"


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _bound(nodes: list[ast.stmt], kind: Kind) -> tuple[str, ...]:
    if kind in ("docstring", "future"):
        return ()
    node = nodes[0]
    if isinstance(node, Definition):  # its body binds nothing outside, so it need not be walked now
        return (node.name,)
    found: set[str] = set()
    for node in nodes:
        found |= names_of(node)[0]
    return tuple(sorted(found))


def _with_comments(lines: list[str], line: int, above: int) -> int:
    """First line of the comment block that stands right on top of a statement."""
    start = line
    while start - 1 > above and lines[start - 2].startswith("#"):
        if start - 1 <= 2 and _CODING.match(lines[start - 2]):
            break
        start -= 1
    return start


def _with_tail(lines: list[str], end: int) -> int:
    """Last line with the indented comments that follow the body."""
    last, number = end, end
    while number < len(lines):
        line = lines[number]
        number += 1
        if not line.strip():
            continue
        if line[0] not in " \t" or not line.lstrip().startswith("#"):
            break
        last = number
    return last


def _touched(node: ast.stmt) -> set[str]:
    found: set[str] = set()
    if isinstance(node, Definition):
        for decorator in node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(target, ast.Attribute):
                found.add(_root(target))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        if isinstance(node.value.func, ast.Attribute):
            found.add(_root(node.value.func))
    elif not isinstance(node, ast.Import | ast.ImportFrom):
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
                found.add(_root(part))
            elif isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name):
                found.add(part.target.id)
            elif (
                isinstance(part, ast.Expr)
                and isinstance(part.value, ast.Call)
                and isinstance(part.value.func, ast.Attribute)
            ):
                found.add(_root(part.value.func))
    return found - {""}


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
