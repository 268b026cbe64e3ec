"""Inputs for a draft: the same in every process, calls that Python can make, values of the type that is wanted."""

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from library.examples.example import parse_example
from library.inputs.generate import inputs_for
from library.inputs.preconditions import fits
from library.inputs.value_types import value_type
from library.source.types import read_type

WITH_SETS = """
from library.examples.example import parse_example
from library.inputs.features import looks
from library.inputs.generate import inputs_for

code = "def f(words: set[str], groups=None):\\n    \\"Of {'for', 'and', 'or'}.\\"\\n    return len(words)\\n"
for example in ["f({'one', 'two', 'three'}, {'a': {'x', 'y', 7}}) == 3"], []:
    for made in inputs_for(code, "f", [parse_example(text) for text in example]):
        print(made, sorted(looks(made.call)))
"""


def printed(program: str, settings: Mapping[str, str]) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **settings}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_inputs_with_sets_of_texts_are_the_same_in_every_process() -> None:
    one, other = (printed(WITH_SETS, {"PYTHONHASHSEED": seed}) for seed in ("1", "2"))
    assert "f({'one', 'three', 'two'})" in one
    assert one == other


@pytest.mark.parametrize(
    ("signature", "example", "expected"),
    [
        ("f(a: int = 1, b: int = 2, /)", "f(5) == 1", "f(5, 0)"),
        ("f(a: int, b: int = 2, /, c: int = 3, *rest: int, d: int = 4)", "f(1, d=7) == 1", "f(1, 0, d=7)"),
        ("f(a: int = 1, *rest: int)", "f() == 1", "f(1, 0)"),
    ],
)
def test_what_can_only_be_given_by_its_place_stands_there(signature: str, example: str, expected: str) -> None:
    code = f"def {signature}: return 1\n"
    made = inputs_for(code, "f", [parse_example(example)])
    assert expected in [given.call for given in made]
    defined: dict[str, object] = {}
    exec(code, defined)
    assert all(eval(given.call, defined) == 1 for given in made)


def test_a_complex_number_of_an_example_has_neighbours_without_an_annotation_too() -> None:
    made = [given.call for given in inputs_for("def f(z): return abs(z)\n", "f", [parse_example("f(3+4j) == 5")])]
    assert {"f((4+4j))", "f((3-4j))", "f(1j)"} <= set(made)


def test_complex_numbers_fit_where_they_are_wanted_and_not_where_a_float_is() -> None:
    assert all(fits(value, value_type(read_type("complex"))) for value in (1j, 1.5, 2))
    assert not fits(1j, value_type(read_type("float")))


def test_what_only_the_docstring_names_takes_the_place_of_what_the_examples_have() -> None:
    doc = "Its sort by the ending: 'txt', 'exe', 'dll'."
    code = f'def kind(name: str) -> str:\n    """{doc}"""\n    return name\n'
    made = [given.call for given in inputs_for(code, "kind", [parse_example("kind('notes.txt') == 'text'")])]
    assert {"kind('notes.exe')", "kind('notes.dll')"} <= set(made)


def test_limits_that_only_the_docstring_names_are_tried_as_items() -> None:
    code = 'def grades(points: list[float]) -> list[str]:\n    """A above 3.7, B above 2.25."""\n    return []\n'
    made = [given.call for given in inputs_for(code, "grades", [parse_example("grades([1.0, 4.0]) == ['C', 'A']")])]
    assert {"grades([3.7])", "grades([2.25])", "grades([1.0, 2.25])"} <= set(made)


def test_a_number_that_ends_a_sentence_is_a_number_of_the_task() -> None:
    code = 'def late(hours: int) -> bool:\n    """Whether it is more than 37."""\n    return False\n'
    made = [given.call for given in inputs_for(code, "late", [parse_example("late(3) == False")])]
    assert {"late(37)", "late(38)"} <= set(made)


def test_small_whole_numbers_are_tried_beside_each_other() -> None:
    made = [
        g.call for g in inputs_for("def f(a: int, b: int) -> int: return a\n", "f", [parse_example("f(9, 5) == 4")])
    ]
    assert {"f(0, 1)", "f(1, 0)", "f(1, 1)", "f(2, 3)"} <= set(made)


def test_a_constant_of_thousands_of_digits_is_no_hindrance() -> None:
    code = f"def f(n: int) -> int:\n    return n % 0x{'f' * 5000}\n"
    assert "f(4)" in [given.call for given in inputs_for(code, "f", [parse_example("f(3) == 3")])]


SMALL = [
    ("def holds(a: int, b: int, c: int) -> bool:", ["holds(13, 14, 15) is True"], "holds(15, 14, 13)"),
    ("def has(names: list[str], part: str) -> bool:", ["has(['pear', 'fig'], 'a') is True"], "has([''], '')"),
    ("def extension(name: str) -> str:", ["extension('pear.txt') == 'txt'"], "extension('pear.txt.txt')"),
    ("def nest(text: str) -> int:", ["nest('(())()') == 2", "nest('()(())(') == 2"], "nest(')(')"),
    (
        "def join(texts: list[str]) -> bool:",
        ["join(['()(', ')']) is True", "join([')', '()']) is False"],
        "join([')(', ''])",
    ),
]


@pytest.mark.parametrize(("head", "examples", "call"), SMALL)
def test_a_small_input_that_shows_much_is_among_those_tried(head: str, examples: list[str], call: str) -> None:
    name = head[4 : head.index("(")]
    known = [parse_example(text) for text in examples]
    assert call in {given.call for given in inputs_for(f"{head}\n    return [][0]\n", name, known)}


def test_words_of_a_closed_set_are_tried_beside_the_next_one() -> None:
    code = (
        'def in_order(text: str) -> str:\n    """Numerals from the lowest to the highest."""\n'
        "    rank = {'one': 1, 'two': 2, 'three': 3, 'four': 4}\n"
        "    return ' '.join(sorted(text.split(), key=lambda word: rank[word]))\n"
    )
    calls = {given.call for given in inputs_for(code, "in_order", [parse_example("in_order('two one') == 'one two'")])}
    assert {"in_order('four three')", "in_order('three four')"} <= calls
