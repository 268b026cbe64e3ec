"""Plans as models write them and people leave them: each text in cases/plans/ is read as told there, or refused."""

from pathlib import Path

import pytest
from places import CASES as DATA

from memory import plan as plans
from memory.errors import PlanError

CASES = sorted((DATA / "plans").glob("*.txt"))
READ = [path for path in CASES if not path.name.startswith("refused_")]
REFUSED = [path for path in CASES if path.name.startswith("refused_")]


def case(path: Path, sign: str) -> tuple[str, str]:
    """The text of a case and what is told about it."""
    text, _, told = path.read_bytes().decode().partition(sign)
    return text, told


@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_a_plan_is_read_as_it_is_meant(path: Path) -> None:
    text, expected = case(path, "=== becomes\n")
    assert plans.render(plans.parse(text, "the goal")) == expected


@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_what_is_rendered_is_read_back_the_same(path: Path) -> None:
    plan = plans.parse(case(path, "=== becomes\n")[0], "the goal")
    assert plans.parse(plans.render(plan)) == plan


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem.removeprefix("refused_"))
def test_what_is_no_plan_is_refused_with_the_place_and_what_is_expected(path: Path) -> None:
    text, words = case(path, "=== refused: ")
    with pytest.raises(PlanError) as refusal:
        plans.parse(text)
    assert words.strip() in refusal.value.message
    assert refusal.value.hint


def test_there_are_many_cases() -> None:
    assert len(READ) >= 30
    assert len(REFUSED) >= 12


PLAN = plans.parse(
    """Goal: sums
1. [ ] add(a: int, b: int) -> int
   The sum.
   - add(1, 2) == 3
2. [ ] sub(a: int, b: int) -> int
   - sub(1, 2) == -1
"""
)


def test_ticking_marks_the_step_and_keeps_the_note() -> None:
    ticked = PLAN.tick([2], "easy\nenough")
    assert [step.name for step in ticked.open] == ["add"]
    assert "2. [x] sub(a: int, b: int) -> int" in plans.render(ticked)
    assert "   Note: easy enough" in plans.render(ticked)
    assert plans.parse(plans.render(ticked)) == ticked
    assert [step.name for step in PLAN.open] == ["add", "sub"], "a plan is a value and does not change"


def test_a_step_that_is_not_there_cannot_be_ticked() -> None:
    with pytest.raises(PlanError, match=r"no step 3; the plan has 1 to 2"):
        PLAN.tick([1, 3])


def test_a_step_is_found_by_its_number() -> None:
    step = PLAN.step(2)
    assert step is not None
    assert (step.name, step.signature, step.examples) == ("sub", "sub(a: int, b: int) -> int", ("sub(1, 2) == -1",))
    assert PLAN.step(9) is None


def test_the_text_of_the_plan_names_its_goal_before_the_one_given() -> None:
    assert plans.parse(plans.render(PLAN), "another").goal == "sums"
    assert plans.parse("1. [ ] f(a: int) -> int", "  another\n goal ").goal == "another goal"


def test_a_very_long_or_nested_text_is_read_or_refused_but_never_hangs() -> None:
    deep = "1. [ ] f(a: int) -> int\n   - f(" + "(" * 3000 + "\n" + "   - words (\n" * 2000
    assert plans.parse(deep).steps[0].name == "f"
    with pytest.raises(PlanError):
        plans.parse("(" * 5000 + "\n" + "a(" * 3000)
