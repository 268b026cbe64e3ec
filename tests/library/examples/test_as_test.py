"""Saved tests made of examples: imports that do not clash, the comparison's text once, coroutines run."""

import subprocess
import sys
from pathlib import Path

import pytest

from library.examples.example import parse_example
from library.source.function import parse
from library.suite.additions import add_tests
from library.suite.suite import Suite, example_of

DATED = "from datetime import datetime\n\n\ndef day(text: str) -> datetime:\n    return datetime(2024, 1, 1)\n"


def saved(library: str, name: str, *examples: str, tests: str = "") -> str:
    suite = add_tests(Suite(parse(tests)), "", [parse_example(e) for e in examples], name, parse(library)).suite
    return suite.parsed.source


@pytest.mark.parametrize("expected", ["datetime.datetime(2024, 1, 1, 0, 0)", "datetime(2024, 1, 1)"])
@pytest.mark.parametrize(
    "tests", ["", "import datetime\n\n\ndef test_old() -> None:\n    assert datetime.date(2024, 1, 1)\n"]
)
def test_a_value_as_python_shows_it_passes_whatever_its_names_mean_in_the_file(
    expected: str, tests: str, tmp_path: Path
) -> None:
    text = saved(DATED, "day", f"day('x') == {expected}", "day('x') < datetime.datetime(2025, 1, 1)", tests=tests)
    (tmp_path / "library.py").write_text(DATED, "utf-8")
    (tmp_path / "test_library.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "test_library.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout


def test_the_comparison_is_put_there_once() -> None:
    library = "def f() -> list[float]:\n    return [0.3]\n"
    text = saved(library, "f", "f() == [0.3]", "f() == {'a': 0.1}")
    again = saved(library, "f", "f() == [0.7]", tests=text)
    assert text.count("def _same_value(") == again.count("def _same_value(") == 1
    assert "assert _same_value(f(), [0.7])" in again


def test_nothing_of_it_is_there_when_plain_equality_will_do() -> None:
    assert "_same_value" not in saved("def f() -> int:\n    return 1\n", "f", "f() == 1", "f() == 0.5", "2 in f()")


@pytest.mark.parametrize(
    ("example", "shown"),
    [
        ("f() == [0.3]", "f() == [0.3]"),
        ("f() raises ValueError('bad (1)')", "f() raises ValueError('bad (1)')"),
        ("2 in f()", "2 in f()"),
        ("f() == 3", "f() == 3"),
    ],
)
def test_an_example_can_be_read_again_from_its_test(example: str, shown: str) -> None:
    library = parse("def f() -> list[float]:\n    return [0.3]\n")
    suite = add_tests(Suite(parse("")), "", [parse_example(example)], "f", library).suite
    assert example_of(suite, "f") == shown


def test_a_coroutine_function_is_run() -> None:
    text = saved("async def f(x: int) -> int:\n    return x\n", "f", "f(1) == 1", "await f(2) == 2")
    assert "import asyncio" in text
    assert "assert asyncio.run(f(1)) == 1" in text
    assert "assert asyncio.run(f(2)) == 2" in text
