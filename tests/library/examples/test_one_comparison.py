"""One comparison in the gate, in saved tests under plain pytest, and in find: green in all three, or red in all.

The table is tests/cases/comparison.yaml: an example, a body that is right and one that is wrong.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from places import rows

from library.draft.draft import Draft
from library.editing.splice import splice
from library.examples.example import parse_example
from library.gate.gate import Gate
from library.gate.verdict import Verdict
from library.sandbox import Sandbox
from library.search.by_example import Finder
from library.source.function import parse
from library.suite.additions import add_tests
from library.suite.suite import Suite

ROWS = rows("comparison")
NUMBERED = list(enumerate(ROWS))
NAMES = [row["example"] for row in ROWS]


def name_of(number: int) -> str:
    return f"made_{number}"


def example_of(number: int) -> str:
    return re.sub(r"\bf\(", f"{name_of(number)}(", ROWS[number]["example"])


def code_of(number: int, which: str) -> str:
    """The function of a row, with its head; `which` is "right" or "wrong"."""
    row = ROWS[number]
    body = row[which]
    head = row.get("head", "")
    start = row.get("start", "def f(x: object = None) -> object:").replace("f(", f"{name_of(number)}(", 1)
    inner = "\n".join(f"    {line}" for line in body.splitlines())
    return f'{head}\n\n{start}\n    """Give it."""\n{inner}\n'


def judged(sandbox: Sandbox, number: int, which: str) -> Verdict:
    return Gate(sandbox).judge(Draft(name_of(number), code_of(number, which)), [parse_example(example_of(number))], "")


def outcomes(which: str, folder: Path) -> dict[str, str]:
    """What becomes of the saved test of each row, in one run of plain pytest that knows nothing of the project."""
    library, suite = "", Suite(parse(""))
    for number, _ in NUMBERED:
        library = splice(library, code_of(number, which))
        example = parse_example(example_of(number))
        suite = add_tests(suite, "", [example], name_of(number), parse(library)).suite
    (folder / "library.py").write_text(library, "utf-8")
    (folder / "test_library.py").write_text(suite.parsed.source, "utf-8")
    command = [sys.executable, "-I", "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "--rootdir=.", "--tb=line"]
    done = subprocess.run(
        [*command, "-c", "/dev/null", "test_library.py"], cwd=folder, capture_output=True, text=True, timeout=300
    )
    found = re.findall(r"^(PASSED|FAILED) test_library.py::test_(made_\d+)__", done.stdout, re.MULTILINE)
    assert len(found) == len(ROWS), done.stdout[-3000:]
    words = {name: word for word, name in found}
    return {f"{number} {NAMES[number]}": words[name_of(number)] for number, _ in NUMBERED}


@pytest.mark.parametrize(("number", "row"), NUMBERED, ids=NAMES)
def test_right_code_is_green_in_the_gate_and_wrong_code_is_red(
    sandbox: Sandbox, number: int, row: dict[str, Any]
) -> None:
    right, wrong = judged(sandbox, number, "right"), judged(sandbox, number, "wrong")
    assert right.green, right.failures()
    assert not wrong.green, wrong.rows
    assert wrong.failures()


@pytest.mark.parametrize(("which", "word"), [("right", "PASSED"), ("wrong", "FAILED")])
def test_the_saved_tests_say_the_same_under_plain_pytest(tmp_path: Path, which: str, word: str) -> None:
    """One test for all rows of a kind, since pytest runs once for all of them."""
    assert outcomes(which, tmp_path) == {f"{number} {NAMES[number]}": word for number, _ in NUMBERED}


@pytest.mark.parametrize(
    "number",
    [n for n, row in NUMBERED if row.get("find", True)],
    ids=[r["example"] for r in ROWS if r.get("find", True)],
)
def test_find_says_the_same(sandbox: Sandbox, number: int) -> None:
    for which in ("right", "wrong"):
        source = code_of(number, which)
        found = Finder(sandbox).find(
            [parse_example(example_of(number))], parse(source).functions, source, compositions=False
        )
        assert [one.names for one in found] == ([(name_of(number),)] if which == "right" else [])
