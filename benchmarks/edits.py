"""Scripted edits of a function that others call: slips, other parameters, other results, other names, none at all."""

import ast
import copy
import random
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.twins import twin
from library.mutation.mutants import mutants
from library.source.closure import closure_of
from library.source.function import Function, Parsed


@dataclass(frozen=True)
class Edit:
    """What is to happen to a function.

    Attributes:
        kind: which sort of edit.
        name: of the function.
        code: its new text, with what it brings along; "" where it is removed or renamed.
        new_name: where it is renamed.
    """

    kind: str
    name: str
    code: str = ""
    new_name: str = ""


Tree = ast.FunctionDef
Maker = Callable[[Tree, random.Random], bool]


def edit(parsed: Parsed, function: Function, chance: random.Random) -> Edit | None:
    """An edit by chance; None where the one chosen is not possible with this function."""
    kind = chance.choices([*_WEIGHTS], [*_WEIGHTS.values()])[0]
    if kind == "removed":
        return Edit(kind, function.name)
    if kind == "renamed":
        plain = function.name.split("_renamed_")[0]
        return Edit(kind, function.name, new_name=f"{plain}_renamed_{chance.randrange(10**6)}")
    if kind == "rewritten" or kind == "other parameter names":
        way = "renamed" if kind == "other parameter names" else chance.choice(["reordered", "rewritten"])
        code = twin(function.source, function.name, function.name, way, chance.randrange(10**6))
        return Edit(kind, function.name, code) if code else None
    if kind == "slip":
        made = mutants(function.source)
        return Edit(kind, function.name, chance.choice(made).function + "\n") if made else None
    if kind == "slip in a helper":
        return _in_a_helper(parsed, function, chance)
    tree = ast.parse(function.source).body[-1]
    if not isinstance(tree, ast.FunctionDef) or not _MAKERS[kind](tree, chance):
        return None
    return Edit(kind, function.name, ast.unparse(ast.fix_missing_locations(tree)) + "\n")


def _in_a_helper(parsed: Parsed, function: Function, chance: random.Random) -> Edit | None:
    helpers = [found for name in function.calls if name.startswith("_") and (found := parsed.get(name))]
    if not helpers:
        return None
    helper = chance.choice(helpers)
    made = mutants(helper.source)
    if not made:
        return None
    brought = closure_of(parsed, [function.name])
    code = brought.replace(helper.source.strip("\n"), chance.choice(made).function)
    return Edit("slip in a helper", function.name, code) if code != brought else None


def _one_more(tree: Tree, chance: random.Random) -> bool:
    """A parameter more that must be given."""
    tree.args.args.insert(chance.randrange(len(tree.args.args) + 1), ast.arg("one_more"))
    tree.args.defaults = []
    return True


def _one_more_by_default(tree: Tree, chance: random.Random) -> bool:
    """A parameter more that nobody need give."""
    if tree.args.vararg or tree.args.kwarg:
        return False
    tree.args.args.append(ast.arg("one_more"))
    tree.args.defaults.append(ast.Constant(0))
    return True


def _one_less(tree: Tree, chance: random.Random) -> bool:
    """A parameter less; inside it has its default or None."""
    if not tree.args.args:
        return False
    gone = tree.args.args.pop()
    value = tree.args.defaults.pop() if tree.args.defaults else ast.Constant(None)
    tree.body.insert(0, ast.Assign([ast.Name(gone.arg, ast.Store())], value))
    return True


def _turned_round(tree: Tree, chance: random.Random) -> bool:
    """The parameters in another order."""
    if len(tree.args.args) < 2:
        return False
    tree.args.args.reverse()
    return True


def _only_by_name(tree: Tree, chance: random.Random) -> bool:
    """The last parameter can be given by name only."""
    if not tree.args.args or tree.args.kwonlyargs or tree.args.vararg:
        return False
    tree.args.kwonlyargs.append(tree.args.args.pop())
    tree.args.kw_defaults.append(tree.args.defaults.pop() if tree.args.defaults else None)
    return True


def _other_default(tree: Tree, chance: random.Random) -> bool:
    """Another default; where there is none, the last parameter gets one."""
    if not tree.args.args:
        return False
    value = ast.Constant(chance.choice([0, 1, "x", None]))
    tree.args.defaults = [*tree.args.defaults[:-1], value] if tree.args.defaults else [value]
    return True


def _other_result(tree: Tree, chance: random.Random) -> bool:
    """Every result wrapped: another type, or one that is almost the same."""
    wrap = chance.choice(["str({})", "[{}]", "tuple({})", "list({})", "repr({})", "not {}", "({}, None)", "{} or None"])
    returns = [node for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    for node in returns:
        node.value = ast.parse(wrap.format(f"({ast.unparse(node)[7:]})"), mode="eval").body
    return bool(returns)


def _changes_its_argument(tree: Tree, chance: random.Random) -> bool:
    """The result stays; a list that was given is emptied or sorted on the way out."""
    if not tree.args.args:
        return False
    name, how = tree.args.args[0].arg, chance.choice(["clear()", "reverse()", "append(None)"])
    last = ast.parse(f"if isinstance({name}, list):\n    {name}.{how}").body
    tree.body = [ast.Try(copy.deepcopy(tree.body), [], [], last)]
    return True


def _raises(tree: Tree, chance: random.Random) -> bool:
    """An exception for some arguments, or for all."""
    if not tree.args.args:
        return False
    name = tree.args.args[0].arg
    test = chance.choice(["True", f"not {name}", f"isinstance({name}, list)", f"len(str({name})) > 20", f"{name} == 7"])
    tree.body.insert(0, ast.parse(f"if {test}:\n    raise ValueError({name})").body[0])
    return True


def _a_generator(tree: Tree, chance: random.Random) -> bool:
    """A result handed out piece by piece."""
    returns = [node for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    for node in returns:
        node.value = ast.parse(f"(item for item in ({ast.unparse(node)[7:]}))", mode="eval").body
    return bool(returns)


_MAKERS: dict[str, Maker] = {
    "a parameter more": _one_more,
    "a parameter more, by default": _one_more_by_default,
    "a parameter less": _one_less,
    "parameters turned round": _turned_round,
    "by name only": _only_by_name,
    "another default": _other_default,
    "another result": _other_result,
    "its argument changed": _changes_its_argument,
    "an exception": _raises,
    "a generator": _a_generator,
}
_WEIGHTS = {
    "slip": 40,
    "slip in a helper": 8,
    "rewritten": 12,
    "other parameter names": 6,
    "renamed": 4,
    "removed": 4,
    **dict.fromkeys(_MAKERS, 3),
}
KINDS = tuple(_WEIGHTS)
