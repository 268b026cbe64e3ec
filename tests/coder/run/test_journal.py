"""The journal: what was recorded is never made again, whatever killed the run; the unusable is one clear sentence."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from places import ROOT

from coder.errors import CoderError, Locked, MemoryFault, RefusedInput, WiringError
from coder.run.journal import Divergence, Journal, Stopped
from memory.git.trust import prepare


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".coder" / "journal.db"


class Made:
    """Values to be made, and how often each was."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, name: str, value: Any) -> Any:
        self.names.append(name)
        return value


def goal(journal: Journal, made: Made) -> list[Any]:
    """A little run of three effects."""
    plan = journal.effect("model:plan", lambda: made("plan", {"text": "1. f", "n": (1, 2)}), request="goal")
    answer = journal.effect("person:plan", lambda: made("answer", "accept"))
    return [plan, answer, journal.effect("commit:plan", lambda: made("commit", None))]


def test_a_resumed_run_gets_the_same_values_and_makes_nothing_again(path: Path) -> None:
    made = Made()
    with Journal.create(path, "a goal", {"model": "m"}) as journal:
        first = goal(journal, made)
        assert not journal.replaying()
    with Journal.open(path) as again:
        assert again.replaying()
        assert (again.run, again.goal, again.settings) == (journal.run, "a goal", {"model": "m"})
        assert goal(again, made) == first == [{"text": "1. f", "n": [1, 2]}, "accept", None]
        assert not again.replaying()
        assert again.effect("more", lambda: made("more", 4)) == 4
    assert made.names == ["plan", "answer", "commit", "more"]


def test_the_first_value_is_already_what_a_replay_will_give(path: Path) -> None:
    with Journal.create(path, "a goal", {}) as journal:
        value = journal.effect("tuple", lambda: {"a": (1, [2.5, None, True]), 3: "größe 長 \ud800"})
    assert value == {"a": [1, [2.5, None, True]], "3": "größe 長 \ud800"}
    with Journal.open(path) as again:
        assert again.effect("tuple", lambda: 0) == value


def test_large_values_are_kept_whole(path: Path) -> None:
    text = "x" * 3_000_000
    with Journal.create(path, "a goal", {}) as journal:
        journal.effect("reply", lambda: {"text": text})
    with Journal.open(path) as again:
        assert again.effect("reply", lambda: 0) == {"text": text}


def test_an_effect_that_fails_is_not_recorded_and_may_be_tried_again(path: Path) -> None:
    with Journal.create(path, "a goal", {}) as journal:
        for error in (KeyboardInterrupt, ValueError):

            def fail(error: type[BaseException] = error) -> None:
                raise error

            with pytest.raises(error):
                journal.effect("model:plan", fail)
        assert journal.effect("model:plan", lambda: 1) == 1
        assert [effect.name for effect in journal.effects()] == ["model:plan"]


def test_what_the_person_decided_at_an_interrupt_is_raised_again_at_the_same_place(path: Path) -> None:
    with Journal.create(path, "a goal", {}) as journal:
        journal.effect("one", lambda: 1)

        def pressed() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            journal.effect("model:code", pressed, request="chat")
        journal.interrupt({"verdict": "feedback", "text": "shorter"})
        assert journal.effect("model:code", lambda: 2, request="other chat") == 2
        assert [(e.seq, e.name, e.during) for e in journal.effects()] == [
            (1, "one", ""),
            (2, "interrupt", "model:code"),
            (3, "model:code", ""),
        ]
    with Journal.open(path) as again:
        assert again.effect("one", lambda: 0) == 1
        with pytest.raises(Stopped) as stopped:
            again.effect("model:code", lambda: 0, request="chat")
        assert stopped.value.decision == {"verdict": "feedback", "text": "shorter"}
        assert again.replaying()
        assert again.effect("model:code", lambda: 0, request="other chat") == 2


def test_another_effect_than_the_recorded_one_is_refused_by_name_and_place(path: Path) -> None:
    with Journal.create(path, "a goal", {}) as journal:
        goal(journal, Made())
    with Journal.open(path) as again:
        again.effect("model:plan", lambda: 0)
        with pytest.raises(
            Divergence, match=r"effect 2 was 'person:plan' when it was recorded and is 'model:code' now"
        ):
            again.effect("model:code", lambda: 0)


def test_another_request_than_the_recorded_one_is_refused_unless_none_is_given(path: Path) -> None:
    with Journal.create(path, "a goal", {}) as journal:
        journal.effect("model:plan", lambda: 1, request="a")
    with Journal.open(path) as again:
        with pytest.raises(Divergence, match=r"effect 1 \(model:plan\) was recorded for another request"):
            again.effect("model:plan", lambda: 0, request="b")
        assert again.effect("model:plan", lambda: 0) == 1


def test_effects_inside_effects_and_values_that_are_not_json_are_for_the_author_of_the_flow(path: Path) -> None:
    with Journal.create(path, "a goal", {}) as journal:
        with pytest.raises(WiringError, match=r"'inner' is asked for inside the effect 'outer'"):
            journal.effect("outer", lambda: journal.effect("inner", lambda: 1))
        with pytest.raises(WiringError, match=r"'odd' gave what JSON cannot hold"):
            journal.effect("odd", lambda: {1, 2})
        assert journal.effect("fine", lambda: 1) == 1


def test_runs_are_listed_newest_first_with_their_ends(path: Path) -> None:
    assert Journal.runs(path) == []
    with Journal.create(path, "first", {"model": "m"}) as first:
        first.effect("one", lambda: 1)
        first.finish("done", {"saved": ["f"]})
    with Journal.create(path, "second", {}) as second:
        rows = Journal.runs(path)
        assert [(row.id, row.goal, row.status, row.effects, row.live) for row in rows] == [
            (second.run, "second", "running", 0, True),
            (first.run, "first", "done", 1, False),
        ]
        assert rows[1].settings == {"model": "m"}
        assert rows[1].ended >= rows[1].started > "2020"
    assert not second.live()


def test_the_newest_run_that_is_not_done_is_gone_on_with(path: Path) -> None:
    runs: list[str] = []
    for status in ("interrupted", "unfinished", "done"):
        with Journal.create(path, f"goal {status}", {}) as journal:
            journal.finish(status, {})
            runs.append(journal.run)
    with Journal.open(path) as again:
        assert again.run == runs[1]
        assert Journal.runs(path)[1].status == "running", "if it is killed now, nobody takes it for ended"
        again.finish("done", {})
    with Journal.open(path, runs[2][:5], look=True) as done:
        assert done.run == runs[2]


def test_a_run_that_is_not_there_is_refused_with_those_that_are(path: Path) -> None:
    with pytest.raises(RefusedInput, match=r"no run that could go on. The runs there are: none"):
        Journal.open(path)
    with Journal.create(path, "the goal", {}) as journal:
        journal.finish("done", {})
    for asked in (None, "zzzz", "", journal.run):
        with pytest.raises(RefusedInput, match=rf"{journal.run} done 'the goal'") as refusal:
            Journal.open(path, asked)
        assert refusal.value.exit_code == 2
    assert not (path.parent / f"run-{journal.run}.lock").exists()


def test_a_run_may_be_looked_at_while_it_goes_on_but_not_changed(path: Path) -> None:
    with Journal.create(path, "the goal", {}) as journal:
        journal.effect("one", lambda: 1)
        with pytest.raises(Locked, match=rf"run {journal.run} is still going on: pid {os.getpid()}, since 20"):
            Journal.open(path, journal.run)
        with Journal.open(path, journal.run, look=True) as seen:
            assert [effect.value for effect in seen.effects()] == [1]
            assert seen.live()
            assert seen.effect("one", lambda: 0) == 1
            with pytest.raises(WiringError, match="opened to look at"):
                seen.effect("two", lambda: 2)
        assert journal.live()


# -- files that cannot be used


def test_a_damaged_journal_is_one_clear_sentence(path: Path) -> None:
    prepare(path.parent)
    path.write_bytes(b"this is no database" * 1000)
    for attempt in (lambda: Journal.open(path), lambda: Journal.runs(path), lambda: Journal.create(path, "g", {})):
        with pytest.raises(MemoryFault, match="cannot be used") as fault:
            attempt()
        assert "Move it away" in fault.value.hint


@pytest.mark.parametrize("seed", range(6))
def test_bytes_overwritten_at_random_never_give_a_traceback(path: Path, seed: int) -> None:
    with Journal.create(path, "g", {}) as journal:
        for number in range(50):
            journal.effect("e", lambda number=number: "x" * 500 + str(number))
    data, chance = bytearray(path.read_bytes()), random.Random(seed)
    for _ in range(2000):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data)
    try:
        with Journal.open(path, journal.run) as again:
            while again.replaying():
                again.effect("e", lambda: 0)
    except CoderError as error:
        assert error.hint


def test_a_journal_of_a_newer_coder_is_left_alone(path: Path) -> None:
    Journal.create(path, "g", {}).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 7")
    db.close()
    for attempt in (lambda: Journal.open(path), lambda: Journal.create(path, "g", {})):
        with pytest.raises(MemoryFault, match=r"newer coder \(version 7, this one knows 2\)"):
            attempt()


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    prepare(path.parent)
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (a)")
    db.close()
    with pytest.raises(MemoryFault, match="of another program"):
        Journal.create(path, "g", {})


def test_a_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(MemoryFault, match="cannot be written"):
        Journal.create(tmp_path / "file" / "journal.db", "g", {})


# -- kills

CHILD = """
import sys
from pathlib import Path
from coder.run.journal import Journal
path = Path(sys.argv[1])
journal = Journal.open(path) if path.exists() else Journal.create(path, "g", {})
print("ready", flush=True)
for number in range(100_000):
    def make():
        print(number, flush=True)
        return number
    assert journal.effect(f"e{number % 7}", make, request=str(number)) == number
"""


def test_after_thirty_kills_every_effect_is_there_once_and_none_was_made_again(path: Path) -> None:
    chance, made = random.Random(1), list[int]()
    for _ in range(30):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        made += [int(child.stdout.readline()) for _ in range(chance.randint(0, 8))]  # so that the speed counts little
        time.sleep(chance.uniform(0, 0.005))
        os.kill(child.pid, signal.SIGKILL)
        made += [int(line) for line in child.stdout]
        child.wait()
        child.stdout.close()
    with Journal.open(path) as journal:
        effects = journal.effects()
    assert [(effect.seq, effect.value) for effect in effects] == [(n + 1, n) for n in range(len(effects))]
    assert sorted(set(made)) == list(range(max(made) + 1))
    assert 0 <= max(made) + 1 - len(effects) <= 1, "at most the effect in progress is not there"
    again = [number for number in made if made.count(number) > 1]
    assert len(set(again)) <= 30, "only what was in progress at a kill is made a second time"
    assert len(effects) > 30


def test_many_runs_of_one_library_record_at_the_same_time(path: Path) -> None:
    code = CHILD.replace("Journal.open(path) if path.exists() else ", "").replace("100_000", "50")
    children = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.DEVNULL) for _ in range(4)
    ]
    assert [child.wait() for child in children] == [0, 0, 0, 0]
    assert [row.effects for row in Journal.runs(path)] == [50, 50, 50, 50]


def test_a_second_look_in_the_same_process_leaves_the_locks_of_the_first(path: Path) -> None:
    # The last one to close a database puts its log away, if no lock says that somebody is still there.
    look = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('SELECT id FROM runs'); db.close()"
    with Journal.create(path, "g", {}) as journal:
        journal.effect("e", lambda: 1)
        Journal.runs(path)
        subprocess.run([sys.executable, "-c", look, str(path)], check=True)
        assert Path(f"{path}-wal").exists()
        journal.effect("e", lambda: 2)
        subprocess.run([sys.executable, "-c", look, str(path)], check=True)
    with Journal.open(path, journal.run) as again:
        assert [again.effect("e", lambda: 0) for _ in range(2)] == [1, 2]
