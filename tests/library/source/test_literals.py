"""Values as text: what is written is what `repr` writes, but that sets come in one order in every process."""

from typing import Any

import pytest

from library.source.literals import written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1, "a", (2,), None], "[1, 'a', (2,), None]"),
        (set[int](), "set()"),
        ({"b", "a", "c"}, "{'a', 'b', 'c'}"),
        (frozenset({"b", "a"}), "frozenset({'a', 'b'})"),
        ({"k": [{"y", "x"}, ("{",)]}, "{'k': [{'x', 'y'}, ('{',)]}"),
        ("{}", "'{}'"),
    ],
)
def test_a_value_is_written_with_its_sets_sorted(value: Any, text: str) -> None:
    assert written(value) == text
