"""Recordings: whole runs as they once happened, with a real model and person, come out the same again."""

from pathlib import Path

import pytest
from places import CASES, DEMO

from coder import app
from coder.errors import RecordingOver, RefusedInput
from coder.model.model import Watch, says
from coder.people.question import Answer
from coder.people.scripted import ScriptedPerson
from coder.people.unattended import Unattended
from coder.run import recording
from coder.run.events import Event
from coder.run.journal import Journal
from coder.settings import Settings
from memory.json_values import from_json

RUNS = sorted((CASES / "runs").glob("*.jsonl"))
SERIES = sorted((CASES / "series").glob("*.jsonl"))


def settings_of(recorded: recording.Recording, folder: Path) -> Settings:
    """As they were then: no questions were asked, and commands were the model's in the older ones."""
    return Settings(library=str(folder), questions=0, control="model" if recorded.replies("control") else "routine")


@pytest.mark.parametrize("path", [*RUNS, DEMO], ids=lambda path: path.stem)
def test_a_recorded_run_comes_to_the_same_end(path: Path, tmp_path: Path) -> None:
    recorded = recording.read(path)
    answers = [from_json(Answer, value) for name, value in recorded.effects if name.startswith("person:")]
    events: list[Event] = []
    settings = settings_of(recorded, tmp_path)
    person = ScriptedPerson(answers)
    parts = app.parts(settings, recording.ReplayModel(recorded), person, events.append)
    ending = app.start(recorded.goal, parts)
    assert ending.status == "done"
    assert ending.open == ()
    assert len(person.asked) == len(answers)
    rows = Journal.runs(tmp_path / ".coder" / app.JOURNAL)
    again = Journal.open(tmp_path / ".coder" / app.JOURNAL, rows[0].id, look=True)
    assert recording.export(again).splitlines()[1:] == path.read_text("utf-8").splitlines()[1:]


def test_a_repair_and_the_persons_feedback_are_part_of_the_goal_driven_by_hand(tmp_path: Path) -> None:
    recorded = recording.read(next(path for path in RUNS if path.stem == "roman"))
    answers = [from_json(Answer, value) for name, value in recorded.effects if name.startswith("person:")]
    assert [answer.verdict for answer in answers] == ["edit", "feedback", "accept", "feedback", "accept", "accept"]
    events: list[Event] = []
    parts = app.parts(
        settings_of(recorded, tmp_path),
        recording.ReplayModel(recorded),
        ScriptedPerson(answers),
        events.append,
    )
    app.start(recorded.goal, parts)
    assert [event.data["attempt"] for event in events if event.kind == "repair"] == [1]
    sources = {row["call"]: row["source"] for e in events if e.kind == "verdict" for row in e.data["rows"]}
    assert sources['roman_to_int(" XIV ")'] == "person"
    assert parts.library.get("roman_to_int").calls == ("_ROMAN_VALUES", "int_to_roman")  # type: ignore[union-attr]


@pytest.mark.long
def test_a_week_of_goals_builds_on_what_the_days_before_saved(tmp_path: Path) -> None:
    called: dict[str, list[str]] = {}
    for path in SERIES:
        recorded = recording.read(path)
        parts = app.parts(
            Settings(library=str(tmp_path)), recording.ReplayModel(recorded), Unattended(), lambda event: None
        )
        before = {function.name for function in parts.library.functions()}
        ending = app.start(recorded.goal, parts)
        assert ending.status == "done"
        for name in ending.saved:
            function = parts.library.get(name)
            assert function is not None
            called[name] = sorted(before.intersection(function.calls))
    assert called == {
        "words": [],
        "word_counts": ["words"],
        "most_frequent_words": ["words"],
        "text_similarity": ["words"],
        "most_similar_text": ["text_similarity"],
        "sentences": [],
        "summarize": ["word_counts"],
    }


def test_each_reply_is_given_for_the_purpose_that_it_was_recorded_for() -> None:
    said = {purpose: says(f"for {purpose}").to_json() for purpose in ("code", "examples", "reuse", "of a flow to come")}
    effects = tuple((f"model:{purpose}", reply) for purpose, reply in said.items())
    model = recording.ReplayModel(recording.Recording("a goal", "m", effects))
    for purpose in reversed(said):
        assert model.complete(purpose, [], (), Watch()).text == f"for {purpose}"
    with pytest.raises(RecordingOver, match="'examples'"):
        model.complete("examples", [], (), Watch())


def test_a_reply_that_was_never_recorded_is_said_plainly(tmp_path: Path) -> None:
    recorded = recording.read(DEMO)
    person = ScriptedPerson([Answer("feedback", "quite another plan, please")])
    parts = app.parts(Settings(library=str(tmp_path)), recording.ReplayModel(recorded), person, lambda event: None)
    ending = app.start(recorded.goal, parts)
    assert ending.exit_code == 3
    assert "no further reply for 'plan'" in ending.summary


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a recording"),
        ("{}\n", "not a recording"),
        ("no json\n", "not a recording"),
        ("[1]\n", "not a recording"),
    ],
)
def test_what_is_no_recording_is_refused(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text(text)
    with pytest.raises(RefusedInput, match=says):
        recording.read(path)
