"""Normal form of a function: what stays of its text when names, order and small habits of writing do not count. Pure.

Two functions with one normal form do the same; each rewriting here keeps what a function gives (not how long it takes,
nor which of two errors comes first). What would need to know types is left to behaviour.
"""

import ast
import copy
import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from library.duplicates.normalize_rules import Rewriter, is_calm
from library.source.syntax_tree import FunctionNode, names_within, read_tree

_ROUNDS = 5


@lru_cache(maxsize=16384)
def normal_form(source: str) -> str:
    """The normal form of the last function in a text, as text.

    Raises:
        SourceError: the text does not parse.
    """
    found = [node for node in read_tree(source, "function").body if isinstance(node, FunctionNode)]
    if not found:
        return ""
    function = bare(found[-1])
    for _ in range(_ROUNDS):
        before = ast.dump(function)
        function = cast(FunctionNode, Rewriter(function).visit(function))
        for block in _blocks(function):
            block[:] = in_order(block)
        if ast.dump(function) == before:
            break
    return ast.dump(renamed(function))


def normal_digest(source: str) -> str:
    """Hash of the normal form, 12 hex digits; "" if the text has no function."""
    form = normal_form(source)
    return hashlib.blake2b(form.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest() if form else ""


@lru_cache(maxsize=16384)
def shingles(source: str) -> frozenset[str]:
    """Each three neighbouring words of the normal form; two functions are as alike as what they share of these."""
    words = re.findall(
        r"[A-Za-z_]\w*|'[^']*'|\d+", re.sub(r"\b(ctx|Load|Store|kind|lineno)\b", "", normal_form(source))
    )
    return frozenset(" ".join(words[at : at + 3]) for at in range(len(words) - 2))


def likeness(one: str, other: str) -> float:
    """How alike two functions' texts are, from 0 to 1."""
    left, right = shingles(one), shingles(other)
    return len(left & right) / (len(left | right) or 1)


def bare(function: FunctionNode) -> FunctionNode:
    """A copy without name, docstrings, annotations and statements that do nothing."""
    function = copy.deepcopy(function)
    name, function.name = function.name, "_"
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id == name:
            node.id = "_"
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, FunctionNode):
            node.returns = None
    for block in _blocks(function):
        kept: list[ast.stmt] = []
        for statement in block:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue
            if isinstance(statement, ast.AnnAssign):
                if statement.value is None:
                    continue
                statement = ast.copy_location(ast.Assign([statement.target], statement.value), statement)
            if not isinstance(statement, ast.Pass):
                kept.append(statement)
        block[:] = kept or [ast.Pass()]
    return function


def _blocks(root: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(root):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield cast("list[ast.stmt]", block)


def in_order(block: list[ast.stmt]) -> list[ast.stmt]:
    """A block in which neighbouring assignments that do not touch one another stand in an order of their own."""
    done: list[ast.stmt] = []
    run: list[ast.Assign] = []
    for statement in block:
        parts = _simple(statement)
        if parts:
            run += parts
        else:
            done += [*_sorted(run), statement]
            run = []
    return [*done, *_sorted(run)]


def _simple(statement: ast.stmt) -> list[ast.Assign]:
    """An assignment to names of what has no effect, `a, b = 1, 2` as two; () for any other statement."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not is_calm(statement.value):
        return []
    target, value = statement.targets[0], statement.value
    if isinstance(target, ast.Name):
        return [statement]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        parts = [ast.Assign([one], other) for one, other in zip(target.elts, value.elts, strict=True)]
        names = {node.id for node in target.elts if isinstance(node, ast.Name)}
        if len(names) == len(parts) and not names & names_within(value):
            return [ast.copy_location(part, statement) for part in parts]
    return []


def _sorted(run: list[ast.Assign]) -> list[ast.Assign]:
    """Of those that depend on none before them, always the smallest first; names do not count in what is smallest."""
    left, done = list(run), list[ast.Assign]()
    while left:
        free = [one for at, one in enumerate(left) if not any(_depend(one, other) for other in left[:at])]
        best = min(free, key=_masked)
        left.remove(best)
        done.append(best)
    return done


def _depend(one: ast.Assign, other: ast.Assign) -> bool:
    sets, gives = names_within(one.targets[0]), names_within(other.targets[0])
    return bool(sets & gives or sets & names_within(other.value) or gives & names_within(one.value))


def _masked(statement: ast.Assign) -> str:
    return re.sub(r"id='[^']*'", "id", ast.dump(statement.value))


def renamed(function: FunctionNode) -> FunctionNode:
    """Parameters and local names by number, in the order in which they come."""
    local = _bound(function) - {"_"}
    numbers: dict[str, str] = {}
    for node in _in_depth(function):
        if isinstance(node, ast.arg) and node.arg in local:
            node.arg = numbers.setdefault(node.arg, f"v{len(numbers)}")
        elif isinstance(node, ast.Name) and node.id in local:
            node.id = numbers.setdefault(node.id, f"v{len(numbers)}")
        elif isinstance(node, ast.ExceptHandler | FunctionNode | ast.MatchAs | ast.MatchStar):
            if node.name and node.name in local:
                node.name = numbers.setdefault(node.name, f"v{len(numbers)}")
        elif isinstance(node, ast.Nonlocal):
            node.names = sorted(numbers.get(name, name) for name in node.names)
    return function


def _bound(function: FunctionNode) -> set[str]:
    """Names that the function or one inside it binds, but for those that it takes from the module."""
    found: set[str] = set()
    shared: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.ExceptHandler | FunctionNode | ast.MatchAs | ast.MatchStar):
            found |= {node.name} if node.name else set()
        elif isinstance(node, ast.Global):
            shared |= set(node.names)
    return found - shared


def _in_depth(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_depth(child)
