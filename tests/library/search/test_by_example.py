"""Search by example finds what gives the results: as it is, with arguments swapped, or two functions in a row."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from library.errors import SourceError
from library.examples.example import parse_example
from library.execution.pace import Pace
from library.sandbox import Sandbox
from library.search.by_example import Finder, Found, find
from library.source.function import parse

SOURCE = '''
"""A library."""
import subprocess
from collections import Counter
from datetime import date
from typing import List

import not_installed_anywhere

HOUR = 3600


def wrap(text: str, width: int = 70) -> List[str]:
    return [text[at : at + width] for at in range(0, len(text), width)]


def repeat(count: int, text: str) -> str:
    return text * count


def hang(text: str) -> int:
    while True:
        pass


def hang_for_good(text: str) -> int:
    try:
        while True:
            pass
    except BaseException:
        while True:
            pass


def hang_in_c(text: str) -> int:
    return 7 ** (10**8)


def leave(text: str) -> int:
    raise SystemExit


def seconds(text: str) -> int:
    """Seconds in a span of days."""
    if not text:
        raise ValueError("nothing")
    return 24 * HOUR * int(text[1:-1])


def span_length(text: str) -> int:
    """The same for spans of hours too."""
    unit = {"D": 24 * HOUR, "H": HOUR}
    total = 0
    return total + unit[text[-1]] * int(text[1:-1])


def backwards(xs: list[int]) -> list[int]:
    return xs[::-1]


def doubled(xs: list[int]) -> list[int]:
    for at in range(len(xs)):
        xs[at] *= 2
    return xs


def counts(text: str):
    return Counter(text)


def day(text: str) -> date:
    return date.fromisoformat(text)


def minus(a: int, *, b: int) -> int:
    return a - b


def third(x: float) -> float:
    return x / 3


def largest(*numbers: int) -> int:
    return max(numbers)


def kept(path: str) -> int:
    with open(path, "w") as file:
        file.write("here")
    return 4


def shell(command: str) -> str:
    return subprocess.run(command, shell=True, capture_output=True, text=True).stdout


def broken(text: str) -> str:
    return not_installed_anywhere.run(text)


def printed(text: str) -> str:
    print("\\n" * 100, '{"end": 3}')
    return text + "!"
'''
FUNCTIONS = parse(SOURCE).functions
PATIENT = Pace()


@pytest.fixture(scope="module")
def finder(sandbox: Sandbox) -> Finder:
    return Finder(sandbox, pace=PATIENT)


def ask(finder: Finder, *texts: str) -> list[Found]:
    return finder.find([parse_example(text) for text in texts], FUNCTIONS, SOURCE)


@pytest.mark.parametrize(
    ("texts", "expression"),
    [
        (["f('P2D') == 172800"], "seconds('P2D')"),
        (["f('P1D') == 86400", "f('') raises ValueError"], "seconds('P1D')"),
        (["f('abc', 2) == ['ab', 'c']"], "wrap('abc', 2)"),
        (["f('abc', 2) == 'abcabc'"], "repeat(2, 'abc')"),
        (["f(2, 'abc') == 'abcabc'"], "repeat(2, 'abc')"),
        (["f([1, 2, 3]) == [3, 2, 1]"], "backwards([1, 2, 3])"),
        (["f('aab') == {'a': 2, 'b': 1}"], "counts('aab')"),
        (["f('2024-02-29') == date(2024, 2, 29)"], "day('2024-02-29')"),
        (["len(f('abcd', 3)) == 2"], "len(wrap('abcd', 3))"),
        (["f(5, b=2) == 3"], "minus(5, b=2)"),
        (["f(2, 5) == 3", "f(0, 4) == 4"], "minus(5, b=2)"),
        (["f(1.0) == 0.333333333333"], "third(1.0)"),
        (["f(3, 9, 4) == 9"], "largest(3, 9, 4)"),
        (["f('a') == 'a!'"], "printed('a')"),
        (["f(3) == 2 ** 0"], "third(3)"),
        (["f('P1D') == 28800", "f('P3D') == 86400"], "third(seconds('P1D'))"),
        (["f('abc', 2) == 2 + 1"], ""),
    ],
)
def test_what_gives_the_results_is_found(finder: Finder, texts: list[str], expression: str) -> None:
    assert [found.expression for found in ask(finder, *texts)][:1] == ([expression] if expression else [])


def test_as_it_is_goes_before_another_order_and_that_before_two_in_a_row(finder: Finder) -> None:
    library = (
        "def sub(a: int, b: int) -> int:\n    return a - b\n\n\ndef bus(a: int, b: int) -> int:\n    return b - a\n"
    )
    found = finder.find([parse_example("f(7, 3) == 4")], parse(library).functions, library, compositions=True)
    assert [(one.way, one.expression) for one in found][:2] == [("direct", "sub(7, 3)"), ("permuted", "bus(3, 7)")]


def test_the_name_that_is_asked_for_decides_between_equals(finder: Finder) -> None:
    assert ask(finder, "f('P1D') == 86400")[0].names == ("seconds",)
    assert ask(finder, "span_length('P1D') == 86400")[0].names == ("span_length",)
    assert {found.names for found in ask(finder, "f('P1D') == 86400")} == {("seconds",), ("span_length",)}


def test_a_function_that_hangs_is_cut_off_and_remembered(sandbox: Sandbox) -> None:
    finder = Finder(sandbox, pace=PATIENT)
    assert ask(finder, "f('P1D') == 86400")[0].names == ("seconds",)
    slow = {function.name for function in FUNCTIONS if finder.is_slow(function, 1000)}
    assert slow == {"hang", "hang_for_good", "hang_in_c"}
    later = Finder(sandbox, json.loads(json.dumps(finder.slow)), PATIENT)
    assert ask(later, "f('P3D') == 259200")[0].names == ("seconds",)
    assert later.slow == finder.slow


def test_functions_that_reach_outside_are_not_run(finder: Finder, tmp_path: Path) -> None:
    place = tmp_path / "file"
    assert ask(finder, f"f({str(place)!r}) == 4") == []
    assert not place.exists()
    assert ask(finder, "f('echo x') == 'x\\n'") == []


def test_an_import_that_is_not_there_spoils_only_what_needs_it(finder: Finder) -> None:
    assert ask(finder, "f('abc') == ['abc']")[0].names == ("wrap",)


def test_a_function_that_changes_its_argument_does_not_disturb_the_next(finder: Finder) -> None:
    library = (
        "def a_first(xs: list[int]) -> int:\n    xs.clear()\n    return -1\n\n\n"
        "def b_second(xs: list[int]) -> int:\n    return len(xs)\n"
    )
    found = finder.find([parse_example("f([1, 2]) == 2")], parse(library).functions, library)
    assert [one.names for one in found] == [("b_second",)]


def test_true_is_not_one(finder: Finder) -> None:
    library = "def yes(x):\n    return True\n\n\ndef one(x):\n    return 1\n"
    functions = parse(library).functions
    assert [f.names for f in finder.find([parse_example("f(0) == 1")], functions, library)] == [("one",)]
    assert [f.names for f in finder.find([parse_example("f(0) is True")], functions, library)] == [("yes",)]


def test_many_functions_are_tried_though_one_takes_the_process_with_it(sandbox: Sandbox) -> None:
    bad = "".join(f"def bad{n}(x):\n    return {n} + 7 ** (10**8) if x == 5 else 0\n\n\n" for n in range(3))
    good = "".join(f"def good{n}(x):\n    return x + {n}\n\n\n" for n in range(400))
    library = bad + good
    found = find([parse_example("f(5) == 304")], parse(library).functions, library, sandbox)
    assert [one.names for one in found] == [("good299",)]


def test_answers_are_the_same_every_time_and_can_be_written_as_json(finder: Finder) -> None:
    told = [json.dumps([asdict(found) for found in ask(finder, "f([2, 1]) == [2, 4]")]) for _ in range(2)]
    assert told[0] == told[1]
    assert json.loads(told[0])[0]["way"] == "composed"


@pytest.mark.parametrize(
    "texts",
    [[], ["f(1) == 2", "g(1) == 3"], ["f(f(1)) == 2"], ["f(1) == 2", "f(1, 2) == 3"], ["f(*[1]) == 2"]],
)
def test_examples_that_do_not_ask_for_one_function_are_refused(finder: Finder, texts: list[str]) -> None:
    with pytest.raises(SourceError):
        ask(finder, *texts)
