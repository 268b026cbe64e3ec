"""What more must hold of a draft where nobody looks at it: wrong ones are refused, honest ones are not."""

import pytest

from library.draft.draft import Draft
from library.examples.example import parse_example
from library.gate.admission import Admission
from library.gate.strictness import strict
from library.sandbox import Sandbox


def refusals(sandbox: Sandbox, code: str, examples: list[str], words: str = "") -> list[str]:
    """The names of what refuses the function f, which is given a docstring."""
    head, found, body = code.rpartition("def f(")
    signature, _, rest = body.partition(":\n")
    draft = Draft("f", f'{head}{found}{signature}:\n    """Do it."""\n{rest}\n')
    known = [parse_example(text) for text in examples]
    report = strict(Admission(sandbox).examine(draft, known), draft, known, words)
    return [one.name for one in report.checks if one.must and not one.ok]


TABLE = "def f(t: str) -> int:\n    return {'hello': 2, 'AEIOU': 5, 'rhythm': 0, 'banana': 3}.get(t, 0)"
VOWELS = ["f('hello') == 2", "f('AEIOU') == 5", "f('rhythm') == 0", "f('banana') == 3"]


@pytest.mark.parametrize(
    ("code", "examples", "refused"),
    [
        (TABLE, VOWELS, "knows no answers"),
        (
            "def f(t: str) -> int:\n    if t == 'hello':\n        return 2\n    if t == 'AEIOU':\n        return 5\n"
            "    if t == 'banana':\n        return 3\n    return 0",
            VOWELS,
            "knows no answers",
        ),
        ("def f(n: int) -> int:\n    while n != 1:\n        n //= 2\n    return n", ["f(8) == 1", "f(1) == 1"], "ends"),
        (
            "def f(t: str) -> int:\n    while t not in ('hello', 'banana'):\n        pass\n    return len(t)",
            ["f('hello') == 5", "f('banana') == 6"],
            "ends",
        ),
    ],
    ids=["a table of answers", "answers one by one", "no end at zero", "no end but for the examples"],
)
def test_what_a_person_would_see_refuses_a_draft(
    sandbox: Sandbox, code: str, examples: list[str], refused: str
) -> None:
    assert refused in refusals(sandbox, code, examples)


@pytest.mark.parametrize(
    ("code", "examples"),
    [
        (
            "def f(first: int, last: int) -> int:\n"
            "    return sum(y % 4 == 0 and (y % 100 != 0 or y % 400 == 0) for y in range(first, last + 1))",
            ["f(2000, 2024) == 7", "f(2001, 2003) == 0"],
        ),
        (
            "def f(limit: int) -> int:\n    sieve = [True] * (limit + 1)\n    for n in range(2, limit + 1):\n"
            "        if sieve[n]:\n            for m in range(n * n, limit + 1, n):\n                sieve[m] = False\n"
            "    return sum(sieve[2:])",
            ["f(10) == 4", "f(100) == 25", "f(1) == 0"],
        ),
        ("def f(t: str, n: int) -> str:\n    return ''.join(t for _ in range(n))", ["f('ab', 2) == 'abab'"]),
        (
            "from itertools import permutations\n\n\ndef f(t: str) -> list[str]:\n"
            "    return sorted({''.join(p) for p in permutations(t)})",
            ["f('ab') == ['ab', 'ba']", "f('') == ['']"],
        ),
        (
            "def f(person: dict[str, str]) -> str:\n"
            "    return ' '.join(person[key] for key in ('first', 'middle', 'last') if person.get(key))",
            [
                "f({'first': 'Ada', 'last': 'Lovelace'}) == 'Ada Lovelace'",
                "f({'first': 'A', 'middle': 'B', 'last': 'C'}) == 'A B C'",
                "f({}) == ''",
            ],
        ),
        (
            "from typing import Any\n\n\ndef f(shape: dict[str, Any]) -> float:\n    match shape:\n"
            "        case {'kind': 'square', 'side': side}:\n            return side * side\n"
            "        case {'kind': 'oblong', 'wide': wide, 'high': high}:\n            return wide * high\n"
            "    raise ValueError(shape)",
            [
                "f({'kind': 'square', 'side': 2}) == 4",
                "f({'kind': 'oblong', 'wide': 2, 'high': 3}) == 6",
                "f({'kind': 'other'}) raises ValueError",
            ],
        ),
        (
            "from enum import StrEnum\n\n\nclass _Light(StrEnum):\n    RED = 'red'\n    GREEN = 'green'\n"
            "    YELLOW = 'yellow'\n\n\ndef f(now: str) -> str:\n    every = list(_Light)\n"
            "    return every[(every.index(_Light(now)) + 1) % 3].value",
            ["f('red') == 'green'", "f('green') == 'yellow'", "f('yellow') == 'red'"],
        ),
    ],
    ids=["years", "primes", "repeated", "orders", "parts of a record", "kinds of a record", "an enumeration"],
)
def test_honest_work_is_not_refused(sandbox: Sandbox, code: str, examples: list[str]) -> None:
    assert refusals(sandbox, code, examples) == []


def test_what_the_words_name_is_part_of_the_task(sandbox: Sandbox) -> None:
    code = "def f(now: str) -> str:\n    return {'red': 'green', 'green': 'yellow', 'yellow': 'red'}[now]"
    examples = ["f('red') == 'green'", "f('green') == 'yellow'", "f('yellow') == 'red'"]
    assert refusals(sandbox, code, examples, "Return the light that follows: red, green, yellow, red.") == []
    assert refusals(sandbox, code, examples, "Return the light that follows.") == ["knows no answers"]
