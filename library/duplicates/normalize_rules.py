"""The rewritings that bring functions that say the same to the same text, for the normal form. Pure."""

import ast
from collections.abc import Sequence
from typing import Any, cast

from library.source.literals import words
from library.source.syntax_tree import names_within

_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_DENIED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
# Built-ins that neither change nor print anything, if what they are given does not.
_CALM = words("""
    len int str float bool list dict set tuple sorted sum min max abs range enumerate zip reversed ord chr round
    frozenset divmod any all repr
""")
_TAKES_ALL = frozenset({"sum", "sorted", "min", "max", "set", "tuple", "list", "frozenset", "any", "all", "dict"})
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_EMPTY: dict[str, type[ast.expr]] = {"list": ast.List, "dict": ast.Dict}


def is_calm(node: ast.AST) -> bool:
    """Whether evaluating this twice, or at another moment, is the same: no calls but of harmless built-ins."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
        if isinstance(inner, ast.Call) and not (isinstance(inner.func, ast.Name) and inner.func.id in _CALM):
            return False
    return True


class Rewriter(ast.NodeTransformer):
    """One round over a function; `visit` gives the new tree.

    Args:
        function: the function, for knowing which names hold numbers and texts only.
    """

    def __init__(self, function: ast.AST) -> None:
        self.function = function
        self.plain = _plain_names(function)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                setattr(node, name, self.block(cast("list[ast.stmt]", block)))
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        super().generic_visit(node)
        operands = [node.left, *node.comparators]
        if sum(not is_calm(operand) for operand in operands) > 1:
            return node
        if all(type(op) in _TURNED for op in node.ops):
            turned: list[ast.cmpop] = [_TURNED[type(op)]() for op in reversed(node.ops)]
            return ast.Compare(operands[-1], turned, operands[-2::-1])
        equals = len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq)
        # A constant stands on the right; else the order stays, since names do not count.
        if equals and isinstance(node.left, ast.Constant) and not isinstance(operands[1], ast.Constant):
            return ast.Compare(operands[1], node.ops, [node.left])
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        super().generic_visit(node)
        inner = node.operand
        if isinstance(node.op, ast.USub) and isinstance(inner, ast.Constant) and type(inner.value) in (int, float):
            return ast.Constant(-cast(Any, inner.value))
        if isinstance(node.op, ast.Not) and isinstance(inner, ast.Compare) and len(inner.ops) == 1:
            denied = _DENIED.get(type(inner.ops[0]))
            if denied is not None:
                return ast.Compare(inner.left, [denied()], inner.comparators)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        super().generic_visit(node)
        positive = _positive(node.test)
        return ast.IfExp(positive, node.orelse, node.body) if positive is not None else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node.op, ast.Mult) and _is_number(node.left) and not _is_number(node.right):
            return ast.BinOp(node.right, node.op, node.left)
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        super().generic_visit(node)
        whole = _all_of(ast.GeneratorExp(node.elt, node.generators))
        return node if whole is None else ast.Call(ast.Name("list", ast.Load()), [whole], [])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        super().generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if node.keywords:
            return node
        if name == "range":
            if len(node.args) == 3 and _is_constant(node.args[2], 1):
                node.args = node.args[:2]
            if len(node.args) == 2 and _is_constant(node.args[0], 0):
                node.args = node.args[1:]
        if name in _EMPTY and not node.args:
            return ast.List([], ast.Load()) if name == "list" else ast.Dict([], [])
        joined = isinstance(node.func, ast.Attribute) and node.func.attr == "join"
        if (name in _TAKES_ALL or joined) and len(node.args) == 1 and isinstance(node.args[0], ast.ListComp):
            node.args = [ast.GeneratorExp(node.args[0].elt, node.args[0].generators)]
        if (name in _TAKES_ALL or joined) and len(node.args) == 1 and (whole := _all_of(node.args[0])) is not None:
            node.args = [whole]
        if name == "list" and len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            return ast.ListComp(node.args[0].elt, node.args[0].generators)
        return node

    def block(self, block: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The statements of a block, rewritten."""
        done: list[ast.stmt] = []
        for statement in block:
            statement = self.augmented(statement)
            if isinstance(statement, ast.If):
                done += _flat(_turned(statement))
            else:
                done.append(statement)
        return _handed_back(_chosen(self.loops(done)))

    def augmented(self, statement: ast.stmt) -> ast.stmt:
        """`n += 1` as `n = n + 1`, for a name that holds only numbers or texts."""
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            if name in self.plain:
                value = self.visit(ast.BinOp(ast.Name(name, ast.Load()), statement.op, statement.value))
                return ast.Assign([ast.Name(name, ast.Store())], value)
        return statement

    def loops(self, block: list[ast.stmt]) -> list[ast.stmt]:
        """A loop that only collects, or only looks for one case, as the expression that says so."""
        done: list[ast.stmt] = []
        for at, statement in enumerate(block):
            following = block[at + 1] if at + 1 < len(block) else None
            if done and isinstance(statement, ast.For) and (made := self.collected(done[-1], statement)) is not None:
                done[-1] = made
            elif isinstance(statement, ast.For) and (found := _searched(statement, following)) is not None:
                return [*done, found]  # what follows was the other return
            else:
                done.append(statement)
        return done

    def collected(self, before: ast.stmt, loop: ast.For) -> ast.stmt | None:
        """`x = []` and a loop that appends, as a comprehension; `n = 0` and one that adds, as a sum."""
        if loop.orelse or not isinstance(before, ast.Assign) or not isinstance(before.targets[0], ast.Name):
            return None
        name = before.targets[0].id
        found = _generators(loop)
        if found is None or len(before.targets) != 1:
            return None
        generators, last = found
        value = _appended(last, name) if isinstance(before.value, ast.List) and not before.value.elts else None
        made: ast.expr | None = None
        if value is not None:
            made = ast.ListComp(value, generators)
        elif _is_constant(before.value, 0) and (added := _added(last, name)) is not None:
            made = ast.Call(ast.Name("sum", ast.Load()), [ast.GeneratorExp(added, generators)], [])
        own = names_within(*(one.target for one in generators))
        if made is None or name in names_within(made) or self.used_beyond(own, loop):
            return None
        return ast.Assign([ast.Name(name, ast.Store())], self.visit(made))

    def used_beyond(self, names: set[str], loop: ast.For) -> bool:
        """Whether the loop's own variables are used outside of it."""
        inside = {id(node) for node in ast.walk(loop)}
        return any(
            isinstance(node, ast.Name) and node.id in names and id(node) not in inside
            for node in ast.walk(self.function)
        )


def _handed_back(block: list[ast.stmt]) -> list[ast.stmt]:
    """`x = e` and `return x` as `return e`."""
    match block:
        case [*before, ast.Assign([ast.Name(one)], value), ast.Return(ast.Name(other))] if one == other:
            return [*before, ast.Return(value)]
        case _:
            return block


def _all_of(node: ast.expr) -> ast.expr | None:
    """`xs` for `(x for x in xs)`; None for any other."""
    match node:
        case ast.GeneratorExp(ast.Name(item), [ast.comprehension(ast.Name(target), values, [], 0)]) if item == target:
            return values
        case _:
            return None


def _turned(statement: ast.If) -> ast.If:
    """`if not c: A else: B` as `if c: B else: A`."""
    positive = _positive(statement.test) if statement.orelse else None
    return ast.If(positive, statement.orelse, statement.body) if positive is not None else statement


def _positive(test: ast.expr) -> ast.expr | None:
    """`c` for `not c`, `a == b` for `a != b`, `in` for `not in`, `is` for `is not`; None for any other."""
    match test:
        case ast.UnaryOp(op=ast.Not()):
            return test.operand
        case ast.Compare(ops=[ast.NotEq() | ast.NotIn() | ast.IsNot() as op]):
            return ast.Compare(test.left, [_DENIED[type(op)]()], test.comparators)
        case _:
            return None


def _flat(statement: ast.If) -> list[ast.stmt]:
    """What stands under `else` after a body that leaves, without the else."""
    if statement.orelse and isinstance(statement.body[-1], _LEAVES):
        return [ast.If(statement.test, statement.body, []), *statement.orelse]
    return [statement]


def _chosen(block: list[ast.stmt]) -> list[ast.stmt]:
    """Two ways to one result as one expression: `if c: return a`, `return b`; and `if c: x = a else: x = b`."""
    done: list[ast.stmt] = []
    for statement in reversed(block):
        following = done[-1] if done else None
        if isinstance(statement, ast.If) and len(statement.body) == 1:
            one = statement.body[0]
            if isinstance(one, ast.Return) and isinstance(following, ast.Return) and not statement.orelse:
                done[-1] = ast.Return(_either(statement.test, one.value, following.value))
                continue
            if len(statement.orelse) == 1 and (made := _assigned(statement.test, one, statement.orelse[0])) is not None:
                done.append(made)
                continue
        done.append(statement)
        if isinstance(statement, _LEAVES):
            done = done[-1:]  # nothing after it is ever reached
    return done[::-1]


def _either(test: ast.expr, one: ast.expr | None, other: ast.expr | None) -> ast.expr:
    one, other = one or ast.Constant(None), other or ast.Constant(None)
    if _is_constant(one, True) and _is_constant(other, False) and _is_boolean(test):
        return test
    positive = _positive(test)
    if positive is not None:
        return _either(positive, other, one)
    if _is_constant(one, False) and _is_constant(other, True):
        return ast.UnaryOp(ast.Not(), test)
    return ast.IfExp(test, one, other)


def _assigned(test: ast.expr, one: ast.stmt, other: ast.stmt) -> ast.stmt | None:
    match one, other:
        case ast.Assign([ast.Name(name)], value), ast.Assign([ast.Name(another)], instead) if name == another:
            return ast.Assign([ast.Name(name, ast.Store())], _either(test, value, instead))
        case _:
            return None


def _generators(loop: ast.For) -> tuple[list[ast.comprehension], ast.stmt] | None:
    """The loop, those in it and their conditions as the end of a comprehension, and the one statement that is left."""
    generators = [ast.comprehension(loop.target, loop.iter, [], 0)]
    body: list[ast.stmt] = loop.body
    while len(body) == 1:
        inner = body[0]
        if isinstance(inner, ast.For) and not inner.orelse:
            generators.append(ast.comprehension(inner.target, inner.iter, [], 0))
        elif isinstance(inner, ast.If) and not inner.orelse:
            generators[-1].ifs.append(inner.test)
        else:
            return generators, inner
        body = inner.body
    return None


def _searched(loop: ast.For, following: ast.stmt | None) -> ast.stmt | None:
    """A loop that returns True for the first case, and `return False` after it, as `any`; the reverse as `not any`."""
    if loop.orelse or not isinstance(following, ast.Return) or (found := _generators(loop)) is None:
        return None
    generators, last = found
    if not isinstance(last, ast.Return) or not generators[-1].ifs or last.value is None or following.value is None:
        return None
    test = generators[-1].ifs.pop()
    call = ast.Call(ast.Name("any", ast.Load()), [ast.GeneratorExp(test, generators)], [])
    if _is_constant(last.value, True) and _is_constant(following.value, False):
        return ast.Return(call)
    if _is_constant(last.value, False) and _is_constant(following.value, True):
        return ast.Return(ast.UnaryOp(ast.Not(), call))
    generators[-1].ifs.append(test)
    return None


def _appended(statement: ast.stmt, name: str) -> ast.expr | None:
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(owner), "append"), [value], [])) if owner == name:
            return value
        case _:
            return None


def _added(statement: ast.stmt, name: str) -> ast.expr | None:
    match statement:
        case ast.AugAssign(ast.Name(target), ast.Add(), value) if target == name:
            return value
        case ast.Assign([ast.Name(target), *_], ast.BinOp(ast.Name(left), ast.Add(), value)) if target == left == name:
            return value
        case _:
            return None


def _plain_names(function: ast.AST) -> set[str]:
    """Names to which only numbers and texts are assigned, all else being `+=` and the like."""
    found: dict[str, bool] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name in names_within(target) if not isinstance(target, ast.Name) else {target.id}:
                    kept = isinstance(target, ast.Name) and _stays_plain(node.value, name)
                    found[name] = found.get(name, True) and kept
        elif isinstance(node, ast.arg):
            found[node.arg] = False
        elif isinstance(node, ast.For | ast.comprehension):
            found |= dict.fromkeys(names_within(node.target), False)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            found |= dict.fromkeys(names_within(node.optional_vars), False)
        elif isinstance(node, ast.NamedExpr):
            found[node.target.id] = False
    return {name for name, kept in found.items() if kept}


def _stays_plain(value: ast.expr, name: str) -> bool:
    """A number, a text, or what this very step made of `n += ...`."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int | float | str)
    return isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name) and value.left.id == name


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is type(value) and node.value == value


def _is_boolean(test: ast.expr) -> bool:
    """Whether an expression is always True or False (leaving aside classes whose comparison gives something else)."""
    if isinstance(test, ast.BoolOp):
        return all(_is_boolean(value) for value in test.values)
    if isinstance(test, ast.Call):
        return isinstance(test.func, ast.Name) and test.func.id in ("any", "all", "isinstance", "bool", "callable")
    return isinstance(test, ast.Compare) or (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not))
