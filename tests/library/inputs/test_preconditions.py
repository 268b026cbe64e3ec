"""What a docstring and its examples say of the arguments, and that questions keep to it."""

from ast import literal_eval
from typing import Any

import pytest

from library.draft.draft import Draft
from library.examples.example import parse_example
from library.gate.admission import Admission
from library.inputs.docstring_values import mentioned
from library.inputs.generate import inputs_for
from library.inputs.manner import manner_of
from library.inputs.preconditions import contract_of
from library.sandbox import Sandbox
from library.source.types import Type

RULES: list[tuple[str, tuple[Any, ...], tuple[Any, ...]]] = [
    ("Given a positive integer n, ...", (3,), (0,)),
    ("Takes a list of non-negative integers.", ([0, 2],), ([2, -1],)),
    ("Of a non-empty list.", ([1],), ([],)),
    ("The list is guaranteed to have unique elements.", ([1, 2],), ([2, 1, 2],)),
    ("The array will not contain duplicate values.", ([1, 2],), ([2, 1, 2],)),
    ("You are given a list of two strings.", (["a", "b"],), (["a"],)),
    ("From a list of numbers (of length at least two) select two.", ([1, 2],), ([1],)),
    ("It only takes lists with an even number of items.", ([1, 2],), ([1, 2, 3],)),
    ("You may assume the string contains only letters and spaces.", ("ab c",), ("ab, c",)),
    ("Assume that it has English letters only.", ("abc",), ("ab c",)),
    ("You are given texts that consist of only digits.", (["12", ""],), (["12a"],)),
    ("1 <= n <= 1000", (1000,), (1001,)),
    ("Assume n > 2.", (3,), (2,)),
    ("Knowing that (n) is less then 100.", (99,), (100,)),
    ("You may assume that n is at least 2.", (2,), (1,)),
    ("Assume n is greater than or equal to 2.", (2,), (1,)),
    ("Given a grid with N rows and N columns.", ([[1, 2], [3, 4]],), ([[1, 2]],)),
    ("* 1 <= n.length <= 10^2", ([0] * 100,), ([],)),
]


@pytest.mark.parametrize(("doc", "allowed", "ruled_out"), RULES)
def test_what_the_docstring_rules_out_is_known(doc: str, allowed: tuple[Any, ...], ruled_out: tuple[Any, ...]) -> None:
    contract = contract_of(doc, ["n"], [])
    assert contract.allows(allowed)
    assert not contract.allows(ruled_out)


def test_a_range_may_speak_of_the_length_of_another_argument() -> None:
    contract = contract_of("1 <= k <= len(items)", ["items", "k"], [])
    assert contract.allows(([5, 6], 2))
    assert not contract.allows(([5, 6], 3))


@pytest.mark.parametrize(
    "doc",
    [
        "Only the positive numbers of the list.",
        "True if n > 10.",
        "n is at least one",
        "True if n is at least 1.",
        "__import__('os') < 1 < 2",
    ],
)
def test_what_only_tells_cases_apart_rules_nothing_out(doc: str) -> None:
    assert contract_of(doc, ["n"], []).allows((-5,))


@pytest.mark.parametrize(
    "doc",
    [
        "Return a grid of n rows and n columns.",
        "Given a list, return one that has unique items.",
        "The number of distinct items.",
        "Return a list of three numbers for the given one.",
        "Count the digits; only digits above 4 matter.",
        "Check if all given values are unique.",
        "Check that the given string contains only digits.",
        "True if the input has only letters.",
        "Reverse only the letters of the given word, other signs stay.",
        "Drop repeats from the given list so that all values are unique.",
        "True if the given bits hold an odd number of ones.",
        "Split the given items into a list of three lists.",
        "You are given a list of three letter words.",
        "Return runs of length at least three.",
        "You may assume the text contains only letters, digits and blanks.",
    ],
)
def test_what_is_said_of_results_rules_no_inputs_out(doc: str) -> None:
    assert contract_of(doc, ["n"], []).allows((["a 1", "a 1"],))


def test_a_rule_that_an_example_breaks_was_misunderstood() -> None:
    assert contract_of("Given a positive integer n.", ["n"], [(-1,)]).allows((-2,))


def test_texts_of_another_outline_or_with_other_signs_are_of_another_manner() -> None:
    fractions = manner_of([("1/5", "5/1"), ("7/10", "10/2")], [])
    assert fractions.has(["12/7"])
    assert not fractions.has(["12:7"])
    brackets = manner_of([("<<>>",), ("<><>",)], [])
    assert brackets.has([">><<", ""])
    assert not brackets.has(["<a>"])
    signs = manner_of([(["+", "*", "-"], [2, 3])], [])
    assert signs.has([["/"], [1]])
    assert not signs.has([["+-"], [1]])
    assert manner_of([(["a", "b", "c"], "-")], []).has([["ab"], ", "])
    assert manner_of([([1], ","), ([2], ","), ([1, 2], ",")], []).has([[1], ";"])
    lists = manner_of([(["()(", ")"],), ([")", ")"],)], [])
    assert not lists.has([["a", "("]])
    assert manner_of([("apple",), ("pear tree",)], []).has(["12!"])


def test_grids_and_tuples_of_another_form_are_of_another_manner() -> None:
    wells = manner_of([([[0, 0, 1], [0, 1, 0]], 2), ([[1, 1], [0, 0], [1, 0]], 1)], [])
    assert wells.has([[[1, 0], [0, 0]], 7])
    assert wells.has([[], 7])
    assert not wells.has([[[1, 0], [0]], 7])
    assert not wells.has([[[1, 5], [0, 0]], 7])
    squares = manner_of([([[1, 2], [3, 4]],), ([[5, 6, 7], [8, 9, 5], [2, 3, 4]],)], [])
    assert manner_of([([[1, 2], [3, 4]],), ([[5, 6], [8, 9]],)], []).has([[[9, 8, 7], [6, 5, 4], [1]]])
    assert squares.has([[[9, 8], [7, 6]]])
    assert not squares.has([[[9, 8, 7], [6, 5, 4]]])
    numbered = manner_of([([[1, 2, 3], [4, 5, 6]], 3), ([[5, 3, 4], [1, 6, 2]], 1)], [])
    assert numbered.has([[[2, 4, 1], [3, 5, 6]], 1])
    assert not numbered.has([[[2, 2, 1], [3, 5, 6]], 1])
    spans = manner_of([((1, 2), (2, 3)), ((-1, 1), (4, 0))], [])
    assert spans.has([(5, 3), (1, 1)])
    assert not spans.has([(3,), (1, 1)])
    assert not spans.has([(), (1, 1)])
    rising = manner_of([((1, 2), (2, 3)), ((-1, 1), (0, 4)), ((-3, -1), (-5, 5))], [])
    assert rising.has([(3, 5), (1, 1)])
    assert not rising.has([(5, 3), (1, 1)])
    assert not spans.has([[3, 5], (1, 1)])


def test_values_in_a_docstring_are_a_start_where_it_has_no_example() -> None:
    doc = "Example:\n    operator ['+', '*']\n    array = [2, 3, 4]"
    kinds = [Type("list", (Type("str"),)), Type("list", (Type("int"),))]
    assert mentioned(doc, "f", kinds)[0] == (["+", "*"], [2, 3, 4])
    assert ("abcd",) in mentioned("f(abcd) => True", "f", [Type("str")])
    assert mentioned("nothing to be had", "f", [Type("str")]) == []


def test_a_question_begins_with_what_the_docstring_mentions(sandbox: Sandbox) -> None:
    doc = "Sum up.\n\n    For instance numbers = [4, 9, 2]."
    code = f'def total(numbers: list[int]) -> int:\n    """{doc}"""\n    return sum(numbers)\n'
    assert Admission(sandbox).questions(Draft("total", code), [], most=1)[0].call == "total([4, 9, 2])"


def test_nobody_is_asked_for_what_the_docstring_rules_out_while_there_is_something_else(sandbox: Sandbox) -> None:
    code = (
        'def root(n: int) -> int:\n    """The whole root of a positive integer n."""\n'
        "    r = 0\n    while (r + 1) * (r + 1) <= n:\n        r += 1\n    return r\n"
    )
    examples = [parse_example("root(9) == 3"), parse_example("root(17) == 4")]
    asked = Admission(sandbox).questions(Draft("root", code), examples, most=3)
    assert asked
    assert all(int(question.call[5:-1]) > 0 for question in asked)


def test_values_of_one_parameter_never_go_to_another_of_a_different_kind() -> None:
    code = "def f(names: list[str], counts: list[int]) -> int:\n    return len(names) + sum(counts)\n"
    for given in inputs_for(code, "f", [parse_example("f(['a', 'b'], [3]) == 5")]):
        names, counts = literal_eval(given.call.removeprefix("f"))
        assert all(isinstance(name, str) for name in names)
        assert all(isinstance(count, int) for count in counts)
