"""Values near a given one: one item more or less, doubled, swapped, one step off, in other letters. Pure."""

import re
from collections.abc import Iterator
from itertools import islice, zip_longest
from random import Random
from typing import Any, cast

from library.inputs.value_types import Vocabulary, built, tokens
from library.source.literals import items_of, written

_NONE = object()
_SPLIT = re.compile(r"([ ,;\n]+)")


def nearby(value: Any, words: Vocabulary, limit: int = 60) -> list[Any]:
    """Values of the same kind, each a small change away; in a fixed order, the value itself not among them."""
    seen = {written(value)}
    found: list[Any] = []
    for other in islice(_changes(value, words, 2), limit * 3):
        if (text := written(other)) not in seen:
            seen.add(text)
            found.append(other)
    return found[:limit]


def _changes(value: Any, words: Vocabulary, depth: int) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from _integers(value)
    elif isinstance(value, float):
        if value.is_integer() and abs(value) < 1e12:
            yield int(value)
        yield from (value + 1, value - 1, -value, 0.0, value / 2, value * 2, value + 0.5)
        yield from (float(round(value)), value + 0.01)
    elif isinstance(value, complex):
        yield from (value + 1, -value, value.conjugate(), value * 1j, 0j, value.real)
    elif isinstance(value, str):
        yield from _strings(value, words)
    elif isinstance(value, list | tuple | set | frozenset):
        name = "list" if isinstance(value, list) else "tuple" if isinstance(value, tuple) else "set"
        for other in _lists(items_of(value), words, depth):
            yield built(name, other)
    elif isinstance(value, dict):
        yield from _dicts(cast("dict[Any, Any]", value), words, depth)


def _integers(value: int) -> Iterator[int]:
    yield from (value + 1, value - 1, -value, 0, 1, value * 2, value // 2, value + 2, value - 2, value * 3, value + 10)
    yield from (value * 10, value * value, int(str(abs(value))[::-1]), value + 7, value - 5)


def _strings(value: str, words: Vocabulary) -> Iterator[str]:
    yield ""
    parts = _SPLIT.split(value)
    if len(parts) > 1:
        # Words and what stands between them: most texts have a grammar, and whole words keep to it.
        yield "".join([*parts[2:]])
        yield "".join(parts[:-2])
        yield "".join(parts[::-1])
        yield parts[0]
        yield value + parts[1] + value
        yield value + parts[1] + parts[0]
        yield value.replace(parts[1], parts[1] * 2)
        yield value.replace(parts[1], parts[1] * 3)
        yield value.replace(parts[1], parts[1] * 4, 1)
        yield value.replace(parts[1], "")
        yield parts[1] + value + parts[1]
    if signs := [at for at, letter in enumerate(value) if not letter.isalnum() and not letter.isspace()]:
        yield from (value + value[signs[-1] :], value[: signs[-1]])  # what stands after the last sign, twice and not
    yield from (value.upper(), value.lower(), value.swapcase(), value[::-1], value + value, value.title())
    if " " in value:
        yield from (value.replace(" ", "\t"), value.replace(" ", "\n"))
    yield from (value[1:], value[:-1], value[:1], value + value[:1], value + value[-1:], value[:2] + value[1:])
    middle = len(value) // 2
    yield value + "\n"
    yield from (value[:middle], value[middle:], value[:middle] + value[middle + 1 :])
    for token in tokens(value)[:8]:
        if token.isdigit():
            yield from _other_numbers(value, token, words)
        yield value.replace(token, "", 1)
        yield value.replace(token, token * 2, 1)
        yield value.replace(token, token * 3)
    for letter in (words.letters[:4] + " aA0.")[:8]:
        yield value + letter
        yield letter + value
        yield value[:middle] + letter + value[middle:]
        yield value[:middle] + letter + value[middle + 1 :]
    yield from (value + other for other in words.strings[:6])
    yield from (" " + value, value + " ", value + "é")


def renumbered(value: str, words: Vocabulary, random: Random) -> str:
    """A text with every number in it another one, mostly one that the task mentions; as wide as it was."""
    options = [int(n) + step for n in words.numbers for step in (0, 0, 1, -1)] or [0, 1]

    def other(run: re.Match[str]) -> str:
        fitting = [n for n in options if 0 <= n < 10 ** max(2, len(run[0]))]
        if not fitting or random.random() < 0.25:
            return run[0]
        return f"{random.choice(fitting):0{len(run[0])}d}"

    return re.sub(r"\d+", other, value)


def exchanged(value: Any, words: Vocabulary) -> Iterator[Any]:
    """The value with one number or word of it another one that the task mentions: a limit, an ending, a sort of thing
    that is named in words only. Numbers come with their neighbours, lists also as nothing but that one."""
    numbers = [n + step for step in (0, 1, -1) for n in words.numbers]
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield from dict.fromkeys(int(n) for n in numbers)
    elif isinstance(value, float):
        yield from dict.fromkeys(round(float(n), 6) for n in numbers)
    elif isinstance(value, str):
        yield from _other_words(value, words)
    elif isinstance(value, list | tuple):
        items = items_of(value)
        name = "list" if isinstance(value, list) else "tuple"
        for at, others in enumerate(zip_longest(*(exchanged(item, words) for item in items[:4]), fillvalue=_NONE)):
            if others[0] is not _NONE:
                yield built(name, [others[0]])
            place = at % len(others)
            if others[place] is not _NONE:
                yield built(name, [*items[:place], others[place], *items[place + 1 :]])


def _other_words(value: str, words: Vocabulary) -> Iterator[str]:
    """A text with a word of it another one of the task's; what is no word takes the place of the like."""
    own = list(dict.fromkeys(token for token in tokens(value) if not token.isspace()))
    for other in words.strings:
        for token in own[:4] if other not in own else ():
            if token.isalpha() == other.isalpha() and token.isdigit() == other.isdigit():
                yield value.replace(token, other, 1)


def _other_numbers(value: str, token: str, words: Vocabulary) -> Iterator[str]:
    """A number in a text one up, one down, or another that the task mentions; as wide as it was."""
    steps = [int(token) + step for step in (1, -1, 10, -10)]
    others = [int(n) + step for n in words.numbers for step in (0, 1) if 0 <= n < 10 ** max(2, len(token))][:12]
    for number in [*steps, *others, 0]:
        if number >= 0:
            yield value.replace(token, f"{number:0{len(token)}d}", 1)


def _lists(items: list[Any], words: Vocabulary, depth: int) -> Iterator[list[Any]]:
    yield []
    if not items:
        return
    yield items[:1]
    yield items[1:]
    yield items[:-1]
    yield items[::-1]
    yield items + items
    yield [*items, items[-1]]
    yield [items[0], *items]
    yield [*items, items[0]]
    yield from ([*items[:at], *items[at + 1 :]] for at in range(1, min(len(items) - 1, 5)))
    yield [items[0]] * len(items)
    yield from _sorted(items)
    if len(items) > 1:
        yield [items[-1], *items[1:-1], items[0]]
        yield [items[1], items[0], *items[2:]]
        yield items[len(items) // 2 :] + items[: len(items) // 2]
    if all(isinstance(item, int | float) and not isinstance(item, bool) for item in items):
        yield from ([-item for item in items], [item + 1 for item in items], [item * 2 for item in items])
        yield from ([*items, 0], [0, *items], [*items, -1], [*items, max(items) + 1], [*items, min(items) - 1])
        yield [abs(item) if at % 2 else -abs(item) for at, item in enumerate(items)]
    if depth:
        for at in dict.fromkeys((0, len(items) - 1, len(items) // 2)):
            for other in islice(_changes(items[at], words, depth - 1), 14):
                yield [*items[:at], other, *items[at + 1 :]]
                if at == len(items) - 1:
                    yield [*items, other]


def _sorted(items: list[Any]) -> Iterator[list[Any]]:
    try:
        yield sorted(items)
        yield sorted(items, reverse=True)
    except TypeError:
        return


def _dicts(value: dict[Any, Any], words: Vocabulary, depth: int) -> Iterator[dict[Any, Any]]:
    yield {}
    for key in list(value)[:4]:
        yield {other: item for other, item in value.items() if other != key}
    if not depth:
        return
    for key in list(value)[:3]:
        for other in islice(_changes(value[key], words, depth - 1), 6):
            yield {**value, key: other}
        for other in islice(_changes(key, words, depth - 1), 8):
            if not isinstance(other, list | dict | set):
                yield {(other if old == key else old): item for old, item in value.items()}
                yield {**value, other: value[key]}
