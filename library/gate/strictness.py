"""Strictness: what must hold of a draft where nobody looks at it: a person would see these things, `--yes` does not."""

import ast
import re
from collections.abc import Container, Sequence
from dataclasses import replace

from library.draft.draft import Draft
from library.examples.example import Example
from library.gate.admission import Report
from library.gate.static_checks import Check
from library.source.syntax_tree import FunctionNode, expression, read_tree

# Remarks for a person that decide where there is none.
_DECIDE = frozenset(("result of its type", "ends"))
FEW, SHARE = 3, 0.6  # so many inputs of examples, and such a part of a draft's constants, are a table of answers


def strict(report: Report, draft: Draft, examples: Sequence[Example], words: str = "") -> Report:
    """The report of a draft with what only a person could let pass as something that must hold.

    A value that the words of the task name is part of it, and not known from an example.
    """
    if report.problems:
        return report
    known = _knows_no_answers(read_tree(draft.code, "the draft"), examples, words)
    return replace(
        report, checks=(*(replace(one, must=one.must or one.name in _DECIDE) for one in report.checks), known)
    )


def _knows_no_answers(tree: ast.Module, examples: Sequence[Example], words: str) -> Check:
    """A draft that is made of the examples' inputs and results knows the answers and not the way to them."""
    own = {one for one in _constants(_working(tree)) if not _named(one, words)}
    met: set[str] = set()
    for example in examples:
        texts = (example.call, "" if example.raises else example.expected)
        call, answer = (expression(text) or ast.Pass() for text in texts)
        keys = {id(key) for node in ast.walk(call) if isinstance(node, ast.Dict) for key in node.keys}
        given = set(_constants(call, keys))  # without the names that an input has for its parts
        if given.union(_constants(answer)) <= own:
            met |= {one for one in given if _telling(one)}
    if len(met) >= FEW and len(met) >= SHARE * sum(_telling(one) for one in own):
        return Check("knows no answers", False, f"it is made of the examples: {', '.join(sorted(met)[:4])}")
    return Check("knows no answers", True)


def _telling(constant: str) -> bool:
    """Whether it says something that code has it: a digit or an empty text does not."""
    return len(constant) > 2


def _named(constant: str, words: str) -> bool:
    text = str(ast.literal_eval(constant))
    return _telling(constant) and bool(re.search(rf"(?<!\w){re.escape(text)}(?!\w)", words))


def _constants(tree: ast.AST, but: Container[int] = ()) -> list[str]:
    """Texts and numbers in a tree, as Python writes them; `but` holds the ids of nodes that do not count."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in but]
    return [repr(node.value) for node in nodes if isinstance(node.value, str | int | float | bytes)]


def _working(tree: ast.Module) -> ast.Module:
    """What does the work: no docstrings, and no enumerations, which say what there can be."""
    kept: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, FunctionNode) and ast.get_docstring(node) is not None:
            kept += node.body[1:]
        elif isinstance(node, ast.ClassDef) and any(
            ast.unparse(base).endswith(("Enum", "Flag")) for base in node.bases
        ):
            kept += [one for one in node.body if isinstance(one, ast.FunctionDef)]
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            kept.append(node)
    return ast.Module(kept, [])
