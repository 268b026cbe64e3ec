"""The static checks: what of a draft's text is refused, what is only remarked on, and what is right passes."""

import ast
import os
from pathlib import Path

import pytest

from library.draft.draft import Draft
from library.gate.naming import quantity_in, task_noun_in
from library.gate.static_checks import Check, check
from library.source.function import parse

GOOD = '''
import re

_WORD = re.compile(r"\\w+")


def count_words(text: str, least: int = 1) -> dict[str, int]:
    """How often each word occurs.

    >>> count_words("a b a")
    {'a': 2, 'b': 1}
    """
    return _counted(_WORD.findall(text), least)


def _counted(words: list[str], least: int) -> dict[str, int]:
    return {word: words.count(word) for word in words if words.count(word) >= least}
'''

QUANTITIES = """
    mineFiveCobblestone mineThreeCoalOres collectTenBamboo killThreePigs smeltFiveRawIron craftEightSticks
    cookSevenMutton mine_64_logs is_factor_of_34_or_multiple_of_7 algebra_2varlineareq_xpeeq7 sum_below_1000
    top_10_words first_twenty_primes placeTwoTorches
"""
TERMS = "log2 utf8_encode sha256_hex to_base64 parse_iso8601 is_ipv4 rgb_to_u8 first nth one"


def checks(code: str, name: str = "count_words", **more: object) -> dict[str, Check]:
    return {one.name: one for one in check(Draft(name, code), **more)}  # type: ignore[arg-type]


def refused(code: str, name: str = "count_words", **more: object) -> list[str]:
    return [one.name for one in checks(code, name, **more).values() if one.must and not one.ok]


def test_a_good_draft_passes_every_check() -> None:
    assert [one.name for one in checks(GOOD).values() if not one.ok] == []


def test_text_that_is_no_python_is_told_with_its_line() -> None:
    found = checks("def count_words(:\n")
    assert list(found) == ["parses"]
    assert "line 1" in found["parses"].detail


@pytest.mark.parametrize("letter", ["\u202e", "\u2066", "\u200f", "\x1b", "\x08"])
def test_characters_that_show_other_code_than_runs_are_refused_and_welcome_as_escapes(letter: str) -> None:
    for line in (f"    # {letter} }} ;0 nruter", f"    mark = '{letter}'"):
        code = GOOD.replace("    return", f"{line}\n    return", 1)
        assert refused(code) == ["reads as it runs"]
        assert f"U+{ord(letter):04X}: write" in checks(code)["reads as it runs"].detail
    escaped = GOOD.replace("    return", f"    mark = {letter!a}\n    return", 1)
    assert refused(escaped) == []


def test_a_second_public_function_is_refused_and_named() -> None:
    found = checks(GOOD.replace("_counted", "counted"))["one public function"]
    assert not found.ok
    assert "counted" in found.detail


@pytest.mark.parametrize(
    ("before", "after", "missing"),
    [
        ("text: str,", "text,", "text"),
        (" -> dict[str, int]:", ":", "the result"),
        ("least: int = 1", "*least", "least"),
        ("least: int = 1", "*, least=1", "least"),
    ],
)
def test_a_missing_type_is_refused_and_named(before: str, after: str, missing: str) -> None:
    found = checks(GOOD.replace(before, after, 1))["typed signature"]
    assert not found.ok
    assert missing in found.detail


def test_without_a_docstring_it_is_refused_and_without_examples_it_is_remarked_on() -> None:
    bare = "def f(x: int) -> int:\n    return x\n"
    assert refused(bare, "f") == ["docstring"]
    found = checks('def f(x: int) -> int:\n    """Same."""\n    return x\n', "f")["docstring's examples"]
    assert (found.ok, found.must) == (False, False)


@pytest.mark.parametrize(
    "line",
    [
        "print('hello')",
        "TABLE = load()",
        "for i in range(3):\n    pass",
        "with open('x') as f:\n    pass",
        "DATA = open('x').read()",
        "@register\nclass _A:\n    pass",
        "class _A:\n    size = compute()",
        "def _f(x: int = compute()) -> int:\n    return x",
        "if True:\n    run()",
        "try:\n    run()\nexcept Exception:\n    pass",
        "assert check()",
        "_count_words('a')",
        "X = [compute(i) for i in range(3)]",
    ],
)
def test_work_at_import_is_refused(line: str) -> None:
    assert "no work at import" in refused(f"{line}\n\n{GOOD}")


@pytest.mark.parametrize(
    "line",
    [
        "TABLE = {'a': 1, **{c: ord(c) for c in 'xyz'}}",
        "from dataclasses import dataclass, field\n@dataclass(frozen=True)\nclass _P:\n    x: int = field(default=1)",
        "import functools\n@functools.lru_cache(maxsize=None)\ndef _f(x: int) -> int:\n    return x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from decimal import Decimal",
        "try:\n    import tomllib\nexcept ImportError:\n    tomllib = None",
        "from collections import namedtuple\n_P = namedtuple('_P', 'x y')",
        "_VOWELS = frozenset('aeiou'.split())",
        "_KEY = lambda x: compute(x)",
    ],
)
def test_what_only_defines_things_is_no_work(line: str) -> None:
    assert "no work at import" not in refused(f"{line}\n\n{GOOD}")


def test_a_capability_is_refused_until_the_person_has_accepted_it() -> None:
    code = GOOD.replace("import re", "import re, os").replace("return _counted", "os.getcwd()\n    return _counted")
    assert refused(code) == ["capabilities"]
    assert "os.getcwd" in checks(code)["capabilities"].detail
    accepted = checks(code, accepted=["environment"])["capabilities"]
    assert accepted.ok
    assert "environment" in accepted.detail


def test_a_literal_of_the_task_is_remarked_on() -> None:
    code = 'def total(prices: list[float]) -> float:\n    """Sum with tax."""\n    return sum(prices) * 1.19\n'
    found = checks(code, "total", goal="add up the prices with 1.19 for tax")["literals"]
    assert not found.ok
    assert not found.must
    assert "1.19" in found.detail
    assert checks(code, "total", goal="add up the prices")["literals"].ok
    default = "def total(prices: list[float], rate: float = 1.19) -> float:\n    return sum(prices) * rate\n"
    assert checks(default, "total", goal="with 1.19 for tax")["literals"].ok


@pytest.mark.parametrize(
    ("goal", "body"),
    [
        ("give a dict with 'time' and 'level'", 'return {"time": line[:5], "level": line[6:]}'),
        ("the keys are 'time' and 'level'", 'return dict(zip(("time", "level"), line.split(" ", 1)))'),
        ("read 'time' from a record", 'return json.loads(line)["time"]'),
        ("read 'time' from a record", 'return json.loads(line).get("time", 0)'),
        ("say 'early' or 'late'", 'return "early" if line < "12:00" else "late"'),
    ],
)
def test_keys_and_results_that_are_asked_for_are_no_literals_of_the_task(goal: str, body: str) -> None:
    code = f'import json\n\n\ndef read(line: str) -> object:\n    """Read a line."""\n    {body}\n'
    assert checks(code, "read", goal=goal)["literals"].ok


def test_a_text_of_the_goal_that_is_no_key_is_one() -> None:
    code = 'def count(text: str) -> int:\n    """Count."""\n    return text.count("ERROR")\n'
    assert "ERROR" in checks(code, "count", goal="count the lines with 'ERROR' in them")["literals"].detail


def test_a_neighbour_that_says_the_same_is_named() -> None:
    library = (
        'def word_count(text: str) -> int:\n    """How often each word occurs."""\n    return 1\n\n\n'
        'def parse_date(text: str) -> str:\n    """Read a date."""\n    return text\n'
    )
    twin, other = parse(library).functions
    found = checks(GOOD, neighbours=[other, twin])["distinct"]
    assert not found.ok
    assert "word_count" in found.detail
    assert checks(GOOD, neighbours=[other])["distinct"].ok


@pytest.mark.parametrize("name", QUANTITIES.split())
def test_a_quantity_in_a_name_is_noticed(name: str) -> None:
    assert quantity_in(name)


@pytest.mark.parametrize("name", TERMS.split())
def test_a_number_that_belongs_to_a_term_is_no_quantity(name: str) -> None:
    assert not quantity_in(name)


def test_names_of_the_standard_library_raise_hardly_any_alarm() -> None:
    names: set[str] = set()
    for path in sorted(Path(os.__file__).parent.glob("*.py"))[::3]:
        functions = [
            n for n in ast.walk(ast.parse(path.read_text("utf-8", "replace"))) if isinstance(n, ast.FunctionDef)
        ]
        names |= {node.name for node in functions if not node.name.startswith(("_", "test"))}
    alarms = [name for name in names if quantity_in(name) or task_noun_in(name, "")]
    assert len(names) > 500
    assert len(alarms) <= len(names) / 50, alarms


def test_a_proper_name_of_the_goal_in_a_name_is_noticed() -> None:
    goal = "Write something that totals the invoices of Fabrikam for a year."
    assert task_noun_in("total_fabrikam_invoices", goal) == "fabrikam"
    assert task_noun_in("total_invoices", goal) == ""
    assert task_noun_in("puzzle_sum", "") == "puzzle"
