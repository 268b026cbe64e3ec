"""Near duplicates: what says the same, what does the same, and what nearly does, with the inputs that show it."""

import json
from dataclasses import asdict

import pytest

from library.duplicates.budget import ComparisonBudget
from library.duplicates.normalize import normal_digest
from library.duplicates.pairs import Pair, find_pairs, same_texts
from library.sandbox import Sandbox
from library.source.function import parse

SUM = "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n"


def pairs(sandbox: Sandbox, source: str, only: list[str] | None = None) -> dict[tuple[str, str], Pair]:
    found = find_pairs(parse(source).functions, source, sandbox, only=only)
    return {(pair.a, pair.b): pair for pair in found}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SUM, "def g(items: list[int]) -> int:\n    '''Sum.'''\n    # add\n    return sum(items)\n"),
        (SUM, "def g(a):\n    s = 0\n    for b in a:\n        s = s + b\n    return s\n"),
        (
            "def f(a, b):\n    return a if a > b else b\n",
            "def f(x, y):\n    if not y < x:\n        return y\n    return x\n",
        ),
        (
            "def f(a):\n    for x in a:\n        if x == 3:\n            return True\n    return False\n",
            "def f(a):\n    return any(3 == y for y in a)\n",
        ),
        (
            "def f(a):\n    n = 1\n    out = []\n    for i in range(0, len(a)):\n        out.append(a[i] * n)\n"
            "        n += 1\n    return out\n",
            "def f(q):\n    r = list()\n    k = 1\n    for j in range(len(q)):\n        r.append(q[j] * k)\n"
            "        k = k + 1\n    return r\n",
        ),
        (
            "def f(a):\n    return [x for x in a if x]\n",
            "def f(a):\n    r = []\n    for x in a:\n        if x:\n            r.append(x)\n    return r\n",
        ),
        (
            "def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\n",
            "def fib(k):\n    if 2 > k:\n        return k\n    else:\n        return fib(k - 1) + fib(k - 2)\n",
        ),
        ("def f(a):\n    return a == 3\n", "def f(a):\n    if a != 3:\n        return False\n    return True\n"),
    ],
)
def test_ways_of_writing_do_not_count(one: str, other: str) -> None:
    assert normal_digest(one) == normal_digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(a, b):\n    return a - b\n", "def f(a, b):\n    return b - a\n"),
        ("def f(a):\n    return a < 3\n", "def f(a):\n    return a <= 3\n"),
        ("def f(a):\n    return not a < 3\n", "def f(a):\n    return a >= 3\n"),  # not a number compares false
        ("def f(a, b):\n    a += b\n    return a\n", "def f(a, b):\n    a = a + b\n    return a\n"),  # lists
        ("def f(a):\n    return next(a) < next(a)\n", "def f(a):\n    return next(a) > next(a)\n"),
        ("def f(x):\n    a = 1\n    b = a\n    return b\n", "def f(x):\n    b = a\n    a = 1\n    return b\n"),
        ("def f(x):\n    return g(x)\n", "def f(x):\n    return h(x)\n"),
        (
            "def f(a):\n    for x in a:\n        if x:\n            return True\n    return False\n",
            "def f(a):\n    for x in a:\n        if x:\n            return True\n        return False\n",
        ),
        (
            "def f(a):\n    x = 0\n    r = [x for x in a]\n    return x\n",
            "def f(a):\n    x = 0\n    r = []\n    for x in a:\n        r.append(x)\n    return x\n",
        ),
    ],
)
def test_what_may_differ_keeps_its_own_normal_form(one: str, other: str) -> None:
    assert normal_digest(one) != normal_digest(other)


PRIMES = '''
def is_prime(n: int) -> bool:
    """Whether n is prime: is_prime(7) == True."""
    if n < 2:
        return False
    for k in range(2, n):
        if n % k == 0:
            return False
    return True


def prime(number: int) -> bool:
    return number > 1 and all(number % k for k in range(2, int(number**0.5) + 1))


def odd_prime(n: int) -> bool:
    return n > 2 and all(n % k for k in range(2, int(n**0.5) + 1))


def is_even(n: int) -> bool:
    return n % 2 == 0
'''


def test_two_ways_to_the_same_results_are_the_same_behaviour(sandbox: Sandbox) -> None:
    pair = pairs(sandbox, PRIMES)["is_prime", "prime"]
    assert pair.kind == "same behaviour"
    assert pair.tried == pair.agreed > 50


def test_a_near_miss_comes_with_inputs_that_show_it(sandbox: Sandbox) -> None:
    pair = pairs(sandbox, PRIMES)["prime", "odd_prime"]
    assert pair.kind == "near"
    shown = {difference.arguments: (difference.a, difference.b) for difference in pair.differences}
    assert shown == {"(2,)": ("True", "False")}


def test_what_has_nothing_in_common_is_no_pair(sandbox: Sandbox) -> None:
    assert ("is_prime", "is_even") not in pairs(sandbox, PRIMES)


def test_only_pairs_with_the_ones_asked_for_are_looked_at(sandbox: Sandbox) -> None:
    assert set(pairs(sandbox, PRIMES, only=["odd_prime"])) == {("is_prime", "odd_prime"), ("prime", "odd_prime")}


def test_one_that_changes_its_argument_is_not_the_same(sandbox: Sandbox) -> None:
    source = (
        "def a(xs: list[int]) -> list[int]:\n    return sorted(xs)\n\n\n"
        "def b(xs: list[int]) -> list[int]:\n    xs.sort()\n    return xs\n"
    )
    pair = pairs(sandbox, source).get(("a", "b"))
    assert pair is None or pair.kind == "near"


def test_one_that_never_ends_for_some_inputs_is_not_the_same(sandbox: Sandbox) -> None:
    head, body = "def {}(n: int) -> int:\n    total = 0\n", "    while n {} 0:\n        total += n\n        n -= 1\n"
    down = head + body + "    return total\n"
    source = down.format("a", ">") + "\n\n" + down.format("b", "!=")
    pair = pairs(sandbox, source)["a", "b"]
    assert pair.kind == "near"
    assert pair.differences[0].b == "takes too long"


def test_an_error_in_place_of_a_result_is_a_difference(sandbox: Sandbox) -> None:
    source = (
        "def a(text: str) -> str:\n    return text[:1].upper() + text[1:]\n\n\n"
        "def b(text: str) -> str:\n    return text[0].upper() + text[1:]\n"
    )
    pair = pairs(sandbox, source)["a", "b"]
    assert pair.kind == "near"
    assert [(d.arguments, d.a, d.b) for d in pair.differences] == [("('',)", "''", "raises IndexError")]


def test_what_reaches_outside_is_compared_by_text_alone(sandbox: Sandbox) -> None:
    source = (
        "def a(p: str) -> str:\n    return open(p).read()\n\n\ndef b(path: str) -> str:\n    return open(path).read()\n"
    )
    assert pairs(sandbox, source)["a", "b"].kind == "same text"


def test_other_arguments_are_said_and_never_taken_for_the_same(sandbox: Sandbox) -> None:
    source = (
        "def a(text: str) -> str:\n    return text.strip().lower()\n\n\n"
        "def b(text: str, keep: bool = False) -> str:\n    return text if keep else text.strip().lower()\n"
    )
    pair = pairs(sandbox, source)["a", "b"]
    assert pair.kind == "near"
    assert "different arguments" in pair.why


def test_pairs_are_the_same_every_time_and_can_be_written_as_json(sandbox: Sandbox) -> None:
    told = [json.dumps([asdict(pair) for pair in pairs(sandbox, PRIMES).values()]) for _ in range(2)]
    assert told[0] == told[1]


def test_texts_are_compared_without_running_anything() -> None:
    source = (
        SUM + "\n\ndef g(ys):\n    s = 0\n    for y in ys:\n        s += y\n    return s\n\n\ndef h(x):\n    return x\n"
    )
    assert [(pair.a, pair.b) for pair in same_texts(parse(source).functions)] == [("f", "g")]


def test_functions_that_part_only_at_a_sign_in_a_pattern_beside_them_are_not_the_same(sandbox: Sandbox) -> None:
    text = """import re


_WORD = re.compile(r"[a-z]+(?:~[a-z]+)*")
_PLAIN = re.compile(r"[a-z]+")


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def runs(text: str) -> list[str]:
    return [one for one in _PLAIN.findall(text.lower())]
"""
    (pair,) = pairs(sandbox, text).values()
    assert pair.kind == "near"
    assert any("~" in difference.arguments for difference in pair.differences)


def test_one_that_never_comes_back_is_named_and_holds_nothing_up(sandbox: Sandbox) -> None:
    hang = "def hang(n: int) -> int:\n    while True:\n        n += 1\n"
    source = f"{PRIMES}\n\n{hang}\n\n{hang.replace('hang', 'stuck').replace('+= 1', '-= 1')}"
    effort = ComparisonBudget()
    found = find_pairs(parse(source).functions, source, sandbox, effort=effort)
    assert {(pair.a, pair.b): pair.kind for pair in found}["is_prime", "prime"] == "same behaviour"
    assert [note for note in effort.notes if "hang, stuck" in note]


def test_without_time_only_texts_are_compared_and_it_is_said_so(sandbox: Sandbox) -> None:
    source = f"{SUM}\n\n{SUM.replace('def f', 'def g')}\n\n{PRIMES}"
    effort = ComparisonBudget(total_s=0.0)
    found = find_pairs(parse(source).functions, source, sandbox, effort=effort)
    assert [(pair.a, pair.b, pair.kind) for pair in found] == [("f", "g", "same text")]
    assert effort.notes[0].startswith("After 0 s nothing more was run")
