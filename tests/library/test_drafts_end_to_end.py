"""Drafts of every form, end to end: read, judged in the real sandbox, saved, and run by plain pytest as they stand."""

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from places import rows

from library.draft.draft import Draft, read_reply, read_text
from library.errors import SourceError
from library.examples.example import Example, parse_example
from library.gate.gate import Gate
from library.gate.verdict import Verdict
from library.save import save_change
from library.store import Library
from library.versions import former_tests
from memory.json_values import from_json
from memory.store import Memory

CASES = rows("drafts")
RIGHT = [case for case in CASES if not case.get("red")]
WRONG = [case for case in CASES if case.get("red")]
FUNCTION = 'def NAME(n: int) -> int:\n    """Return twice n.\n\n    >>> NAME(1)\n    2\n    """\n    '


@pytest.fixture
def library(tmp_path: Path) -> Library:
    memory = Memory(tmp_path / "lib")
    memory.create()
    return Library(memory)


def reply(case: dict[str, Any], name: str) -> str:
    head = f"{case['head']}\n\n" if "head" in case else ""
    code = f"```python\n{head}{FUNCTION}{case.get('body', 'return 2 * n')}\n```\n"
    bare = f"{head}{FUNCTION}return 2 * n\n"
    text = case["reply"].replace("CODE", code).replace("BARE", bare) if "reply" in case else code
    block = f"\n```python\n{case['block']}```\n" if "block" in case else ""
    return (text + block).replace("NAME", name)


def read(case: dict[str, Any], name: str) -> tuple[Draft, list[Example]]:
    examples = [parse_example(text.replace("NAME", name)) for text in case.get("examples", ["NAME(2) == 4"])]
    return read_reply(reply(case, name), name), examples


def save(library: Library, gate: Gate, draft: Draft, examples: list[Example]) -> tuple[str, ...]:
    change = library.plan_save(draft.code, draft.tests, examples=examples, name=draft.name)
    return save_change(library, lambda: change, gate.sandbox, "save").impact.red


def plain_pytest(folder: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "."]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    return done.stdout + done.stderr


def test_there_are_enough_forms() -> None:
    assert len(RIGHT) >= 60
    assert len(WRONG) >= 12


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case["name"])
def test_a_right_draft_is_green_whatever_its_form(gate: Gate, case: dict[str, Any]) -> None:
    draft, examples = read(case, "double")
    verdict = gate.judge(draft, examples, "")
    assert verdict.green, (verdict.failures(), draft.text)
    assert not [word for word in case.get("absent", ()) if re.search(rf"\b{word}\b", draft.code)]
    assert not [word for word in case.get("without", ()) if word in draft.text]


TWICE = 'def double(n: int) -> int:\n    """Return twice n."""\n    return 2 * n\n'
TESTS = "def test_it():\n    assert double(3) == 6\n"


@pytest.mark.parametrize(
    ("text", "tests"),
    [
        ("```diff\n" + "".join(f"+{line}\n" for line in TWICE.splitlines()) + "```\n", ""),
        (
            "So:\n\n```diff\n--- a/library.py\n+++ b/library.py\n@@ -1,3 +1,3 @@\n def double(n: int) -> int:\n"
            '     """Return twice n."""\n-    return 3 * n\n+    return 2 * n\n```\n',
            "",
        ),
        (json.dumps({"code": TWICE, "tests": TESTS}), TESTS),
        ("```json\n" + json.dumps({"code": TWICE, "why": "It doubles."}) + "\n```\n", ""),
        (f"```python\n{TWICE}```\n".replace('"""', "\u201d\u201d\u201d"), ""),
        (f"```python\n{TWICE}```\n".replace("    ", "\u00a0\u00a0  "), ""),
    ],
    ids=["all of it added", "a change", "JSON", "JSON in a block", "printed quotation marks", "no-break blanks"],
)
def test_code_is_read_out_of_a_diff_out_of_json_and_out_of_print(text: str, tests: str) -> None:
    draft = read_reply(text, "double")
    assert (draft.code, draft.tests) == (TWICE, tests)


def test_quotation_marks_of_print_inside_a_text_that_is_python_stay() -> None:
    code = TWICE.replace("twice n", "\u201ctwice\u201d n")
    assert read_reply(f"```python\n{code}```\n", "double").code == code


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case["name"])
def test_a_wrong_draft_is_red_whatever_its_form(gate: Gate, case: dict[str, Any]) -> None:
    assert not gate.judge(*read(case, "double"), "").green


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_person_leaves_as_it_is_in_the_editor_is_the_same_draft(case: dict[str, Any]) -> None:
    draft, _ = read(case, "double")
    again = read_text(draft.text, "double")
    assert (again.code, again.tests) == (draft.code, draft.tests)


@pytest.mark.long
def test_all_right_drafts_live_in_one_library_and_leave_nothing_behind(library: Library) -> None:
    library.memory.write({"library.py": '"""Mine."""\n', "test_library.py": '"""My tests."""\n'}, "begin")
    names = [f"f_{number}_x" for number in range(len(RIGHT))]
    for name, case in zip(names, RIGHT, strict=True):
        draft, examples = read(case, name)
        library.save(library.plan_save(draft.code, draft.tests, examples=examples, name=name), "save")
        assert not [word for word in case.get("absent", ()) if word in library.get(name).source], case["name"]  # pyright: ignore[reportOptionalMemberAccess]
    told = plain_pytest(library.path.parent)
    assert re.search(r"^\d+ passed, 1 xfailed, 1 warning in", told, re.M), told[-2000:]  # of a tuple called TestRow
    for name in names:
        library.save(library.plan_remove(name), "remove")
    assert library.tests() == '"""My tests."""\n'


def test_what_is_green_at_a_save_is_green_under_pytest_and_red_is_red(gate: Gate, library: Library) -> None:
    """A statement in the library that no function needs by name, and that changes one."""
    text = (
        "_T = {'a': 1}\n_x = list(map(_T.update, [{'a': 7}]))\n\n\ndef old(c: str) -> int:\n    return _T.get(c, 0)\n"
    )
    library.memory.write({"library.py": text}, "mine")
    code = 'def double(c: str) -> int:\n    """Twice."""\n    return 2 * old(c)\n'
    wrong, right = Draft("double", code), [parse_example("double('a') == 14")]
    assert not gate.judge(wrong, [parse_example("double('a') == 2")], library.source()).green
    assert gate.judge(wrong, right, library.source()).green
    assert save(library, gate, wrong, [parse_example("double('a') == 2")])
    assert save(library, gate, wrong, right) == ()
    assert "1 passed" in plain_pytest(library.path.parent)


def test_what_nothing_needs_is_told_and_neither_run_nor_saved() -> None:
    code = 'def double(n: int) -> int:\n    """T."""\n    return 2 * n\n'
    draft = read_text(f"def _idle():\n    return 1\n\n\n{code}\n\nprint(double(4))\n", "double")
    assert draft.code == code
    assert draft.left_out == ("def _idle():", "print(double(4))")
    assert from_json(Draft, asdict(draft)) == draft


def test_a_main_that_only_the_guard_calls_is_told_as_left_out_and_one_that_is_called_is_refused() -> None:
    main = "def main() -> None:\n    print(double(2))\n"
    guard = "if __name__ == '__main__':\n    main()\n"
    draft = read_text(f"{TWICE}\n\n{main}\n\n{guard}", "double")
    assert (draft.code, draft.left_out) == (TWICE, ("def main() -> None:",))
    for text in (f"{TWICE}\n\n{main}", f"{TWICE}\n\n{main}\n\nmain()\n"):
        with pytest.raises(SourceError, match=r"make private .* or drop: main"):
            read_text(text, "double")


def test_a_module_that_is_more_than_the_function_is_not_taken_for_it() -> None:
    for tests in (
        "import requests\n\n\ndef test_a():\n    assert double(requests.double(1)) == requests.get(4)\n",
        "import requests as r\n\n\ndef test_a():\n    assert double(r.get(2)) == 4\n",
        "from requests import get as g\n\n\ndef test_a():\n    assert double(g(2)) == 4\n",
    ):
        assert read_text(f"{TWICE}\n\n{tests}", "double").tests == tests


def test_a_restored_function_brings_the_helpers_of_its_tests(gate: Gate, library: Library) -> None:
    block = "LIMIT = 6\n\n\n@pytest.fixture\ndef three():\n    return 3\n\n\n"
    draft, examples = read({"block": block + "def test_a(three):\n    assert NAME(three) == LIMIT\n"}, "double")
    save(library, gate, draft, examples)
    before = library.tests()
    library.save(library.plan_remove("double"), "remove")
    assert "LIMIT" not in library.tests()
    assert save(library, gate, Draft("double", draft.code, former_tests(library, "double")), []) == ()
    assert "def three" in library.tests()
    assert sorted(library.tests().split()) == sorted(before.split())


def test_an_answer_with_a_datetime_is_saved_beside_the_class_of_that_name(gate: Gate, library: Library) -> None:
    head = "from datetime import datetime, timedelta\n\n\n"
    code = head + (
        'def later(when: datetime) -> datetime:\n    """An hour later."""\n    return when + timedelta(hours=1)\n'
    )
    examples = [
        parse_example("later(datetime(2024, 1, 1)) == datetime(2024, 1, 1, 1)"),
        parse_example("later(datetime.datetime(2024, 1, 2)) == datetime.datetime(2024, 1, 2, 1, 0)", "person"),
        parse_example("later(datetime(2024, 1, 3)) == datetime.datetime(2024, 1, 3, 1, 0)", "person"),
    ]
    draft = read_text(code, "later")
    verdict = gate.judge(draft, examples, "")
    assert verdict.green, verdict.failures()
    assert save(library, gate, draft, examples) == ()
    told = plain_pytest(library.path.parent)
    assert "3 passed" in told, told


def test_a_verdict_names_tests_as_they_were_written(gate: Gate) -> None:
    draft, examples = read({"block": "class TestIt:\n    def test_a(self):\n        assert NAME(3) == 7\n"}, "double")
    verdict: Verdict = gate.judge(draft, examples, "")
    assert [(test.name, test.ok) for test in verdict.tests] == [("TestIt::test_a", False)]
