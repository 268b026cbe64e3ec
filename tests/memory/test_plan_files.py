"""Each run has its own plan: several goals in one library, hand edits, ticks; and words typed into a plan are kept."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT
from stage import END, FINISH, GOOD, PLAN, SAVE, TICK, TWO_STEPS, WRITE, Stage

from coder import app
from coder.model.model import Reply, Scripted, calls, says
from coder.people.question import Answer, PlanReview
from coder.people.scripted import ScriptedPerson
from coder.run.journal import JOURNAL, Journal
from memory import plan as plans
from memory.errors import PlanError
from memory.plan_files import Plans
from memory.store import Memory

HALF_PLAN = """1. [ ] half(number: int) -> float
   Return half the number.
   - half(2) == 1.0
"""
HALF = '''```python
def half(number: int) -> float:
    """Return half the number."""
    return number / 2
```
'''


def resume(stage: Stage, run: str, replies: list[Scripted], person: ScriptedPerson) -> app.Ending:
    parts = stage.parts(replies, person)
    return app.resume(Journal.open(parts.memory.private / JOURNAL, run), parts)


def runs(stage: Stage) -> dict[str, str]:
    """Goal -> id."""
    return {row.goal: row.id for row in Journal.runs(stage.folder / "lib" / ".coder" / JOURNAL)}


def plan_of(stage: Stage, goal: str) -> str:
    return Plans(Memory(stage.folder / "lib"), "plan_extlib.txt").read(runs(stage)[goal], goal)


def two_unfinished(stage: Stage) -> None:
    stage.run([PLAN, GOOD], ScriptedPerson(["accept", "quit"]), "double numbers")
    stage.run([HALF_PLAN, HALF], ScriptedPerson(["accept", "quit"]), "halve numbers")


def test_a_second_goal_leaves_the_first_its_plan_and_each_is_resumed_with_its_own(stage: Stage) -> None:
    two_unfinished(stage)
    assert "half" in stage.text("plan_extlib.txt")
    ending = resume(stage, runs(stage)["double numbers"], [], ScriptedPerson(["accept"]))
    assert (ending.status, ending.saved, ending.open) == ("done", ("double",), ())
    assert "1. [x] double" in stage.text("plan_extlib.txt"), "the file shows the goal that is worked on"
    ending = resume(stage, runs(stage)["halve numbers"], [], ScriptedPerson(["accept"]))
    assert (ending.status, ending.saved) == ("done", ("half",))
    assert "1. [x] half" in stage.text("plan_extlib.txt")
    assert "1. [x] double" in plan_of(stage, "double numbers")


def test_a_new_goal_says_in_one_line_that_an_unfinished_one_is_there(stage: Stage) -> None:
    two_unfinished(stage)
    notes = [note["text"] for note in stage.told("note") if "unfinished goal" in note["text"]]
    assert len(notes) == 1
    assert "'double numbers'" in notes[0]
    assert f"coder resume {runs(stage)['double numbers']}" in notes[0]
    assert "\n" not in notes[0]


def test_what_is_written_into_the_file_by_hand_counts_for_the_run_that_it_shows(stage: Stage) -> None:
    two_unfinished(stage)
    file = stage.folder / "lib" / "plan_extlib.txt"
    file.write_text(file.read_text().replace("   halve numbers", "   halve numbers, exactly."))
    ending = resume(stage, runs(stage)["double numbers"], [], ScriptedPerson(["accept"]))
    assert ending.status == "done"
    assert "exactly" not in plan_of(stage, "double numbers")
    assert "exactly" in plan_of(stage, "halve numbers")


def test_what_is_written_into_the_file_while_the_run_goes_on_is_kept_and_told_to_the_model(stage: Stage) -> None:
    file = stage.folder / "lib" / "plan_extlib.txt"

    def written_meanwhile(*asked: object) -> Reply:
        file.write_text(file.read_text().replace("   double numbers", "   Mind the sign: double numbers"))
        return says(GOOD)

    replies: list[Scripted] = [PLAN, written_meanwhile, calls(SAVE, TICK, FINISH)]
    ending = stage.run(replies, ScriptedPerson(["accept", "accept"]))
    assert ending.status == "done"
    assert "1. [x] double" in stage.text("plan_extlib.txt")
    assert "Mind the sign: double numbers" in stage.text("plan_extlib.txt")
    assert "+   Mind the sign: double numbers" in stage.said(2)


def test_a_tick_keeps_what_the_person_wrote_into_the_file_since_it_was_read(tmp_path: Path) -> None:
    kept = Plans(Memory(tmp_path), "plan.txt")
    kept.keep("a", plans.render(plans.parse(PLAN, "double numbers")), "plan")
    file = tmp_path / "plan.txt"
    file.write_text(file.read_text().replace("Return twice", "Mind the sign. Return twice"))
    kept.change("a", lambda plan: plan.tick([1]))
    assert "1. [x] double" in file.read_text()
    assert "Mind the sign." in file.read_text()
    assert "Mind the sign." in kept.read("a")


def test_a_plan_file_that_is_deleted_or_of_an_older_version_loses_no_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.txt").write_text(PLAN)
    kept = Plans(Memory(tmp_path), "plan.txt")
    assert "double" in kept.read("old", "double numbers"), "runs had no plans of their own then"
    kept.keep("new", plans.render(plans.parse(HALF_PLAN, "halve numbers")), "plan")
    (tmp_path / "plan.txt").unlink()
    assert "half" in kept.read("new")
    kept.show("new")
    assert "half" in (tmp_path / "plan.txt").read_text()


def test_a_plan_by_hand_that_cannot_be_read_stops_the_run_with_its_line_and_stays_as_it_is(stage: Stage) -> None:
    stage.run([TWO_STEPS, GOOD], ScriptedPerson(["accept", "quit"]))
    file = stage.folder / "lib" / "plan_extlib.txt"
    broken = file.read_text().replace("2. [ ] quadruple(number: int) -> int", "2. [ ] quadruple numbers")
    file.write_text(broken)
    with pytest.raises(PlanError, match=r"plan_extlib.txt cannot be read: line 7.*quadruple numbers") as refused:
        stage.resume([END], ScriptedPerson(["accept"]))
    assert "coder plan --edit" in refused.value.hint
    assert file.read_text() == broken
    file.write_text(broken.replace("quadruple numbers", "quadruple(number: int) -> int"))
    rest: list[Scripted] = [calls(SAVE, TICK), calls(("finish", {"summary": "Half of it.", "unfinished": True}))]
    assert stage.resume(rest, ScriptedPerson(["accept"])).open == ("quadruple",), "once mended it goes on"


WORDS = """Please keep umlauts.
Goal: double numbers
See ticket 12 before you begin.

I want it to take floats as well
1. [ ] double(number: int) -> int
   Return twice the number.
   - double(2) == 4  # so said Ada
Mind the overflow.
```
double(2)
```

Nobody else needs it.
# a line of mine
"""


@pytest.mark.parametrize(
    "words",
    [
        "Please keep umlauts.",
        "See ticket 12 before you begin.",
        "I want it to take floats as well",
        "so said Ada",
        "Mind the overflow.",
        "Nobody else needs it.",
        "# a line of mine",
    ],
)
def test_words_anywhere_in_a_persons_plan_are_kept_and_reach_the_coder(stage: Stage, words: str) -> None:
    person = ScriptedPerson([Answer("edit", WORDS), "accept", "quit"])
    stage.run([PLAN, GOOD], person)
    assert words in stage.text("plan_extlib.txt")
    assert words in stage.said(1), "the chat with the coder"


def test_a_step_that_became_a_sentence_is_told_with_the_sentence(stage: Stage) -> None:
    edited = TWO_STEPS.replace("1. [ ] double(number: int) -> int", "I want it to also do X")
    person = ScriptedPerson([Answer("edit", edited), "quit"])
    stage.run([TWO_STEPS], person)
    card = person.asked[1]
    assert isinstance(card, PlanReview)
    assert "Kept as words for every step: I want it to also do X" in card.note
    assert "No longer a step: double." in card.note
    assert "I want it to also do X" in card.text


def test_another_goal_written_over_the_first_line_reaches_the_controller(stage: Stage) -> None:
    stage.settings = {"control": "model"}
    edited = f"Goal: double numbers, also negative ones\n\n{PLAN}"
    stage.run([PLAN, WRITE, GOOD], ScriptedPerson([Answer("edit", edited), "accept", "quit"]))
    assert "also negative ones" in stage.said(1)


def test_the_file_tells_its_form_and_neither_model_nor_plan_gets_those_lines(stage: Stage) -> None:
    stage.run([PLAN, GOOD], ScriptedPerson(["accept", "accept"]))
    assert all(line in stage.text("plan_extlib.txt") for line in plans.FORM)
    assert not any(line in stage.said(chat) for line in plans.FORM for chat in range(2))
    assert plans.parse(stage.text("plan_extlib.txt")).steps[0].does == "double numbers"


def test_words_for_the_whole_plan_outlive_the_models_next_draft(stage: Stage) -> None:
    edited = f"Goal: double numbers\nKeep it short.\n\n{PLAN}"
    person = ScriptedPerson([Answer("edit", edited), Answer("feedback", "also zero"), "accept", "quit"])
    stage.run([PLAN, PLAN.replace("double(-1) == -2", "double(0) == 0"), GOOD], person)
    assert "Note: Keep it short." in stage.text("plan_extlib.txt")
    assert "double(0) == 0" in stage.text("plan_extlib.txt")


KEEP = """
import os, signal, sys
from memory.plan_files import Plans
from memory.store import Memory

def watch(event, arguments, seen=[0]):
    if armed and event in ("os.rename", "os.link", "os.remove", "subprocess.Popen"):
        seen[0] += 1
        if seen[0] == instant:
            os.kill(os.getpid(), signal.SIGKILL)

armed, instant = False, int(sys.argv[4])
memory = Memory(sys.argv[1])
memory.prepare()
sys.addaudithook(watch)
armed = True
Plans(memory, "plan.txt").keep(sys.argv[2], sys.argv[3], "plan")
armed = False
"""


@pytest.mark.parametrize("instant", [11, 12, 13])
def test_two_runs_that_are_killed_one_after_the_other_while_they_keep_their_plans_never_swap_them(
    instant: int, tmp_path: Path
) -> None:
    """The second one finishes the write of the first: what that puts into the file is no hand edit of its own."""
    for number, second in enumerate((5, 15)):
        memory = Memory(tmp_path / f"library{number}")
        kept = Plans(memory, "plan.txt")
        for run, name in (("b", "b_one"), ("a", "a_one"), ("b", "b_two")):
            kept.keep(run, PLAN.replace("double", name), "plan")
        for run, name, at in (("a", "a_two", instant), ("b", "b_three", second)):
            words = [str(memory.root), run, PLAN.replace("double", name), str(at)]
            assert subprocess.run([sys.executable, "-c", KEEP, *words], cwd=ROOT).returncode == -signal.SIGKILL
        Memory(memory.root).recover()
        kept.show("a")
        kept.show("b")
        assert "b_" not in kept.read("a") and "a_" not in kept.read("b")
