"""The library over real files and git: saves with their tests, removals, new names, versions, files in pieces."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import library
from library.change import Change
from library.errors import NameTaken, SourceError
from library.examples.example import parse_example
from library.source.function import parse
from library.store import Library
from library.suite.jobs import prepared
from library.suite.suite import Suite
from library.versions import versions
from memory.store import Memory

DURATION = '''
import re


def parse_duration(text: str) -> int:
    """Seconds of an ISO 8601 duration.

    >>> parse_duration("P1D")
    86400
    """
    return _days(text) * 86400


def _days(text: str) -> int:
    return int(re.sub(r"\\\\D", "", text))
'''.replace("\\\\", "\\")
TESTS = """
import pytest
from library import parse_duration

def test_parse_duration_refuses_nothing():
    with pytest.raises(ValueError):
        parse_duration("")

@pytest.mark.parametrize("days", [1, 22])
def test_days(days):
    assert parse_duration(f"P{days}D") == days * 86400
"""
HOURS = '''
def hours(text: str) -> float:
    """Hours of an ISO 8601 duration."""
    return parse_duration(text) / 3600
'''


RUNNER = """
import json, sys, types
found = {}
for name, setup, code in json.load(sys.stdin):
    try:
        library = sys.modules["library"] = types.ModuleType("library")
        sys.modules.pop("test_library", None)
        exec(setup + "\\n" + code, library.__dict__)
        found[name] = ""
    except BaseException as error:
        found[name] = f"{type(error).__name__}: {error}".strip(": ")
print(json.dumps(found))
"""


@pytest.fixture
def store(tmp_path: Path) -> Library:
    memory = Memory(tmp_path / "lib")
    memory.create()
    return Library(memory)


def save(store: Library, code: str, tests: str = "", *examples: str, replace: bool = False) -> Change:
    change = store.plan_save(code, tests, examples=[parse_example(text) for text in examples], replace=replace)
    store.save(change, "save")
    return change


def run_jobs(change: Change) -> dict[str, str]:
    """Each test in a namespace of its own: "" or the error. The code is this file's own, the process another."""
    done = subprocess.run(
        [sys.executable, "-c", RUNNER], input=json.dumps(change.jobs()), capture_output=True, text=True
    )
    return json.loads(done.stdout)


def pytest_in(store: Library) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=store.path.parent, capture_output=True, text=True, env=environment).stdout


def test_an_empty_library_has_nothing_and_no_problem(store: Library) -> None:
    assert store.functions() == ()
    assert store.problem() is None
    assert store.search("anything") == []
    assert store.get("f") is None
    assert versions(store, "f") == []
    assert store.tests_for(["f"]) == ""


def test_a_save_is_one_commit_of_function_and_tests(store: Library) -> None:
    save(store, DURATION, TESTS, "parse_duration('P2D') == 172800")
    assert [function.name for function in store.functions()] == ["parse_duration", "_days"]
    commits = store.memory.history()
    assert [commit.kind for commit in commits] == ["save"]
    assert {"library.py", "test_library.py"} <= set(commits[0].files)


def test_the_saved_tests_run_with_plain_pytest(store: Library) -> None:
    save(store, DURATION, TESTS, "parse_duration('P2D') == 172800", "parse_duration('x') raises ValueError")
    save(store, HOURS, "", "hours('P1D') == 24.0")
    assert "6 passed" in pytest_in(store)


def test_tests_are_named_after_their_function_and_say_who_said_so(store: Library) -> None:
    example = parse_example("parse_duration('P2D') == 172800", "person", "2026-11-21T09:30:00+00:00")
    change = store.plan_save(DURATION, TESTS, examples=[example])
    assert change.run == (
        "test_parse_duration__refuses_nothing",
        "test_parse_duration__days",
        "test_parse_duration__example_1",
    )
    assert "    # from: person, 2026-11-21\n" in change.tests
    assert change.tests.startswith('"""Tests of library.py')


def test_planning_writes_nothing(store: Library) -> None:
    change = store.plan_save(DURATION, TESTS)
    assert "+def parse_duration(text: str) -> int:" in change.diff
    assert "+def test_parse_duration__days(days):" in change.diff
    assert (change.added, change.replaced) == (("_days", "parse_duration"), ())
    assert store.source() == store.tests() == ""


def test_a_change_says_which_tests_to_run_its_own_and_its_dependents(store: Library) -> None:
    save(store, DURATION, TESTS)
    save(store, HOURS, "", "hours('P1D') == 24.0")
    save(store, "def other(): return 1\n", "", "other() == 1")
    change = store.plan_save("def parse_duration(text): return _days(re.sub('W', '', text))\n", replace=True)
    assert change.affected == ("hours",)
    assert set(change.run) == {
        "test_parse_duration__refuses_nothing",
        "test_parse_duration__days",
        "test_hours__example_1",
    }


def test_a_changed_helper_or_constant_reaches_what_depends_on_it(store: Library) -> None:
    save(store, "RATE = 2\n\ndef cost(x): return _apply(x)\n\ndef _apply(x): return x * RATE\n", "", "cost(1) == 2")
    change = store.plan_save("RATE = 3\n", replace=True)
    assert set(change.affected) == {"cost", "_apply"}
    assert change.run == ("test_cost__example_1",)
    assert store.dependents("RATE") == ("cost", "_apply")


def test_each_test_can_be_run_by_itself(store: Library) -> None:
    change = save(store, DURATION, TESTS, "parse_duration('P2D') == 172800")
    assert run_jobs(change) == dict.fromkeys(change.run, "")
    broken = store.plan_save("def parse_duration(text): return 1\n", replace=True)
    assert run_jobs(broken)["test_parse_duration__days"] == "AssertionError"
    assert "DID NOT RAISE" in run_jobs(broken)["test_parse_duration__refuses_nothing"]


def test_a_job_holds_only_what_its_tests_need(store: Library) -> None:
    save(store, "def other(): return 1\n", "", "other() == 1")
    save(store, DURATION, TESTS)
    suite = Suite(parse(store.tests()), "library")
    setup, jobs = prepared(store.parsed(), suite, suite.tests({"parse_duration"}))
    assert [name for name, _ in jobs] == ["test_parse_duration__refuses_nothing", "test_parse_duration__days"]
    assert "other" not in setup
    assert "from library" not in setup


def test_a_persons_tests_run_however_they_import_the_library(store: Library) -> None:
    save(store, DURATION, "")
    person = """
        import library as lib
        from library import parse_duration as parse

        def _days(n): return n * 86400

        def test_mine():
            assert lib.parse_duration("P1D") == parse("P1D") == _days(1)

        class TestMore:
            def test_two(self): assert parse("P2D") == _days(2)
        """
    store.memory.write({"test_library.py": textwrap.dedent(person)}, "mine")
    change = store.plan_save(DURATION.replace("* 86400", "* 86_400"), replace=True)
    assert run_jobs(change) == {"test_mine": "", "TestMore::test_two": ""}


def test_tests_with_fixtures_are_left_to_pytest(store: Library) -> None:
    save(store, DURATION, "def test_file(tmp_path):\n    assert parse_duration('P1D')\n")
    change = store.plan_save(DURATION.replace("* 86400", "* 86_400"), replace=True)
    assert change.by_pytest == ("test_parse_duration__file",)
    assert change.jobs() == []


def test_examples_bring_the_imports_that_they_need(store: Library) -> None:
    code = "from datetime import date\n\ndef year(day: date) -> int:\n    return day.year\n"
    change = save(store, code, "", "year(date(2020, 1, 2)) == 2020", "year(json) raises AttributeError")
    assert "from datetime import date\n" in change.tests
    assert "import json\n" in change.tests
    assert set(run_jobs(change).values()) == {""}


def test_looking_at_a_folder_that_is_not_there_makes_none(tmp_path: Path) -> None:
    store = Library(Memory(tmp_path / "nowhere"))
    assert store.functions() == ()
    assert store.search("anything") == []
    assert not (tmp_path / "nowhere").exists()


def test_saving_again_adds_only_new_examples(store: Library) -> None:
    save(store, DURATION, TESTS, "parse_duration('P2D') == 172800")
    before = store.tests()
    changed = DURATION.replace("* 86400", "* 86_400")
    save(store, changed, TESTS.replace('""', "''"), "parse_duration('P2D') == 172800", replace=True)
    assert store.tests() == before
    save(store, changed, "", "parse_duration('P3D') == 259200", replace=True)
    assert store.tests().startswith(before)
    assert "def test_parse_duration__example_2() -> None:" in store.tests()


def test_earlier_tests_of_a_replaced_function_go_only_when_told_so(store: Library) -> None:
    save(store, DURATION, TESTS)
    store.memory.write(
        {"test_library.py": store.tests() + "\n\ndef test_mine():\n    assert parse_duration('P1D')\n"}, "mine"
    )
    change = store.plan_save(
        "def parse_duration(text): return 7\n",
        examples=[parse_example("parse_duration('') == 7")],
        replace=True,
        keep_tests=False,
    )
    assert set(change.run) == {"test_mine", "test_parse_duration__example_1"}
    assert "def test_mine():\n    assert parse_duration('P1D')\n" in change.tests


def test_two_models_tests_of_one_name_both_live(store: Library) -> None:
    save(store, DURATION, "CASE = 1\n\ndef test_ok():\n    assert parse_duration(f'P{CASE}D')\n")
    save(store, HOURS, "CASE = 2\n\ndef test_ok():\n    assert hours(f'P{CASE}D') == 48\n")
    save(store, HOURS + "# more\n", "def test_hours__ok():\n    assert hours('P4D') == 96\n", replace=True)
    assert "3 passed" in pytest_in(store)
    assert "CASE_2 = 2" in store.tests()
    assert "def test_hours__ok_2():" in store.tests()


def test_a_taken_name_is_refused_and_a_taken_helper_renamed(store: Library) -> None:
    save(store, DURATION)
    with pytest.raises(NameTaken, match="parse_duration"):
        store.plan_save("def parse_duration(): pass\n")
    change = store.plan_save("def weeks(text): return _days(text) // 7\n\ndef _days(text): return 14\n")
    assert change.renamed == (("_days", "_days_2"),)


def test_two_saves_that_met_are_both_kept(store: Library) -> None:
    first = store.plan_save("def one(): return 1\n", "def test_one():\n    assert one() == 1\n")
    second = Library(store.memory).plan_save("def two(): return 2\n", "def test_two():\n    assert two() == 2\n")
    Library(store.memory).save(second, "two")
    store.save(first, "one")
    assert [function.name for function in store.functions()] == ["two", "one"]
    assert "def test_one__works" in store.tests()
    assert "def test_two__works" in store.tests()


def test_a_save_planned_on_an_old_library_that_no_longer_fits_is_refused(store: Library) -> None:
    first = store.plan_save("def one(): return 1\n")
    save(Library(store.memory), "def one(): return 'other'\n")
    with pytest.raises(NameTaken):
        store.save(first, "one")


def test_the_same_key_saves_once(store: Library) -> None:
    change = store.plan_save(HOURS)
    made = store.save(change, "hours", "key-1")
    assert store.save(change, "hours", "key-1") == made == store.saved("key-1")
    assert store.saved("key-2") is None
    assert len(store.memory.history()) == 1


def test_processes_that_save_at_once_lose_nothing(store: Library) -> None:
    script = """
import sys
from pathlib import Path
from library.store import Library
from memory.store import Memory
who, root = sys.argv[1:]
for number in range(4):
    store = Library(Memory(Path(root)))
    name = f"{who}{number}"
    test = f"def test_x():\\n    assert {name}() == {number}\\n"
    store.save(store.plan_save(f"def {name}(): return {number}\\n", test), name)
"""
    root, path = str(store.memory.root), str(Path(library.__file__).parent.parent)
    processes = [subprocess.Popen([sys.executable, "-c", script, who, root], cwd=path) for who in "abc"]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert sorted(function.name for function in store.functions()) == sorted(f"{w}{n}" for w in "abc" for n in range(4))
    assert store.tests().count("def test_") == 12


def test_removing_takes_tests_helpers_and_imports_along(store: Library) -> None:
    save(store, "def first(): return 1\n", "", "first() == 1")
    before = (store.source(), store.tests())
    save(store, DURATION, TESTS, "parse_duration('P2D') == 172800")
    change = store.plan_remove("parse_duration")
    store.save(change, "remove")
    assert change.removed == ("_days", "parse_duration", "re")
    assert (store.source(), store.tests()) == before


def test_what_is_still_used_is_not_removed(store: Library) -> None:
    save(store, DURATION)
    save(store, HOURS)
    with pytest.raises(SourceError, match="used by hours"):
        store.plan_remove("parse_duration")
    store.memory.write(
        {"test_library.py": "from library import hours\n\ndef test_mine(): assert hours('P1D')\n"}, "mine"
    )
    with pytest.raises(SourceError, match="used by the tests test_mine"):
        store.plan_remove("hours")


def test_renaming_rewrites_callers_tests_and_doctests(store: Library) -> None:
    save(store, DURATION, TESTS, "parse_duration('P2D') == 172800")
    save(store, HOURS, "", "hours('P1D') == 24.0")
    change = store.plan_rename("parse_duration", "seconds")
    store.save(change, "rename")
    assert "parse_duration" not in store.source() + store.tests()
    assert '>>> seconds("P1D")' in store.source()
    assert "def test_seconds__days(days):" in store.tests()
    assert "test_hours__example_1" in change.run
    assert set(run_jobs(change).values()) == {""}
    with pytest.raises(NameTaken):
        store.plan_rename("hours", "seconds")


def test_a_functions_versions_are_the_commits_that_changed_it(store: Library) -> None:
    for number in range(3):
        store.save(store.plan_save(f"def f(): return {number}\n", replace=True), f"f is {number}")
        store.save(store.plan_save(f"def g{number}(): return {number}\n"), f"g{number}")
    assert [commit.why for commit in versions(store, "f")] == ["f is 2", "f is 1", "f is 0"]
    assert [commit.why for commit in versions(store, "g1")] == ["g1"]
    store.save(store.plan_remove("f"), "no f")
    assert [commit.why for commit in versions(store, "f")] == ["no f", "f is 2", "f is 1", "f is 0"]


def test_one_example_is_shown_a_persons_first(store: Library) -> None:
    save(store, DURATION, TESTS)
    assert store.example("parse_duration") == 'parse_duration("P1D") == 86400', "the docstring's, before an error"
    save(
        store,
        "def hour(t):\n    return int(t)\n",
        "def test_odd():\n    with pytest.raises(ValueError):\n        hour('')\n",
    )
    assert store.example("hour") == "hour('') raises ValueError"
    save(store, DURATION + "# b\n", "", "parse_duration('P2D') == 172800", replace=True)
    assert store.example("parse_duration") == "parse_duration('P2D') == 172800"
    example = parse_example("parse_duration('P9D') == 777600", "person")
    store.save(store.plan_save(DURATION, examples=[example], replace=True), "again")
    assert store.example("parse_duration") == "parse_duration('P9D') == 777600"
    assert store.example("nobody") == ""


def test_hand_edits_are_seen_at_once_and_kept(store: Library) -> None:
    save(store, DURATION)
    text = store.source() + "\n\n# my own\ndef mine(x):\n    return   x\n"
    store.path.write_text(text)
    assert store.get("mine") is not None
    save(store, HOURS)
    assert store.source() == text + "\n\n" + HOURS.lstrip("\n")


@pytest.mark.parametrize("broken", ["\n<<<<<<< HEAD\ndef x(:\n", "\ndef x(:\n    pass\n", "\nx = '''\n"])
def test_a_broken_library_is_reported_with_its_line_and_everything_else_goes_on(store: Library, broken: str) -> None:
    save(store, DURATION, TESTS)
    good = store.source()
    store.path.write_text(good + broken)
    for reader in (store, Library(store.memory)):
        problem = reader.problem()
        assert problem is not None
        assert f"line {good.count(chr(10)) + 2}:" in str(problem)
        assert [function.name for function in reader.functions()] == ["parse_duration", "_days"]
        assert [hit.function.name for hit in reader.search("seconds of a duration")] == ["parse_duration"]
        assert reader.get("parse_duration") is not None
        assert reader.good_source() == good
        assert reader.tests_for(["parse_duration"])
        with pytest.raises(SourceError, match="line"):
            reader.plan_save(HOURS)
    store.path.write_text(good)
    assert store.problem() is None
    save(store, HOURS)


def test_a_broken_library_without_an_index_falls_back_to_its_history(store: Library) -> None:
    save(store, DURATION)
    store.path.write_text("def x(:\n")
    (store.memory.private / "index.db").unlink()
    reader = Library(store.memory)
    assert reader.problem() is not None
    assert [function.name for function in reader.functions()] == ["parse_duration", "_days"]


def test_an_edit_is_seen_although_the_file_looks_settled(store: Library) -> None:
    save(store, DURATION)
    for number, name in enumerate(("first", "other", "third")):
        text = f"def {name}(): return {number}\n"
        store.path.write_text(text)
        os.utime(store.path, (1_000_000_000 + number, 1_000_000_000 + number))
        for _ in range(
            3
        ):  # the first look makes the index, the second notes how the file looks, the third relies on it
            reader = Library(store.memory)
            assert [hit.function.name for hit in reader.search(name)] == [name]
            assert reader.get(name) is not None


def test_a_folder_that_cannot_be_written_can_still_be_read_and_searched(tmp_path: Path) -> None:
    (tmp_path / "library.py").write_text(DURATION)
    (tmp_path / ".coder").write_text("a file where the folder should be")
    store = Library(Memory(tmp_path))
    assert [function.name for function in store.functions()] == ["parse_duration", "_days"]
    assert [hit.function.name for hit in store.search("duration")] == ["parse_duration"]
