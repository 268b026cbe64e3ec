"""Libraries of every odd kind: what a draft makes of their text, and that all their tests stay green under pytest."""

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from places import rows

from coder.cli.main import main
from library.editing.splice import splice
from library.errors import SourceError
from library.examples.example import parse_example
from library.sandbox import Sandbox
from library.save import save_change
from library.store import Library
from library.whole_run import saves_of, whole_suite
from memory.store import Memory

ROWS = rows("source_kinds")
TRIPLE = 'def triple(x: int) -> int:\n    """Return three times x."""\n    return 3 * x\n'
BY_STRING = (
    "def _norm(x: int) -> int:\n    return x\n\n\n"
    'def triple(x: int) -> int:\n    """Thrice."""\n    return 2 * _norm(x)\n'
)
CALL = '\n\ndef call(name: str, x: int) -> int:\n    """Call."""\n    return globals()[f"_{name}"](x)\n'
KIND = (
    "from dataclasses import dataclass\n\n\n@dataclass\nclass Row:\n    x: int = 0\n\n\n"
    'def kind() -> str:\n    """The type of x as it stands."""\n    return str(Row.__dataclass_fields__["x"].type)\n'
)
NODE = "class _Node:\n    def next(self) -> _Node | None:\n        return None\n\n\n"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"].replace(" ", "_"))
def test_a_draft_changes_what_is_its_own_and_leaves_every_other_byte(row: dict[str, str]) -> None:
    if "refused" in row:
        with pytest.raises(SourceError) as told:
            splice(row["library"], row["draft"], replace=True)
        assert told.value.message == row["refused"]
        return
    out = splice(row["library"], row["draft"], replace=True)
    assert out == row["becomes"]
    ast.parse(out.removeprefix("\ufeff"))


@dataclass(frozen=True)
class Save:
    """A library by hand, its tests, a draft; whether it is saved (else: a word of why not)."""

    library: str
    tests: str
    draft: str = TRIPLE
    refused: str = ""
    beside: str = ""


SAVES = {
    "a helper reached by a name made up": Save(
        BY_STRING + CALL, 'from library import call\n\n\ndef test_call() -> None:\n    assert call("norm", 3) == 3\n'
    ),
    "a helper that a test imports by name": Save(
        BY_STRING, "from library import _norm\n\n\ndef test_norm() -> None:\n    assert _norm(3) == 3\n"
    ),
    "a helper that a test gets out of the module": Save(
        BY_STRING,
        'from importlib import import_module\n\n\ndef test_norm() -> None:\n    module = import_module("library")\n'
        '    assert getattr(module, "_no" + "rm")(3) == 3\n',
    ),
    "a helper that a test imports inside": Save(
        BY_STRING, "def test_norm() -> None:\n    from library import _norm\n\n    assert _norm(3) == 3\n"
    ),
    "a helper that another test file uses": Save(
        BY_STRING, "", beside="from library import _norm\n\n\ndef test_more() -> None:\n    assert _norm(3) == 3\n"
    ),
    "a name that tests take from the library's imports": Save(
        'from math import floor\n\n\ndef triple(x: int) -> int:\n    """T."""\n    return floor(x)\n',
        "from library import floor\n\n\ndef test_floor() -> None:\n    assert floor(2.5) == 2\n",
    ),
    "annotations read as they stand, beside a switch that is not needed": Save(
        KIND,
        "from library import kind\n\n\ndef test_kind() -> None:\n    assert kind() == \"<class 'int'>\"\n",
        "from __future__ import annotations\n\n\n" + TRIPLE,
    ),
    "annotations read as they stand, beside a switch that is needed": Save(
        KIND,
        "from library import kind\n\n\ndef test_kind() -> None:\n    assert kind() == \"<class 'int'>\"\n",
        "from __future__ import annotations\n\n\n" + NODE + TRIPLE.replace("3 * x", "3 * x if _Node() else 0"),
        refused="test_kind",
    ),
    "an import that would hide Python's own": Save(
        'def times(n: int) -> str:\n    """T."""\n    return str(pow(n, 3))\n',
        "from library import times\n\n\ndef test_times() -> None:\n    assert times(2) == '8'\n",
        "from math import pow\n\n\n" + TRIPLE.replace("3 * x", "int(pow(x, 1)) * 3"),
    ),
    "Python's own name in another test": Save(
        "def one() -> int:\n    return 1\n",
        "from library import one\n\n\ndef test_one() -> None:\n    assert len([one()]) == 1\n",
        'def len(x: int) -> int:\n    """Three times x."""\n    return 3 * x\n',
    ),
    "a byte order mark before everything": Save(
        '\ufeff"""Mine."""\n\n\ndef one() -> int:\n    """One."""\n    return 1\n',
        "\ufefffrom library import one\n\n\ndef test_one() -> None:\n    assert one() == 1\n",
        "import os\n\n\n" + TRIPLE.replace("3 * x", "3 * x * len(os.curdir)"),
    ),
    "a byte order mark, and tests that hand the library on": Save(
        '\ufeffdef one() -> int:\n    """One."""\n    return 1\n',
        'import library\n\n\ndef test_one() -> None:\n    assert getattr(library, "one")() == 1\n',
    ),
    "a neighbour under the same condition": Save(
        'import sys\n\nif sys.platform == "never":\n    def triple(x: int) -> int:\n        return x\n\n'
        "    def home() -> int:\n        return 1\nelse:\n    def triple(x: int) -> int:\n        return x\n\n"
        "    def home() -> int:\n        return 2\n",
        "from library import home\n\n\ndef test_home() -> None:\n    assert home() == 2\n",
    ),
    "the other of two names of an assignment": Save(
        "def _make() -> tuple:\n    return (lambda x: x), (lambda x: -x)\n\n\ntriple, negate = _make()\n",
        "from library import negate\n\n\ndef test_negate() -> None:\n    assert negate(2) == -2\n",
    ),
}


@pytest.mark.parametrize("case", SAVES.values(), ids=[name.replace(" ", "_") for name in SAVES])
def test_after_a_save_every_test_is_green_under_plain_pytest(tmp_path: Path, sandbox: Sandbox, case: Save) -> None:
    library = Library(Memory(tmp_path / "lib"))
    library.memory.write({"library.py": case.library, "test_library.py": case.tests}, "by hand")
    if case.beside:
        (tmp_path / "lib" / "test_more.py").write_text(case.beside)
    name = "len" if "def len" in case.draft else "triple"
    change = library.plan_save(case.draft, examples=[parse_example(f"{name}(2) == 6")], name=name, replace=True)
    done = save_change(library, lambda: change, sandbox, "save")
    if case.refused:
        assert done.sha == "" and any(case.refused in line for line in done.impact.red)
        assert library.source() == case.library
    else:
        assert done.sha, done.impact.red
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ran = subprocess.run(run, cwd=tmp_path / "lib", capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout


def test_a_listing_worked_out_by_code_is_told(tmp_path: Path) -> None:
    library = Library(Memory(tmp_path / "lib"))
    library.memory.write({"library.py": "__all__ = [one for one in dir() if one[0] != '_']\n"}, "by hand")
    [note] = library.plan_save(TRIPLE).notes
    assert "__all__" in note and "triple" in note


def test_only_what_a_change_may_concern_is_run_while_nothing_goes(tmp_path: Path) -> None:
    library = Library(Memory(tmp_path / "lib"))
    for name in ("one", "two", "three"):
        code = f'def {name}() -> int:\n    """It."""\n    return 1\n'
        library.save(library.plan_save(code, examples=[parse_example(f"{name}() == 1")]), "save")
    new = 'def two() -> int:\n    """It."""\n    return 3 - 2\n'
    assert library.plan_save(new, replace=True).run == ("test_two__example_1",)


def test_the_whole_suite_says_which_save_turned_a_test_red(tmp_path: Path, sandbox: Sandbox) -> None:
    library = Library(Memory(tmp_path / "lib"))
    old = "def test_old() -> None:\n    assert False\n\n\ndef test_new() -> None:\n    import library\n\n"
    old += "    assert not hasattr(library, 'triple')\n"
    library.memory.write({"library.py": "", "test_library.py": old}, "by hand")
    for key, name in (("run-save-1", "double"), ("run-save-2", "triple")):
        code = f'def {name}(x: int) -> int:\n    """It."""\n    return x\n'
        library.save(library.plan_save(code), f"save {name}", key)
    found = whole_suite(library, sandbox, saves_of(library, "run-save-"))
    assert not found.green and len(found.red) == 2
    assert [(test, commit.title) for test, commit in found.since] == [("test_new", "save triple")]


def test_after_an_undo_what_stands_in_for_a_broken_library_is_the_newer_text(tmp_path: Path) -> None:
    library = Library(Memory(tmp_path / "lib"))
    for name in ("one", "two"):
        library.save(library.plan_save(f'def {name}() -> int:\n    """It."""\n    return 1\n'), f"save {name}")
    library.memory.undo()
    path = tmp_path / "lib" / "library.py"
    path.write_text(path.read_text() + "\ndef broken(:\n")
    again = Library(Memory(tmp_path / "lib"))
    assert [function.name for function in again.functions()] == ["one"]
    assert again.trouble() is not None


def test_a_rename_that_would_hide_a_function_is_refused(tmp_path: Path) -> None:
    library = Library(Memory(tmp_path / "lib"))
    library.save(library.plan_save(TRIPLE), "save")
    with pytest.raises(SourceError, match="would hide triple"):
        library.plan_rename("triple", "_triple")


def test_words_of_a_writing_without_spaces_find_what_holds_them(tmp_path: Path) -> None:
    library = Library(Memory(tmp_path / "lib"))
    library.save(library.plan_save('def 中文数字转整数(x: str) -> int:\n    """转换。"""\n    return 1\n'), "save")
    library.save(library.plan_save(TRIPLE), "save")
    assert [hit.function.name for hit in library.search("数字")] == ["中文数字转整数"]


def test_what_begins_like_a_call_and_is_none_is_told_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = Library(Memory(tmp_path / "lib"))
    library.save(library.plan_save(TRIPLE), "save")
    assert main(["library", "find", "triple(", "--library", str(tmp_path / "lib")]) == 2
    assert "is no example" in capsys.readouterr().err


def test_a_report_of_duplicates_says_so_when_there_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = Library(Memory(tmp_path / "lib"))
    library.save(library.plan_save(TRIPLE), "save")
    assert main(["library", "report", "--duplicates", "--library", str(tmp_path / "lib")]) == 0
    assert "There twice, or nearly: none" in capsys.readouterr().out
