"""What looks like an example and cannot be tested is said at the plan: to the model once, to the person as a note."""

from pathlib import Path

import pytest

from coder import app
from coder.model.model import ScriptedModel, says
from coder.people.question import Answer, PlanReview
from coder.people.scripted import ScriptedPerson
from coder.people.unattended import Unattended
from coder.run.events import Event
from coder.settings import Settings
from library.examples.example import problem
from memory import plan as plans

FUNCTION = '''```python
def first(text: str) -> str:
    """The first.

    >>> first("ab")
    'a'
    """
    return text[0]
```
'''


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('first("a") = "b"', 'write first("a") == "b"'),
        ("first([1]) == np.array([1.5])", "np is neither"),
        ("first(text) == text", "text is neither"),
        ("first(1) == other(2)", "other is neither"),
        ("first(1) == about 3", "no Python expression"),
        ('first(open("a.txt")) == 1', "no files"),
        ("- first(1) raises A or B", "one error"),
    ],
)
def test_what_cannot_be_tested_is_told_with_the_reason(line: str, said: str) -> None:
    assert said in problem(line, {"first"})
    assert line.removeprefix("- ") in problem(line, {"first"})


@pytest.mark.parametrize(
    "line",
    [
        "first(1) == 2",
        "2 in first(3)",
        "first(Decimal('1')) == datetime.date(2024, 1, 1)",
        "first(1) == _Point(1)",
        "all(x > 0 for x in first(3))",
        "Returns first(text) of a text.",
        "first(text) is what begins it",
        "second(1) = 3",
        "It calls first(x), then stops.",
    ],
)
def test_examples_and_prose_are_let_be(line: str) -> None:
    assert problem(line, {"first"}) == ""


def test_a_function_that_may_be_in_a_large_library_is_not_called_unknown() -> None:
    assert problem("first(1) == other(2)", {"first"}, others=True) == ""
    assert problem("first(1) == b", {"first"}, others=True)


def run(tmp_path: Path, *plans_said: str) -> tuple[list[Event], ScriptedModel]:
    events: list[Event] = []
    model = ScriptedModel([*map(says, plans_said), says(FUNCTION)])
    parts = app.parts(Settings(library=str(tmp_path)), model, Unattended(), events.append)
    app.start("the first letter", parts)
    return events, model


PLAN = "1. [ ] first(text: str) -> str\n   The first letter.\n   - first(\"ab\") == 'a'\n"


def test_the_model_is_told_once_and_may_correct_it(tmp_path: Path) -> None:
    events, _ = run(tmp_path, PLAN + '   - first("b") = "b"\n', PLAN)
    bad = [event.data["problem"] for event in events if event.kind == "bad_reply"]
    assert len(bad) == 1
    assert 'write first("b") == "b"' in bad[0]
    assert not [event for event in events if event.kind == "note" and "cannot be tested" in event.data["text"]]


def test_what_stays_is_told_to_the_person(tmp_path: Path) -> None:
    odd = PLAN + '   - first("b") = "b"\n' + PLAN.replace("first", "second").replace("1.", "2.")
    events, _ = run(tmp_path, odd, odd)
    notes = [event.data["text"] for event in events if event.kind == "note" and event.data["level"] == "warning"]
    assert any("cannot be tested" in text for text in notes)


@pytest.mark.parametrize(
    "example",
    [
        "2 in f(3)",
        "f(1) != []",
        "abs(f(3) - 0.333) < 0.001",
        "isinstance(f(1), int)",
        "all(x > 0 for x in f(3))",
        "1 < f(2) < 3",
        "f(1) == 2 == g",
        "f('a').startswith('a')",
        "f('a   b') == 'a  \"b\"'",
        "f(-1) raises ValueError('negative: -1')",
        "await f(1) == 2",
    ],
)
def test_a_plan_keeps_an_example_as_it_is_written(example: str) -> None:
    text = f"Goal: g\n\n1. [ ] f(x: int, sep: str = '  ') -> int\n   Do it.\n   - {example}\n"
    plan = plans.parse(text)
    assert plan.steps[0].examples == (example,)
    assert plans.render(plan) == text


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("f(1) raises ValueError: too big", "f(1) raises ValueError('too big')"),
        ("f(1) raises ValueError with message 'too big'", "f(1) raises ValueError('too big')"),
        ("f(1) raises ValueError (too big)", "f(1) raises ValueError"),
        ("f(1) -> ValueError('too big')", "f(1) raises ValueError('too big')"),
    ],
)
def test_a_plan_keeps_what_an_exception_has_to_say(written: str, kept: str) -> None:
    assert plans.parse(f"1. [ ] f(x: int) -> int\n   - {written}\n").steps[0].examples == (kept,)


def test_what_an_edit_makes_untestable_is_said_at_once_and_only_once(tmp_path: Path) -> None:
    odd = PLAN + '   - first("b") = "b"\n'
    person = ScriptedPerson([Answer("edit", odd), Answer("edit", odd.replace("first letter", "very first")), "quit"])
    model = ScriptedModel([says(PLAN)])
    app.start("the first letter", app.parts(Settings(library=str(tmp_path)), model, person, lambda _: None))
    notes = [card.note for card in person.asked if isinstance(card, PlanReview)]
    assert "cannot be tested: `=` gives a name to something" in notes[1]
    assert 'write first("b") == "b"' in notes[1]
    assert (notes[0], notes[2]) == ("", "")
