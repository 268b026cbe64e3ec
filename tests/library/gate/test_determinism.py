"""The same draft gets the same verdict, counts and questions, whatever else the machine does; and state is found."""

import re
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from library.draft.draft import Draft
from library.examples.docstring_examples import examples_in
from library.examples.example import Example, parse_example
from library.execution.pace import TimeBudget
from library.gate.admission import Admission, Report
from library.gate.choose_questions import CallQuestion
from library.gate.static_checks import Check
from library.sandbox import Sandbox

ALL = ("files", "network", "processes", "eval", "environment", "clock", "randomness", "packages", "state")
BUSY = 3  # processes that do nothing but work, beside two processors or so

LOADED = {
    "an ordinary one": '''
def longest_run(text: str) -> int:
    """Length of the longest run of one letter.

    >>> longest_run("aabbb")
    3
    """
    best = count = 0
    last = ""
    for letter in text:
        count = count + 1 if letter == last else 1
        last, best = letter, max(best, count)
    return best
''',
    "a loop that may not end": '''
def halvings(n: int) -> int:
    """How often a number can be halved.

    >>> halvings(8)
    3
    """
    count = 0
    while n != 1:
        n, count = n // 2, count + 1
    return count
''',
    "one that catches everything": '''
def tried(n: int) -> int:
    """The number itself.

    >>> tried(3)
    3
    """
    while n > 5:
        try:
            n = tried(n + 1)
        except BaseException:
            continue
    return n
''',
    "recursion that grows": '''
def fib(n: int) -> int:
    """The n-th number of Fibonacci.

    >>> fib(10)
    55
    """
    return n if n < 2 else fib(n - 1) + fib(n - 2)
''',
    "one whose slips sleep for long": '''
import time

def patient(texts: list[str], delay: float = 30.0) -> int:
    """How many texts are not empty; waits after each that is.

    >>> patient(["a", "b"])
    2
    """
    found = 0
    for text in texts:
        if text:
            found += 1
        else:
            time.sleep(delay)
    return found
''',
    "one that sleeps in a coroutine": '''
import asyncio

def late(n: int) -> int:
    """Twice a number, after a minute.

    >>> late(2)
    4
    """
    async def double() -> int:
        await asyncio.sleep(60)
        return 2 * n

    return asyncio.run(double())
''',
    "work that takes no steps": '''
def power_digits(n: int) -> int:
    """How many bits the n-th power of a number has.

    >>> power_digits(3)
    1585
    """
    return (3 ** 10 ** min(n, 9)).bit_length()
''',
}


@contextmanager
def busy() -> Generator[None]:
    """Other processes that want the processor for themselves."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def found(cache: Path, name: str, code: str, accepted: Sequence[str] = ()) -> tuple[Report, list[CallQuestion]]:
    """All that is found out about a draft, in a sandbox of its own."""
    draft, examples = Draft(name, code), examples_in(code, name)
    with Sandbox(cache=cache) as sandbox:
        admission = Admission(sandbox)
        report = admission.examine(draft, examples, goal="something", accepted=accepted)
        return replace(report, seconds=0.0), admission.questions(draft, examples)


def held(cache: Path, code: str) -> dict[str, Check]:
    name = code.split("def ")[1].split("(")[0]
    return {one.name: one for one in found(cache, name, code, accepted=("state",))[0].checks}


@pytest.mark.parametrize("what", LOADED)
def test_the_same_is_found_and_asked_beside_busy_processes(cache: Path, what: str) -> None:
    code = LOADED[what]
    name = code.split("def ")[1].split("(")[0]
    alone = found(cache, name, code, ALL)
    with busy():
        beside = found(cache, name, code, ALL)
    assert alone == beside
    assert alone[0].ok
    assert alone[0].inputs > 3


def test_what_the_clock_has_to_stop_is_told(cache: Path) -> None:
    checks = held(cache, LOADED["work that takes no steps"])
    assert not checks["clock"].ok
    assert not checks["clock"].must
    assert "no larger than the examples'" in checks["clock"].detail
    assert "clock" not in held(cache, LOADED["a loop that may not end"])


def test_a_draft_that_waits_for_ever_is_given_up_and_not_asked_about(cache: Path) -> None:
    code = '''
import queue

def taken(n: int) -> int:
    """What nobody puts there.

    >>> taken(1)
    1
    """
    return queue.Queue().get()
'''
    report, asked = found(cache, "taken", code, ALL)
    assert [one.ok for one in report.checks if one.name == "clock"] == [False]
    assert asked == []


def test_what_a_resumed_run_asks_next_is_what_the_first_process_would_have_asked(cache: Path) -> None:
    code = LOADED["an ordinary one"]
    draft, examples = Draft("longest_run", code), examples_in(code, "longest_run")
    asked: list[list[str]] = []
    for fresh in (False, True):
        with Sandbox(cache=cache) as sandbox:
            admission, said, calls = Admission(sandbox), list[Example](), list[str]()
            for _ in range(4):
                admission = Admission(sandbox) if fresh else admission
                for one in admission.questions(draft, examples, most=1, answers=said):
                    answer = admission.answer(one, one.answers[0], "2026-01-01T00:00:00+00:00")
                    calls.append(one.call)
                    said += [answer] if answer else []
            asked.append(calls)
    assert len(asked[0]) > 1
    assert asked[0] == asked[1]


STATE = {
    "the order of a set": '''
def words(text: str) -> list[str]:
    """The words of a text, each once.

    >>> words("a")
    ['a']
    """
    return list(set(text.split()))
''',
    "the first calls of a process": '''
_calls = []

def double(n: int) -> int:
    """Twice a number.

    >>> double(2)
    4
    """
    _calls.append(n)
    return 2 * n if len(_calls) <= 3 else 2 * n + 1
''',
    "where something lies in memory": '''
def double(n: int) -> int:
    """Twice a number.

    >>> double(2)
    4
    """
    return 2 * n + (id(object()) // 16 % 5 == 1)
''',
    "hundreds of calls": '''
def double(n: int, _calls: list[int] = [0]) -> int:
    """Twice a number.

    >>> double(2)
    4
    """
    _calls[0] += 1
    return 2 * n if _calls[0] < 1000 else 0
''',
    "the call before": '''
_seen = {}

def larger(n: int) -> bool:
    """Whether a number is larger than the one before.

    >>> larger(2)
    True
    """
    last = _seen.get("last", 0)
    if n != last:
        _seen["was"] = last
    _seen["last"] = n
    return n > _seen.get("was", 0)
''',
}
STEADY = {
    "a sorted set": STATE["the order of a set"].replace("list(set(text.split()))", "sorted(set(text.split()))"),
    "a set": STATE["the order of a set"].replace("list(set(text.split()))", "set(text.split())"),
    "a memory of results": '''
_known: dict[int, int] = {}

def double(n: int) -> int:
    """Twice a number.

    >>> double(2)
    4
    """
    if n not in _known:
        _known[n] = 2 * n
    return _known[n]
''',
    "a set in a record": '''
from dataclasses import dataclass

@dataclass(frozen=True)
class _Words:
    found: frozenset[str]

def words(text: str) -> object:
    """The words of a text.

    >>> words("") == words("")
    True
    """
    return _Words(frozenset(text.split()))
''',
}


@pytest.mark.parametrize("what", STATE)
def test_a_result_that_hangs_on_more_than_the_arguments_is_refused(cache: Path, what: str) -> None:
    check = held(cache, STATE[what])["same result each time"]
    assert (check.ok, check.must) == (False, True)


@pytest.mark.parametrize("what", STEADY)
def test_a_result_that_hangs_on_the_arguments_alone_is_not(cache: Path, what: str) -> None:
    assert held(cache, STEADY[what])["same result each time"].ok


def test_it_is_told_when_the_result_was_another(cache: Path) -> None:
    assert "sets are in another order" in held(cache, STATE["the order of a set"])["same result each time"].detail


def test_a_budget_of_time_that_is_not_used_up_changes_nothing(sandbox: Sandbox) -> None:
    code = 'def total(numbers: list[int]) -> int:\n    """Sum."""\n    return sum(numbers)\n'
    draft, known = Draft("total", code), [parse_example("total([1, 2]) == 3", "goal", "")]
    plain, timed = Admission(sandbox), Admission(sandbox)
    budget = TimeBudget(600.0)
    reports = plain.examine(draft, known), timed.examine(draft, known, budget=budget)
    assert replace(reports[0], seconds=0.0) == replace(reports[1], seconds=0.0)
    assert plain.questions(draft, known) == timed.questions(draft, known, budget=budget)
    assert not budget.note


def test_a_budget_of_time_that_is_used_up_is_kept_and_told(sandbox: Sandbox) -> None:
    code = 'import hashlib\n\n\ndef key(word: str) -> str:\n    """Hash."""\n    salt, times = b"s", 400_000\n'
    code += '    return hashlib.pbkdf2_hmac("sha256", word.encode(), salt, times).hex()[:4]\n'
    told: list[tuple[str, int, int]] = []
    budget = TimeBudget(2.0, lambda what, done, of: told.append((what, done, of)))
    report = Admission(sandbox).examine(
        Draft("key", code), [parse_example("len(key('a')) == 4", "goal", "")], budget=budget
    )
    clock = next(one for one in report.checks if one.name == "clock")
    assert not clock.ok and not clock.must, "a remark"
    assert re.match(r"stopped after 2 s: it was tried on \d+ of \d+ inputs", clock.detail)
    assert told[0][0].startswith("trying key on ") and told[1][:2] == ("trying small changes to the code", 0)
    assert report.mutants == 0 or report.mutants < told[1][2]
