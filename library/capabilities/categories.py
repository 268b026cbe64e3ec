"""Categories: what a dotted name of Python's own library reaches, by the lists of tables.py. Pure."""

import re
import sys
from collections.abc import Iterator
from functools import lru_cache

from library.capabilities.reexports import is_module, real_place
from library.capabilities.tables import (
    BUILTINS,
    BY_NAME,
    CHECKED_WHERE_CALLED,
    EVAL,
    GUARDED,
    NAMES,
    REST,
    WHOLE,
    is_calm,
)


def category_of(place: str) -> str | None:
    """The category of a dotted name; "" for harmless, None for not listed.

    The longest listed beginning counts. A name that its module only hands on is taken for what it is, unless it is
    itself in the list.
    """
    category, parts = _listed(place)
    real = real_place(place)
    top = real.split(".")[0]
    parted = place.split(".")
    moved = top != parted[0] if parted[:2] != ["os", "path"] else is_module(real_place(".".join(parted[:3])))
    if parts > 1 and (category or not moved):
        return category  # harmless is only what lies there, and not what is handed on through it
    found = _listed(real)[0] if real != place else category
    inside = top in GUARDED or _is_private(place)
    if found is None and (is_unknown(top) or (inside and not is_module(real))):
        return EVAL
    return found


@lru_cache(maxsize=4096)
def computes(place: str) -> bool:
    """Whether a thing of Python's own, and all that can be had from it, only computes; false for modules."""
    top = place.split(".")[0]
    if top not in sys.stdlib_module_names or place in BY_NAME or any(name.startswith(f"{place}.") for name in NAMES):
        return False
    return place not in CHECKED_WHERE_CALLED and not category_of(place) and not is_module(real_place(place))


def _is_private(place: str) -> bool:
    """Whether it is a part of a module of Python's own that is not meant for others: dataclasses._create_fn."""
    top, *parts = place.split(".")
    known = top in sys.stdlib_module_names and not top.startswith("_")
    return known and any(re.match(r"_[^_]", part) for part in parts)


def is_unknown(top: str) -> bool:
    """Whether a module of Python's own stands in no list, so that nobody has looked at what it can do."""
    known = is_calm(top) or top in REST or any(name == top or name.startswith(f"{top}.") for name in NAMES)
    return top in sys.stdlib_module_names and not known and top != "builtins"


def _listed(place: str) -> tuple[str | None, int]:
    """The category of the longest beginning that is listed, and of how many parts that is."""
    parts = place.split(".")
    if parts[0] == "builtins" and len(parts) > 1:
        return BUILTINS.get(parts[1], EVAL if parts[1] in BY_NAME else ""), 2
    for end in range(len(parts), 0, -1):
        if (category := NAMES.get(".".join(parts[:end]))) is not None:
            return category, end
    if parts[0] in REST and len(parts) > 1:
        if parts[1].startswith(("exec", "spawn")):
            return "processes", 2
        return (None if parts[1][:1].isupper() else REST[parts[0]]), 2
    return None, 0


def everything_in(module: str) -> Iterator[str]:
    """All that a module can do."""
    listed = {c for name, c in NAMES.items() if c and (name == module or name.startswith(f"{module}."))}
    yield from sorted(listed | set(WHOLE.get(module, ())) | {c for c in [category_of(module)] if c})
