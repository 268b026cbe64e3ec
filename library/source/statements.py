"""A Python text as a row of pieces: each top-level statement with its lines, comments and names. Pure."""

import ast
import re
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from library.errors import SourceError
from library.source.import_effects import NONE, ImportEffect, effect_of
from library.source.scope import names_of
from library.source.signature import BY_NAME, parameter_names
from library.source.syntax_tree import BOM, Definition, FunctionNode, names_within, read_tree, root_name, split_lines

Kind = Literal["docstring", "future", "import", "function", "class", "other"]

_CHUNK = 8000  # characters; much smaller or larger is slower
_OPENERS = ("def ", "class ", "async def ", "@")
_CODING = re.compile(r"^[ \t\f]*#.*?coding[:=]|^#!")


@dataclass(frozen=True)
class Piece:
    """One top-level statement (or several that share a line). It does not know its place, so edits above leave it be.

    Args:
        kind: what it is; assignments, conditional blocks and the like are "other".
        names: what it binds in the module, sorted.
        gap: the lines between the piece before and this one: blank ones and loose comments.
        text: its lines exactly as they are, with the comment block right above, decorators, indented comments below.
        above: how many lines of `text` are the comment block.
        signature: of a function: its arguments as text, "parse(text: str) -> int".
        doc: of a function: its docstring.
        overload: a stub under `@overload`.
        known: what `uses` and `touches` are, where that is known already; as texts, they are cut into names when asked.
    """

    kind: Kind
    names: tuple[str, ...]
    gap: str
    text: str
    above: int = 0
    signature: str = ""
    doc: str = ""
    overload: bool = False
    known: tuple[frozenset[str], frozenset[str]] | tuple[str, str] | None = None

    @property
    def whole(self) -> str:
        """Gap and text."""
        return self.gap + self.text

    @cached_property
    def height(self) -> int:
        """Number of lines of gap and text together."""
        return sum(self.heights)

    @cached_property
    def heights(self) -> tuple[int, int]:
        """Number of lines of gap and text."""
        return _height(self.gap), _height(self.text)

    @property
    def name(self) -> str:
        return self.names[0] if self.kind in ("function", "class") else ""

    @property
    def nodes(self) -> list[ast.stmt]:
        """The statements, read anew: trees of ten thousand functions fill memory, and few are ever looked at twice."""
        return read_tree(self.text, "the piece").body

    @cached_property
    def facts(self) -> tuple[frozenset[str], frozenset[str]]:
        if self.known is None:
            return _facts(self.nodes, self.names)
        uses, touches = self.known
        return (
            frozenset(uses.split()) if isinstance(uses, str) else uses,
            frozenset(touches.split()) if isinstance(touches, str) else touches,
        )

    @cached_property
    def effect(self) -> ImportEffect:
        """What running it does beyond binding its names."""
        if self.kind in ("import", "future", "docstring") or (self.kind == "function" and self._plain):
            return NONE
        nodes = self.nodes
        return NONE if all(is_guard(node) or is_typing_only(node) for node in nodes) else effect_of(nodes)

    @property
    def _plain(self) -> bool:
        """No decorator and no call among its defaults: nearly all functions, which need not be read for it."""
        head = split_lines(self.text)[self.above] if self.above else self.text
        return head.startswith(("def ", "async def ")) and self.signature.count("(") == 1

    @cached_property
    def asks(self) -> frozenset[str]:
        """Names that pytest fills in for a test, a fixture or the tests of a class, by arguments and `usefixtures`."""
        if self.kind not in ("function", "class"):
            return frozenset()
        nodes = [part for node in self.nodes for part in ast.walk(node)]
        takers = [part for part in nodes if isinstance(part, FunctionNode | ast.Lambda)]
        found = {name for part in takers for name in parameter_names(part, BY_NAME)}
        marks = [mark for part in nodes if isinstance(part, Definition) for mark in part.decorator_list]
        texts = {part.value for mark in marks for part in ast.walk(mark) if isinstance(part, ast.Constant)}
        return frozenset(found | {text for text in texts if isinstance(text, str) and text.isidentifier()})

    def used(self, names: frozenset[str]) -> frozenset[str]:
        """Those of these names that it uses; cheap for one that was loaded and is looked at once."""
        if self.known is not None and isinstance(uses := self.known[0], str):
            return names.intersection(uses.split())
        return names & self.uses

    @property
    def uses(self) -> frozenset[str]:
        """Names of the module or of Python that it reads."""
        return self.facts[0]

    @property
    def touches(self) -> frozenset[str]:
        """Names defined elsewhere that it changes: TABLE of `TABLE["x"] = 1`, `f` of `@f.register`."""
        return self.facts[1]


def read_pieces(
    source: str, where: str = "library.py", *, head: bool = True, deep: bool = False
) -> tuple[tuple[Piece, ...], str]:
    """All top-level statements in order, and the text below the last one.

    The text is read some kilobytes at a time (three times faster than at once, as no big tree is ever built): what
    parses by itself is a row of whole statements, so it cannot matter what stands before or after it.

    Args:
        source: a whole module, or complete statements out of the middle of one.
        where: what to call it in an error.
        head: the text begins a module, so a docstring and a coding line may come first.
        deep: find out at once what each piece uses, which costs less now than later.

    Raises:
        SourceError: it does not parse; names file and line.
    """
    mark, source = (BOM, source[1:]) if head and source.startswith(BOM) else ("", source)
    lines = split_lines(source)
    pieces: list[Piece] = []
    above = 0  # last line that belongs to the piece before
    for offset, body in _chunks(source, lines, where):
        for nodes in _by_line(body):
            kind = _kind(nodes, first=head and not pieces)
            line = _first_line(nodes[0]) + offset
            last = max(_last_line(node) for node in nodes) + offset
            start = line if kind == "docstring" else _with_comments(lines, line, above, head=head)
            end = _with_tail(lines, last) if kind in ("function", "class") else last
            gap, text = mark + "".join(lines[above : start - 1]), "".join(lines[start - 1 : end])
            mark = ""
            piece = Piece(kind, _bound(nodes, kind), gap, text, line - start)
            piece = _described(piece, nodes[0], nodes[0].lineno + offset - start)
            pieces.append(replace(piece, known=_facts(nodes, piece.names)) if deep else piece)
            above = end
    return tuple(pieces), mark + "".join(lines[above:])


def _by_line(body: list[ast.stmt]) -> Generator[list[ast.stmt], None, None]:
    """Statements one by one; those that share a line together."""
    nodes: list[ast.stmt] = []
    last = 0
    for node in body:
        if nodes and _first_line(node) > last:
            yield nodes
            nodes = []
        nodes.append(node)
        last = max(last, _last_line(node))
    if nodes:
        yield nodes


def _chunks(source: str, lines: list[str], where: str) -> Generator[tuple[int, list[ast.stmt]], None, None]:
    """Trees of consecutive parts of the text, each with the number of lines before it."""
    cuts = _cuts(lines)
    first = 0
    while first < len(cuts) - 1:
        step = 1
        while True:
            last = min(first + step, len(cuts) - 1)
            try:
                body = read_tree("".join(lines[cuts[first] : cuts[last]]), where).body
                break
            except SourceError:  # the cut fell into a text or a bracket: take twice as much
                if last == len(cuts) - 1:
                    read_tree(source, where)  # says the line
                    raise
                step *= 2
        yield cuts[first], body
        first = last


def _height(text: str) -> int:
    text = text.removeprefix(BOM)
    if "\r" in text:
        return len(split_lines(text))
    return text.count("\n") + (not text.endswith("\n") and bool(text))


def _cuts(lines: list[str]) -> list[int]:
    """Lines before which a new top-level statement most likely begins, some kilobytes apart."""
    cuts, size = [0], 0
    for number, line in enumerate(lines):
        if size > _CHUNK and line.startswith(_OPENERS):
            cuts.append(number)
            size = 0
        size += len(line)
    return [*cuts, len(lines)] if lines else cuts


def _described(piece: Piece, node: ast.stmt, number: int) -> Piece:
    if not isinstance(node, FunctionNode):
        return piece
    signature = _signature(node, piece.text, number)
    doc = ast.get_docstring(node) or ""
    return replace(piece, signature=signature, doc=doc, overload=_is_overload(node))


def _is_overload(node: FunctionNode) -> bool:
    return any(ast.unparse(mark).rpartition(".")[2] == "overload" for mark in node.decorator_list)


def _signature(node: FunctionNode, text: str, number: int) -> str:
    """Arguments as written where they stand on one plain line (quick), else written anew from the tree."""
    lead = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    line = split_lines(text)[number].strip()
    if (
        node.body[0].lineno > node.lineno
        and line.endswith(":")
        and line.count("(") == line.count(")")
        and not any(mark in line for mark in "\"'#\\;")
    ):
        return lead + line.removeprefix("async").strip().removeprefix("def").strip()[:-1].rstrip()
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    return f"{lead}{node.name}({ast.unparse(node.args)}){returns}"


def is_guard(node: ast.stmt) -> bool:
    """`if __name__ == "__main__":`, which never runs in a library."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and "__name__" in names_within(node.test)


def is_test(piece: Piece) -> bool:
    """pytest would collect it."""
    if piece.kind == "class":
        head = piece.text.partition(":\n")[0]
        return (piece.name.startswith("Test") or "TestCase" in head) and "def test" in piece.text
    return piece.kind == "function" and piece.name.startswith("test")


def is_typing_only(node: ast.stmt) -> bool:
    """`if TYPE_CHECKING:`"""
    named = ast.walk(node.test) if isinstance(node, ast.If) else ()
    return any("TYPE_CHECKING" in (getattr(part, "id", ""), getattr(part, "attr", "")) for part in named)


def _first_line(node: ast.stmt) -> int:
    if isinstance(node, Definition) and node.decorator_list:
        return min(node.lineno, node.decorator_list[0].lineno)
    return node.lineno


def _last_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _kind(nodes: list[ast.stmt], *, first: bool) -> Kind:
    node = nodes[0]
    if isinstance(node, FunctionNode):
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


def _with_comments(lines: list[str], line: int, above: int, *, head: bool) -> int:
    """First line of the comment block that stands right on top of a statement."""
    start = line
    while start - 1 > above and lines[start - 2].startswith("#"):
        if head and start - 1 <= 2 and _CODING.match(lines[start - 2]):
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


def _facts(nodes: list[ast.stmt], names: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    uses = frozenset(name.id for node in nodes for name in names_of(node)[1])
    touched = frozenset(name for node in nodes for name in _touched(node))
    return uses, touched - set(names)


def _touched(node: ast.stmt) -> set[str]:
    found: set[str] = set()
    if isinstance(node, Definition):
        for decorator in node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(target, ast.Attribute):
                found.add(root_name(target))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        found.add(_called_on(node.value))
    elif not isinstance(node, ast.Import | ast.ImportFrom):
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
                found.add(root_name(part))
            elif isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name):
                found.add(part.target.id)
            elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
                found.add(_called_on(part.value))
    return found - {""}


def _called_on(call: ast.Call) -> str:
    """`a` of `a.b.append(1)`; "" for a plain call."""
    return root_name(call.func) if isinstance(call.func, ast.Attribute) else ""
