"""Parts of functions that could be functions of their own: expressions and runs of statements, found where they recur.

A first pass over all functions counts shapes only, so that a library of ten thousand is read once; what recurs is then
looked at closely: what it reads, what it leaves behind, whether it can be moved at all. Pure.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from library.source.function import Parsed
from library.source.scope import names_of
from library.source.syntax_tree import names_within
from library.tidy.function_body import (
    BLOCKS,
    Body,
    Key,
    flow,
    function_names,
    key_of,
    later,
    leaves,
    loops_out,
    movable,
    read_body,
    reads_of,
    shapes,
)

LEAST_EXPRESSION, LEAST_RUN = 12, 18  # nodes of syntax below which nobody wants a function of its own
LEAST_WHOLE = 6  # of all that a function does
LONGEST_RUN = 10  # statements
_COMMON = 60  # places of one shape that are looked at
_MOST = 3000  # functions that are looked at closely
_MOVED = (ast.BinOp, ast.BoolOp, ast.Compare, ast.Call, ast.IfExp, ast.ListComp, ast.SetComp, ast.DictComp)


@dataclass(frozen=True)
class Part:
    """A row of statements or one expression of a function, which can be moved out of it.

    Attributes:
        body: the function.
        nodes: the statements, or the expression alone.
        size: in nodes of syntax.
        key: what it is made of.
        takes: its own names that must be handed in, by their number in the key.
        gives: those that are read after it.
        tail: it ends the function, so what it returns is the result.
        target: the variable to which an expression is assigned; "" if it is not.
    """

    body: Body
    nodes: tuple[ast.AST, ...]
    size: int
    key: Key
    takes: tuple[int, ...]
    gives: tuple[int, ...] = ()
    tail: bool = False
    target: str = ""

    @property
    def is_run(self) -> bool:
        return isinstance(self.nodes[0], ast.stmt)

    @cached_property
    def span(self) -> tuple[int, int]:
        """Bytes of the function's text."""
        return self.body.span(self.nodes[0], self.nodes[-1])

    @cached_property
    def whole(self) -> bool:
        """Whether it is all that the function does."""
        statements = self.body.statements
        if self.is_run:
            return len(self.nodes) == len(statements) and self.nodes[0] is statements[0]
        return len(statements) == 1 and isinstance(statements[0], ast.Return) and statements[0].value is self.nodes[0]

    def names(self, numbers: Iterable[int]) -> list[str]:
        """Its own names for these numbers."""
        return [self.key.names[number] for number in numbers]


@dataclass(frozen=True)
class Place:
    """Where a part stands: its nodes, the blocks around it, what is bound for certain before it."""

    nodes: tuple[ast.AST, ...]
    bound: frozenset[str]
    rest: tuple[ast.stmt, ...] = ()  # what follows in the same block
    loop: bool = False
    guarded: bool = False  # inside a try
    target: str = ""


def recurring(parsed: Parsed) -> list[list[Part]]:
    """Groups of parts with one key, from two functions at least; groups overlap, the caller chooses."""
    holders: dict[tuple[int, ...], list[str]] = {}
    order = function_names(parsed)
    for name in order:
        body = read_body(parsed, name)
        if body is not None and movable(body):
            for shape in set(_shapes_in(body)):
                held = holders.setdefault(shape, [])
                if len(held) < _COMMON:
                    held.append(name)
    common = {shape for shape, names in holders.items() if len(names) > 1}
    wanted = {name for shape in common for name in holders[shape]}
    groups: dict[str, list[Part]] = {}
    for name in [name for name in order if name in wanted][:_MOST]:
        body = read_body(parsed, name)
        for part in _parts(body, common) if body is not None else ():
            found = groups.setdefault(f"{part.is_run} {part.key.text}", [])
            if len(found) < _COMMON:
                found.append(part)
    return [group for group in groups.values() if len({part.body.name for part in group}) > 1]


def _shapes_in(body: Body) -> list[tuple[int, ...]]:
    """Shapes of all parts large enough, not yet asking whether they can be moved."""
    known = _known(body)
    found: list[tuple[int, ...]] = [(known[id(node)][1],) for node in ast.walk(body.node) if _large(node, body)]
    for block in _blocks(body):
        for run in _runs(block, body):
            found.append((0, *(known[id(statement)][1] for statement in run)))
    return found


_SHAPES: dict[int, tuple[Body, dict[int, tuple[int, int]]]] = {}


def _known(body: Body) -> dict[int, tuple[int, int]]:
    """Shapes of the last few functions looked at; they are asked for twice in a row."""
    held = _SHAPES.get(id(body))
    if held is None or held[0] is not body:
        if len(_SHAPES) > 20:
            _SHAPES.clear()
        held = _SHAPES[id(body)] = (body, shapes(body))
    return held[1]


def _large(node: ast.AST, body: Body) -> bool:
    only = body.statements[0] if len(body.statements) == 1 else None
    whole = isinstance(only, ast.Return) and only.value is node
    return isinstance(node, _MOVED) and _known(body).get(id(node), (0, 0))[0] >= (
        LEAST_WHOLE if whole else LEAST_EXPRESSION
    )


def _blocks(body: Body) -> Iterator[Sequence[ast.stmt]]:
    yield body.statements
    for statement in body.statements:
        for node in ast.walk(statement):
            for name in BLOCKS:
                block = cast(object, getattr(node, name, None))
                if isinstance(block, list) and block and not isinstance(node, ast.FunctionDef):
                    yield cast("list[ast.stmt]", block)


def _runs(block: Sequence[ast.stmt], body: Body) -> Iterator[Sequence[ast.stmt]]:
    """Rows of statements of a block, large enough, not too long; one alone only if it holds others."""
    sizes = [_known(body)[id(statement)][0] for statement in block]
    whole = bool(block) and block[0] is body.statements[0] and block[-1] is body.statements[-1]
    for first in range(len(block)):
        for last in range(first, min(len(block), first + LONGEST_RUN)):
            alone = first == last and not isinstance(block[first], ast.For | ast.While | ast.If | ast.With | ast.Try)
            everything = whole and last - first + 1 == len(block)
            if not alone and sum(sizes[first : last + 1]) >= (LEAST_WHOLE if everything else LEAST_RUN):
                yield block[first : last + 1]
    if whole and len(block) > LONGEST_RUN:
        yield block


def _parts(body: Body, common: set[tuple[int, ...]]) -> Iterator[Part]:
    known = _known(body)
    for place in _places(body, body.statements, frozenset(body.parameters), Place((), frozenset())):
        if isinstance(place.nodes[0], ast.stmt):
            for run in _runs(cast("Sequence[ast.stmt]", place.nodes), body):
                if (0, *(known[id(statement)][1] for statement in run)) in common:
                    first = next(at for at, node in enumerate(place.nodes) if node is run[0])
                    part = _run(body, run, place, first, sum(known[id(one)][0] for one in run))
                    if part is not None:
                        yield part
        else:
            node = cast(ast.expr, place.nodes[0])
            if (known[id(node)][1],) in common and (part := _expression(body, node, place, known[id(node)][0])):
                yield part


def _places(body: Body, block: Sequence[ast.stmt], bound: frozenset[str], around: Place) -> Iterator[Place]:
    """Every block, and every expression in it that is large enough, with what is bound before it."""
    yield Place(tuple(block), bound, around.rest, around.loop, around.guarded)
    for statement in block:
        target = ""
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0].id if isinstance(statement.targets[0], ast.Name) else ""
        for head in _expressions(statement):
            for node, inner in _within(head, bound):
                if _large(node, body):
                    yield Place((node,), inner, target=target if node is head else "")
        loop = around.loop or isinstance(statement, ast.For | ast.While)
        guarded = around.guarded or isinstance(statement, ast.Try)
        for inside, names in _inner(statement):
            yield from _places(body, inside, bound | names, Place((), bound, loop=loop, guarded=guarded))
        bound = frozenset(flow([statement], bound)[1])


def _expressions(statement: ast.stmt) -> list[ast.expr]:
    """The expressions of a statement that are worked out where it stands; not its targets and annotations."""
    if isinstance(statement, ast.FunctionDef | ast.Delete | ast.Match):
        return []
    found: list[ast.expr] = []
    for field in ("value", "iter", "test", "exc", "msg"):
        value: object = getattr(statement, field, None)
        found += [value] if isinstance(value, ast.expr) else []
    found += [item.context_expr for item in statement.items] if isinstance(statement, ast.With) else []
    return found


def _within(node: ast.AST, bound: frozenset[str]) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """An expression and those in it, each with the names bound there; what is worked out later is passed over."""
    yield node, bound
    if isinstance(node, ast.Lambda | ast.JoinedStr):
        return
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        for part in node.generators:
            yield from _within(part.iter, bound)
            bound = bound | names_within(part.target)
            for test in part.ifs:
                yield from _within(test, bound)
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for value in values:
            yield from _within(value, bound)
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr | ast.keyword | ast.Slice):
            yield from _within(child, bound)


def _inner(statement: ast.stmt) -> list[tuple[list[ast.stmt], frozenset[str]]]:
    """The blocks in a statement, each with the names that are bound at its beginning."""
    if isinstance(statement, ast.FunctionDef | ast.Match):
        return []
    held = [statement.target] if isinstance(statement, ast.For) else []
    if isinstance(statement, ast.With):
        held = [item.optional_vars for item in statement.items if item.optional_vars is not None]
    names = frozenset(names_within(*held))
    found: list[tuple[list[ast.stmt], frozenset[str]]] = []
    for field in BLOCKS:
        block = cast("list[ast.stmt]", getattr(statement, field, None) or [])
        if block:
            found.append((block, names if field == "body" else frozenset()))
    for handler in cast("list[ast.ExceptHandler]", getattr(statement, "handlers", [])):
        found.append((handler.body, frozenset({handler.name} if handler.name else ())))
    return found


# -- one part looked at closely


def _expression(body: Body, node: ast.expr, place: Place, size: int) -> Part | None:
    """An expression as a part; None if it cannot be moved."""
    reads = [name for name in reads_of([node]) if name in body.locals]
    if not set(reads) <= place.bound or body.imported & set(reads) or _late([node], body) or _has_comment(body, node):
        return None
    key = key_of([node], body.locals)
    takes = tuple(key.names.index(name) for name in dict.fromkeys(reads))
    return Part(body, (node,), size, key, tuple(sorted(takes)), target=place.target)


def _run(body: Body, run: Sequence[ast.stmt], place: Place, first: int, size: int) -> Part | None:
    """A row of statements as a part; None if it cannot be moved."""
    block = cast("tuple[ast.stmt, ...]", place.nodes)
    whole = len(run) == len(body.statements) and run[0] is body.statements[0]
    last = run[-1] is block[-1]
    returns = any(isinstance(node, ast.Return) for statement in run for node in ast.walk(statement))
    tail = (last and leaves(run)) or whole or (returns and last and block[-1] is body.statements[-1])
    if (returns and not tail) or loops_out(run) or _late(run, body) or (body.nested and not whole):
        return None
    if not _stands_alone(body, run) or any(
        isinstance(node, ast.Import | ast.ImportFrom | ast.Delete) for one in run for node in ast.walk(one)
    ):
        return None
    before = frozenset(flow(block[:first], place.bound)[1])
    needs, sure = flow(run)
    written = {name for statement in run for name in names_of(statement)[0]} & body.locals
    gives = set[str]() if tail else written & _read_after(body, run, place, needs)
    if gives & body.captured or (not tail and written & body.captured) or (place.guarded and gives):
        return None
    takes = (needs & body.locals) | (gives - sure)
    if not takes <= before or body.imported & takes:
        return None
    key = key_of(run, body.locals)
    numbers = {name: number for number, name in enumerate(key.names)}
    if not takes | gives <= numbers.keys():
        return None
    taken, given = sorted(numbers[name] for name in takes), sorted(numbers[name] for name in gives)
    return Part(body, tuple(run), size, key, tuple(taken), tuple(given), tail)


def _read_after(body: Body, run: Sequence[ast.stmt], place: Place, needs: set[str]) -> set[str]:
    """Names that something may read after the run; in a loop that is anything in the function."""
    inside = {id(node) for statement in run for node in ast.walk(statement)}
    end = body.span(run[-1])[1]
    names = [node for one in body.statements for node in names_of(one)[1] if id(node) not in inside]
    read = {node.id for node in names if place.loop or node.col_offset < 0 or body.span(node)[0] >= end}
    return read | (needs if place.loop else set())


def _late(nodes: Sequence[ast.AST], body: Body) -> bool:
    """Whether something in it is worked out later and uses the function's own names."""
    for node in [inner for top in nodes for inner in [top, *later(top)]]:
        if isinstance(node, ast.GeneratorExp | ast.FunctionDef):
            return True
        if isinstance(node, ast.Lambda) and set(reads_of([node])) & body.locals:
            return True
    return False


def _stands_alone(body: Body, run: Sequence[ast.stmt]) -> bool:
    """Whether the run has its lines for itself, and can be moved to another depth."""
    start, end = body.span(run[0], run[-1])
    raw = body.text.encode()
    line = raw[raw.rfind(b"\n", 0, start) + 1 : start]
    following = raw[end : (raw.find(b"\n", end) + 1 or len(raw))].strip()
    if line.strip() or (following and not following.startswith(b"#")) or raw[start : start + 4] == b"elif":
        return False
    moved = run[0].col_offset != 4
    texts = [node for one in run for node in ast.walk(one) if isinstance(node, ast.Constant | ast.JoinedStr)]
    return not (moved and any(node.lineno != node.end_lineno for node in texts))


def _has_comment(body: Body, node: ast.expr) -> bool:
    """A comment between its lines would be lost."""
    return node.lineno != node.end_lineno and "#" in body.source(node)
