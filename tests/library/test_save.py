"""Save: what an edit could break is tested before it is kept; with real git and the real sandbox."""

from pathlib import Path

import pytest

from benchmarks import impact as bench
from benchmarks.corpus import data_folder
from library.examples.example import parse_example
from library.sandbox import Sandbox
from library.save import save_change
from library.store import Library
from memory.store import Memory

DOUBLE = 'def double(number: int) -> int:\n    """Return twice the number."""\n    return number * 2\n'
QUAD = (
    'def quadruple(number: int) -> int:\n    """Return four times the number."""\n    return double(double(number))\n'
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(Memory(tmp_path / "lib"))
    save(made, DOUBLE, "double(2) == 4")
    save(made, QUAD, "quadruple(2) == 8")
    return made


def save(library: Library, code: str, *examples: str) -> None:
    library.save(library.plan_save(code, examples=[parse_example(e) for e in examples]), "save")


def with_tests(library: Library, tests: str) -> None:
    library.memory.write({"test_library.py": library.tests() + tests}, "tests by hand")


def plan(library: Library, code: str):
    return library.plan_save(code, replace=True)


def test_a_change_that_breaks_a_dependent_is_not_written(library: Library, sandbox: Sandbox) -> None:
    before = library.source()
    with_tests(library, "\n\ndef test_odd() -> None:\n    assert quadruple(1) == 4\n")
    done = save_change(library, lambda: plan(library, DOUBLE.replace("* 2", "+ 2")), sandbox, "other")
    assert done.sha == ""
    assert any(line.startswith("test_odd: ") for line in done.impact.red)
    assert library.source() == before


def test_a_test_that_takes_the_library_as_a_whole_runs_with_every_change(library: Library, sandbox: Sandbox) -> None:
    with_tests(
        library,
        "\n\nimport library\n\n\ndef test_by_name() -> None:\n"
        '    for name in ("dou" + "ble", "quadruple"):\n        assert getattr(library, name)(3) in (6, 12)\n',
    )
    good = plan(library, DOUBLE.replace("number * 2", "number + number"))
    assert "test_by_name" in good.run
    assert save_change(library, lambda: good, sandbox, "the same").impact.red == ()
    bad = plan(library, DOUBLE.replace("number * 2", "number * 2 if number != 3 else 7"))
    assert save_change(library, lambda: bad, sandbox, "other").sha == ""


def test_tests_that_only_pytest_can_run_are_red_when_pytest_does_not_come_to_them(
    library: Library, sandbox: Sandbox
) -> None:
    with_tests(library, "\n\ndef test_here(tmp_path) -> None:\n    assert double(len(tmp_path.name)) > 0\n")
    library.memory.write({"library.py": library.source() + "\n\nNOTHING = quadruple.nothing\n"}, "by hand")
    change = plan(library, DOUBLE.replace("number * 2", "number + number"))
    assert change.by_pytest == ("test_here",)
    done = save_change(library, lambda: change, sandbox, "the same")
    assert done.sha == ""
    assert any(line.startswith("test_here: ") for line in done.impact.red)


def test_a_constant_that_cannot_be_made_is_not_written_although_no_test_is_about_it(
    library: Library, sandbox: Sandbox
) -> None:
    done = save_change(library, lambda: plan(library, DOUBLE + "\n\nNOTHING = double.nothing\n"), sandbox, "no import")
    assert done.sha == ""
    assert done.impact.red[0].startswith("import of library.py: AttributeError")
    save(library, DOUBLE.replace("double", "triple") + "\n\nSIX = [triple(2)]\n")
    refused = DOUBLE.replace("double", "triple").replace("return", "if number:\n        raise ValueError\n    return")
    assert save_change(library, lambda: plan(library, refused), sandbox, "no six").sha == ""
    assert "raise" not in library.source()


def test_what_a_killed_process_has_kept_is_found_by_its_key_and_not_made_again(
    library: Library, sandbox: Sandbox
) -> None:
    triple = DOUBLE.replace("double", "triple")
    first = save_change(library, lambda: library.plan_save(triple), sandbox, "save triple", key="run-save-3")
    assert first.commit is not None and first.change is not None
    opened = Library(Memory(library.memory.root))
    again = save_change(opened, lambda: opened.plan_save(triple), sandbox, "save triple", key="run-save-3")
    assert (again.commit, again.change) == (first.commit, None)
    assert opened.memory.history()[0] == first.commit


def test_what_goes_along_is_made_for_the_change_as_it_is_written(library: Library, sandbox: Sandbox) -> None:
    change = library.plan_save(DOUBLE.replace("double", "triple"))
    library.memory.write({"library.py": library.source() + "\n\nTHREE = 3\n"}, "by hand")
    done = save_change(
        library, lambda: change, sandbox, lambda found: f"{found.ran} run", lambda now: {"whole.txt": now.library}
    )
    assert done.commit is not None and done.commit.why == "0 run"
    assert library.memory.read("whole.txt") == library.source()
    assert "THREE = 3" in library.source() and "def triple" in library.source()


def test_a_skipped_test_stops_nothing(library: Library, sandbox: Sandbox) -> None:
    with_tests(
        library,
        '\n\nimport pytest\n\n\n@pytest.mark.skip(reason="later")\n'
        "def test_later() -> None:\n    assert double(1) == 3\n",
    )
    done = save_change(
        library, lambda: plan(library, DOUBLE.replace("number * 2", "number + number")), sandbox, "the same"
    )
    assert done.sha
    assert done.impact.ran == 3


def test_what_changed_since_the_plan_is_tested_along_with_it(library: Library, sandbox: Sandbox) -> None:
    change = plan(library, DOUBLE.replace("number * 2", "number * 2 if number < 9 else 0"))
    with_tests(library, "\n\ndef test_nine() -> None:\n    assert quadruple(9) == 36\n")
    assert "test_nine" not in change.run
    done = save_change(library, lambda: change, sandbox, "other")
    assert done.change is not None and "test_nine" in done.change.run
    assert any(line.startswith("test_nine: ") for line in done.impact.red)
    assert done.sha == ""


def test_scripted_edits_to_functions_with_dependents_never_leave_a_red_commit(tmp_path: Path) -> None:
    try:
        data_folder()
    except SystemExit:
        pytest.skip("needs the data files of the benchmarks; CODER_DATA names their folder")
    totals, commits, red = bench.measure(tmp_path / "lib", edits=20, pairs=24, seed=3)
    assert totals.breaking > 4
    assert totals.breaking_stopped == totals.breaking
    assert totals.harmless_saved == totals.harmless
    assert totals.not_run == 0
    assert commits == totals.commits + 1
    assert red == 0
