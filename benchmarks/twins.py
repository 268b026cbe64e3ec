"""Twins for the dedup benchmark: the same function renamed, reordered, or written in other ways, by a program.

It shares no code with the library's normal form. Every rewriting here keeps what a function gives; the benchmark still
checks each twin on EvalPlus's inputs.
"""

import ast
import copy
import random
from collections.abc import Callable, Iterator
from typing import Any, cast

Function = ast.FunctionDef
WAYS = ("renamed", "reordered", "rewritten")

_WORDS = "alpha beta gamma delta omega kappa sigma theta lam zeta eta iota mu nu xi rho tau phi chi psi".split()  # noqa: SIM905


def twin(code: str, name: str, new_name: str, way: str, seed: int = 1) -> str:
    """The function under a new name, without docstring; "" if this way leaves it as it was.

    Args:
        code: text with the function, its helpers and imports; helpers stay as they are.
        name: the function.
        new_name: the twin's name.
        way: "renamed"; "reordered": statements in another order, and renamed; "rewritten": loops, conditions and
            assignments written otherwise, and renamed.
        seed: another one gives another twin.
    """
    tree = ast.parse(code)
    chance = random.Random(f"{name} {way} {seed}")
    for at, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            function = without_docstring(node)
            before = ast.unparse(function)
            if way == "reordered":
                reorder(function, chance)
            elif way == "rewritten":
                rewrite(function, chance)
            if way != "renamed" and ast.unparse(function) == before:
                return ""
            tree.body[at] = rename(function, new_name, chance)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def without_docstring(function: Function) -> Function:
    function = copy.deepcopy(function)
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:] or [ast.Pass()]
    return function


def rename(function: Function, new_name: str, chance: random.Random) -> Function:
    """Other names for the function, its parameters and its variables."""
    old = function.name
    own: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            own.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        elif isinstance(node, ast.FunctionDef) and node is not function:
            own.add(node.name)
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    fresh = [word for word in _WORDS if word not in used] + [f"item_{number}" for number in range(99)]
    chance.shuffle(fresh)
    names = dict(zip(sorted(own), fresh, strict=False)) | {old: new_name}
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            node.arg = names[node.arg]
        elif isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
        elif isinstance(node, ast.FunctionDef):
            node.name = names[node.name]
        elif isinstance(node, ast.keyword) and node.arg in own and node.arg in names:
            inner = {n.name for n in ast.walk(function) if isinstance(n, ast.FunctionDef)}
            node.arg = names[node.arg] if len(inner) > 1 else node.arg
    return function


def reorder(function: Function, chance: random.Random) -> None:
    """Swap neighbouring statements that do not touch one another, and the factors of products with a number."""
    for block in _blocks(function):
        for _ in range(3):
            places = [at for at in range(len(block) - 1) if _independent(block[at], block[at + 1])]
            if places:
                at = chance.choice(places)
                block[at], block[at + 1] = block[at + 1], block[at]
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and _number(node.right):
            node.left, node.right = node.right, node.left


def _independent(one: ast.stmt, other: ast.stmt) -> bool:
    if not isinstance(one, ast.Assign) or not isinstance(other, ast.Assign) or not (_quiet(one) and _quiet(other)):
        return False
    sets, gives = _stored(one), _stored(other)
    return not (sets & gives or sets & _loaded(other) or gives & _loaded(one))


def _quiet(node: ast.Assign) -> bool:
    calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
    plain = all(isinstance(target, ast.Name | ast.Tuple) for target in node.targets)
    return plain and all(
        isinstance(call.func, ast.Name) and call.func.id in ("len", "list", "set", "sorted", "str", "abs", "int")
        for call in calls
    )


def _stored(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _loaded(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def rewrite(function: Function, chance: random.Random) -> None:
    """Each rewriting wherever it is possible, with a chance of three in four."""
    for step in chance.sample(EXPRESSIONS, len(EXPRESSIONS)):
        Changed(step, chance).visit(function)
    for change in chance.sample(BLOCKS, len(BLOCKS)):
        for block in list(_blocks(function)):
            if chance.random() < 0.75:
                block[:] = change(function, list(block))
    ast.fix_missing_locations(function)


class Changed(ast.NodeTransformer):
    """Puts what a step makes of an expression in its place."""

    def __init__(self, step: "Callable[[ast.expr], ast.expr | None]", chance: random.Random) -> None:
        self.step, self.chance = step, chance

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.expr) and self.chance.random() < 0.75:
            return self.step(node) or node
        return node


def turned_comparison(node: ast.expr) -> ast.expr | None:
    """a < b: b > a."""
    others = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq}
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in others and _calm(node):
        return ast.Compare(node.comparators[0], [others[type(node.ops[0])]()], [node.left])  # type: ignore[index]
    return None


def denied_comparison(node: ast.expr) -> ast.expr | None:
    """a == b: not a != b."""
    others: dict[Any, Any] = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In}
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in others:
        return ast.UnaryOp(ast.Not(), ast.Compare(node.left, [others[type(node.ops[0])]()], node.comparators))
    return None


def chained_comparison(node: ast.expr) -> ast.expr | None:
    """a < b < c: a < b and b < c."""
    if isinstance(node, ast.Compare) and len(node.ops) == 2 and _calm(node):
        middle = node.comparators[0]
        first = ast.Compare(node.left, [node.ops[0]], [middle])
        return ast.BoolOp(ast.And(), [first, ast.Compare(copy.deepcopy(middle), [node.ops[1]], [node.comparators[1]])])
    return None


def turned_choice(node: ast.expr) -> ast.expr | None:
    """a if c else b: b if not c else a."""
    return ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.orelse, node.body) if isinstance(node, ast.IfExp) else None


def mapped(node: ast.expr) -> ast.expr | None:
    """[f(x) for x in xs]: list(map(lambda x: f(x), xs))."""
    if isinstance(node, ast.ListComp) and len(node.generators) == 1 and not node.generators[0].ifs:
        target = node.generators[0].target
        if isinstance(target, ast.Name):
            arguments = ast.arguments([], [ast.arg(target.id)], None, [], [], None, [])
            call = ast.Call(ast.Name("map", ast.Load()), [ast.Lambda(arguments, node.elt), node.generators[0].iter], [])
            return ast.Call(ast.Name("list", ast.Load()), [call], [])
    return None


def spelled_square(node: ast.expr) -> ast.expr | None:
    """x ** 2: x * x, for a name."""
    power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and isinstance(node.left, ast.Name)
    if isinstance(node, ast.BinOp) and power and isinstance(node.right, ast.Constant) and node.right.value == 2:
        return ast.BinOp(node.left, ast.Mult(), copy.deepcopy(node.left))
    return None


def spelled_range(node: ast.expr) -> ast.expr | None:
    """range(n): range(0, n, 1)."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "range"
        and len(node.args) == 1
    ):
        return ast.Call(node.func, [ast.Constant(0), node.args[0], ast.Constant(1)], [])
    return None


def loop_for_comprehension(function: Function, block: list[ast.stmt]) -> list[ast.stmt]:
    """x = [e for ...] or return [e for ...]: a loop that appends."""
    done: list[ast.stmt] = []
    for statement in block:
        value = statement.value if isinstance(statement, ast.Assign | ast.Return) else None
        name = _fresh(function, "made") if isinstance(statement, ast.Return) else _single(statement)
        if not isinstance(value, ast.ListComp) or not name or name in _loaded(value) or _clash(function, value):
            done.append(statement)
            continue
        append = ast.Call(ast.Attribute(ast.Name(name, ast.Load()), "append", ast.Load()), [value.elt], [])
        done += [_assign(name, ast.List([], ast.Load())), _loops(value.generators, ast.Expr(append))]
        if isinstance(statement, ast.Return):
            done.append(ast.Return(ast.Name(name, ast.Load())))
    return done


def loop_for_sum(function: Function, block: list[ast.stmt]) -> list[ast.stmt]:
    """return sum(e for ...): a loop that adds; return any(...): a loop that looks."""
    last = block[-1]
    if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Call) or len(last.value.args) != 1:
        return block
    inner, func = last.value.args[0], last.value.func
    if (
        not isinstance(inner, ast.GeneratorExp | ast.ListComp)
        or not isinstance(func, ast.Name)
        or _clash(function, inner)
    ):
        return block
    if func.id == "sum":
        name = _fresh(function, "summed")
        step = ast.AugAssign(ast.Name(name, ast.Store()), ast.Add(), inner.elt)
        loop = _loops(inner.generators, step)
        return [*block[:-1], _assign(name, ast.Constant(0)), loop, ast.Return(ast.Name(name, ast.Load()))]
    if func.id in ("any", "all"):
        test = inner.elt if func.id == "any" else ast.UnaryOp(ast.Not(), inner.elt)
        leave = ast.If(test, [ast.Return(ast.Constant(func.id == "any"))], [])
        return [*block[:-1], _loops(inner.generators, leave), ast.Return(ast.Constant(func.id != "any"))]
    return block


def turned_if(function: Function, block: list[ast.stmt]) -> list[ast.stmt]:
    """if c: A else: B: if not c: B else: A."""
    for statement in block:
        if isinstance(statement, ast.If) and statement.orelse:
            statement.test = ast.UnaryOp(ast.Not(), statement.test)
            statement.body, statement.orelse = statement.orelse, statement.body
    return block


def nested_else(function: Function, block: list[ast.stmt]) -> list[ast.stmt]:
    """if c: return a, and more: if c: return a else: more."""
    for at, statement in enumerate(block[:-1]):
        if isinstance(statement, ast.If) and not statement.orelse and isinstance(statement.body[-1], ast.Return):
            statement.orelse = block[at + 1 :]
            return block[: at + 1]
    return block


def spelled_choice(function: Function, block: list[ast.stmt]) -> list[ast.stmt]:
    """return a if c else b: if c: return a; return b."""
    last = block[-1]
    if isinstance(last, ast.Return) and isinstance(last.value, ast.IfExp):
        chosen = last.value
        return [*block[:-1], ast.If(chosen.test, [ast.Return(chosen.body)], []), ast.Return(chosen.orelse)]
    return block


def spelled_boolean(function: Function, block: list[ast.stmt]) -> list[ast.stmt]:
    """return a < b: if a < b: return True else: return False."""
    last = block[-1]
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Compare):
        true, false = ast.Return(ast.Constant(True)), ast.Return(ast.Constant(False))
        return [*block[:-1], ast.If(last.value, [true], [false])]
    return block


def named_result(function: Function, block: list[ast.stmt]) -> list[ast.stmt]:
    """return e: result = e; return result."""
    last = block[-1]
    if isinstance(last, ast.Return) and last.value is not None and not isinstance(last.value, ast.Name | ast.Constant):
        name = _fresh(function, "outcome")
        return [*block[:-1], _assign(name, last.value), ast.Return(ast.Name(name, ast.Load()))]
    return block


def plain_augmented(function: Function, block: list[ast.stmt]) -> list[ast.stmt]:
    """n += 1: n = n + 1, for numbers and texts."""
    done: list[ast.stmt] = []
    for statement in block:
        if (
            isinstance(statement, ast.AugAssign)
            and isinstance(statement.target, ast.Name)
            and not _is_list(statement.value)
        ):
            name = statement.target.id
            done.append(_assign(name, ast.BinOp(ast.Name(name, ast.Load()), statement.op, statement.value)))
        else:
            done.append(statement)
    return done


def short_augmented(function: Function, block: list[ast.stmt]) -> list[ast.stmt]:
    """n = n + 1: n += 1, with a number."""
    done: list[ast.stmt] = []
    for statement in block:
        name = _single(statement)
        value = statement.value if isinstance(statement, ast.Assign) else None
        same = isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name) and value.left.id == name
        if isinstance(value, ast.BinOp) and same and _number(value.right):
            done.append(ast.AugAssign(ast.Name(name, ast.Store()), value.op, value.right))
        else:
            done.append(statement)
    return done


def counted_while(function: Function, block: list[ast.stmt]) -> list[ast.stmt]:
    """for i in range(n): a while loop, where the body neither goes on early nor sets i, n is a name or len of one."""
    done: list[ast.stmt] = []
    for statement in block:
        if not isinstance(statement, ast.For) or not isinstance(statement.target, ast.Name) or statement.orelse:
            done.append(statement)
            continue
        call, name = statement.iter, statement.target.id
        ranged = (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id == "range"
            and len(call.args) == 1
        )
        inside = [node for one in statement.body for node in ast.walk(one)]
        changed = {name for one in statement.body for name in _stored(one)}
        touched = any(
            isinstance(node, ast.Continue | ast.Call)
            and (isinstance(node, ast.Continue) or isinstance(node.func, ast.Attribute))
            for node in inside
        )
        uses = sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(function))
        here = sum(isinstance(node, ast.Name) and node.id == name for node in [*inside, statement.target])
        if (
            not ranged
            or touched
            or name in changed
            or (_loaded(cast(ast.Call, call).args[0]) & changed)
            or uses != here
        ):
            done.append(statement)
            continue
        test = ast.Compare(ast.Name(name, ast.Load()), [ast.Lt()], [cast(ast.Call, call).args[0]])
        step = ast.AugAssign(ast.Name(name, ast.Store()), ast.Add(), ast.Constant(1))
        done += [_assign(name, ast.Constant(0)), ast.While(test, [*statement.body, step], [])]
    return done


def split_and(function: Function, block: list[ast.stmt]) -> list[ast.stmt]:
    """if a and b: if a: if b, without an else."""
    for statement in block:
        if not isinstance(statement, ast.If) or statement.orelse or not isinstance(statement.test, ast.BoolOp):
            continue
        if isinstance(statement.test.op, ast.And):
            first, *rest = statement.test.values
            inner = rest[0] if len(rest) == 1 else ast.BoolOp(ast.And(), rest)
            statement.test, statement.body = first, [ast.If(inner, statement.body, [])]
    return block


EXPRESSIONS: list[Callable[[ast.expr], ast.expr | None]] = [
    turned_comparison, denied_comparison, chained_comparison, turned_choice, spelled_square, spelled_range, mapped,
]  # fmt: skip
BLOCKS: list[Callable[[Function, list[ast.stmt]], list[ast.stmt]]] = [
    loop_for_comprehension, loop_for_sum, turned_if, nested_else, spelled_choice, spelled_boolean, named_result,
    plain_augmented, short_augmented, counted_while, split_and,
]  # fmt: skip


def _blocks(function: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(function):
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield cast("list[ast.stmt]", block)


def _loops(generators: list[ast.comprehension], last: ast.stmt) -> ast.stmt:
    for generator in reversed(generators):
        for test in reversed(generator.ifs):
            last = ast.If(test, [last], [])
        last = ast.For(generator.target, generator.iter, [last], [])
    return last


def _clash(function: Function, made: ast.ListComp | ast.GeneratorExp) -> bool:
    """Whether the comprehension's own names mean something outside of it, too."""
    own = {name for generator in made.generators for name in _stored(generator.target)}
    inside = {id(node) for node in ast.walk(made)}
    outside = (node for node in ast.walk(function) if id(node) not in inside)
    return any(
        (isinstance(node, ast.Name) and node.id in own) or (isinstance(node, ast.arg) and node.arg in own)
        for node in outside
    )


def _single(statement: ast.stmt) -> str:
    """The one name that an assignment sets, or ""."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return ""


def _fresh(function: Function, word: str) -> str:
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return next(name for name in (word, *(f"{word}{number}" for number in range(99))) if name not in used)


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _calm(node: ast.AST) -> bool:
    return not any(isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) for inner in ast.walk(node))


def _number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_list(node: ast.expr) -> bool:
    return not isinstance(node, ast.Constant | ast.BinOp) and not (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("len", "int", "str", "abs", "ord", "max", "min")
    )
