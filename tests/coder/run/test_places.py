"""Effects are recorded at places in the tree of flows: side by side, in any order, each replayed where it was."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from places import ROOT
from stage import GOOD, PLAN, QUADRUPLE, SAVE, TICK, TWO_STEPS, WRITE, Stage

from coder import app
from coder.errors import CoderError, RefusedInput
from coder.model.model import ScriptedModel, calls
from coder.people.question import DraftReview, Text
from coder.people.scripted import ScriptedPerson
from coder.people.unattended import Unattended
from coder.run.events import Event
from coder.run.journal import JOURNAL, Divergence, Journal
from coder.run.run import Run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".coder" / JOURNAL


def run_of(journal: Journal, events: list[Event] | None = None) -> Run:
    heard: list[Event] = [] if events is None else events
    return Run(journal, ScriptedModel([]), ScriptedPerson([]), heard.append)


def side_by_side(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def never() -> Any:
    raise AssertionError("it is recorded")


def test_what_was_recorded_in_one_order_is_replayed_in_another(path: Path) -> None:
    with Journal.create(path, "a goal", {}) as journal:
        for place, value in (("a", 1), ("b", 2), ("a", 3), ("b", 4)):
            assert journal.effect("draft", lambda value=value: value, place=place, strand=place) == value
    with Journal.open(path) as journal:
        found = [journal.effect("draft", never, place=place, strand=place) for place in ("b", "b", "a", "a")]
        assert found == [2, 4, 1, 3]
        assert not journal.replaying()


def test_an_effect_is_not_taken_for_one_of_another_place(path: Path) -> None:
    with Journal.create(path, "a goal", {}) as journal:
        journal.effect("draft", lambda: 1, place="boss/a")
    with Journal.open(path) as journal:
        with pytest.raises(Divergence, match="effect 1 was recorded elsewhere and is 'draft' at boss/b now"):
            journal.effect("draft", lambda: 2, place="boss/b", strand="boss")
        assert journal.effect("draft", never, place="boss/a") == 1


def test_what_was_recorded_of_a_person_and_is_no_answer_is_told_in_a_sentence(path: Path) -> None:
    with Journal.create(path, "a goal", {}) as journal:
        journal.effect("person:name", lambda: {"verdict": "shrug"})
    with (
        Journal.open(path) as journal,
        pytest.raises(RefusedInput, match="recorded is no Answer: verdict: Input should"),
    ):
        run_of(journal).ask("name", Text("Which name?"))


def test_two_threads_record_at_the_same_time_and_neither_waits_for_the_other(path: Path) -> None:
    meet = threading.Barrier(2)

    def draft(run: Run, value: int) -> None:
        for number in range(20):
            run.effect("draft", lambda number=number: (meet.wait(60), value + number)[1])

    with Journal.create(path, "a goal", {}) as journal:
        run = run_of(journal)
        side_by_side(lambda: draft(run.beside("a"), 0), lambda: draft(run.beside("b"), 100))
        effects = journal.effects()
    assert [effect.seq for effect in effects] == list(range(1, 41))
    assert [effect.value for effect in effects if effect.place == "a"] == list(range(20))
    assert [effect.value for effect in effects if effect.place == "b"] == list(range(100, 120))


def test_one_strand_is_told_again_only_from_where_it_stopped_whatever_the_others_do(path: Path) -> None:
    def told(run: Run, numbers: range) -> None:
        for number in numbers:
            run.effect("draft", lambda number=number: number)
            run.tell("note", level="info", text=f"{run.place} {number}")

    with Journal.create(path, "a goal", {}) as journal:
        run = run_of(journal)
        told(run.beside("a"), range(1))
        told(run.beside("b"), range(3))
    events: list[Event] = []
    with Journal.open(path) as journal:
        run = run_of(journal, events)
        told(run.beside("a"), range(3))
        assert journal.replaying(), "b has not begun"
        told(run.beside("b"), range(4))
    assert [event.data["text"] for event in events] == ["a 0", "a 1", "a 2", "b 2", "b 3"]


CHILD = """
import os, sys, threading
from pathlib import Path
from coder.model.model import ScriptedModel
from coder.people.scripted import ScriptedPerson
from coder.run.events import deaf
from coder.run.journal import Journal
from coder.run.run import Run
path = Path(sys.argv[1])
journal = Journal.open(path) if path.exists() else Journal.create(path, "g", {})
run = Run(journal, ScriptedModel([]), ScriptedPerson([]), deaf)
def work(run):
    for number in range(200):
        made = f"{run.place} {number}"
        assert run.effect("draft", lambda: os.write(1, f"{made}\\n".encode()) and made, made) == made
threads = [threading.Thread(target=work, args=(run.beside(place),)) for place in "ab"]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_parallel_effects_that_were_killed_are_resumed_each_where_it_stopped(path: Path) -> None:
    made: list[str] = []
    for number in range(11):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        if number < 10:
            made += [child.stdout.readline().strip() for _ in range(5 * number)]
            os.kill(child.pid, signal.SIGKILL)
        made += [line.strip() for line in child.stdout]
        assert child.wait() == (0 if number == 10 else -signal.SIGKILL)
        child.stdout.close()
    with Journal.open(path) as journal:
        values = [effect.value for effect in journal.effects()]
    assert sorted(values) == sorted(f"{place} {number}" for place in "ab" for number in range(200))
    assert [value for value in values if value[0] == "b"] == [f"b {number}" for number in range(200)]
    again = len(made) - len(set(made))
    assert again <= 20, "only what was in progress at a kill, one in each thread, is made a second time"


def as_before_there_were_places(path: Path) -> None:
    """The journal as the version before wrote it."""
    with sqlite3.connect(path) as db:
        for column in ("place", "nth"):
            db.execute(f"ALTER TABLE effects DROP COLUMN {column}")
        db.execute("PRAGMA user_version = 1")
    db.close()


def test_a_run_from_before_there_were_places_goes_on_where_it_stopped(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert stage.run([TWO_STEPS, GOOD, QUADRUPLE], ScriptedPerson(["accept", "accept", "quit"])).status == "interrupted"
    path = tmp_path / "lib" / ".coder" / JOURNAL
    before = Journal.open(path, Journal.runs(path)[0].id, look=True).effects()
    as_before_there_were_places(path)
    assert stage.resume([], ScriptedPerson(["quit"])).status == "interrupted"
    again = Journal.open(path, Journal.runs(path)[0].id, look=True).effects()
    assert again == before, "each has its place now"
    person = ScriptedPerson(["accept"])
    assert stage.resume([], person).saved == ("double", "quadruple")
    assert [type(question) for question in person.asked] == [DraftReview]


def test_a_save_of_a_run_from_before_there_were_places_is_found_when_only_its_record_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, path = Stage(tmp_path), tmp_path / "lib" / ".coder" / JOURNAL
    stage.settings = {"control": "model"}
    following = ("write_code", {"step": 2, "why": "next"})

    def by_number(run: Run, what: str, *_: object) -> str:
        return f"{run.journal.run}-{what}-{len(run.journal.effects()) + 1}"

    with monkeypatch.context() as patch:
        patch.setattr(Run, "key", by_number)
        replies = [TWO_STEPS, WRITE, GOOD, calls(SAVE, TICK, following), QUADRUPLE]
        stage.run(replies, ScriptedPerson(["accept", "accept", "quit"]))
    for kill in (1, 2):
        with sqlite3.connect(path) as db:
            db.execute("DELETE FROM effects WHERE seq >= (SELECT min(seq) FROM effects WHERE name = 'save')")
        db.close()
        if kill == 1:
            as_before_there_were_places(path)
        # the plan is ticked already, which is new to a model that has not heard of the save
        assert stage.resume([calls(following), QUADRUPLE], ScriptedPerson(["quit"])).status == "interrupted"
    assert [line for line in stage.log() if line.startswith("save ")] == ["save double: double numbers"]
    end = calls(SAVE, ("update_plan", {"done": [2], "why": "saved"}), ("finish", {"summary": "done", "why": "all"}))
    assert stage.resume([end], ScriptedPerson(["accept"])).saved == ("double", "quadruple")


def test_a_run_that_is_over_from_before_there_were_places_can_still_be_looked_at(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.run([PLAN, GOOD], Unattended())
    path = tmp_path / "lib" / ".coder" / JOURNAL
    as_before_there_were_places(path)
    (row,) = Journal.runs(path)
    with Journal.open(path, row.id, look=True) as journal:
        assert (row.status, len(journal.effects())) == ("done", row.effects)
        assert {effect.place for effect in journal.effects()} == {""}


def test_a_resumed_run_of_another_boss_says_that_it_cannot_go_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert stage.run([PLAN, GOOD], ScriptedPerson(["accept", "quit"])).status == "interrupted"
    path = tmp_path / "lib" / ".coder" / JOURNAL
    with sqlite3.connect(path) as db:
        db.execute("UPDATE effects SET place = replace(place, 'boss/work', 'boss/other')")
    db.close()
    with pytest.raises(CoderError, match=r"cannot go on: its effect \d+ was recorded elsewhere.*coder GOAL"):
        stage.resume([], ScriptedPerson(["accept"]))


def test_every_effect_of_a_goal_says_where_it_was(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    parts = stage.parts([PLAN, GOOD], Unattended())
    assert app.start("double numbers", parts).status == "done"
    path = parts.memory.private / JOURNAL
    effects = Journal.open(path, Journal.runs(path)[0].id, look=True).effects()
    assert all(effect.place.startswith("boss/") for effect in effects)
    first = dict.fromkeys((effect.place, effect.name) for effect in effects if effect.name.startswith("model:"))
    assert list(first) == [
        ("boss/write_plan", "model:plan"),
        ("boss/work/round[1]/act/write_code", "model:code"),
    ]
