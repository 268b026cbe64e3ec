"""What a person is asked, as data that another process can draw, and who answers where nobody is."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from stage import BAD, PLAN, Stage

from coder.model.model import calls
from coder.people.person import confirm
from coder.people.question import (
    KINDS,
    Answer,
    Choose,
    DraftReview,
    Option,
    PlanReview,
    Question,
    Text,
    question_from_json,
)
from coder.people.scripted import ScriptedPerson
from coder.people.unattended import Unattended
from library.draft.draft import Draft
from library.gate.verdict import ExampleResult, TestResult, Verdict
from memory.errors import RefusedInput
from memory.json_values import from_json

DRAFT = DraftReview(
    "f(x: int) -> int",
    Draft("f", "def f(x: int) -> int:\n    return x\n", "def test_f() -> None:\n    assert f(1) == 2\n", ("print()",)),
    Verdict(
        (ExampleResult("f(1)", "2", "1", "person", False),), (TestResult("test_f", False, "no"),), ("odd",), ("g",), 0.5
    ),
    does="Return one more.",
    previous="def f(): ...",
    note="still red",
    telling=("f(0)",),
    evidence=("f(3) -> 4",),
    tests_reach=True,
)
QUESTIONS: list[Question] = [
    Choose("Which?", (Option("a", "one", "the first"), Option("b", "two")), "b"),
    Text("Why?"),
    Text("Which examples hold?", file="examples.txt", initial="f(1) == 2\n"),
    PlanReview("1. [ ] f() -> int\n", "-a\n+b", "again"),
    DRAFT,
    replace(DRAFT, verdict=replace(DRAFT.verdict, checks=(("typed", True, "fine"), ("literals", False, "86_400")))),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.kind)
def test_a_question_comes_back_whole_from_its_json(question: Question) -> None:
    asked = replace(question, goal="add", who="ada", asked_at="2026-01-02T03:04:05Z", deadline="2026-01-03T00:00:00Z")
    assert question_from_json(json.loads(json.dumps(asked.to_json()))) == asked


def test_every_kind_is_tried_above() -> None:
    assert {question.kind for question in QUESTIONS} == set(KINDS)


@pytest.mark.parametrize("data", [{"kind": "poll"}, {}, {"kind": "plan"}, {**DRAFT.to_json(), "draft": "f"}])
def test_what_is_no_question_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(RefusedInput):
        question_from_json(data)


def test_a_red_draft_is_asked_about_with_goal_step_lines_and_time(tmp_path: Path) -> None:
    person = ScriptedPerson(["accept", "reject"])
    stop = calls(("manual_finish", {"reason": "no luck", "why": "rejected"}))
    Stage(tmp_path).run([PLAN, BAD, BAD, BAD, stop], person)
    card = person.asked[1]
    assert isinstance(card, DraftReview)
    assert (card.goal, card.signature, card.does) == (
        "double numbers",
        "double(number: int) -> int",
        "double numbers",
    )
    assert "double(2): expected 4, got 6" in card.verdict.failures()
    assert card.asked_at > "2020"
    assert any(line.startswith("new: ") for line in card.evidence), "what was searched for"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (QUESTIONS[0], Answer("choice", "b")),
        (QUESTIONS[2], Answer("edit", "f(1) == 2\n")),
        (QUESTIONS[3], Answer("accept")),
        (DRAFT, Answer("reject")),
        (replace(DRAFT, verdict=Verdict((ExampleResult("f(1)", "2", "2", "person", True),))), Answer("accept")),
    ],
)
def test_where_nobody_is_the_safe_answer_is_taken(question: Question, answer: Answer) -> None:
    assert Unattended().ask(question) == answer


def test_where_nobody_is_the_model_is_told_to_decide() -> None:
    assert "Decide by yourself" in Unattended().ask(Text("Floats too?")).text


def test_a_yes_is_needed_for_what_has_to_be_confirmed() -> None:
    assert confirm(ScriptedPerson([Answer("choice", "y")]), "Go on?")
    assert not confirm(ScriptedPerson([Answer("choice", "n")]), "Go on?")
    assert not confirm(ScriptedPerson(["quit"]), "Go on?")
    assert not confirm(Unattended(), "Go on?")


def test_an_answer_of_a_journal_of_before_can_still_be_read() -> None:
    assert from_json(Answer, {"verdict": "feedback", "text": "shorter"}) == Answer("feedback", "shorter")
    assert from_json(Answer, {"verdict": "accept"}) == Answer("accept")
