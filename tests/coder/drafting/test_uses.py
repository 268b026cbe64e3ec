"""Uses: how a function of the library, put to each item of an argument, gives what a step's examples expect."""

from pathlib import Path

import pytest

from coder.drafting.shown_functions import last_line, offer
from coder.drafting.uses import with_uses
from library.examples.example import parse_example
from library.sandbox import Sandbox
from library.store import Library
from memory.store import Memory

FUNCTIONS = '''def is_even(number: int) -> bool:
    """Whether a number is even."""
    return number % 2 == 0


def divides(number: int, by: int) -> bool:
    """Whether a number is divided by another without a rest."""
    return number % by == 0


def slug(text: str) -> str:
    """A text in lower case with hyphens."""
    return text.lower().replace(" ", "-")
'''


@pytest.mark.parametrize(
    ("signature", "examples", "uses"),
    [
        ("slugs(texts: list[str]) -> list[str]", ["slugs(['A b', 'C']) == ['a-b', 'c']"], ["[slug(x) for x in texts]"]),
        ("evens(numbers) -> list[int]", ["evens([1, 2, 4]) == [2, 4]"], ["[x for x in numbers if is_even(x)]"]),
        ("count(ns: list[int], by: int) -> int", ["count([3, 4, 6], 3) == 2"], ["sum(divides(x, by) for x in ns)"]),
        ("two(a: list[int], b)", ["two([4, 3], [2, 2]) == [True, False]"], ["[divides(x, y) for x, y in zip(a, b)]"]),
        ("slugs(texts: list[str])", ["slugs(['A b']) == 7"], []),
        ("slugs(texts: list[str])", ["slugs(1) raises TypeError"], []),
        ("none_of() -> int", ["none_of() == 7"], []),
    ],
)  # fmt: skip
def test_a_use_that_gives_the_examples_is_told_and_then_the_others_are_not_shown(
    signature: str, examples: list[str], uses: list[str], sandbox: Sandbox, tmp_path: Path
) -> None:
    library = Library(Memory(tmp_path))
    library.memory.write({"library.py": FUNCTIONS}, "functions")
    offered = [offer(library, name) for name in ("slug", "divides", "is_even")]
    found = with_uses(offered, library, signature, list(map(parse_example, examples)), sandbox)
    assert [one["use"] for one in found if "use" in one] == uses
    assert len(found) == (len(uses) or len(offered))
    assert last_line(found).startswith(f"`{uses[0]}` gives the examples." if uses else "")
