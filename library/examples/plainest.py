"""Plainest example: of a function's examples the one that shows most at a glance. Pure, nothing is run."""

import ast
from collections.abc import Iterable

from library.examples.example import Example, outer_name
from library.source.syntax_tree import expression

_EASY = 40  # letters that are read at a glance
_LONG = 100
_NOTHING = frozenset({"None", "False", "[]", "()", "{}", "''", '""', "0", "set()", "0.0"})


def plainest(examples: Iterable[Example], name: str) -> Example | None:
    """The example that says most about a function in the fewest letters; None if there is none.

    A call with its whole result comes before a part of it (`f(2)["a"] == 1`) and before an error, a result that says
    something before an empty one, arguments that hold something before an empty one and before a text with white space
    at its ends or what cannot be printed, a short example before a long one; of equals the first.

    Args:
        examples: to choose from, the ones that are to be preferred first.
        name: of the function.
    """
    return min(examples, key=lambda example: _cost(example, name), default=None)


def _cost(example: Example, name: str) -> tuple[int, int]:
    call = expression(example.call)
    given = [*call.args, *(word.value for word in call.keywords)] if isinstance(call, ast.Call) else []
    whole = isinstance(call, ast.Call) and outer_name(call) == name
    poor = any(_is_empty(argument) or _is_strange(argument) for argument in given)
    odd = 8 * example.raises + 4 * (not whole) + 2 * poor + (example.expected in _NOTHING)
    return odd + 8 * (len(example.text) > _LONG), max(len(example.text), _EASY)


def _is_empty(argument: ast.expr) -> bool:
    if isinstance(argument, ast.Constant):
        return argument.value == ""
    return isinstance(argument, ast.List | ast.Dict | ast.Tuple) and not any(ast.iter_child_nodes(argument))


def _is_strange(argument: ast.expr) -> bool:
    texts = [
        node.value for node in ast.walk(argument) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return any(text != text.strip() or not text.isprintable() for text in texts)
