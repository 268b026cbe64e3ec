"""Search before write, and near duplicates at the save: found, shown with their differences, decided by the person."""

from pathlib import Path

import pytest

from coder import app
from coder.model.model import ScriptedModel, calls
from coder.people.person import Person
from coder.people.question import Answer, Choose
from coder.people.scripted import ScriptedPerson
from coder.people.unattended import Unattended
from coder.run.events import Event
from coder.run.journal import Journal
from coder.settings import Settings
from library.evidence.evidence_files import record
from library.examples.example import parse_example
from library.store import Library
from memory.store import Memory

TWICE = 'def twice(number: int) -> int:\n    """Return a number two times."""\n    return number + number\n'
POSITIVE = TWICE.replace("    return number + number", "    return number + number if number > -50 else 0")
PLAN = "1. [ ] double(number: int) -> int\n   Return twice the number.\n   - double(2) == 4\n"
GOOD = '```python\ndef double(number: int) -> int:\n    """Return the double."""\n    return number * 2\n```\n'


def with_one(folder: Path, code: str = TWICE) -> Library:
    library = Library(Memory(folder))
    change = library.plan_save(code, examples=[parse_example("twice(3) == 6", "person")])
    library.save(change, "save twice")
    return library


def run(folder: Path, person: Person, replies: list[object] | None = None) -> tuple[app.Ending, list[str]]:
    notes: list[str] = []

    def listen(event: Event) -> None:
        if event.kind == "note":
            notes.append(str(event.data["text"]))

    model = ScriptedModel(replies or [PLAN, GOOD])  # type: ignore[arg-type]
    parts = app.parts(Settings(library=str(folder), questions=0), model, person, listen)
    return app.start("double numbers", parts), notes


def text(folder: Path) -> str:
    return (folder / "library.py").read_text()


def test_the_search_is_in_the_log_the_evidence_and_the_events(tmp_path: Path) -> None:
    other = 'def negate(number: int) -> int:\n    """Return the opposite."""\n    return -number\n'
    library = Library(Memory(tmp_path))
    library.save(library.plan_save(other), "save negate")
    ending, notes = run(tmp_path, Unattended())
    line = "new: 1 compared (negate), none gives the examples"
    assert ending.status == "done"
    assert f"double: {line}" in notes
    assert line in (tmp_path / "logs_extlib.txt").read_text()
    found = record(Library(Memory(tmp_path)), "double")
    assert found is not None
    assert found.searched == line


def test_unattended_the_old_one_is_kept_when_all_is_equal_and_an_event_says_so(tmp_path: Path) -> None:
    with_one(tmp_path)
    ending, notes = run(tmp_path, Unattended())
    assert (ending.status, ending.saved) == ("done", ())
    assert "def double" not in text(tmp_path)
    assert any("near duplicate twice" in note and "the old one is kept" in note for note in notes)


def test_unattended_both_are_kept_when_they_differ_somewhere(tmp_path: Path) -> None:
    with_one(tmp_path, POSITIVE)
    ending, notes = run(tmp_path, Unattended())
    assert (ending.status, ending.saved) == ("done", ("double",))
    assert "def twice" in text(tmp_path)
    assert any("both are kept" in note for note in notes)


@pytest.mark.parametrize(("key", "names"), [("k", {"twice"}), ("m", {"twice"}), ("b", {"twice", "double"})])
def test_the_person_sees_both_and_where_they_differ_and_decides(key: str, names: set[str], tmp_path: Path) -> None:
    with_one(tmp_path, POSITIVE)
    person = ScriptedPerson(["accept", "accept", Answer("choice", key)])
    ending, _ = run(tmp_path, person)
    assert ending.status == "done"
    asked = person.asked[2]
    assert isinstance(asked, Choose)
    question = asked.title
    assert "return number * 2" in question
    assert "return number + number" in question
    assert "twice gives 0" in question
    assert {function.name for function in Library(Memory(tmp_path)).functions()} == names
    assert ("number * 2" in text(tmp_path)) == (key != "k")


def test_a_merge_keeps_the_tests_of_both_and_names_its_evidence(tmp_path: Path) -> None:
    with_one(tmp_path, POSITIVE)
    run(tmp_path, ScriptedPerson(["accept", "accept", Answer("choice", "m")]))
    tests = (tmp_path / "test_library.py").read_text()
    assert "twice(3) == 6" in tests
    assert "twice(2) == 4" in tests
    found = record(Library(Memory(tmp_path)), "twice")
    assert found is not None
    assert [one.call for one in found.results] == ["twice(2)"]
    assert "merged under the old name" in found.searched


def test_a_resumed_run_does_not_ask_again_which_one_to_keep(tmp_path: Path) -> None:
    with_one(tmp_path)
    first = calls(("write_code", {"step": 1, "why": "x"}))
    then = calls(("save_code", {"why": "accepted"}), ("ask_user", {"question": "Go on?", "why": "to stop"}))
    person = ScriptedPerson(["accept", "accept", Answer("choice", "k"), "quit"])
    settings = Settings(library=str(tmp_path), questions=0, control="model")
    parts = app.parts(settings, ScriptedModel([PLAN, first, GOOD, then]), person, lambda _: None)
    assert app.start("double numbers", parts).status == "interrupted"
    again = ScriptedPerson([Answer("feedback", "yes")])
    rest = calls(("update_plan", {"done": [1], "why": "there"}), ("finish", {"summary": "Done.", "why": "done"}))
    parts = app.parts(settings, ScriptedModel([rest]), again, lambda _: None)
    assert app.resume(Journal.open(tmp_path / ".coder" / app.JOURNAL), parts).status == "done"
    assert len(again.asked) == 1


def test_a_use_whose_result_is_of_another_type_is_not_offered_to_whoever_writes(tmp_path: Path) -> None:
    share = 'def share(text: str) -> float:\n    """The vowels."""\n    return sum(c in "aeiou" for c in text) / 1\n'
    library = Library(Memory(tmp_path))
    library.save(library.plan_save(share, examples=[parse_example("share('ab') == 1.0", "person")]), "save share")
    plan = "1. [ ] total(texts: list[str]) -> int\n   How many vowels the texts have.\n   - total(['ab', 'e']) == 2\n"
    good = f"```python\n{share.replace('share(text: str) -> float', 'total(texts: list[str]) -> int')}```"
    good = good.replace("for c in text) / 1", "for text in texts for c in text)")
    notes: list[str] = []
    model = ScriptedModel([plan, good])
    parts = app.parts(
        Settings(library=str(tmp_path), questions=0), model, Unattended(), lambda event: notes.append(str(event.data))
    )
    assert app.start("count vowels", parts).saved == ("total",)
    asked = str(model.chats[-1])
    assert "share(" in asked
    assert "gives the examples" not in f"{asked}{notes}".replace("none gives the examples", "")
