"""Marks: what a call gave, in a few letters; the same inside the sandbox and outside. Standard library only."""

import re
import zlib
from collections.abc import Mapping, Set
from typing import Any, cast

from library.execution.step_count import step

SLOW, UNKNOWN = "~", "?"  # it took too many steps; it was not called, or not to its end
RESULT, RAISED = "=", "!"  # what follows is a hash of the result, the name of the exception
_DEEP = 20  # levels of a result that are looked into
_PLAIN = frozenset({str, int, bool, bytes, type(None)})
_HOLDERS = frozenset({list, tuple, dict, set, frozenset})
_ALIKE = (list, tuple, dict, set, frozenset, Mapping, Set)
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def of_result(text: str) -> str:
    """The mark of a result that is shown so."""
    return f"{RESULT}{zlib.crc32(text.encode('utf-8', 'replace')):x}"


def of_error(error: BaseException) -> str:
    """The mark of an exception."""
    return f"{RAISED}{type(error).__name__}"


def shown(value: Any, depth: int = 0, *, dicts: bool = True) -> str:
    """A result as text in which the order of sets and keys, addresses and the last digits of floats do not show.

    Args:
        value: the result.
        depth: how deep it lies in another.
        dicts: tell a Counter from a dict.
    """
    kind = cast("type[Any]", type(value))
    if kind in _PLAIN:
        return repr(value)
    if kind is float:
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.9g}"
    if depth < _DEEP:
        if kind in _HOLDERS or isinstance(value, _ALIKE):
            step(len(cast("list[Any]", value)))
            held = ",".join(_parts(value, depth + 1, dicts))
            return f"{{{held}}}" if not dicts and isinstance(value, dict) else f"{kind.__name__}({held})"
        if (fields := getattr(kind, "__dataclass_fields__", None)) is not None:
            inner = [f"{name}={shown(getattr(value, name, None), depth + 1, dicts=dicts)}" for name in fields]
            return f"{kind.__name__}({','.join(inner)})"
    return _ADDRESS.sub("", repr(value))


def _parts(items: Any, depth: int, dicts: bool) -> list[str]:
    """The texts of what a collection holds."""
    if isinstance(items, Mapping):
        pairs = cast("Mapping[Any, Any]", items).items()
        return sorted(f"{shown(key, depth, dicts=dicts)}:{shown(item, depth, dicts=dicts)}" for key, item in pairs)
    found = [shown(item, depth, dicts=dicts) for item in items]
    return found if isinstance(items, list | tuple) else sorted(found)
