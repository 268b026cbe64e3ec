"""Values mentioned in a docstring outside of its examples, such as `array = [2, 3]`: a start for inputs. Pure."""

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from library.inputs.preconditions import fits
from library.source.literals import literal, written
from library.source.types import Type

MOST = 4
_SPAN = re.compile(r"\[[^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)*\]|\([^()\n]*\)|\{[^{}\n]*\}|'[^'\n]*'|\"[^\"\n]*\"")
_NUMBER = re.compile(r"(?<![\w.\[(,'\"-])-?\d+(?:\.\d+)?(?![\w.'\"])")


def mentioned(doc: str, name: str, types: Sequence[Type]) -> list[tuple[Any, ...]]:
    """Arguments put together from the values in a docstring, in their order, one of the right type for each parameter.

    Args:
        doc: the docstring.
        name: the function; words in a call of it without quotes are taken for texts.
        types: of the parameters.
    """
    bare = [_bare(match[1]) for match in re.finditer(rf"\b{re.escape(name)}\(([^()\n]*)\)", doc)]
    found = [values for values in bare if len(values) == len(types) and all(map(fits, values, types))]
    spans = [match[0] for pattern in (_SPAN, _NUMBER) for match in pattern.finditer(doc)]
    loose = [value for span in spans for value in literal(span) or ()]
    columns = [[value for value in loose if _suits(value, wanted)] for wanted in types]
    if all(columns):
        found += [
            tuple(column[0] if value is None else value for value, column in zip(row, columns, strict=True))
            for row in zip_longest(*columns)
        ]
    return list({written(values): values for values in found}.values())[:MOST]


def _bare(text: str) -> tuple[str, ...]:
    words = [word.strip() for word in text.split(",")]
    return tuple(words) if all(word.isidentifier() and len(word) > 1 for word in words) else ()


def _suits(value: Any, wanted: Type) -> bool:
    """Of the type, and said so: no empty list, no type that takes anything."""
    return wanted.name not in ("", "Any", "other") and value not in ([], (), {}, "") and fits(value, wanted)
