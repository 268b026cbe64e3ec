"""The gate: a draft judged in the real sandbox by its examples and tests."""

from collections.abc import Iterator

import pytest

from library.draft import read_text
from library.example import parse_example
from library.gate import Gate, Verdict, same
from library.sandbox import Sandbox

HALF = '''def half(number: int) -> float:
    """Return half of the number."""
    if number < 0:
        raise ValueError("negative")
    return number / 2
'''


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    with Sandbox() as sandbox:
        yield Gate(sandbox)


def judge(gate: Gate, text: str, *examples: str, library: str = "", name: str = "half") -> Verdict:
    return gate.judge(read_text(text, name), [parse_example(e) for e in examples], library)


def test_examples_and_tests_that_hold_are_green(gate: Gate) -> None:
    verdict = judge(
        gate, HALF + "def test_zero():\n    assert half(0) == 0\n", "half(3) == 1.5", "half(-1) raises ValueError"
    )
    assert verdict.green
    assert [row.got for row in verdict.rows] == ["1.5", "raises ValueError: negative"]
    assert Verdict.from_json(verdict.to_json()) == verdict


@pytest.mark.parametrize(
    ("example", "got"),
    [
        ("half(3) == 2", "1.5"),
        ("half(-1) == 0", "ValueError: negative"),
        ("half(2) raises ValueError", "1.0"),
        ("half(-1) raises KeyError", "raises ValueError: negative"),
        ("half('a') == 1", "TypeError"),
    ],
)
def test_an_example_that_does_not_hold_is_red_and_says_what_came_out(gate: Gate, example: str, got: str) -> None:
    verdict = judge(gate, HALF, example)
    assert not verdict.green
    assert verdict.rows[0].got.startswith(got)
    assert verdict.rows[0].call in verdict.failures()


def test_a_subclass_of_the_expected_exception_will_do(gate: Gate) -> None:
    text = 'def half(n: int) -> int:\n    """Half."""\n    return {}[n]\n'
    assert judge(gate, text, "half(1) raises LookupError").green


def test_without_example_and_test_nothing_is_green(gate: Gate) -> None:
    verdict = judge(gate, HALF)
    assert not verdict.green
    assert verdict.problems == ("There is neither an example nor a test.",)


@pytest.mark.parametrize(
    "body",
    [
        "    import os\n    os._exit(0)\n",
        "    raise SystemExit(0)\n",
        "    while True: pass\n",
        "    return [0] * 10**10\n",
        "    print('x' * 10**8)\n",
        "    import sys, os\n    os.write(1, b'{\"ok\": true}')\n    os.kill(os.getpid(), 9)\n",
    ],
    ids=["exit", "SystemExit", "endless", "memory", "flood", "killed"],
)
def test_code_that_does_not_come_back_is_red_and_the_next_draft_is_judged(gate: Gate, body: str) -> None:
    assert not judge(gate, f'def half(n: int) -> int:\n    """Half."""\n{body}', "half(1) == 1").green
    assert judge(gate, HALF, "half(2) == 1").green


def test_code_cannot_pass_by_an_equality_of_its_own(gate: Gate) -> None:
    cheat = 'class _Any:\n    def __eq__(self, other): return True\n    def __repr__(self): return "anything"\n\n'
    assert not judge(
        gate, cheat + 'def half(n: int) -> float:\n    """Half."""\n    return _Any()\n', "half(3) == 1.5"
    ).green


def test_tests_with_parameters_are_run_by_pytest(gate: Gate) -> None:
    mark = "import pytest\n\n@pytest.mark.parametrize('a, b', [(2, 1), (4, 3)])\n"
    tests = mark + "def test_some(a, b):\n    assert half(a) == b\n"
    verdict = judge(gate, HALF + tests)
    assert [(test.name, test.ok) for test in verdict.tests] == [("test_some[2-1]", True), ("test_some[4-3]", False)]


def test_a_draft_may_call_the_library_and_says_what_it_calls(gate: Gate) -> None:
    text = 'def quarter(number: int) -> float:\n    """A quarter."""\n    return half(number) / 2\n'
    verdict = judge(gate, text, "quarter(4) == 1", library=HALF, name="quarter")
    assert verdict.green
    assert verdict.uses == ("half",)


def test_an_expected_value_may_be_more_than_a_literal(gate: Gate) -> None:
    text = 'from datetime import date\ndef day(text: str) -> date:\n    """A."""\n    return date.fromisoformat(text)\n'
    assert judge(gate, text, "day('2026-01-02') == date(2026, 1, 2)", name="day").green
    assert not judge(gate, text, "day('2026-01-02') == date(2026, 1, 3)", name="day").green


@pytest.mark.parametrize(
    ("expected", "got", "fits"),
    [
        ("0.3", "0.30000000000000004", True),
        ("0.3", "0.31", False),
        ("[0.3, 1]", "[0.30000000000000004, 1]", True),
        ("True", "1", False),
        ("None", "None", True),
        ("{1, 2}", "{2, 1}", True),
        ("{'a': 0.3}", "{'a': 0.30000000000000004}", True),
        ("(1, 2)", "[1, 2]", False),
        ("4", "4.0", True),
        ("'a'", '"a"', True),
        ("nan", "nan", True),
    ],
)
def test_two_results_are_the_same_value_or_not(expected: str, got: str, fits: bool) -> None:
    assert same(expected, got) is fits


def test_a_red_test_says_what_came_out_instead(gate: Gate) -> None:
    verdict = judge(gate, HALF + "def test_three():\n    assert half(4) == 2\n    assert half(3) == 2\n")
    assert verdict.tests[0].message == "assert half(3) == 2 does not hold: half(3) gave 1.5"


def test_a_forgotten_import_of_pytest_costs_nothing(gate: Gate) -> None:
    tests = "def test_negative():\n    with pytest.raises(ValueError):\n        half(-1)\n"
    assert judge(gate, HALF + tests).green
