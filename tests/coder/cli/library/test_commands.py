"""What all commands of `coder library` have in common: the settings that they go by, and options before the command."""

import os
from pathlib import Path

import pytest
from program import Program

from library.examples.example import parse_example
from library.store import Library
from library.versions import versions
from memory.store import Memory

DOUBLE = 'def double(number: int) -> int:\n    """Return twice the number."""\n    return number * 2\n'
TWICE = 'def twice(number: int) -> int:\n    """Return double the number."""\n    return number + number\n'
LEAVES = "def test_double__leaves_a_file() -> None:\n    open({path!r}, 'w').close()\n    assert double(1) == 2\n"


@pytest.fixture
def coder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The command with a library of two functions; a test of one of them writes a file outside the sandbox."""
    program = Program(tmp_path / "work")
    monkeypatch.setenv("HOME", program.environment["HOME"])
    library = Library(Memory(program.library))
    tests = LEAVES.format(path=str(tmp_path / "left"))
    library.save(library.plan_save(DOUBLE, tests, examples=[parse_example("double(2) == 4")]), "save double")
    library.save(library.plan_save(TWICE, examples=[parse_example("twice(2) == 4")]), "save twice")
    (program.folder / "more.py").write_text(
        'def third(n: int) -> float:\n    """A third.\n\n    >>> third(3)\n    1.0\n    """\n    return n / 3\n'
    )
    return program


def without_bubblewrap(folder: Path) -> str:
    """A PATH whose bubblewrap does not work, so that the level L3 cannot be had."""
    folder.mkdir()
    (folder / "bwrap").write_text("#!/bin/sh\necho 'bubblewrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    (folder / "bwrap").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_a_test_that_writes_a_file_is_red_or_green_by_the_setting(coder: Program, tmp_path: Path) -> None:
    refused = coder("library", "test")
    assert refused.code == 3
    assert "leaves_a_file" in refused.out
    assert not (tmp_path / "left").exists()
    allowed = coder("library", "test", CODER_SANDBOX="L0")
    assert (allowed.code, (tmp_path / "left").exists()) == (0, True)


def test_a_change_is_tested_at_the_level_of_the_setting(coder: Program, tmp_path: Path) -> None:
    refused = coder("library", "rename", "double", "doubled")
    assert refused.code == 2
    assert "would break" in refused.err
    assert coder("library", "rename", "double", "doubled", CODER_SANDBOX="L0").code == 0
    assert (tmp_path / "left").exists()


@pytest.mark.parametrize(
    "words",
    [
        "library find double(2)==4",
        "library report --duplicates",
        "library test",
        "library undo double",
        "library archive twice",
        "library rename double doubled",
        "library restore double --at {first}",
        "library tidy --dry-run",
        "library import more.py --yes",
        "undo --yes",
    ],
)
def test_a_level_that_cannot_be_had_is_not_replaced_by_another(coder: Program, words: str, tmp_path: Path) -> None:
    library = Library(Memory(coder.library))
    first = versions(library, "double")[-1].sha
    better = DOUBLE.replace("number * 2", "2 * number")
    library.save(library.plan_save(better, name="double", replace=True), "replace double")
    path = without_bubblewrap(tmp_path / "programs")
    done = coder(*words.format(first=first).split(), CODER_SANDBOX="L3", PATH=path)
    assert "uid map" in done.out + done.err
    assert done.code == (0 if words.startswith("undo") else 5)  # to take back what broke the library must be possible


@pytest.mark.parametrize("words", ["--at {sha} library restore double", "--export {run} replay", "--run undo"])
def test_every_option_with_a_value_may_stand_before_the_command(coder: Program, words: str) -> None:
    library = Library(Memory(coder.library))
    sha = versions(library, "double")[-1].sha[:10]
    done = coder(*words.format(sha=sha, run="abc").split(), CODER_SANDBOX="L0")
    assert "unrecognized" not in done.err
    assert "no command" not in done.err
    assert "no terminal" not in done.err  # as it would say to a goal
