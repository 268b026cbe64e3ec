"""Search by signature finds what fits in types, in any order of arguments, and says what does not fit quite."""

import json

import pytest

from library.errors import SourceError
from library.search.by_signature import find
from library.source.function import Function, parse

LIBRARY = parse(
    """
from typing import List, Optional, Sequence
def wrap(text: str, width: int = 70) -> List[str]: ...
def repeat(count: int, text: str) -> str: ...
def parse(text: str, *, strict: bool = False) -> int: ...
def lookup(text: Optional[str]) -> Optional[int]: ...
def mean(xs: Sequence[float]) -> float: ...
def total(xs: list[int]) -> int: ...
def every(*xs: int) -> int: ...
def cut(text: str, start: int, end: int) -> list[str]: ...
def pair(table: "dict[str, int]") -> tuple[str, int]: ...
def untyped(a, b): ...
def answer() -> int: ...
async def load(place: bytes) -> bytes: ...
"""
).functions


def names(query: str, functions: tuple[Function, ...] = LIBRARY, limit: int = 10) -> list[str]:
    return [hit.function.name for hit in find(query, functions, limit)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("(str, int) -> list[str]", "wrap"),
        ("(int, str) -> List[str]", "wrap"),
        ("str, int -> str", "repeat"),
        ("def anything(s: str, n: int) -> str:", "repeat"),
        ("str -> int", "parse"),
        ("str -> Optional[int]", "lookup"),
        ("str | None -> int", "lookup"),
        ("list[float] -> float", "mean"),
        ("List[int] -> int", "total"),
        ("Sequence[int] -> int", "total"),
        ("int, int, int -> int", "every"),
        ("(str, int, int) -> Sequence[str]", "cut"),
        ("dict[str, int] -> (str, int)", "pair"),
        ("Dict[str, int] → Tuple[str, int]", "pair"),
        ("-> int", "answer"),
        ("() -> int", "answer"),
        ("a, b -> c", "untyped"),
        ("str -> int -> list[str]", "wrap"),
        ("bytes -> bytes", "load"),
    ],
)
def test_the_function_that_fits_comes_first(query: str, first: str) -> None:
    assert names(query)[0] == first


def test_one_argument_may_be_missing_or_too_many_but_not_two() -> None:
    assert "cut" in names("(str, int) -> list[str]")
    assert "cut" not in names("str -> list[str]")
    assert "total" in names("(list[int], str) -> int")
    assert "total" not in names("(list[int], str, str) -> int")


def test_types_that_make_no_sense_are_not_offered() -> None:
    assert "pair" not in names("str -> int")
    assert "wrap" not in names("(str, int) -> dict[str, int]")


def test_a_hit_says_what_does_not_fit_quite() -> None:
    hit = next(hit for hit in find("(int, str) -> list[str]", LIBRARY) if hit.function.name == "cut")
    assert hit.why == ("arguments in another order", "end is needed too")
    assert hit.order == (1, 0)
    assert find("List[int] -> int", LIBRARY)[0].cost == 0


def test_of_equal_ones_the_name_asked_for_wins() -> None:
    both = parse("def b_name(x: str) -> int: ...\ndef a_name(x: str) -> int: ...\n").functions
    assert names("str -> int", both)[0] == "a_name"
    assert names("def b_thing(x: str) -> int", both)[0] == "b_name"


def test_hits_can_be_written_as_json_and_are_the_same_every_time() -> None:
    told = json.dumps([hit.to_json() for hit in find("str -> int", LIBRARY)])
    assert told == json.dumps([hit.to_json() for hit in find("str -> int", LIBRARY)])
    assert json.loads(told)[0]["name"] == "parse"


@pytest.mark.parametrize("query", ["", "sort a list", "str -> ", "(str -> int", "def f(: -> int", "str -> 7 +"])
def test_what_is_no_signature_is_said_to_be_none(query: str) -> None:
    with pytest.raises(SourceError):
        find(query, LIBRARY)
