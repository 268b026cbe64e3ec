"""Short values: all texts of one or two letters or words, where the examples are made of very few of them. Pure."""

from itertools import pairwise, product
from typing import Any

from library.inputs.manner import Manner
from library.inputs.value_types import Vocabulary
from library.source.types import Type

_LONGEST, _LONGEST_IN_LIST = 3, 2  # letters


def short_values(wanted: Type, manner: Manner, words: Vocabulary) -> list[Any]:
    """The shortest values of a type, the shorter ones first; none where there are many.

    Few mistakes hide from all small inputs, so these are tried one by one (Jackson's small scope hypothesis).

    Args:
        wanted: the type.
        manner: of the examples: which letters or words there are.
        words: those of the task, in their order; words that follow one another there are put side by side.
    """
    if wanted.name == "str":
        return [*_texts(manner, _LONGEST), *_side_by_side(manner, words)]
    if wanted == Type("list", (Type("str"),)):
        texts = _texts(manner, _LONGEST_IN_LIST)
        pairs = sorted(product(texts, repeat=2), key=lambda pair: len(pair[0]) + len(pair[1]))
        return [list(pair) for pair in pairs]
    return []


def _texts(manner: Manner, longest: int) -> list[str]:
    """All texts of the few letters that there are."""
    letters = sorted(manner.letters)
    sizes = range(longest + 1) if letters else ()
    return ["".join(text) for size in sizes for text in product(letters, repeat=size)]


def _side_by_side(manner: Manner, words: Vocabulary) -> list[str]:
    """Words of a closed set beside the next one, either of them first."""
    listed = [word for word in words.strings if word in manner.vocabulary and word]
    return [f"{one} {other}" for pair in pairwise(listed) for one, other in (pair, pair[::-1])]
