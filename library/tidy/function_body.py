"""A function as the search for common parts sees it: its names, what is bound where, and keys by which parts are equal.

Two parts have one shape if they differ only in names and literals; they have one key if they also use the same names of
the module and their own variables in the same places. Pure: nothing is run.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from library.source.function import Parsed
from library.source.scope import names_of
from library.source.signature import SignatureNode, parameter_names
from library.source.syntax_tree import names_within

_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}
BLOCKS = ("body", "orelse", "finalbody")
_SKIPPED = frozenset({"ctx", "annotation", "returns", "type_comment", "kind", "simple", "type_params"})
_LOOPS = (ast.For, ast.While)
_EAGER = frozenset({"sum", "any", "all", "min", "max", "list", "tuple", "set", "frozenset", "sorted", "dict"})
_LEAVES = (ast.Return, ast.Raise)
# What sees the frame that it runs in, or binds in ways that are not followed here.
_PEEKING = frozenset({"locals", "globals", "vars", "dir", "eval", "exec", "super", "__class__"})
_WAITING = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFunctionDef)
_STRANGE = (*_WAITING, ast.NamedExpr, ast.Nonlocal, ast.Global, ast.ClassDef)


@dataclass(frozen=True)
class Body:
    """One function, read.

    Args:
        name: its name.
        text: its piece of the library, comments above included.
        node: its tree, with the places of `text`.
    """

    name: str
    text: str
    node: ast.FunctionDef

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """What follows the docstring."""
        return self.node.body[1:] if ast.get_docstring(self.node, clean=False) is not None else self.node.body

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of all parameters."""
        return tuple(parameter_names(self.node))

    @cached_property
    def locals(self) -> frozenset[str]:
        """Names that it binds, in comprehensions too."""
        return frozenset(_bound(self.node))

    @cached_property
    def imported(self) -> frozenset[str]:
        """Names that an import inside it binds."""
        inner = [node for node in ast.walk(self.node) if isinstance(node, ast.Import | ast.ImportFrom)]
        return frozenset((alias.asname or alias.name).split(".")[0] for node in inner for alias in node.names)

    @cached_property
    def captured(self) -> frozenset[str]:
        """Names in what is worked out later: lambdas, functions inside it, generators that are handed on."""
        return frozenset(names_within(*later(self.node)))

    @cached_property
    def nested(self) -> bool:
        """Whether a function is defined inside it."""
        return any(isinstance(node, ast.FunctionDef) and node is not self.node for node in ast.walk(self.node))

    @cached_property
    def size(self) -> int:
        """Nodes of syntax in its statements."""
        return sum(1 for statement in self.statements for _ in ast.walk(statement))

    @cached_property
    def plain(self) -> bool:
        """Whether it takes a fixed number of arguments."""
        return self.node.args.vararg is None and self.node.args.kwarg is None

    @cached_property
    def starts(self) -> list[int]:
        """Where each line of `text` begins, in bytes."""
        found = [0]
        for line in self.text.encode().splitlines(keepends=True):
            found.append(found[-1] + len(line))
        return found

    def span(self, first: ast.AST, last: ast.AST | None = None) -> tuple[int, int]:
        """Bytes of `text` from one node to the end of another."""
        one, other = cast(ast.expr, first), cast(ast.expr, last or first)
        start = self.starts[one.lineno - 1] + one.col_offset
        return start, self.starts[(other.end_lineno or one.lineno) - 1] + (other.end_col_offset or 0)

    def source(self, first: ast.AST, last: ast.AST | None = None) -> str:
        """Their text."""
        start, end = self.span(first, last)
        return self.text.encode()[start:end].decode()


def function_names(parsed: Parsed) -> list[str]:
    """Names of all functions in the order of the text, whatever has been edited before."""
    return list(dict.fromkeys(piece.name for piece in parsed.pieces if piece.kind == "function"))


def read_body(parsed: Parsed, name: str) -> Body | None:
    """A function that is defined once and by `def`; None for any other."""
    found = parsed.by_name.get(name, ())
    if len(found) != 1 or found[0].kind != "function" or "\r" in found[0].text:
        return None
    node = found[0].nodes[0]
    return Body(name, found[0].text, node) if isinstance(node, ast.FunctionDef) else None


def movable(body: Body) -> bool:
    """Whether parts of it may be moved: it neither peeks at frames nor waits nor yields."""
    return not any(
        isinstance(node, _STRANGE) or (isinstance(node, ast.Name) and node.id in _PEEKING)
        for node in ast.walk(body.node)
    )


def _bound(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.ExceptHandler | ast.FunctionDef | ast.MatchAs | ast.MatchStar):
            if node.name and node is not function:
                yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest


# -- keys


@dataclass(frozen=True)
class Key:
    """What a part is made of.

    Args:
        text: equal for parts that differ in their own names and literals only.
        names: the part's own names in the order in which they come.
        literals: its literals in that order.
    """

    text: str
    names: tuple[str, ...]
    literals: tuple[ast.expr, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The literals' values as text."""
        return tuple(ast.dump(node) for node in self.literals)


def key_of(nodes: Sequence[ast.AST], own: frozenset[str]) -> Key:
    """The key of a row of statements, or of one expression.

    Args:
        nodes: the statements or the expression.
        own: names that are the function's own.
    """
    numbers: dict[str, int] = {}
    literals: list[ast.expr] = []
    words: list[str] = []
    fixed = 0  # inside of what a literal cannot be taken out of

    def name(text: str) -> str:
        return f"v{numbers.setdefault(text, len(numbers))}" if text in own else text

    def write(value: object) -> None:
        nonlocal fixed
        if isinstance(value, list):
            words.append("[")
            for item in cast(list[object], value):
                write(item)
            words.append("]")
        elif not isinstance(value, ast.AST):
            words.append(repr(value))
        elif is_literal(value) and not fixed:
            literals.append(cast(ast.expr, value))
            words.append("#")
        elif isinstance(value, ast.Name):
            words.append(name(value.id))
        else:
            inside = isinstance(value, ast.JoinedStr | ast.pattern)
            fixed += inside
            words.append(type(value).__name__ + "(")
            for field, item in _fields(value):
                write(name(item) if field in ("name", "arg", "rest") and isinstance(item, str) else item)
            words.append(")")
            fixed -= inside

    for node in nodes:
        write(node)
    return Key(" ".join(words), tuple(numbers), tuple(literals))


def form_of(body: Body) -> str:
    """Equal for functions that differ in their own names only; much quicker than the normal form."""
    own = frozenset(body.locals | {body.name})
    key = key_of([body.node.args, *body.statements], own)
    return f"{key.text} {key.values}"


def _fields(node: ast.AST) -> Iterator[tuple[str, object]]:
    """Fields that count; `a > b` is given as `b < a`."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _TURNED and _simple(node):
        yield from (("left", node.comparators[0]), ("ops", [_TURNED[type(node.ops[0])]()]))
        yield "comparators", [node.left]
        return
    keyword = isinstance(node, ast.keyword)
    for field in node._fields:
        if field not in _SKIPPED:
            value: object = getattr(node, field, None)
            yield ("keyword" if keyword and field == "arg" else field), value


def _simple(node: ast.Compare) -> bool:
    """Whether the order in which the two sides are worked out cannot matter."""
    inner = [part for side in (node.left, *node.comparators) for part in ast.walk(side)]
    return not any(isinstance(part, ast.Call | ast.ListComp | ast.SetComp | ast.GeneratorExp) for part in inner)


def is_literal(node: ast.AST) -> bool:
    """A number (negative too), a text, bytes, True, False, None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return type(node.operand.value) in (int, float)
    return isinstance(node, ast.Constant)


def shapes(body: Body) -> dict[int, tuple[int, int]]:
    """For each node (by its identity) its size in nodes and a hash of its shape; own names and literals count not."""
    own = body.locals
    found: dict[int, tuple[int, int]] = {}

    def look(node: ast.AST) -> tuple[int, int]:
        if is_literal(node):
            size, parts = 1, list[object](["#"])
        elif isinstance(node, ast.Name):
            size, parts = 1, list[object](["" if node.id in own else node.id])
        else:
            size, parts = 1, list[object]([type(node).__name__])
            for field, value in _fields(node):
                for item in cast(list[object], value) if isinstance(value, list) else [value]:
                    if isinstance(item, ast.AST):
                        inner = look(item)
                        size += inner[0]
                        parts.append(inner[1])
                    elif field in ("attr", "keyword"):
                        parts.append(item)
                parts.append(0)
        if isinstance(node, ast.operator | ast.cmpop | ast.unaryop | ast.boolop | SignatureNode):
            size = 0
        found[id(node)] = (size, hash(tuple(parts)))
        return found[id(node)]

    for statement in body.node.body:
        look(statement)
    return found


# -- what is bound where


def flow(statements: Sequence[ast.stmt], bound: Iterable[str] = ()) -> tuple[set[str], set[str]]:
    """Names that may be read before these statements bind them, and those that are bound for certain after them."""
    needs, sure = set[str](), set(bound)
    for statement in statements:
        parts = [block for name in BLOCKS if (block := cast(list[ast.stmt], getattr(statement, name, None) or []))]
        heads = _heads(statement)
        needs |= {name for head in heads for name in _reads(head)} - sure
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            needs |= {statement.target.id} - sure
        stores = {name for head in heads for name in _stores(head)}
        if isinstance(statement, ast.If):
            one, other = flow(statement.body, sure), flow(statement.orelse, sure)
            needs |= one[0] | other[0]
            sides = [side[1] for side, block in ((one, statement.body), (other, statement.orelse)) if not leaves(block)]
            sure |= set[str].intersection(*sides) if sides else one[1] | other[1]
        elif isinstance(statement, ast.With):
            inner = flow(statement.body, sure | stores)
            needs |= inner[0]
            sure = inner[1]
        elif parts or isinstance(statement, ast.Match | ast.Try):
            blocks = [*parts, *(case.body for case in getattr(statement, "cases", []))]
            blocks += [handler.body for handler in getattr(statement, "handlers", [])]
            for block in blocks:
                needs |= flow(block, sure | stores)[0]
        else:
            sure |= stores if not isinstance(statement, ast.Delete) else set()
            sure -= stores if isinstance(statement, ast.Delete) else set()
    return needs, sure


def leaves(block: Sequence[ast.stmt]) -> bool:
    """Whether whoever gets into this block leaves the function in it."""
    last = block[-1] if block else None
    if isinstance(last, ast.If):
        return leaves(last.body) and leaves(last.orelse)
    return isinstance(last, _LEAVES)


def _heads(statement: ast.stmt) -> list[ast.AST]:
    """A statement without the blocks in it."""
    if isinstance(statement, ast.FunctionDef):
        return [statement]
    found: list[ast.AST] = []
    for field in statement._fields:
        if field in (*BLOCKS, "annotation"):
            continue
        value: object = getattr(statement, field, None)
        found += [part for part in (cast(list[object], value) if isinstance(value, list) else [value])
                  if isinstance(part, ast.AST)]  # fmt: skip
    return found


def _reads(head: ast.AST) -> set[str]:
    if isinstance(head, ast.FunctionDef):
        return {node.id for node in names_of(head)[1]}
    if isinstance(head, ast.expr):
        return {node.id for node in names_of(ast.Expr(head))[1]}
    return {node.id for node in ast.walk(head) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _stores(head: ast.AST) -> set[str]:
    if isinstance(head, ast.FunctionDef):
        return {head.name}
    if isinstance(head, ast.expr):
        return names_of(ast.Expr(head))[0]
    return {node.id for node in ast.walk(head) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def reads_of(nodes: Sequence[ast.AST]) -> list[str]:
    """Names that statements or an expression read from outside of comprehensions in them."""
    rows = [node if isinstance(node, ast.stmt) else ast.Expr(cast(ast.expr, node)) for node in nodes]
    return [name.id for row in rows for name in names_of(row)[1]]


def later(top: ast.AST) -> list[ast.AST]:
    """What in a node is worked out later, when its names may mean other things: lambdas, functions, most generators."""
    eager: set[int] = set()
    for node in ast.walk(top):
        if isinstance(node, ast.Call) and len(node.args) == 1:
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            joined = isinstance(node.func, ast.Attribute) and node.func.attr == "join"
            eager |= {id(node.args[0])} if name in _EAGER or joined else set()
    kinds = (ast.Lambda, ast.FunctionDef, ast.GeneratorExp)
    return [node for node in ast.walk(top) if isinstance(node, kinds) and node is not top and id(node) not in eager]


def loops_out(statements: Sequence[ast.stmt]) -> bool:
    """Whether a `break` or `continue` in these statements belongs to a loop around them."""
    for statement in statements:
        if isinstance(statement, ast.Break | ast.Continue):
            return True
        inner = list(ast.iter_child_nodes(statement))
        if isinstance(statement, _LOOPS):
            inner = list(statement.orelse)
        below = [part for node in inner for part in ([node] if isinstance(node, ast.stmt) else _held(node))]
        if loops_out(below):
            return True
    return False


def _held(node: ast.AST) -> list[ast.stmt]:
    """Statements in an exception handler or a case."""
    return list(node.body) if isinstance(node, ast.ExceptHandler | ast.match_case) else []
