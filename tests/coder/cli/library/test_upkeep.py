"""Upkeep of a library by its commands: versions, names, archive, report; with real git and the real sandbox."""

import json
from pathlib import Path

import pytest

from coder.cli.main import main
from library.editing.red_mark import MARK, with_mark
from library.evidence.usage import usage
from library.examples.example import parse_example
from library.store import Library
from library.versions import versions
from memory.store import Memory

DOUBLE = 'def double(number: int) -> int:\n    """Return twice the number."""\n    return number * 2\n'
QUAD = (
    'def quadruple(number: int) -> int:\n    """Return four times the number."""\n    return double(double(number))\n'
)


def save(library: Library, code: str, *examples: str, replace: bool = False) -> None:
    change = library.plan_save(code, examples=[parse_example(e) for e in examples], replace=replace)
    library.save(change, f"save {'/'.join(change.added + change.replaced)}")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(Memory(tmp_path / "lib"))
    save(made, DOUBLE, "double(2) == 4")
    save(made, QUAD, "quadruple(2) == 8")
    return made


def run(library: Library, *words: str) -> int:
    return main(["library", words[0], "--library", str(library.memory.root), *words[1:]])


def again(library: Library) -> Library:
    return Library(Memory(library.memory.root))


def test_a_rename_reaches_callers_and_tests(library: Library) -> None:
    assert run(library, "rename", "double", "twice") == 0
    text = again(library).source()
    assert "return twice(twice(number))" in text
    assert "double" not in text.replace("quadruple", "")
    assert "assert twice(2) == 4" in again(library).tests()


def test_one_function_goes_back_and_the_rest_stays(library: Library) -> None:
    save(library, DOUBLE.replace("number * 2", "number + number"), replace=True)
    save(library, 'def half(n: int) -> float:\n    """Half."""\n    return n / 2\n', "half(1) == 0.5")
    assert run(library, "undo", "double") == 0
    text = again(library).source()
    assert "return number * 2" in text
    assert "def half" in text


def test_going_back_is_refused_when_it_would_break_another_function(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    save(library, DOUBLE.replace("number * 2", "number * 2 if number else 7"), "double(0) == 7", replace=True)
    save(library, 'def seven() -> int:\n    """Seven."""\n    return double(0)\n', "seven() == 7")
    before = library.source()
    assert run(library, "undo", "double") == 2
    told = capsys.readouterr().err
    assert "would break" in told
    assert "test_seven__example_1" in told
    assert again(library).source() == before


def test_a_change_of_behaviour_goes_back_with_the_tests_and_the_evidence_of_that_version(library: Library) -> None:
    first = library.memory.write({"evidence/double.json": "{}"}, "evidence")
    assert first is not None
    save(library, DOUBLE.replace("number * 2", "number * 2 if number else 7"), "double(0) == 7", replace=True)
    assert run(library, "undo", "double") == 0
    assert "return number * 2\n" in again(library).source()
    assert "double(2) == 4" in again(library).tests()
    assert "double(0) == 7" not in again(library).tests()
    newer = versions(library, "double")[1].sha
    assert run(library, "restore", "double", "--at", newer) == 0
    assert "else 7" in again(library).source()
    assert "double(0) == 7" in again(library).tests()
    assert run(library, "test") == 0


def test_what_an_undo_took_comes_back_with_its_tests_and_their_helpers(library: Library) -> None:
    half = 'def half(n: int) -> float:\n    """Half."""\n    return n / 2\n'
    tests = "CASES = [(2, 1.0)]\n\ndef test_cases() -> None:\n    for n, r in CASES:\n        assert half(n) == r\n"
    library.save(library.plan_save(half, tests), "save half: halve")
    assert main(["undo", "--library", str(library.memory.root), "--yes"]) == 0
    assert "half" not in again(library).source()
    assert run(library, "restore", "half") == 0
    assert "def half" in again(library).source()
    assert "CASES = " in again(library).tests()
    assert run(library, "test") == 0


def test_a_function_that_came_red_comes_back_red_and_marked(library: Library) -> None:
    red = with_mark(
        'import math\n\n\ndef half(n: int) -> float:\n    """Half."""\n    return n / 3 + 0 * math.pi\n', "half"
    )
    library.save(library.plan_save(red, examples=[parse_example("half(2) == 1.0")]), "save half, although red: halve")
    assert f"{MARK}\ndef half" in library.source()
    green = 'def half(n: int) -> float:\n    """Half."""\n    return n / 2\n'
    save(library, green, replace=True)
    assert MARK not in library.source()
    assert run(library, "undo", "half") == 0
    assert f"{MARK}\ndef half" in again(library).source()
    assert run(library, "rename", "half", "halve") == 0
    assert f"{MARK}\ndef halve" in again(library).source()
    assert run(library, "archive", "halve") == 0
    assert run(library, "restore", "halve") == 0
    assert f"{MARK}\ndef halve" in again(library).source()


@pytest.mark.parametrize("words", [("list",), ("show", "half"), ("search", "half")])
def test_a_listing_says_what_is_red(
    library: Library, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    red = with_mark('def half(n: int) -> float:\n    """Half."""\n    return n / 3\n', "half")
    library.save(library.plan_save(red, examples=[parse_example("half(2) == 1.0")]), "save half, although red: halve")
    assert run(library, *words) == 0
    assert "red" in capsys.readouterr().out.lower()
    assert run(library, *words, "--json") == 0
    assert '"red": true' in capsys.readouterr().out


def test_a_function_without_earlier_version_says_so(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(library, "undo", "double") == 2
    assert "no earlier version" in capsys.readouterr().err


def test_what_nothing_uses_can_be_archived_and_comes_back_with_one_command(library: Library) -> None:
    assert run(library, "archive", "quadruple") == 0
    assert "quadruple" not in again(library).source()
    assert run(library, "restore", "quadruple") == 0
    assert "def quadruple" in again(library).source()


def test_what_is_used_is_not_archived(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(library, "archive", "double") == 2
    assert "used by quadruple" in capsys.readouterr().err
    assert "def double" in again(library).source()


def test_an_earlier_version_can_be_had_by_its_commit(library: Library) -> None:
    first = versions(library, "double")[0].sha
    save(library, DOUBLE.replace("number * 2", "number + number"), replace=True)
    save(library, DOUBLE.replace("number * 2", "sum([number, number])"), replace=True)
    assert run(library, "restore", "double", "--at", first[:10]) == 0
    assert "return number * 2" in again(library).source()


def test_the_report_counts_calls_in_work_that_was_kept_and_tells_taken_back_ones_apart(library: Library) -> None:
    save(
        library, 'def eight(n: int) -> int:\n    """Eight times."""\n    return quadruple(double(n))\n', "eight(1) == 8"
    )
    rows = {row.name: row for row in usage(library)}
    assert set(rows["double"].callers) == {"quadruple", "eight"}
    assert rows["double"].same_day == 2
    library.memory.undo()
    rows = {row.name: row for row in usage(again(library))}
    assert set(rows["double"].callers) == {"quadruple"}
    assert rows["double"].reverted == 1
    assert "eight" not in rows


def test_the_report_is_for_people_and_programs(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(library, "report") == 0
    assert "double" in capsys.readouterr().out
    assert run(library, "report", "--json") == 0
    assert '"callers": {"quadruple"' in capsys.readouterr().out


def test_the_history_says_what_each_version_changed_for_its_callers(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    half = 'def half(n: int) -> float:\n    """Half."""\n    return n / 2\n'
    save(library, half, "half(1) == 0.5")
    save(library, half.replace("n / 2", "0.5 * n"), replace=True)
    save(library, half.replace("n: int", "n: int, digits: int"), replace=True)
    assert run(library, "show", "half", "--diff") == 0
    shown = capsys.readouterr().out
    assert shown.count("breaks calls: parameter digits was added as required") == 1
    assert "half(n: int) -> float became half(n: int, digits: int) -> float" in shown
    assert "-    return n / 2\n+    return 0.5 * n" in shown
    assert run(library, "show", "half", "--json") == 0
    history = json.loads(capsys.readouterr().out)["history"]
    assert [len(version["api"]) for version in history] == [2, 0, 0]
