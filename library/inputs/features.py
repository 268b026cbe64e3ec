"""Features: what is to be seen on an input without running it, so that questions differ from what is known. Pure."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, cast

from library.source.literals import items_of


def looks(call: str) -> frozenset[str]:
    """What a call looks like, in words: "1 empty", "2 negative", "1 has twins"; the numbers are its arguments'.
    Empty for a call whose arguments are no literals."""
    try:
        tree = ast.parse(call, mode="eval")
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
        if not nodes:
            return frozenset()
        # The innermost call is the one of the draft: others stand around it.
        values = [ast.literal_eval(argument) for argument in nodes[-1].args]
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return frozenset()
    found = {f"{number} {look}" for number, value in enumerate(values, 1) for look in _of(value, 2)}
    return frozenset(found | set(_between(values)))


def between(seen: Iterable[str]) -> list[tuple[str, str]]:
    """Of some looks those that say how two arguments stand to one another: the numbers of the two."""
    words = [look.split() for look in seen]
    return [(one[0], one[1]) for one in words if len(one) > 2 and one[1].isdigit() and one[2] != "digits"]


def _of(value: Any, depth: int) -> Iterator[str]:
    yield type(value).__name__
    if isinstance(value, bool) or value is None:
        yield repr(value)
    elif isinstance(value, int | float):
        yield from _of_number(value)
    elif isinstance(value, str):
        yield from _of_text(value)
    elif isinstance(value, list | tuple | set | frozenset):
        yield from _of_items(items_of(value), depth)
    elif isinstance(value, dict):
        yield _size(len(cast("dict[Any, Any]", value)))
        if depth:
            held = cast("dict[Any, Any]", value)
            yield from (f"key {look}" for key in held for look in _of(key, 0))
            yield from (f"value {look}" for item in held.values() for look in _of(item, 0))


def _of_number(value: float) -> Iterator[str]:
    yield "zero" if value == 0 else "negative" if value < 0 else "positive"
    if value in (1, 2):
        yield "small"
    if isinstance(value, float):
        yield "whole" if value.is_integer() else "broken"
        if 0 < abs(value) < 1:
            yield "fraction"
    else:
        yield "even" if value % 2 == 0 else "odd"
        yield f"{min(len(str(abs(value))), 4)} digits"


def _of_text(value: str) -> Iterator[str]:
    yield _size(len(value))
    tests = {
        "upper": any(c.isupper() for c in value),
        "lower": any(c.islower() for c in value),
        "digit": any(c.isdigit() for c in value),
        "space": " " in value,
        "line": "\n" in value,
        "edge space": value != value.strip(),
        "foreign": not value.isascii(),
        "twins": any(a == b for a, b in pairwise(value)),
        "triplets": any(a == b == c for a, b, c in zip(value, value[1:], value[2:], strict=False)),
        "double space": "  " in value,
        "again": len(set(value)) < len(value),
        "mirrored": len(value) > 1 and value == value[::-1],
    }
    yield from (name for name, holds in tests.items() if holds)
    yield from {f"sign {c}" for c in value if c.isascii() and not c.isalnum() and not c.isspace()}
    if value and not tests["again"]:
        yield "all different"
    if any(c in "()[]{}<>" for c in value):
        yield "balanced" if _balanced(value) else "unbalanced"


def _balanced(value: str) -> bool:
    for opening, closing in ("()", "[]", "{}", "<>"):
        depth = 0
        for c in value:
            depth += (c == opening) - (c == closing)
            if depth < 0:
                return False
        if depth:
            return False
    return True


def _of_items(items: list[Any], depth: int) -> Iterator[str]:
    yield _size(len(items))
    texts = [repr(item) for item in items]
    if len(set(texts)) < len(texts):
        yield "has twins"
        if len(set(texts)) == 1:
            yield "all alike"
    yield f"{'odd' if len(items) % 2 else 'even'} count"
    if len(items) > 1:
        yield _order(items)
        if texts == texts[::-1]:
            yield "mirrored"
    if depth:
        yield from {f"item {look}" for item in items for look in _of(item, depth - 1)}


def _order(items: list[Any]) -> str:
    try:
        rising = all(a <= b for a, b in pairwise(items))
        falling = all(a >= b for a, b in pairwise(items))
    except TypeError:
        return "mixed"
    return "rising" if rising else "falling" if falling else "unordered"


def _size(length: int) -> str:
    sizes = {0: "empty", 1: "one", 2: "two"}
    return sizes.get(length) or ("few" if length < 6 else "many" if length < 11 else "long")


def _between(values: Sequence[Any]) -> Iterator[str]:
    """How the arguments stand to one another."""
    for one in range(len(values)):
        for other in range(one + 1, len(values)):
            a, b = values[one], values[other]
            yield f"{one + 1} {other + 1} {_relation(a, b)}"


def _relation(a: Any, b: Any) -> str:
    sized = (list, str, tuple, dict, set)
    if isinstance(a, sized) and isinstance(b, sized):
        more = len(cast("Any", a)) - len(cast("Any", b))
        return "equal" if a == b else "as long" if not more else "longer" if more > 0 else "shorter"
    if isinstance(a, int | float) and isinstance(b, int | float):
        return "equal" if a == b else "greater" if a > b else "less"
    if isinstance(a, sized):
        length, number = len(cast("Any", a)), b
    elif isinstance(b, sized):
        length, number = len(cast("Any", b)), a
    else:
        return "apart"
    if isinstance(number, int):
        return "count equal" if number == length else "count beyond" if number > length else "count within"
    return "apart"
