"""Evidence follows its function: saved with it in one commit, renamed, archived, taken back; shown by a command."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from coder import app
from coder.cli.main import main
from coder.model.model import Reply, Scripted, ScriptedModel, Turn, says
from coder.people.person import Person
from coder.people.scripted import ScriptedPerson
from coder.people.unattended import Unattended
from coder.settings import Settings
from library.evidence.evidence import Evidence, evidence_file, read_evidence
from library.evidence.evidence_files import archived_file, record
from library.store import Library
from memory.store import Memory

PLAN = """1. [ ] double(number: int) -> int
   Return twice the number.
   - double(2) == 4
   - double(0) == 0
"""
GOOD = '''```python
def double(number: int) -> int:
    """Return twice the number."""
    return number * 2
```
'''


def doubled(chat: Sequence[Turn], _tools: object) -> Reply:
    """What a model says that is asked what calls of `double` give."""
    given = re.findall(r"^\d+\. double\((?:number=)?(-?\d+)\)$", str(chat[-1]["content"]), re.MULTILINE)
    return says("\n".join(f"double({number}) == {2 * int(number)}" for number in given))


def grown(folder: Path, person: Person, questions: int = 5, opinion: Sequence[Scripted] = (doubled,)) -> Library:
    """A library that the boss flow has saved `double` in; the opinion is a model's, asked where nobody is there."""
    parts = app.parts(
        Settings(library=str(folder), questions=questions),
        ScriptedModel([PLAN, GOOD, *(() if person.present else opinion)]),
        person,
        lambda _: None,
    )
    assert app.start("double numbers", parts).status == "done"
    return again(parts.library)


def again(library: Library) -> Library:
    return Library(Memory(library.memory.root))


def known(library: Library, name: str) -> Evidence:
    found = record(library, name)
    assert found is not None
    return found


def order(library: Library, *words: str) -> int:
    return main(["library", words[0], "--library", str(library.memory.root), *words[1:]])


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return grown(tmp_path / "lib", Unattended())


def test_evidence_is_in_the_commit_of_the_function_and_its_tests(library: Library) -> None:
    shown = subprocess.run(
        ["git", "-C", str(library.memory.root), "log", "--grep", "save double", "--format=", "--name-only"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"library.py", "test_library.py", "evidence/double.json"} <= set(shown.stdout.split())


def test_unattended_evidence_says_what_was_and_what_was_not_checked(library: Library) -> None:
    found, function = known(library, "double"), library.get("double")
    assert function is not None
    assert found.digest == function.digest
    assert [(one.call, one.got, one.ok) for one in found.results[:2]] == [
        ("double(2)", "4", True),
        ("double(0)", "0", True),
    ]
    assert "--yes" in found.accepted
    assert len(found.checks) > 5
    said = {line.partition(": said by a model that was not shown the draft")[0] for line in found.asked}
    kept = {f"{one.call} == {one.expected}" for one in found.results[2:]}
    assert kept
    assert kept < said, "calls that are no question by themselves are told, and are no examples"
    assert found.unchecked == ()
    assert {"python", "coder", "sandbox"} <= found.versions.keys()


def test_a_draft_whose_examples_are_all_a_models_is_not_saved_unattended_without_a_second_opinion(
    tmp_path: Path,
) -> None:
    settings = Settings(library=str(tmp_path))
    parts = app.parts(settings, ScriptedModel([PLAN, GOOD, "I do not know."]), Unattended(), lambda _: None)
    ending = app.start("double numbers", parts)
    assert (ending.exit_code, ending.saved) == (3, ())
    assert "second opinion" in ending.summary


def test_a_person_who_wants_no_questions_is_named_and_so_is_what_was_left_out(tmp_path: Path) -> None:
    library = grown(tmp_path, ScriptedPerson(["accept", *["accept"] * 9]), questions=0)
    assert known(library, "double").accepted == "the person"
    assert any("switched off" in line for line in known(library, "double").unchecked)


def test_people_and_programs_see_it_with_the_function(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert order(library, "show", "double") == 0
    out = capsys.readouterr().out
    assert "ok  double(2) -> 4" in out
    assert "said by a model that was not shown the draft" in out
    assert order(library, "show", "double", "--json") == 0
    assert json.loads(capsys.readouterr().out)["evidence"]["current"] is True


def test_a_function_changed_by_hand_is_told_from_what_was_judged(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    library.path.write_text(library.source().replace("number * 2", "number + number"))
    assert order(library, "show", "double") == 0
    assert "of an earlier version" in capsys.readouterr().out


def test_a_new_name_takes_the_evidence_along(library: Library) -> None:
    assert order(library, "rename", "double", "twice") == 0
    after = again(library)
    function, found = after.get("twice"), known(after, "twice")
    assert function is not None
    assert found.digest == function.digest
    assert [one.call for one in found.results[:2]] == ["twice(2)", "twice(0)"]
    assert {one.call.partition("(")[0] for one in found.results} == {"twice"}
    assert record(after, "double") is None


def test_the_archive_takes_it_and_gives_it_back_with_its_examples_as_tests(library: Library) -> None:
    before = known(library, "double")
    assert order(library, "archive", "double") == 0
    assert record(library, "double") is None
    assert record(library, "double", archived_file("double")) == before
    assert order(library, "restore", "double") == 0
    assert known(library, "double") == before
    assert "assert double(2) == 4" in again(library).tests()


def test_an_earlier_version_comes_with_its_own_evidence(library: Library) -> None:
    before = known(library, "double")
    change = library.plan_save(GOOD.split("\n", 1)[1].rsplit("```", 1)[0].replace("* 2", "+ number"), replace=True)
    library.save(change, "otherwise", also={evidence_file("double"): Evidence("double", "0", "now").text})
    assert order(again(library), "undo", "double") == 0
    assert known(library, "double") == before


def test_taking_back_a_save_takes_its_evidence_back(library: Library) -> None:
    library.memory.undo()
    assert record(library, "double") is None
    assert "double" not in library.source()


def test_what_is_imported_has_evidence_with_its_origin(tmp_path: Path) -> None:
    module = tmp_path / "numbers_of_mine.py"
    module.write_text(
        'def half(number: int) -> float:\n    """Return half the number.\n\n    >>> half(3)\n    1.5\n    """\n'
        "    return number / 2\n"
    )
    library = Library(Memory(tmp_path / "lib"))
    assert main(["library", "import", str(module), "--yes", "--library", str(library.memory.root)]) == 0
    found = read_evidence(library.memory.read(evidence_file("half")))
    assert found is not None
    assert "numbers_of_mine" in found.origin
    assert [one.source for one in found.results] == ["origin"]
    assert found.mutants > 0
