"""Undo, redo, runs: what is taken back or brought back stays together, and only runs that can go on are offered."""

import json

import pytest
from places import DEMO
from program import Console, Program, healthy
from stage import END, FINISH, GOOD, PLAN, QUADRUPLE, TICK, TWO_STEPS, WRITE, Stage

from coder.cli.main import main
from coder.errors import RefusedInput
from coder.model.model import Scripted, calls
from coder.people.scripted import ScriptedPerson
from coder.people.unattended import Unattended
from coder.run.journal import JOURNAL, Journal


def command(stage: Stage, *words: str) -> int:
    return main([words[0], "--library", str(stage.folder / "lib"), *words[1:]])


def half_done(stage: Stage) -> None:
    """The first of two steps is saved and ticked, the second waits for its review."""
    replies: list[Scripted] = [TWO_STEPS, GOOD, QUADRUPLE]
    stage.run(replies, ScriptedPerson(["accept", "accept", "quit"]))


def test_undo_takes_the_tick_back_and_resume_does_the_step_again(stage: Stage) -> None:
    half_done(stage)
    assert command(stage, "undo", "--yes") == 0
    assert "1. [ ] double" in stage.text("plan_extlib.txt")
    again: list[Scripted] = [WRITE, GOOD, QUADRUPLE]
    ending = stage.resume(again, ScriptedPerson(["reject", "accept", "accept"]))
    assert "Taken back since, so the step is open again: double." in stage.said(0)
    assert (ending.status, ending.saved, ending.open) == ("done", ("double", "quadruple"), ())
    assert "def double" in stage.text()
    assert "def quadruple" in stage.text()


def test_the_ending_claims_no_function_that_is_not_in_the_library(stage: Stage) -> None:
    half_done(stage)
    assert command(stage, "undo", "--yes") == 0
    end: Scripted = calls(("finish", {"summary": "That is all.", "unfinished": True, "why": "enough"}))
    ending = stage.resume([end], ScriptedPerson(["reject"]))
    assert (ending.status, ending.saved) == ("unfinished", ())
    assert ending.open == ("double", "quadruple")


def test_redo_brings_back_code_tests_evidence_and_tick(stage: Stage) -> None:
    stage.run([PLAN, GOOD], ScriptedPerson(["accept", "accept"]))
    before = {name: stage.text(name) for name in ("library.py", "test_library.py", "evidence/double.json")}
    assert command(stage, "undo", "--yes") == 0
    assert not any("double" in stage.text(name) for name in before)
    assert "1. [ ] double" in stage.text("plan_extlib.txt")
    assert command(stage, "redo") == 0
    assert {name: stage.text(name) for name in before} == before
    assert "1. [x] double" in stage.text("plan_extlib.txt")
    assert command(stage, "redo") == 2, "all is brought back"
    assert command(stage, "undo", "--yes") == 0, "what was brought back can be taken back again"
    assert command(stage, "redo") == 0
    assert "def double" in stage.text()


def test_redo_is_refused_when_the_same_lines_were_changed_since(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.run([PLAN, GOOD], ScriptedPerson(["accept", "accept"]))
    assert command(stage, "undo", "--yes") == 0
    other = "def double(number: int) -> int:\n    return 0\n"
    (stage.folder / "lib" / "library.py").write_text(other)
    assert command(stage, "redo") == 1
    assert "in the same lines" in capsys.readouterr().err
    assert stage.text() == other


def test_a_whole_run_is_taken_back_at_once_and_brought_back_at_once(stage: Stage) -> None:
    replies: list[Scripted] = [TWO_STEPS, GOOD, QUADRUPLE]
    stage.run(replies, ScriptedPerson(["accept", "accept", "accept"]))
    assert command(stage, "undo", "--run", "--yes") == 0
    assert "def " not in stage.text()
    assert "[x]" not in stage.text("plan_extlib.txt")
    assert command(stage, "redo") == 0
    assert "def double" in stage.text()
    assert "def quadruple" in stage.text()
    assert stage.text("plan_extlib.txt").count("[x]") == 2


def test_undo_of_what_others_use_is_refused_with_the_tests_that_would_be_red(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.run([PLAN, GOOD], ScriptedPerson(["accept", "accept"]))
    library = stage.folder / "lib" / "library.py"
    library.write_text(library.read_text() + "\n\ndef eight() -> int:\n    return double(4)\n")
    tests = stage.folder / "lib" / "test_library.py"
    tests.write_text(
        tests.read_text() + "\n\nfrom library import eight\n\ndef test_eight() -> None:\n    assert eight() == 8\n"
    )
    assert command(stage, "undo", "--yes") == 2
    told = capsys.readouterr().err
    assert "test_eight" in told
    assert "--anyway" in told
    assert "def double" in stage.text()
    assert command(stage, "undo", "--yes", "--anyway") == 0
    assert "def double" not in stage.text()


def test_what_undo_took_is_not_offered_any_more(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.run([PLAN, GOOD], ScriptedPerson(["accept", "accept"]))
    assert command(stage, "undo", "--yes") == 0
    capsys.readouterr()
    assert main(["library", "list", "--library", str(stage.folder / "lib")]) == 0
    assert "double" not in capsys.readouterr().out


def test_a_function_saved_red_is_marked_in_library_commit_and_ending(stage: Stage) -> None:
    stage.run(
        [PLAN, *[GOOD.replace("number * 2", "number * 3")] * 3],
        ScriptedPerson(["accept", "accept_red"]),
    )
    assert "# Saved although red, on the person's word.\ndef double" in stage.text()
    assert stage.told("finish")[0]["red"] == ["double"]
    assert any(line.startswith("save double, although red") for line in stage.log())


def test_after_a_clash_the_accepted_draft_waits_and_can_still_be_saved(stage: Stage) -> None:
    stage.run([PLAN, GOOD], ScriptedPerson(["accept", "accept"]))
    stage.settings = {"control": "model"}
    better = GOOD.replace("number * 2", "number + number")
    replace: Scripted = calls(("save_code", {"replace": True, "why": "better"}), TICK, FINISH)
    ending = stage.run([PLAN, WRITE, better, END, replace], Unattended(), "double numbers anew")
    assert ending.status == "done"
    assert "number + number" in stage.text()
    assert len(stage.model.chats) == 5, "the draft was written and paid once"


def rows(stage: Stage) -> list[tuple[str, bool]]:
    return [(row.status, row.goes_on) for row in Journal.runs(stage.folder / "lib" / ".coder" / JOURNAL)]


def test_resume_offers_no_run_that_is_done_ended_or_dropped(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    half_done(stage)
    end: Scripted = calls(("manual_finish", {"reason": "enough", "why": "said so"}))
    stage.settings = {"control": "model"}
    stage.run([PLAN, end], ScriptedPerson(["accept"]), "the ended goal")
    assert rows(stage) == [("ended", False), ("interrupted", True)]
    path = stage.folder / "lib" / ".coder" / JOURNAL
    with Journal.open(path) as offered:
        assert offered.goal == "double numbers"
        offered.finish("interrupted", {})
    assert command(stage, "runs", "--json") == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["goal"], row["goes_on"]) for row in shown] == [("the ended goal", False), ("double numbers", True)]
    assert command(stage, "runs", "drop", shown[1]["id"]) == 0
    with pytest.raises(RefusedInput, match="no run that could go on"):
        Journal.open(path)


def test_a_plan_with_a_step_more_can_be_started(stage: Stage) -> None:
    with healthy() as server:
        program = Program(
            stage.folder / "work", {"CODER_BASE_URL": server.url, "CODER_API_KEY": "k", "CODER_MODEL": "test"}
        )
        assert program("--yes", "double numbers").code == 0
        editor = stage.folder / "editor.py"
        editor.write_text(
            "import sys, pathlib\nfile = pathlib.Path(sys.argv[1])\n"
            "file.write_text(file.read_text().replace('1. [x] double', '1. [ ] double'))\n"
        )
        edited = program("plan", "--edit", EDITOR=f"python3 {editor}")
        assert "Start it with: coder plan --start" in edited.out, edited
        assert program("undo", "--yes").code == 0
        started = program("plan", "--start", "--yes", "--json")
        assert started.told("finish")[0]["saved"] == ["double"], started
        assert not [row for row in started.told("asking") if row["purpose"] == "plan"], "the plan is the person's"


def test_a_recording_is_replayed_in_a_folder_of_its_own(coder: Program) -> None:

    coder.library.mkdir()
    (coder.library / "library.py").write_text("mine = 1\n")
    assert coder("replay", str(DEMO), "--yes").code == 0
    assert "def parse_duration" in (coder.folder / "coder-replay" / "library.py").read_text()
    assert sorted(path.name for path in coder.library.iterdir()) == ["library.py"]


def test_the_demo_goes_on_after_feedback_and_ends_kindly_after_a_reject(coder: Program) -> None:
    with Console(coder, "demo") as demo:
        demo.wait_for("[a]ccept")
        demo.type("f")
        demo.wait_for(">")
        demo.type("make it simpler\n")
        demo.wait_for("comes once more")
        demo.wait_for("[a]ccept")
        demo.type("a")
        demo.wait_for("[w] [s]")
        demo.type("s")
        demo.wait_for("[r]eject")
        demo.type("r")
        demo.wait_for("Why?")
        demo.type("\n")
        demo.wait_for("Run it again")
        assert demo.end() == 0
