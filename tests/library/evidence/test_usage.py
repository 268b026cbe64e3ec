"""What is used and what is not: report, counts and the archive of unused functions; real git, journal and sandbox."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coder.cli.library.archive import YOUNG_SAVES, unused
from coder.cli.library.report import FunctionReport, rows_of
from coder.cli.main import main
from coder.run.function_use import UseCount, read_use_counts
from coder.run.journal import JOURNAL, Journal
from library.evidence.evidence import Evidence, Shown
from library.examples.example import parse_example
from library.store import Library
from memory.store import Memory

DOUBLE = 'def double(number: int) -> int:\n    """Return twice the number."""\n    return number * 2\n'
QUAD = 'def quadruple(number: int) -> int:\n    """Return four times it."""\n    return double(double(number))\n'
HALF = 'def half(number: int) -> float:\n    """Return half of it."""\n    return number / 2\n'
OFFER = {"signature": "double(number: int) -> int", "summary": "Return twice the number.", "example": ""}


def save(library: Library, code: str, *examples: str, change: bool = False) -> None:
    made = library.plan_save(code, examples=[parse_example(e, "model") for e in examples], replace=change)
    library.save(made, f"save {'/'.join(made.added + made.replaced)}")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(Memory(tmp_path / "lib"))
    save(made, DOUBLE, "double(2) == 4", "double(0) == 0")
    save(made, QUAD, "quadruple(2) == 8")
    save(made, HALF, "half(2) == 1.0")
    return made


def coder(library: Library, *words: str) -> int:
    return main(["library", words[0], "--library", str(library.memory.root), *words[1:]])


def told(library: Library, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert coder(library, *words) == 0
    return capsys.readouterr().out


def row(library: Library, name: str) -> FunctionReport:
    return next(row for row in rows_of(Library(Memory(library.memory.root)))[0] if row.name == name)


def journal(library: Library, goal: str = "a goal") -> Journal:
    return Journal.create(library.memory.private / JOURNAL, goal, {})


def record(run: Journal, name: str, value: object, place: str = "") -> None:
    run.effect(name, lambda: value, place=place, strand=place)


def test_a_run_counts_once_for_what_it_was_offered_and_read_however_often_that_was(library: Library) -> None:
    for _ in range(2):
        with journal(library) as run:
            record(run, "memory", {"plan": "", "relevant": [OFFER], "functions": 3})
            record(run, "model:plan", {"text": "the plan"})
            record(run, "search", [OFFER, {"signature": "async half(number: int) -> float"}])
            record(run, "model:code", {"text": "the code"})
            record(run, "memory", {"plan": "", "relevant": [{"signature": "nobody(sees: this)"}], "functions": 3})
            record(run, "read", ["double"])
            record(run, "read", {"names": ["double"]})
    counts = read_use_counts(library.memory.private / JOURNAL)
    assert (counts["double"].offered, counts["double"].read) == (2, 2)
    assert (counts["half"].offered, counts["half"].read) == (2, 0)
    assert set(counts) == {"double", "half"}


def test_of_drafts_side_by_side_each_counts_what_it_was_offered_itself(library: Library) -> None:
    with journal(library) as run:
        record(run, "search", [OFFER], "boss/a")
        record(run, "search", [{"signature": "half(number: int) -> float"}], "boss/b")
        record(run, "model:code", {"text": "the code"}, "boss/a")
    assert set(read_use_counts(library.memory.private / JOURNAL)) == {"double"}, "b was killed before it asked"


def test_what_was_taken_instead_of_being_written_again_counts_only_if_the_person_took_it(library: Library) -> None:
    for key in ("u", "w"):
        with journal(library) as run:
            record(run, "reuse", {"gives": ["double", "quadruple"], "looked": ["half"], "there": False, "functions": 3})
            record(run, "person:reuse", {"verdict": "choice", "text": key})
    with journal(library) as run:
        record(run, "reuse", {"gives": [], "looked": ["half"], "there": False, "functions": 3})
        record(run, "twins", [{"name": "double", "why": "equal"}])
        record(run, "person:twin", {"verdict": "choice", "text": "k"})
    counts = read_use_counts(library.memory.private / JOURNAL)
    assert counts["double"].taken == 2
    assert set(counts) == {"double"}


def test_a_run_that_was_killed_has_told_all_that_it_did(library: Library) -> None:
    process = os.fork()
    if not process:
        run = journal(library)
        record(run, "search", [OFFER])
        record(run, "model:code", {"text": "the code"})
        os.kill(os.getpid(), 9)
    os.waitpid(process, 0)
    assert read_use_counts(library.memory.private / JOURNAL) == {"double": replace(UseCount(1), last=row_last(library))}


def row_last(library: Library) -> str:
    return row(library, "double").told.last


def test_a_library_without_runs_has_no_use_counts(library: Library) -> None:
    assert read_use_counts(library.memory.private / JOURNAL) == {}


def test_a_damaged_journal_is_said_and_the_report_goes_on(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    (library.memory.private / JOURNAL).write_bytes(b"no database" * 1000)
    assert coder(library, "report") == 0
    said = capsys.readouterr()
    assert "without what was offered and read" in said.err
    assert "quadruple" in said.out
    assert coder(library, "archive", "--unused") == 2


def test_a_function_keeps_its_record_under_a_new_name(library: Library) -> None:
    with journal(library) as run:
        record(run, "search", [OFFER])
        record(run, "model:code", {"text": "the code"})
    before = row(library, "double").usage.saved
    assert coder(library, "rename", "double", "twice") == 0
    now = row(library, "twice")
    assert now.usage.saved == before
    assert now.told.offered == 1
    assert set(now.usage.callers) == {"quadruple"}
    assert coder(library, "rename", "quadruple", "fourfold") == 0
    assert set(row(library, "twice").usage.callers) == {"fourfold"}


def test_a_call_that_goes_back_with_its_caller_is_told_as_reverted(library: Library) -> None:
    save(library, HALF.replace("number / 2", "double(number) / 4"), change=True)
    assert set(row(library, "double").usage.callers) == {"quadruple", "half"}
    assert coder(library, "undo", "half") == 0
    usage = row(library, "double").usage
    assert set(usage.callers) == {"quadruple"}
    assert usage.reverted == 1


def test_the_report_says_what_is_weak_about_tests(library: Library) -> None:
    assert row(library, "half").weak == ["1 test", "nobody but the model says what is right"]
    function = library.get("double")
    assert function is not None
    said = (Shown("double(2)", "4", "4", ok=True, source="person"),)
    known = Evidence("double", function.digest, "", said, mutants=8, killed=6, surviving=("line 3: a", "line 3: b"))
    library.memory.write({"evidence/double.json": known.text}, "evidence")
    assert row(library, "double").weak == ["2 of 8 small changes would not be noticed: line 3: a, and 1 more"]
    library.memory.write({"evidence/double.json": replace(known, digest="0" * 12).text}, "evidence")
    assert row(library, "double").weak == ["judged in an earlier version"]
    library.memory.write({"evidence/double.json": "{"}, "evidence")
    assert "is no evidence" in row(library, "double").weak[0]


def test_the_report_tells_duplicates_unused_ones_and_what_a_change_concerns(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    save(library, 'def twofold(count: int) -> int:\n    """Two times."""\n    return 2 * count\n', "twofold(1) == 2")
    text = told(library, capsys, "report")
    assert "double ~ twofold: same" in text
    assert "double: quadruple" in text
    assert "Never called, read or taken" in text
    data = json.loads(told(library, capsys, "report", "--json"))
    same = [(pair["a"], pair["b"]) for pair in data["duplicates"] if pair["kind"] != "near"]
    assert same == [("double", "twofold")]
    rows = {one["name"]: one for one in data["functions"]}
    assert rows["double"]["breaks"] == ["quadruple"]
    assert (rows["double"]["same_day"], rows["double"]["later"]) == (1, 0)
    assert [name for name, one in rows.items() if one["unused"]] == ["quadruple", "half", "twofold"]


# -- archive


def many_saves(library: Library) -> None:
    for number in range(YOUNG_SAVES):
        save(library, HALF.replace("half", "last").replace("/ 2", f"/ {number + 1}"), change=number > 0)


def names(library: Library, days: int) -> tuple[list[str], list[str]]:
    fresh = Library(Memory(library.memory.root))
    found = unused(rows_of(fresh)[0], fresh, now=datetime.now(UTC) + timedelta(days=days))
    return [row.name for row in found.old], [row.name for row in found.young]


def test_unused_functions_are_proposed_once_they_are_old_in_days_and_in_saves(library: Library) -> None:
    assert names(library, 40) == ([], ["quadruple", "half"])
    many_saves(library)
    assert names(library, 1) == ([], ["quadruple", "half", "last"])
    assert names(library, 40) == (["quadruple", "half"], ["last"])


def test_what_is_read_taken_kept_or_tested_by_others_is_not_proposed(library: Library) -> None:
    save(library, "# keep: the invoices need it\n" + HALF.replace("half", "third").replace("/ 2", "/ 3"))
    many_saves(library)
    with journal(library) as run:
        record(run, "read", ["half"])
    library.memory.write(
        {"test_library.py": library.tests() + "\n\ndef test_mine() -> None:\n    assert quadruple(1) == 4\n"}, "by hand"
    )
    assert names(library, 40)[0] == []


def test_archiving_moves_all_that_is_proposed_after_one_yes_and_restore_brings_each_back(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    many_saves(library)
    shown = told(library, capsys, "archive", "--unused", "--days", "0")
    assert "quadruple" in shown
    assert "double" not in shown
    assert "nobody is here to say yes" in shown
    assert Library(Memory(library.memory.root)).get("half") is not None
    done = told(library, capsys, "archive", "--unused", "--days", "0", "-y")
    assert "half: archived; back with coder library restore half" in done
    left = Library(Memory(library.memory.root))
    assert [function.name for function in left.functions()] == ["double", "last"]
    assert [commit.title for commit in left.memory.history(limit=3)][:2] == ["archive half", "archive quadruple"]
    assert "half" in told(library, capsys, "search", "half")
    assert coder(library, "show", "half") == 2
    assert "coder library restore half" in capsys.readouterr().err
    assert coder(library, "restore", "half") == 0
    shown = told(library, capsys, "show", "half")
    assert "test_half__example_1" in shown  # its tests are back with it
    assert "archive" not in told(library, capsys, "search", "half")
    assert "half" in names(library, 40)[1]  # back again, it is young again


def test_archive_wants_names_or_unused_and_not_both(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert coder(library, "archive") == 2
    assert coder(library, "archive", "half", "--unused") == 2
    assert "--unused" in capsys.readouterr().err
