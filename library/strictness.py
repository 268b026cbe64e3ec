"""Strictness: what must hold of a draft where nobody looks at it: a person would see these things, `--yes` does not."""

import ast
from collections.abc import Sequence
from dataclasses import replace

from library.admission import Report
from library.checks import Check
from library.draft import Draft
from library.example import Example
from library.tree import read_tree

# Remarks for a person that decide where there is none.
_DECIDE = frozenset(("result of its type", "ends"))
_CHANGES = frozenset(
    "append add update extend insert remove pop popitem clear setdefault discard sort reverse appendleft".split()  # noqa: SIM905 - a list of words
)
FEW, SHARE = 3, 0.6  # so many examples, and such a part of a draft's constants, are a table of answers


def strict(report: Report, draft: Draft, examples: Sequence[Example]) -> Report:
    """The report with what only a person could let pass as something that must hold.

    Args:
        report: of the draft.
        draft: what was written.
        examples: what is known of it.
    """
    if report.problems:
        return report
    tree = read_tree(draft.code, "the draft")
    more = (_knows_no_answers(tree, examples), _keeps_nothing(tree))
    return replace(
        report, checks=(*(replace(one, must=one.must or one.name in _DECIDE) for one in report.checks), *more)
    )


def _knows_no_answers(tree: ast.Module, examples: Sequence[Example]) -> Check:
    """A draft whose constants are the examples' own inputs knows the answers and not the way to them."""
    given = {value for example in examples for value in _constants(_parsed(example.call))}
    own = _constants(_without_docstrings(tree))
    met = sorted({value for value in own if value in given and len(value) > 2})
    if len(met) >= FEW and len(met) >= SHARE * len({value for value in own if len(value) > 2}):
        return Check("knows no answers", False, f"it is made of the examples: {', '.join(met[:4])}")
    return Check("knows no answers", True)


def _constants(tree: ast.AST) -> list[str]:
    """Texts and numbers in a tree, as Python writes them."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [repr(node.value) for node in nodes if isinstance(node.value, str | int | float | bytes)]


def _parsed(text: str) -> ast.AST:
    try:
        return ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _without_docstrings(tree: ast.Module) -> ast.Module:
    kept: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node) is not None:
            kept += node.body[1:]
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            kept.append(node)
    return ast.Module(kept, [])


def _keeps_nothing(tree: ast.Module) -> Check:
    """A draft that changes what outlives a call gives results that depend on the calls before."""
    lasting = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        defaults = _mutable_defaults(function)
        for node in ast.walk(function):
            if isinstance(node, ast.Global):
                return Check("keeps no state", False, f"line {node.lineno}: global {', '.join(node.names)}")
            name = _changed(node)
            if name in defaults or (name in lasting and name not in _locals(function)):
                line = getattr(node, "lineno", 0)
                return Check("keeps no state", False, f"line {line}: {name} lives on from call to call")
    return Check("keeps no state", True)


def _mutable_defaults(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    arguments = [*function.args.posonlyargs, *function.args.args]
    pairs = [*zip(reversed(arguments), reversed(function.args.defaults), strict=False)]
    pairs += [(a, d) for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True) if d is not None]
    return {argument.arg for argument, value in pairs if isinstance(value, ast.List | ast.Dict | ast.Set | ast.Call)}


def _locals(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    names = {argument.arg for argument in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]}
    stored = (node for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return names | {node.id for node in stored}


def _changed(node: ast.AST) -> str:
    """The name whose value a statement or a call changes in place; "" if it changes none."""
    if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
        return _root(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
        return _root(node.func)
    return ""


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
