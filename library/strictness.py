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
    known = _knows_no_answers(read_tree(draft.code, "the draft"), examples)
    return replace(
        report, checks=(*(replace(one, must=one.must or one.name in _DECIDE) for one in report.checks), known)
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
