"""Inputs on which functions are compared: fixed ones for each number of arguments, and those made for one. Pure."""

import ast
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Any, cast

from library.errors import SourceError
from library.examples.docstring_examples import examples_in
from library.inputs.generate import inputs_for
from library.search.type_match import accepts
from library.source.function import Function
from library.source.literals import literal, written
from library.source.signature import Parameter, signature_of
from library.source.syntax_tree import calls_of, expression
from library.source.types import ANY, compared

_NUMBERS = (0, 1, 2, 5, 7, 12, 100, -3, 10, 1.5, -0.25, 3.0)
_TEXTS = ("", "a", "abc", "Hello World", "aba", "12", "a,b c", "(()())", "one two two", "XyZ", "01101", "10:30", "éa b")
_LISTS: tuple[Any, ...] = (
    [], [1], [3, 1, 2], [1, 2, 3, 4], [5, -2, 0, 5, 7], [2, 4, 4, 8, 10, 3], [1.5, 2.25, -1.0], ["b", "a", "ccc"],
    ["apple", "Bob", "apple", ""], ["name", "of", "string"], ["aa", "b", "Cc", "b"], ["x"], [10, 20, 30],
    [7, 7, 1, 9, -8], [[1, 2], [3], []], [[1, 2, 3], [4, 5, 6]], [True, False], [(1, 2), (0, 3)],
)  # fmt: skip
_OTHERS: tuple[Any, ...] = (None, True, {}, {"a": 1, "b": 2}, {"x": "y", "Z": "w"}, (1, 2), (3, 1, 2), {1, 2, 3}, b"ab")
_FEW_LISTS: tuple[Any, ...] = ([], [1, 2, 3], [3, 1, 3], ["a", "bc"], [[1, 2], [3, 4]])
_FEW: tuple[Any, ...] = (0, 1, 3, 10, -2, 2.5, "", "a", "abc", "b a b", "()", *_FEW_LISTS, None, {"a": 1})
_FEWER = (0, 2, 5, "abc", "a", [3, 1, 2], ["a", "b"], 1.5)
_FORMS = ("Ab?c1 d? ?e", "?", "a??b", "?a b?")
_USUAL = "'-_.,"
_CONSTANT = 200  # letters; a longer text is a message or data
MADE, CONFIRM = 220, 700  # inputs made for one function: at first, and before two are said to be the same


@lru_cache(maxsize=8)
def fixed(count: int) -> tuple[str, ...]:
    """Argument tuples as text, for functions of so many arguments; the same ones always."""
    if count == 1:
        return tuple(f"({value!r},)" for value in (*_NUMBERS, *_TEXTS, *_LISTS, *_OTHERS))
    if count == 2:
        return tuple(repr(values) for values in product(_FEW, repeat=2))
    if count == 3:
        return tuple(repr(values) for values in product(_FEWER, repeat=3))
    return tuple(repr((value,) * count) for value in _FEWER)


@lru_cache(maxsize=16384)
def given(doc: str, name: str) -> tuple[str, ...]:
    """Argument tuples of the examples in a function's docstring, as text."""
    return tuple(text for example in examples_in(doc, name) if (text := _arguments(example.call, name)))


def probes(functions: Sequence[Function], count: int, most: int) -> list[str]:
    """Inputs of so many arguments from the functions' own examples, evenly taken; `most` of them at most."""
    found = [
        text for function in functions for text in given(function.doc, function.name)[:3] if count_of(text) == count
    ]
    found = list(dict.fromkeys(found))
    return found if len(found) <= most else [found[at * len(found) // most] for at in range(most)]


def fitting(function: Function, inputs: Sequence[str]) -> list[int]:
    """Numbers of the inputs that fit the annotations of a function."""
    slots = signature_of(function.signature).positional
    return [at for at, text in enumerate(inputs) if _fits(slots, text)]


def _fits(slots: Sequence[Parameter], text: str) -> bool:
    found = _values(text)
    if found is None:
        return True
    return all(accepts(slot.type, (value,), exactly=True) for slot, value in zip(slots, found, strict=False))


@lru_cache(maxsize=8192)
def _values(text: str) -> tuple[Any, ...] | None:
    found = literal(text)
    return cast("tuple[Any, ...]", found[0]) if found is not None and isinstance(found[0], tuple) else None


@lru_cache(maxsize=16384)
def count_of(text: str) -> int:
    """How many arguments the text of a tuple holds."""
    tree = ast.parse(text, mode="eval").body
    return len(tree.elts) if isinstance(tree, ast.Tuple) else 1


@lru_cache(maxsize=4096)
def made_for(source: str, name: str, doc: str, limit: int) -> tuple[str, ...]:
    """Argument tuples as text, made from a function's signature, its docstring's examples and the constants in it.

    Args:
        source: the function.
        name: its name.
        doc: its docstring.
        limit: how many at most.
    """
    try:
        calls = [made.call for made in inputs_for(source, name, examples_in(doc, name), limit)]
    except (SourceError, RecursionError):
        return ()
    return tuple(dict.fromkeys(text for call in calls if (text := _arguments(call, name))))


def signs_of(code: str) -> str:
    """The signs in a code's string constants, patterns among them: where two functions may part."""
    found: dict[str, None] = {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) <= _CONSTANT:
            found |= dict.fromkeys(sign for sign in node.value if not sign.isalnum() and not sign.isspace())
    return "".join(found)


def with_signs(made: Sequence[str], signs: str) -> list[str]:
    """Inputs like the first with a text in it, the text replaced by ones with these signs inside, before and behind.

    Args:
        made: argument tuples as text.
        signs: such as "'-"; the marks that texts usually have come on top.
    """
    seed = next((values for text in made if (values := _values(text)) and _written(values, "") != values), None)
    if seed is None:
        return []
    found = (
        written(_written(seed, form.replace("?", sign)))
        for sign in dict.fromkeys(signs[:16] + _USUAL)
        for form in _FORMS
    )
    return list(dict.fromkeys(found))


def _written(value: Any, text: str) -> Any:
    """A value with its texts replaced."""
    if isinstance(value, str):
        return text
    if isinstance(value, list | tuple):
        parts = cast("Sequence[Any]", value)
        return type(parts)(_written(part, text) for part in parts)  # type: ignore[call-arg]
    return value


def _arguments(call: str, name: str) -> str:
    """The arguments of a call of the function as the text of a tuple; "" if some are given by name or with a star."""
    for node in calls_of(expression(call), name)[:1]:
        if not node.keywords and not any(isinstance(argument, ast.Starred) for argument in node.args):
            return ast.unparse(ast.Tuple(node.args, ast.Load()))
    return ""


def is_typed(function: Function) -> bool:
    """Whether every parameter says what it takes, or the docstring has examples: then made inputs are meant to work."""
    parameters = signature_of(function.signature).parameters
    if all(compared(parameter.type) != ANY for parameter in parameters):
        return True
    return bool(given(function.doc, function.name))
