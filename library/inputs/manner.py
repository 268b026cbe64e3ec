"""Manner: what the arguments of the examples have in common: a few words, letters or numbers, one outline. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from library.inputs.preconditions import texts_in
from library.source.literals import written

_RUN = re.compile(r"[A-Za-z]+|\d+|\s+")
_FEW_LETTERS, _FEW_NUMBERS = 4, 3
_OFTEN, _VERY_OFTEN = 3, 4  # how often each comes at least, if there are no others
_PAIRS = 6  # so many that all of them rise by chance once in 64 times
_CELLS = 6  # so many numbers in no order that each comes once by chance once in 65 times
Row = Sequence[Any]


@dataclass(frozen=True)
class Manner:
    """What arguments must be like to be of the same sort as those of the examples; empty where any will do.

    Attributes:
        vocabulary: the words of texts, when they are a closed set: used again and again, or all in the code.
        letters: their letters, when there are very few, again and again.
        single: texts are single signs, no letters or digits.
        outline: what texts are made of, "9/9" for "1/5", when all examples have the same.
        numbers: what rows of rows are made of, when that is very few whole numbers, again and again.
        level: rows of rows are all as long as each other.
        square: and as many as they are long.
        size: of tuples, when all have the same and there are no lists.
        rising: of pairs of numbers the first is never the larger one.
        distinct: what rows of rows are made of is the numbers from one on, each once, in no order.
    """

    vocabulary: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()
    single: bool = False
    outline: str = ""
    numbers: frozenset[int] = frozenset()
    level: bool = False
    square: bool = False
    size: int = 0
    rising: bool = False
    distinct: bool = False

    def has(self, values: Iterable[Any]) -> bool:
        """Whether the values are of this sort; an empty text or list is always let through."""
        values = list(values)
        if self.size and (_has_lists(values) or any(len(one) != self.size for one in _tuples(values))):
            return False
        if self.rising and any(one[0] > one[1] for one in _pairs(values)):
            return False
        return all(map(self._has_text, filter(None, texts_in(values)))) and all(map(self._has_rows, _grids(values)))

    def _has_text(self, text: str) -> bool:
        if self.vocabulary and not self.vocabulary.issuperset(text.split(" ")):
            return False
        if self.letters and not self.letters.issuperset(text):
            return False
        if self.single and len(text) > 1:
            return False
        return not self.outline or outline(text) == self.outline

    def _has_rows(self, rows: Sequence[Row]) -> bool:
        if self.numbers and not self.numbers.issuperset(filter(_is_whole, chain(*rows))):
            return False
        if self.distinct and not _distinct(rows):
            return False
        if self.square and any(len(row) != len(rows) for row in rows):
            return False
        return not self.level or len(set(map(len, rows))) == 1


def manner_of(examples: Sequence[Sequence[Any]], constants: Sequence[str]) -> Manner:
    """What the arguments of the examples have in common.

    Args:
        examples: arguments.
        constants: texts that the examples and the code mention.
    """
    texts = list(dict.fromkeys(text for values in examples for text in texts_in(values) if text))
    listed = {written(value): texts_in([value]) for values in examples for value in values if isinstance(value, list)}
    outlines = {outline(text) for text in texts}
    same = len(texts) > 1 and len(outlines) == 1 and _RUN.sub("", "".join(texts))
    grids = [rows for values in examples for rows in _grids(values) if len(rows) > 1]
    long = {len(rows[0]) for rows in grids}
    level = all(len(set(map(len, rows))) == 1 for rows in grids) and (len(grids) > 2 or len(long - {0, 1}) > 1)
    sizes = [len(one) for values in examples for one in _tuples(values)]
    pairs = {one for values in examples for one in _pairs(values)}
    return Manner(
        _vocabulary(texts, constants),
        _letters(texts, [text for found in listed.values() for text in found]),
        len(texts) > 2 and all(len(text) == 1 and not text.isalnum() for text in texts),
        outlines.pop() if same else "",
        _numbers(grids),
        level,
        level
        and all(len(rows) == len(rows[0]) for rows in grids)
        and (len(grids) > 2 or len(set(map(len, grids))) > 1),
        sizes[0] if len(sizes) > 2 and len(set(sizes)) == 1 and not any(map(_has_lists, examples)) else 0,
        len(pairs) >= _PAIRS and all(first <= second for first, second in pairs),
        len(grids) > 1 and all(map(_distinct, grids)) and any(_out_of_order(rows) for rows in grids),
    )


def outline(text: str) -> str:
    """The text with every word as "a", every number as "9", every gap as one space."""
    return _RUN.sub(lambda run: "a" if run[0].isalpha() else "9" if run[0].isdigit() else " ", text)


def _vocabulary(texts: Sequence[str], constants: Sequence[str]) -> frozenset[str]:
    pieces = [piece for text in texts if " " in text for piece in text.split(" ") if piece]
    others = frozenset(constants) - frozenset(text for text in texts if " " in text)
    if not pieces or not (len(pieces) >= 2 * len(set(pieces)) or others.issuperset(pieces)):
        return frozenset()
    return others | frozenset(pieces)


def _letters(texts: Sequence[str], listed: Sequence[str]) -> frozenset[str]:
    """Few letters again and again, in texts that differ or stand in lists that do."""
    whole = "".join(listed if len(listed) > len(texts) else texts)
    found = frozenset(whole)
    often = _OFTEN if len(listed) > len(texts) and len(found) > 1 else _VERY_OFTEN
    closed = len(found) <= _FEW_LETTERS and len(whole) >= often * len(found) and not any(c.isalpha() for c in found)
    return found if closed else frozenset()


def _numbers(grids: Sequence[Sequence[Row]]) -> frozenset[int]:
    whole = [item for rows in grids for item in chain(*rows)]
    found = frozenset(filter(_is_whole, whole))
    closed = all(map(_is_whole, whole)) and len(found) <= _FEW_NUMBERS and len(whole) >= _VERY_OFTEN * len(found)
    return found if closed else frozenset()


def _distinct(rows: Sequence[Row]) -> bool:
    """Whether the cells are the whole numbers from one on, each once."""
    cells = list(chain(*rows))
    return all(map(_is_whole, cells)) and sorted(cells) == list(range(1, len(cells) + 1))


def _out_of_order(rows: Sequence[Row]) -> bool:
    cells = list(chain(*rows))
    return len(cells) >= _CELLS and cells != sorted(cells)


def _is_whole(item: Any) -> bool:
    return isinstance(item, int) and not isinstance(item, bool)


def _grids(values: Iterable[Any]) -> Iterator[list[Row]]:
    """The lists of lists among the values."""
    for value in values:
        rows = cast("list[Any]", value) if isinstance(value, list) else []
        if rows and all(isinstance(row, list) for row in rows):
            yield rows


def _has_lists(values: Iterable[Any]) -> bool:
    return any(isinstance(value, list) for value in values)


def _pairs(values: Iterable[Any]) -> Iterator[tuple[int | float, int | float]]:
    """The tuples of two numbers among the values and in the lists among them."""
    for one in _tuples(values):
        if len(one) == 2 and all(isinstance(item, int | float) for item in one):
            yield one[0], one[1]


def _tuples(values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """The tuples among the values and in the lists among them."""
    for value in values:
        if isinstance(value, tuple):
            yield cast("tuple[Any, ...]", value)
        elif isinstance(value, list):
            yield from _tuples(cast("list[Any]", value))
