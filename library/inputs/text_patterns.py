"""Text patterns: what the texts of the examples have in common: a few words, a few letters, one outline. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from library.inputs.preconditions import texts_in

_RUN = re.compile(r"[A-Za-z]+|\d+|\s+")
_FEW_LETTERS = 4


@dataclass(frozen=True)
class TextPattern:
    """What a text must be like to be of the same sort as those of the examples; empty where any text will do.

    Attributes:
        vocabulary: its words, when they are a closed set: used again and again, or all in the code.
        letters: its letters, when there are very few, again and again.
        outline: what it is made of, "9/9" for "1/5", when all examples have the same.
    """

    vocabulary: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()
    outline: str = ""

    def has(self, values: Iterable[Any]) -> bool:
        """Whether the texts among the values are of this sort; an empty one is always let through."""
        return all(self._has(text) for text in texts_in(values) if text)

    def _has(self, text: str) -> bool:
        if self.vocabulary and not self.vocabulary.issuperset(text.split(" ")):
            return False
        if self.letters and not self.letters.issuperset(text):
            return False
        return not self.outline or outline(text) == self.outline


def manner_of(examples: Sequence[Sequence[Any]], constants: Sequence[str]) -> TextPattern:
    """What the texts in the arguments of the examples have in common.

    Args:
        examples: arguments.
        constants: texts that the examples and the code mention.
    """
    texts = list(dict.fromkeys(text for values in examples for text in texts_in(values) if text))
    outlines = {outline(text) for text in texts}
    same = len(texts) > 1 and len(outlines) == 1 and _RUN.sub("", "".join(texts))
    return TextPattern(_vocabulary(texts, constants), _letters(texts), outlines.pop() if same else "")


def outline(text: str) -> str:
    """The text with every word as "a", every number as "9", every gap as one space."""
    return _RUN.sub(lambda run: "a" if run[0].isalpha() else "9" if run[0].isdigit() else " ", text)


def _vocabulary(texts: Sequence[str], constants: Sequence[str]) -> frozenset[str]:
    pieces = [piece for text in texts if " " in text for piece in text.split(" ") if piece]
    others = frozenset(constants) - frozenset(text for text in texts if " " in text)
    if not pieces or not (len(pieces) >= 2 * len(set(pieces)) or others.issuperset(pieces)):
        return frozenset()
    return others | frozenset(pieces)


def _letters(texts: Sequence[str]) -> frozenset[str]:
    whole = "".join(texts)
    found = frozenset(whole)
    closed = len(found) <= _FEW_LETTERS and len(whole) >= 4 * len(found) and not any(c.isalpha() for c in found)
    return found if closed else frozenset()
