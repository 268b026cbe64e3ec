"""What a search by example asks for: one unknown function, its arguments, and what should come out. Pure."""

import ast
import builtins
import copy
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from library.errors import SourceError
from library.examples.example import Example
from library.examples.known_names import import_of, imports_for, without_modules
from library.source.literals import literal
from library.source.syntax_tree import calls_of, expression

Value = tuple[Any] | None  # the value of a literal, or None where the text is no literal
RESULT = "_r"  # stands for the call in what is around it

_HEAVY = 10**6
_HINT = "Write calls of one function with what should come out: f('P1D') == 86400"


@dataclass(frozen=True)
class ExampleQuery:
    """The function that is looked for.

    Attributes:
        name: what the examples call it.
        keywords: names of the arguments that are handed over by name; they come last in `values`.
        values: for each example, the texts of its arguments.
        arounds: for each example, the expression around the call, with `_r` in its place; "" if there is none.
        expected: for each example, what should come out, as text; for one that raises, the exception.
        raises: for each example, whether it should raise.
    """

    name: str
    keywords: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    arounds: tuple[str, ...]
    expected: tuple[str, ...]
    raises: tuple[bool, ...]
    columns: tuple[tuple[Value, ...], ...]

    @property
    def inputs(self) -> list[list[str]]:
        """For each example, its arguments as the text of a tuple, and what is around the call."""
        made = ["(" + "".join(f"{value}, " for value in values) + ")" for values in self.values]
        return [[values, around] for values, around in zip(made, self.arounds, strict=True)]

    @cached_property
    def imports(self) -> list[str]:
        """Import lines for what stands in the inputs: of Python's own library, where the library itself has no such
        name."""
        trees = [ast.parse(text, mode="eval") for pair in self.inputs for text in pair if text]
        return sorted({line for tree in trees for line in imports_for(tree, (RESULT,))})

    @cached_property
    def results(self) -> list[Value]:
        """Values that the function itself should give, where they are known."""
        return [
            literal(text)
            for text, raises, around in zip(self.expected, self.raises, self.arounds, strict=True)
            if not raises and not around
        ]

    @cached_property
    def weight(self) -> int:
        """How heavy the heaviest example is: its letters and the size of its numbers together."""
        return max(map(_weight, self.values))

    def expecting(self, expected: Sequence[str]) -> "ExampleQuery":
        """The same with other expected texts."""
        return replace(self, expected=tuple(expected))


def read_wanted(examples: Sequence[Example], known: Collection[str] = ()) -> ExampleQuery:
    """What these examples ask for.

    The function may have any name, `f` too. In `len(f("abc")) == 3` it is f: a name that nobody knows goes before
    one that is known.

    Args:
        examples: at least one.
        known: names of functions that there are.

    Raises:
        SourceError: there is no example, or they are not calls of one function with one number of arguments.
    """
    if not examples:
        raise SourceError("There is no example to search with.", _HINT)
    trees = [_tree(example.call) for example in examples]
    name = _callee(trees, known)
    calls = [_only_call(tree, name, example.call) for tree, example in zip(trees, examples, strict=True)]
    shapes = {(len(call.args), tuple(keyword.arg for keyword in call.keywords)) for call in calls}
    if len(shapes) > 1:
        raise SourceError(
            f"The examples give {name} different numbers of arguments.", "Search with one number of them."
        )
    keywords = tuple(keyword.arg or "" for keyword in calls[0].keywords)
    if "" in keywords or any(isinstance(argument, ast.Starred) for call in calls for argument in call.args):
        raise SourceError("An example hands over its arguments with a star.", "Write the arguments themselves.")
    values = [tuple(map(ast.unparse, [*call.args, *(keyword.value for keyword in call.keywords)])) for call in calls]
    return ExampleQuery(
        name=name,
        keywords=keywords,
        values=tuple(values),
        arounds=tuple(_around(tree, name) for tree in trees),
        expected=tuple(example.expected for example in examples),
        raises=tuple(example.raises for example in examples),
        columns=tuple(tuple(map(literal, column)) for column in zip(*values, strict=True)),
    )


def _weight(values: tuple[str, ...]) -> int:
    numbers = [min(int(digits), _HEAVY) for text in values for digits in re.findall(r"\d{1,9}", text)]
    return sum(map(len, values)) + sum(numbers)


def _tree(call: str) -> ast.AST:
    tree = expression(call)
    if tree is None:
        raise SourceError(f"{call!r} is not a call.", _HINT)
    return without_modules(tree)


def _names(tree: ast.AST) -> list[str]:
    """Names that are called, the outermost first."""
    return [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]


def _callee(trees: Sequence[ast.AST], known: Collection[str]) -> str:
    shared = [name for name in dict.fromkeys(_names(trees[0])) if all(name in _names(tree) for tree in trees)]
    if not shared:
        raise SourceError("The examples do not call one and the same function.", _HINT)
    return min(
        shared,
        key=lambda name: (hasattr(builtins, name) or bool(import_of(name, name)), name in known, shared.index(name)),
    )


def _only_call(tree: ast.AST, name: str, text: str) -> ast.Call:
    found = calls_of(tree, name)
    if len(found) != 1:
        raise SourceError(f"{text!r} calls {name} more than once.", "One call in each example.")
    return found[0]


def _around(tree: ast.AST, name: str) -> str:
    class Replace(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            mine = isinstance(node.func, ast.Name) and node.func.id == name
            return ast.Name(RESULT, ast.Load()) if mine else self.generic_visit(node)

    around = ast.unparse(Replace().visit(copy.deepcopy(tree)))
    return around if around != RESULT else ""
