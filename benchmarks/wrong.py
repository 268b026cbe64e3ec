"""Wrong candidates for the gate benchmark: a mutator of its own, unlike the one with which the gate picks questions.

It shares no code with library/mutation/operators.py. Kinds in `CLASSIC` are the textbook ones, which any two mutators
have alike; those in `STRANGE` have no counterpart in the gate: moved and swapped statements, guards put in front,
inputs cut or cleaned on arrival, other variables written, results wrapped, constants taken from elsewhere, and two
slips at once.
"""

import ast
import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Body = list[ast.stmt]


@dataclass(frozen=True)
class Candidate:
    """A wrong solution: which kind of slip made it, and its whole text."""

    kind: str
    code: str


def candidates(code: str, name: str, seed: int, each: int) -> list[Candidate]:
    """At most `each` classic and `each` strange candidates, chosen by chance with this seed.

    Args:
        code: a right solution.
        name: its function.
        seed: another one gives other candidates.
        each: how many of either sort.
    """
    chance = random.Random(f"{name} {seed}")
    found: list[Candidate] = []
    for makers in (CLASSIC, STRANGE):
        made = {text: Candidate(kind, text) for kind, text in _all(code, name, makers)}
        made.pop(ast.unparse(ast.parse(code)), None)
        options = sorted(made.values(), key=lambda candidate: candidate.code)
        chance.shuffle(options)
        found += _mixed(options, each)
    pairs = [
        Candidate("two slips", second)
        for first in _some(code, name, chance, 4)
        for second in _some(first, name, chance, 1)
        if second != code
    ]
    return found + pairs[: max(1, each // 3)]


def _mixed(options: list[Candidate], count: int) -> list[Candidate]:
    """Kinds in turn, so that a frequent kind does not crowd out the others."""
    kinds = list(dict.fromkeys(option.kind for option in options))
    queues = [[option for option in options if option.kind == kind] for kind in kinds]
    turns = [queue[at] for at in range(len(options)) for queue in queues if at < len(queue)]
    return turns[:count]


def _some(code: str, name: str, chance: random.Random, count: int) -> list[str]:
    options = sorted({text for _, text in _all(code, name, CLASSIC)})
    return chance.sample(options, min(count, len(options)))


def _all(
    code: str, name: str, makers: dict[str, Callable[[ast.FunctionDef], Iterator[None]]]
) -> Iterator[tuple[str, str]]:
    for kind, maker in makers.items():
        tree = ast.parse(code)
        function = _function(tree, name)
        if ast.get_docstring(function) is not None:
            doc, function.body = function.body[:1], function.body[1:]
        else:
            doc = []
        for _ in maker(function):
            kept = function.body
            function.body = [*doc, *(kept or [ast.Pass()])]
            text = ast.unparse(ast.fix_missing_locations(tree))
            function.body = kept
            if _compiles(text):
                yield kind, text


def _function(tree: ast.Module, name: str) -> ast.FunctionDef:
    return [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name][-1]


def _compiles(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _with(node: ast.AST, field: str, value: Any) -> Iterator[None]:
    """The tree with one field changed for as long as the caller looks at it."""
    old = getattr(node, field)
    setattr(node, field, value)
    yield
    setattr(node, field, old)


def _nodes(function: ast.FunctionDef, kind: type[ast.AST] | tuple[type[ast.AST], ...]) -> list[Any]:
    return [node for statement in function.body for node in ast.walk(statement) if isinstance(node, kind)]


def _operators(function: ast.FunctionDef) -> Iterator[None]:
    pool = [ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod]
    for node in _nodes(function, (ast.BinOp, ast.AugAssign)):
        for other in pool:
            if not isinstance(node.op, other):
                yield from _with(node, "op", other())


def _comparisons(function: ast.FunctionDef) -> Iterator[None]:
    pool = [ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq]
    for node in _nodes(function, ast.Compare):
        for other in pool:
            if isinstance(node.ops[0], tuple(pool)) and not isinstance(node.ops[0], other):
                yield from _with(node, "ops", [other(), *node.ops[1:]])


def _numbers(function: ast.FunctionDef) -> Iterator[None]:
    for node in _nodes(function, ast.Constant):
        if type(node.value) is int:
            yield from _with(node, "value", node.value + 1)
            yield from _with(node, "value", node.value - 1)


def _logic(function: ast.FunctionDef) -> Iterator[None]:
    for node in _nodes(function, ast.BoolOp):
        yield from _with(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for node in _nodes(function, (ast.If, ast.While, ast.IfExp)):
        yield from _with(node, "test", ast.UnaryOp(ast.Not(), node.test))


def _removed(function: ast.FunctionDef) -> Iterator[None]:
    for body in _bodies(function):
        for at in range(len(body)):
            taken = body.pop(at)
            blank = not body
            if blank:
                body.append(ast.Pass())
            yield
            if blank:
                body.pop()
            body.insert(at, taken)


def _bodies(function: ast.FunctionDef) -> Iterator[Body]:
    yield function.body
    for node in _nodes(function, (ast.For, ast.While, ast.If, ast.With)):
        yield node.body
        if getattr(node, "orelse", None):
            yield node.orelse


def _swapped_statements(function: ast.FunctionDef) -> Iterator[None]:
    for body in _bodies(function):
        for at in range(len(body) - 1):
            body[at], body[at + 1] = body[at + 1], body[at]
            yield
            body[at], body[at + 1] = body[at + 1], body[at]


def _moved_over_a_loop_end(function: ast.FunctionDef) -> Iterator[None]:
    """What stands after a loop moved to its end, and its last statement moved out of it."""
    for body in _bodies(function):
        for at, node in enumerate(list(body)):
            if not isinstance(node, ast.For | ast.While):
                continue
            if at + 1 < len(body):
                node.body.append(body.pop(at + 1))
                yield
                body.insert(at + 1, node.body.pop())
            if len(node.body) > 1:
                body.insert(at + 1, node.body.pop())
                yield
                node.body.append(body.pop(at + 1))


def _other_constants(function: ast.FunctionDef) -> Iterator[None]:
    nodes: list[ast.Constant] = _nodes(function, ast.Constant)
    for node in nodes:
        others = {repr(n.value): n.value for n in nodes if type(n.value) is type(node.value) and n.value != node.value}
        extra = [node.value * 10, node.value + 2] if type(node.value) is int else []
        for value in [*others.values(), *extra]:
            yield from _with(node, "value", value)


def _other_variables(function: ast.FunctionDef) -> Iterator[None]:
    names = sorted(
        {n.id for n in _nodes(function, ast.Name) if isinstance(n.ctx, ast.Store)} | {a.arg for a in function.args.args}
    )
    for node in _nodes(function, ast.Name):
        if node.id in names:
            for other in names:
                if other != node.id:
                    yield from _with(node, "id", other)


def _arrivals(function: ast.FunctionDef) -> Iterator[None]:
    """The input cut, cleaned or refused before it is looked at, as a hasty author would."""
    for argument in function.args.args:
        a = argument.arg
        for line in (
            f"if isinstance({a}, (list, str)): {a} = {a}[:4]",
            f"if isinstance({a}, list): {a} = [v for n, v in enumerate({a}) if v not in {a}[:n]]",
            f"if isinstance({a}, list): {a} = [v for v in {a} if v]",
            f"if isinstance({a}, str): {a} = {a}.strip().lower()",
            f"if isinstance({a}, (int, float)): {a} = abs({a})",
            f"if isinstance({a}, int) and {a} > 20: {a} = 20",
            f"if not {a}: return None",
            f"if isinstance({a}, (list, str)) and len({a}) < 2: return {a}",
        ):
            function.body.insert(0, ast.parse(line).body[0])
            yield
            function.body.pop(0)


def _wrapped_results(function: ast.FunctionDef) -> Iterator[None]:
    for node in _nodes(function, ast.Return):
        if node.value is not None and not isinstance(node.value, ast.Constant):
            for wrap in ("str", "bool", "sorted", "set", "round", "tuple", "len"):
                yield from _with(node, "value", ast.Call(ast.Name(wrap, ast.Load()), [node.value], []))


def _loops(function: ast.FunctionDef) -> Iterator[None]:
    for node in _nodes(function, (ast.For, ast.comprehension)):
        for wrap in ("sorted", "set"):
            yield from _with(node, "iter", ast.Call(ast.Name(wrap, ast.Load()), [node.iter], []))
        if isinstance(node.target, ast.Tuple) and len(node.target.elts) == 2:
            yield from _with(node.target, "elts", node.target.elts[::-1])
        if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Name) and node.iter.func.id == "range":
            bounds = node.iter.args if len(node.iter.args) > 1 else [ast.Constant(0), *node.iter.args]
            if len(bounds) == 2:
                yield from _with(node.iter, "args", [*bounds, ast.Constant(2)])


def _dropped_branches(function: ast.FunctionDef) -> Iterator[None]:
    for node in _nodes(function, ast.If):
        if node.orelse:
            yield from _with(node, "body", copy.deepcopy(node.orelse))
    for node in _nodes(function, ast.Call):
        if len(node.args) > 1:
            yield from _with(node, "args", node.args[:-1])


CLASSIC: dict[str, Callable[[ast.FunctionDef], Iterator[None]]] = {
    "operator": _operators,
    "comparison": _comparisons,
    "number": _numbers,
    "logic": _logic,
    "removed": _removed,
}
STRANGE: dict[str, Callable[[ast.FunctionDef], Iterator[None]]] = {
    "swapped statements": _swapped_statements,
    "over a loop's end": _moved_over_a_loop_end,
    "other constant": _other_constants,
    "other variable": _other_variables,
    "on arrival": _arrivals,
    "wrapped result": _wrapped_results,
    "loop": _loops,
    "branch": _dropped_branches,
}
