"""Mutation operators: every way in which one place of a function's tree may be wrong. Pure."""

import ast
import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, cast

from library.mutation.operator_tables import BOUNDARY, CALLS, DROPPED_CALLS, METHODS, NEGATION, OPERATORS, PLAIN_METHODS
from library.source.syntax_tree import FunctionNode


@dataclass(frozen=True)
class Mutation:
    """One change to one field of one node; `place` is the index where the field is a list, else -1."""

    kind: str
    parent: ast.AST
    field: str
    place: int
    node: ast.AST
    replacement: ast.AST | None

    @property
    def line(self) -> int:
        return getattr(self.node, "lineno", getattr(self.parent, "lineno", 0))

    @contextlib.contextmanager
    def made(self) -> Generator[None]:
        """The tree holds the slip while this lasts."""
        if self.place < 0:
            setattr(self.parent, self.field, self.replacement)
            try:
                yield
            finally:
                setattr(self.parent, self.field, self.node)
            return
        nodes: list[Any] = getattr(self.parent, self.field)
        kept = list(nodes)
        if self.replacement is not None:
            nodes[self.place] = self.replacement
        elif isinstance(self.node, ast.stmt) and len(nodes) == 1:
            nodes[self.place] = ast.Pass()
        else:
            del nodes[self.place]
        try:
            yield
        finally:
            nodes[:] = kept


Made = Iterator[tuple[str, ast.AST | None]]


def slips(function: FunctionNode) -> Iterator[Mutation]:
    """Every slip of a function, in the order of its text. Annotations and decorators are left alone."""
    names = _local_names(function)
    for parent, field, place, node in _places(function):
        for maker in _MAKERS:
            for kind, replacement in maker(node, parent, field):
                yield Mutation(kind, parent, field, place, node, replacement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            for other in _neighbours(node.id, names):
                yield Mutation("name", parent, field, place, node, ast.Name(other, ast.Load()))


def _places(root: ast.AST) -> Iterator[tuple[ast.AST, str, int, ast.AST]]:
    for field, value in ast.iter_fields(root):
        if field in ("annotation", "returns", "decorator_list", "type_params", "ctx"):
            continue
        if isinstance(value, list):
            for place, node in enumerate(cast("list[Any]", value)):
                if isinstance(node, ast.AST):
                    yield root, field, place, node
                    yield from _places(node)
        elif isinstance(value, ast.AST):
            yield root, field, -1, value
            yield from _places(value)


def _local_names(function: ast.AST) -> list[str]:
    """Arguments and variables of the function in the order in which they appear."""
    found = [node.arg for node in ast.walk(function) if isinstance(node, ast.arg)]
    found += [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return list(dict.fromkeys(name for name in found if name not in ("self", "_")))


def _neighbours(name: str, names: list[str]) -> list[str]:
    """At most two other names, the ones next to it."""
    at = names.index(name)
    return [names[i] for i in (at - 1, at + 1) if 0 <= i < len(names) and names[i] != name]


def _compare(node: ast.AST, parent: ast.AST, field: str) -> Made:
    if not isinstance(node, ast.Compare):
        return
    for at, op in enumerate(node.ops):
        for kind, table in (("boundary", BOUNDARY), ("comparison", NEGATION)):
            for other in table.get(type(op), ()):
                yield kind, ast.Compare(node.left, [*node.ops[:at], other(), *node.ops[at + 1 :]], node.comparators)
    if len(node.ops) > 1:
        yield "comparison", ast.Compare(node.left, node.ops[:-1], node.comparators[:-1])
        yield "comparison", ast.Compare(node.comparators[0], node.ops[1:], node.comparators[1:])


def _arithmetic(node: ast.AST, parent: ast.AST, field: str) -> Made:
    if isinstance(node, ast.BinOp):
        for other in OPERATORS.get(type(node.op), ()):
            yield "arithmetic", ast.BinOp(node.left, other(), node.right)
        yield "operand", node.left
        yield "operand", node.right
        if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod | ast.Pow):
            yield "operand", ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.AugAssign):
        for other in OPERATORS.get(type(node.op), ()):
            yield "arithmetic", ast.AugAssign(node.target, other(), node.value)
        yield "arithmetic", ast.Assign([node.target], node.value, lineno=node.lineno)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
        yield "arithmetic", node.operand


def _boolean(node: ast.AST, parent: ast.AST, field: str) -> Made:
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "boolean", ast.BoolOp(other, node.values)
        for at in range(len(node.values)):
            rest = node.values[:at] + node.values[at + 1 :]
            yield "boolean", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "boolean", node.operand


def _condition(node: ast.AST, parent: ast.AST, field: str) -> Made:
    tested = (isinstance(parent, ast.If | ast.IfExp | ast.While) and field == "test") or field == "ifs"
    if not tested or not isinstance(node, ast.expr):
        return
    yield "condition", ast.UnaryOp(ast.Not(), node)
    yield "condition", ast.Constant(False)
    if not isinstance(parent, ast.While):
        yield "condition", ast.Constant(True)


def _constant(node: ast.AST, parent: ast.AST, field: str) -> Made:
    if not isinstance(node, ast.Constant) or isinstance(parent, ast.JoinedStr | ast.FormattedValue | ast.Expr):
        return
    value: object = node.value
    others: list[object] = []
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int):
        others = [value + 1, value - 1, *([-value] if value else []), *(n for n in (0, 1, 2) if abs(n - value) > 1)]
    elif isinstance(value, float):
        others = [value + 1, value - 1, value * 2 or 0.5]
    elif isinstance(value, str):
        others = [value[:-1], value + "x", value.swapcase(), value[1:], value.strip()] if value else [" ", "x"]
        if value[:1] == "^" and value[-1:] == "$":  # which lets a line end through
            others = [value[:-1] + r"\Z", *others]
    elif isinstance(value, bytes):
        others = [value[:-1], value + b"x"]
    for other in others:
        if other != value or type(other) is not type(value):
            yield "constant", ast.Constant(other)  # type: ignore[arg-type]


def _off_by_one(node: ast.AST, parent: ast.AST, field: str) -> Made:
    """One more and one less where a place or a count is meant."""
    if not isinstance(node, ast.expr) or isinstance(node, ast.Constant | ast.Slice | ast.Starred | ast.Tuple):
        return
    called = parent.func.id if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) else ""
    counts = (
        (isinstance(parent, ast.Slice) and field in ("lower", "upper"))
        or (isinstance(parent, ast.Subscript) and field == "slice")
        or (called == "range" and field == "args")
        or (isinstance(parent, ast.Compare) and _is_count(node))
    )
    if counts:
        yield "off by one", ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield "off by one", ast.BinOp(node, ast.Sub(), ast.Constant(1))


def _is_count(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("len", "sum", "abs")
    )


def _slice(node: ast.AST, parent: ast.AST, field: str) -> Made:
    if isinstance(node, ast.Slice):
        parts = {"lower": node.lower, "upper": node.upper, "step": node.step}
        for name, value in parts.items():
            if value is not None:
                left = {**parts, name: None}
                yield "slice", ast.Slice(left["lower"], left["upper"], left["step"])
        if node.lower is None:
            yield "slice", ast.Slice(ast.Constant(1), node.upper, node.step)
        if node.upper is None:
            yield "slice", ast.Slice(node.lower, ast.Constant(-1), node.step)
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
        yield "slice", node.value


def _call(node: ast.AST, parent: ast.AST, field: str) -> Made:
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Name):
        for other in CALLS.get(node.func.id, ()):
            yield "call", ast.Call(ast.Name(other, ast.Load()), node.args, node.keywords)
        if node.func.id in DROPPED_CALLS and node.args and not isinstance(node.args[0], ast.GeneratorExp):
            yield "call", node.args[0]
        if node.func.id == "range" and len(node.args) > 1:
            yield "call", ast.Call(node.func, node.args[:-1], [])
    elif isinstance(node.func, ast.Attribute):
        for other in METHODS.get(node.func.attr, ()):
            yield "call", ast.Call(ast.Attribute(node.func.value, other, ast.Load()), node.args, node.keywords)
        if node.func.attr in PLAIN_METHODS:
            yield "call", node.func.value
        if node.func.attr in ("split", "strip", "rstrip", "lstrip", "pop") and node.args:
            yield "call", ast.Call(node.func, [], [])
        if node.func.attr in ("split", "strip", "rstrip", "lstrip") and not (node.args or node.keywords):
            yield "call", ast.Call(node.func, [ast.Constant(" ")], [])  # blanks alone, or all that is white
        if node.func.attr == "isspace" and not node.args:
            yield "call", ast.Compare(node.func.value, [ast.Eq()], [ast.Constant(" ")])
    for at in range(len(node.keywords)):
        yield "call", ast.Call(node.func, node.args, node.keywords[:at] + node.keywords[at + 1 :])
    if len(node.args) == 2 and not node.keywords and not any(isinstance(a, ast.Starred) for a in node.args):
        yield "call", ast.Call(node.func, node.args[::-1], [])


def _iteration(node: ast.AST, parent: ast.AST, field: str) -> Made:
    if field != "iter" or not isinstance(node, ast.expr):
        return
    items = ast.Call(ast.Name("list", ast.Load()), [node], [])
    for low, high in ((ast.Constant(1), None), (None, ast.Constant(-1))):
        yield "iteration", ast.Subscript(items, ast.Slice(low, high), ast.Load())
    yield "iteration", ast.Subscript(items, ast.Slice(step=ast.Constant(-1)), ast.Load())


def _choice(node: ast.AST, parent: ast.AST, field: str) -> Made:
    if isinstance(node, ast.IfExp):
        yield "choice", ast.IfExp(node.test, node.orelse, node.body)
        yield "choice", node.body
        yield "choice", node.orelse
    elif isinstance(node, ast.If) and node.orelse:
        yield "choice", ast.If(node.test, node.body, [])
    elif isinstance(node, ast.List | ast.Tuple) and isinstance(node.ctx, ast.Load) and field != "slice":
        for at in {0, len(node.elts) - 1} if len(node.elts) > 1 else ():
            yield "choice", type(node)(node.elts[:at] + node.elts[at + 1 :], ast.Load())
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield "choice", ast.comprehension(node.target, node.iter, [], node.is_async)


def _return(node: ast.AST, parent: ast.AST, field: str) -> Made:
    if not isinstance(parent, ast.Return) or not isinstance(node, ast.expr):
        return
    boolean = isinstance(node, ast.Compare | ast.BoolOp) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )
    if boolean:
        yield "return", ast.UnaryOp(ast.Not(), node)
        yield "return", ast.Constant(True)
        yield "return", ast.Constant(False)
    elif not isinstance(node, ast.Constant):
        yield "return", ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield "return", ast.BinOp(node, ast.Sub(), ast.Constant(1))
        yield "return", ast.UnaryOp(ast.USub(), node)
        yield "return", ast.Call(ast.Name("abs", ast.Load()), [node], [])
        yield "return", ast.Subscript(node, ast.Slice(step=ast.Constant(-1)), ast.Load())
        yield "return", ast.Subscript(node, ast.Slice(lower=ast.Constant(1)), ast.Load())
    yield "return", ast.Constant(None)


def _statement(node: ast.AST, parent: ast.AST, field: str) -> Made:
    if (
        not isinstance(node, ast.stmt)
        or field == "handlers"
        or isinstance(node, ast.Pass | ast.Import | ast.ImportFrom)
    ):
        return
    if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef | ast.Nonlocal | ast.Global):
        yield "statement", None
    if isinstance(node, ast.Break):
        yield "statement", ast.Continue()
    elif isinstance(node, ast.Continue):
        yield "statement", ast.Break()
    elif isinstance(node, ast.Expr | ast.Assign | ast.AugAssign) and _in_loop_test(parent):
        yield "statement", ast.If(ast.Constant(True), [node, ast.Break()], [])


def _in_loop_test(parent: ast.AST) -> bool:
    return isinstance(parent, ast.For | ast.While)


_MAKERS: tuple[Callable[[ast.AST, ast.AST, str], Made], ...] = (
    _compare,
    _arithmetic,
    _boolean,
    _condition,
    _constant,
    _off_by_one,
    _slice,
    _call,
    _iteration,
    _choice,
    _return,
    _statement,
)
