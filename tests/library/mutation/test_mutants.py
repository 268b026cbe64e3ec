"""Mutants: slips of every kind, each once, the same for the same text, never more than asked for."""

import ast

import pytest

from library.errors import SourceError
from library.mutation.mutants import mutants

CODE = '''
def clip(values: list[int], low: int = 0) -> list[int]:
    """Those above.

    >>> clip([1, -1])
    [1]
    """
    found = []
    for value in values:
        if value > low and value != 7:
            found.append(value)
    return found[:10]


def _helper(x: int) -> int:
    return x + 1
'''


def texts(code: str, limit: int = 1000) -> list[str]:
    return [mutant.text for mutant in mutants(code, limit)]


@pytest.mark.parametrize(
    "slip",
    [
        "line 10: value > low -> value >= low",
        "line 10: value > low -> value < low",
        "line 10: value > low and value != 7 -> value > low or value != 7",
        "line 10: value != 7 -> value == 7",
        "line 10: 7 -> 8",
        "line 10: value > low and value != 7 -> not (value > low and value != 7)",
        "line 11: without found.append(value)",
        "line 12: found[:10] -> found",
        "line 12: found[:10] -> None",
        "line 12: 10 -> 9",
        "line 9: values -> list(values)[1:]",
        "line 16: x + 1 -> x - 1",
        "line 2: 0 -> 1",
    ],
)
def test_a_usual_slip_is_among_them(slip: str) -> None:
    assert slip in texts(CODE)


def test_no_two_are_alike_and_none_is_the_code_itself() -> None:
    found = [mutant.function for mutant in mutants(CODE, 1000)]
    assert len(set(found)) == len(found)
    tree = ast.parse(CODE)
    for node in tree.body:
        assert isinstance(node, ast.FunctionDef)
        if ast.get_docstring(node):
            node.body = node.body[1:]
        assert ast.unparse(node) not in found


def test_every_one_is_python_and_a_function_of_the_code() -> None:
    for mutant in mutants(CODE, 1000):
        (node,) = ast.parse(mutant.function).body
        assert isinstance(node, ast.FunctionDef)
        assert node.name in ("clip", "_helper")


def test_the_same_text_gives_the_same_mutants() -> None:
    assert mutants(CODE, 40) == mutants(CODE, 40)


def test_a_limit_is_kept_and_every_kind_has_its_turn() -> None:
    every, few = mutants(CODE, 1000), mutants(CODE, 30)
    assert len(few) == 30
    assert {mutant.kind for mutant in few} == {mutant.kind for mutant in every}
    assert [mutant for mutant in every if mutant in few] == list(few)


def test_docstrings_types_and_decorators_are_left_alone() -> None:
    head = "import functools\n\n@functools.lru_cache(maxsize=5)\n"
    code = head + 'def f(x: "A | 1") -> "B":\n    """Text 5."""\n    return x\n'
    for mutant in mutants(code, 1000):
        assert "maxsize=5" in mutant.function
        assert "'A | 1'" in mutant.function


def test_the_tree_is_whole_again_after_each_slip() -> None:
    code = "def f(x):\n    return x\n"
    assert all("while" not in mutant.function for mutant in mutants(code))
    nested = "def f(x):\n    for i in x:\n        if i:\n            return i\n    return None\n"
    kept = [mutant.function.count("for i in") for mutant in mutants(nested, 1000) if mutant.line != 2]
    assert set(kept) == {1}


def test_code_that_does_not_parse_is_said_so() -> None:
    with pytest.raises(SourceError):
        mutants("def f(:")
