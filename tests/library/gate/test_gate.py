"""The gate: a draft judged in the real sandbox by its examples and tests."""

import pytest

from library.draft.draft import Draft, read_text
from library.examples.example import parse_example
from library.gate.gate import Gate
from library.gate.verdict import Verdict
from memory.json_values import from_json

HALF = '''def half(number: int) -> float:
    """Return half of the number."""
    if number < 0:
        raise ValueError("negative")
    return number / 2
'''


def judge(gate: Gate, text: str, *examples: str, library: str = "", name: str = "half") -> Verdict:
    return gate.judge(read_text(text, name), [parse_example(e) for e in examples], library)


def test_examples_and_tests_that_hold_are_green(gate: Gate) -> None:
    verdict = judge(
        gate, HALF + "def test_zero():\n    assert half(0) == 0\n", "half(3) == 1.5", "half(-1) raises ValueError"
    )
    assert verdict.green
    assert [row.got for row in verdict.rows] == ["1.5", "raises ValueError: negative"]
    assert from_json(Verdict, verdict.to_json()) == verdict


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


def test_a_red_test_says_what_came_out_instead(gate: Gate) -> None:
    verdict = judge(gate, HALF + "def test_three():\n    assert half(4) == 2\n    assert half(3) == 2\n")
    assert verdict.tests[0].message == "assert half(3) == 2 does not hold: half(3) gave 1.5"


def test_a_forgotten_import_of_pytest_costs_nothing(gate: Gate) -> None:
    tests = "def test_negative():\n    with pytest.raises(ValueError):\n        half(-1)\n"
    assert judge(gate, HALF + tests).green


FRACTION = """from fractions import Fraction


def ratio(text: str) -> object:
    \"\"\"Read a ratio.\"\"\"
"""
LIAR = """class _Liar:
    def __init__(self, *a: object) -> None:
        pass

    def __repr__(self) -> str:
        return 'same'

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


"""


@pytest.mark.parametrize(
    "text",
    [
        LIAR + "Fraction = _Liar\n\n\ndef ratio(text: str) -> object:\n    return Fraction()\n",
        FRACTION.replace("\n\n\n", "\n\n\nclass _P:\n    Fraction.__repr__ = lambda self: 'same'\n\n\n")
        + "    return Fraction(0)\n",
        FRACTION.replace("\n\n\n", "\n\n\nclass _P:\n    Fraction.__eq__ = lambda self, other: True\n\n\n")
        + "    return Fraction(0)\n",
        "import fractions\n\n" + LIAR + "fractions.Fraction = _Liar\n\n\ndef ratio(text: str) -> object:\n"
        "    return fractions.Fraction()\n",
        "class _Named(type):\n    def __eq__(cls, other):\n        return True\n\n"
        "    def __hash__(cls):\n        return 1\n\n\n"
        "class Fraction(metaclass=_Named):\n    pass\n\n\ndef ratio(text: str) -> object:\n    return Fraction()\n",
    ],
    ids=["own class by that name", "repr patched", "eq patched", "module patched", "metaclass"],
)
def test_what_is_expected_is_worked_out_where_the_draft_is_not(gate: Gate, text: str) -> None:
    draft = Draft("ratio", text)
    examples = [parse_example("ratio('1/2') == Fraction(1, 2)"), parse_example("ratio('3/4') == Fraction(3, 4)")]
    assert not any(row.ok for row in gate.judge(draft, examples, "").rows)
    honest = Draft("ratio", FRACTION + "    return Fraction(text)\n")
    assert gate.judge(honest, examples, "").green


@pytest.mark.parametrize(
    ("base", "value", "example"),
    [
        ("int", "999", "half(4) == 2"),
        ("float", "9.5", "half(4) == 2.0"),
        ("str", "'no'", "half(4) == '2'"),
        ("list", "[9]", "half(4) == [2]"),
        ("int", "999", "half(4) < 5"),
        ("list", "[9]", "2 in half(4)"),
        ("list", "[9]", "len(half(4)) == 2"),
    ],
)
def test_a_subclass_that_lies_about_its_value_is_told_by_its_value(
    gate: Gate, base: str, value: str, example: str
) -> None:
    methods = "".join(
        f"    def __{name}__(self, *other):\n        return {result}\n"
        for name, result in [("eq", "True"), ("repr", "'2'"), ("lt", "True"), ("contains", "True"), ("len", "2")]
    )
    text = f"class _Lie({base}):\n{methods}    def __hash__(self):\n        return 2\n\n\n"
    text += f'def half(n: int) -> object:\n    """Half."""\n    return _Lie({value})\n'
    verdict = judge(gate, text, example)
    assert not verdict.green
    assert verdict.rows[0].got != "2"


def test_an_error_that_is_of_every_kind_is_none_of_them(gate: Gate) -> None:
    text = "class _Any(ValueError, KeyError, TypeError):\n    pass\n\n\nclass ValueError(Exception):\n    pass\n\n\n"
    text += 'def half(n: int) -> int:\n    """Half."""\n    raise _Any if n else ValueError\n'
    draft = Draft("half", text)
    for example in ("half(1) raises ValueError", "half(1) raises KeyError", "half(0) raises ValueError"):
        assert not gate.judge(draft, [parse_example(example)], "").green
    assert gate.judge(draft, [parse_example("half(1) raises _Any")], "").green


def test_where_a_class_of_the_draft_decides_it_is_told(gate: Gate) -> None:
    text = "class _Half:\n    def __eq__(self, other):\n        return True\n\n\n"
    text += 'def half(n: int) -> object:\n    """Half."""\n    return _Half()\n'
    verdict = judge(gate, text, "half(3) == _Half()")
    assert verdict.green
    assert [(name, ok) for name, ok, _ in verdict.checks] == [("compared by its own ==", False)]
    assert "half(3) == _Half()" in verdict.checks[0][2]
    assert not judge(gate, HALF, "half(3) == 1.5").checks


def test_an_iterator_beside_a_list_is_called_one(gate: Gate) -> None:
    verdict = judge(gate, 'def half(n: int) -> object:\n    """Half."""\n    yield n\n', "half(3) == [3]")
    assert not verdict.green
    assert "an iterator of 3" in verdict.failures()
    assert "list(" in verdict.failures()


def test_of_a_condition_the_review_shows_what_the_call_gave(gate: Gate) -> None:
    verdict = judge(gate, HALF, "abs(half(3) - 1) < 0.1")
    assert [(row.call, row.got) for row in verdict.rows] == [("abs(half(3) - 1) < 0.1", "1.5")]


def test_an_expected_value_may_call_the_library_as_saved_and_not_the_draft(gate: Gate) -> None:
    text = 'def double(n: int) -> float:\n    """Twice."""\n    return n * 2\n'
    lying = f"{text}\n\ndef _other() -> None:\n    pass\n"
    assert judge(gate, lying, "double(3) == half(12)", library=HALF, name="double").green
    assert not judge(gate, lying, "double(3) == half(13)", library=HALF, name="double").green


def test_an_expected_value_that_cannot_be_worked_out_says_so(gate: Gate) -> None:
    verdict = judge(gate, HALF, "half(3) == np.array([1.5])")
    assert "what is expected cannot be worked out: NameError" in verdict.failures()
