"""Python literals as text and as values; what a set holds comes in one order, whatever the process. Pure."""

import ast
from typing import Any, cast


def literal(text: str) -> tuple[Any] | None:
    """The value of a Python literal in a tuple of one, or None if the text is not a literal."""
    try:
        return (ast.literal_eval(text),)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def items_of(value: Any) -> list[Any]:
    """What a list, tuple or set holds; of a set sorted by text, as its own order is another in every process."""
    items = cast("list[Any]", value)
    return sorted(items, key=written) if isinstance(value, set | frozenset) else list(items)


def written(value: Any) -> str:
    """A value as `repr` writes it, but that a set's items are sorted."""
    text = repr(value)
    if "{" not in text:  # no set in it: the most by far
        return text
    if isinstance(value, dict):
        held = cast("dict[Any, Any]", value)
        return "{" + ", ".join(f"{written(key)}: {written(item)}" for key, item in held.items()) + "}"
    if not isinstance(value, list | tuple | set | frozenset):
        return text
    inner = ", ".join(map(written, items_of(cast("Any", value))))
    if isinstance(value, list):
        return f"[{inner}]"
    if isinstance(value, frozenset):
        return f"frozenset({{{inner}}})"
    if isinstance(value, set):
        return f"{{{inner}}}"
    return f"({inner},)" if len(cast("tuple[Any, ...]", value)) == 1 else f"({inner})"


def words(text: str) -> frozenset[str]:
    """The words of a text that lists them."""
    return frozenset(text.split())
