"""What a person's words spell out, and what of it outlives a draft."""

from dataclasses import replace
from typing import Any, cast

import pytest

from coder.drafting.work import Work, spelt_out
from coder.run.run import Run
from library.examples.example import Example, parse_example
from memory.plan import Step


@pytest.mark.parametrize(
    ("words", "examples"),
    [
        ("f(1) == 2", ["f(1) == 2"]),
        ("It forgets zero: f(0) == 0, and f(1) == 2.", ["f(0) == 0", "f(1) == 2"]),
        ("mend this\nf(-1) raises ValueError", ["f(-1) raises ValueError"]),
        ("f(7) == 2 is wrong; it must be f(7) == 3", []),
        ("never f(1) == 2", []),
        ("f(0) == 1?! it should be 0", []),
        ("f(2) == 4 only if it is strict", []),
        ("f(1) == 10 + 1", []),
        ("f(1) == 10 000", []),
        ("make it shorter", []),
    ],
)
def test_words_spell_out_an_example_only_without_reserve(words: str, examples: list[str]) -> None:
    assert [one.text for one in spelt_out(words, "f")] == examples


def taken_up(examples: list[Example], kept: dict[str, Any]) -> Work:
    work = Work(cast("Run", None), Step(1, "f", "f(n: int) -> int", "", ()), list(examples), [])
    work.take_up(kept)
    return work


def test_what_a_person_said_outlives_a_rejected_draft() -> None:
    plan = [parse_example(text, "model") for text in ("f(1) == 2", "f(2) == 4", "f(3) == 6")]
    work = taken_up(plan, {})
    work.examples = [parse_example("f(1) == 3", "person"), replace(plan[1], source="person"), plan[2]]
    again = taken_up(plan, work.kept())
    assert {one.text: one.source for one in again.examples} == {
        "f(1) == 3": "person",
        "f(2) == 4": "person",
        "f(3) == 6": "model",
    }
