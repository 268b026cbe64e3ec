"""One answer for the rest of a run: what is green is accepted unseen, all else still comes to the person."""

from collections.abc import Sequence
from pathlib import Path

from stage import GOOD, PLAN, QUADRUPLE, TWO_STEPS, Stage

from coder.model.model import ScriptedModel
from coder.people.question import WITH_THE_REST, Answer, Choose, DraftReview, Option, PlanReview
from coder.people.scripted import ScriptedPerson
from coder.run.events import deaf
from coder.run.journal import Journal
from coder.run.run import Run
from library.draft.draft import Draft
from library.gate.verdict import ExampleResult, Verdict

GREEN = DraftReview("f() -> int", Draft("f", ""), Verdict((ExampleResult("f()", "1", "1", "person", True),)))
RED = DraftReview("f() -> int", Draft("f", ""), Verdict((ExampleResult("f()", "1", "2", "person", False),)))
NOTED = DraftReview("f() -> int", Draft("f", ""), GREEN.verdict, note="The coder says that an example is wrong.")
CHOICE = Choose("f exists.", (Option("r", "replace"),), "r")


def run_of(journal: Journal, answers: Sequence[Answer | str]) -> Run:
    return Run(journal, ScriptedModel([]), ScriptedPerson(answers), deaf)


def test_only_a_green_draft_without_a_note_is_accepted_unseen(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "journal", "a goal", {}) as journal:
        run = run_of(journal, ["accept_rest", "reject", "edit", Answer("choice", "r")])
        assert run.ask("plan", PlanReview("1. [ ] f() -> int")) == Answer("accept")
        assert run.ask("code", GREEN) == Answer("accept", WITH_THE_REST)
        assert run.ask("code", RED).verdict == "reject"
        assert run.ask("code", NOTED).verdict == "edit"
        assert run.ask("clash", CHOICE).verdict == "choice"
        assert run.ask("code", GREEN) == Answer("accept", WITH_THE_REST)


def test_it_holds_when_the_run_is_resumed(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "journal", "a goal", {}) as journal:
        run_of(journal, ["accept_rest"]).ask("code", GREEN)
    with Journal.open(tmp_path / "journal") as journal:
        resumed = run_of(journal, [])
        assert resumed.ask("code", GREEN) == Answer("accept")
        assert resumed.ask("code", GREEN) == Answer("accept", WITH_THE_REST)


def test_the_evidence_and_the_log_say_what_was_not_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    person = ScriptedPerson(["accept", "accept_rest"])
    assert stage.run([TWO_STEPS, GOOD, QUADRUPLE], person).status == "done"
    assert [type(question) for question in person.asked] == [PlanReview, DraftReview]
    assert '"accepted": "the person"' in stage.text("evidence/double.json")
    assert f'"accepted": "the person, {WITH_THE_REST}"' in stage.text("evidence/quadruple.json")
    assert f"accepted, green ({WITH_THE_REST})" in stage.text("logs_extlib.txt")
    assert {"verdict": "accept", "text": WITH_THE_REST} in stage.told("answer")


def test_said_at_the_plan_it_holds_for_all_of_it(tmp_path: Path) -> None:
    stage, person = Stage(tmp_path), ScriptedPerson(["accept_rest"])
    assert stage.run([PLAN, GOOD], person).status == "done"
    assert [type(question) for question in person.asked] == [PlanReview]
