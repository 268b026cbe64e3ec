"""Examples as people and models write them, and the tests that they become."""

from dataclasses import asdict

import pytest

from library.errors import SourceError
from library.examples.as_test import as_test
from library.examples.example import Example, parse_example
from memory.json_values import from_json

WHEN = "2026-11-21T09:30:00+00:00"


@pytest.mark.parametrize(
    ("text", "call", "expected"),
    [
        ("f(1) == 2", "f(1)", "2"),
        ("f(1) -> 2", "f(1)", "2"),
        ("f(1) => 2", "f(1)", "2"),
        ("f(1) → 2", "f(1)", "2"),
        ("f(1) is None", "f(1)", "None"),
        ("2 == f(1)", "f(1)", "2"),
        ("not f(1)", "not f(1)", "True"),
        ("f(1) < 2", "f(1) < 2", "True"),
        ("2 in f(1)", "2 in f(1)", "True"),
        ("f('a') == f('A')", "f('a') == f('A')", "True"),
        ("f(1) == 2 == g", "f(1) == 2 == g", "True"),
        ("f(1).startswith('a')", "f(1).startswith('a')", "True"),
        ("f(1)", "f(1)", "True"),
        ("assert f(1) == 2", "f(1)", "2"),
        ("`f(1) == 2`", "f(1)", "2"),
        (">>> f(1)\n2", "f(1)", "2"),
        (">>> f([1,\n...    2])\n[2,\n 1]", "f([1, 2])", "[2, 1]"),
        ("f('->') -> '->'", "f('->')", "'->'"),
        ("f('a == b') == 'c'", "f('a == b')", "'c'"),
        ("len(f(3)) == 3", "len(f(3))", "3"),
        ("f(g(1)) == 2", "f(g(1))", "2"),
        ("f(0.1) == pytest.approx(0.3)", "f(0.1)", "pytest.approx(0.3)"),
        ("math.isclose(f(0.1), 0.3)", "math.isclose(f(0.1), 0.3)", "True"),
        (">>> f(3) < 5\nTrue", "f(3) < 5", "True"),
        (">>> print(f('a'))\nA", "str(f('a'))", "'A'"),
        (">>> rows = [[1]]\n>>> f(rows)\n1", "f([[1]])", "1"),
        ("await f(1) == 2", "await f(1)", "2"),
        ("f('é') == 'É'", "f('é')", "'É'"),
    ],
)
def test_an_expected_value_is_read_from_any_usual_form(text: str, call: str, expected: str) -> None:
    assert parse_example(text) == Example(call, expected)


@pytest.mark.parametrize(
    "text",
    [
        "f('') raises ValueError",
        "f('') raises a ValueError.",
        "f('') -> ValueError",
        "f('') -> raises ValueError",
        "f('') raises ValueError (it is empty)",
    ],
)
def test_an_expected_exception_is_read_from_any_usual_form(text: str) -> None:
    assert parse_example(text) == Example("f('')", "ValueError", raises=True)


@pytest.mark.parametrize(
    "text",
    [
        "f('') raises ValueError('is empty')",
        "f('') raises ValueError: is empty",
        "f('') raises ValueError with message 'is empty'",
        "f('') raises ValueError, saying 'is empty'",
        "f('') -> ValueError('is empty')",
        ">>> f('')\nTraceback (most recent call last):\n  ...\nValueError: is empty",
    ],
)
def test_what_the_exception_says_counts(text: str) -> None:
    example = parse_example(text)
    assert example == Example("f('')", "ValueError", raises=True, message="is empty")
    assert parse_example(example.text) == example
    assert from_json(Example, asdict(example)) == example


@pytest.mark.parametrize(
    "text", ["", "f", "it doubles numbers", "f(1) <", "f(1) raises A or B", "1 == 2", "f(1) ==", "f(1) -> a b"]
)
def test_what_is_no_example_is_refused_with_the_forms_that_work(text: str) -> None:
    with pytest.raises(SourceError, match=r"Write it as f\(1\) == 2"):
        parse_example(text)


def test_an_example_keeps_who_said_it_and_when() -> None:
    example = parse_example("f(1) == 2", "person", WHEN)
    assert (example.source, example.when) == ("person", WHEN)
    assert from_json(Example, asdict(example)) == example


@pytest.mark.parametrize(
    "text",
    [
        "2 in f(1)",
        "(2 in f(1)) is False",
        "not f(1)",
        "f(1) == 2",
        "f(1) is None",
        "f('') raises ValueError",
        "f(1) is True",
        "f(1) == 'a'",
    ],
)
def test_the_text_of_an_example_reads_back_as_the_same_example(text: str) -> None:
    assert parse_example(text).text == text


def test_a_test_says_who_said_what_should_come_out() -> None:
    example = parse_example("f(1) == 2", "person", WHEN)
    assert as_test(example, "f", 1) == (
        "def test_f__example_1() -> None:\n    assert f(1) == 2\n    # from: person, 2026-11-21\n"
    )


def test_an_expected_exception_becomes_a_raises_block() -> None:
    text = as_test(parse_example("f('') raises json.JSONDecodeError", "goal"), "f", 2)
    assert text.splitlines() == [
        "def test_f__example_2() -> None:",
        "    with pytest.raises(json.JSONDecodeError):",
        "        f('')",
        "    # from: goal",
    ]


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        ("0.3", "assert f() == pytest.approx(0.3, rel=1e-9, abs=0)"),
        ("-0.3", "assert f() == pytest.approx(-0.3, rel=1e-9, abs=0)"),
        ("0.0", "assert f() == pytest.approx(0.0, abs=1e-12)"),
        ("[1, 0.5]", "assert _same_value(f(), [1, 0.5])"),
        ("{'a': [0.5]}", "assert _same_value(f(), {'a': [0.5]})"),
        ("pytest.approx(0.5, abs=0.1)", "assert f() == pytest.approx(0.5, abs=0.1)"),
        ("Decimal('3.3')", "assert f() == Decimal('3.3')"),
        ("3", "assert f() == 3"),
        ("True", "assert f() is True"),
        ("None", "assert f() is None"),
        ("'0.5'", "assert f() == '0.5'"),
    ],
)
def test_floats_are_compared_approximately_and_nothing_else_is(expected: str, line: str) -> None:
    assert as_test(Example("f()", expected), "f", 1).splitlines()[1].strip() == line


def test_a_call_that_is_part_of_a_larger_expression_is_bracketed() -> None:
    assert "assert (f(1) + 1) == 3" in as_test(parse_example("f(1) + 1 == 3"), "f", 1)
