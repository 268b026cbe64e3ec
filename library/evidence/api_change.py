"""API change: what those who call a function must know of its new version. griffe is imported late.

griffe reads signatures without running them, and knows which changes of a signature break a call.
"""

from pathlib import Path
from typing import Any

from library.errors import SourceError
from library.source.function import parse


def api_change(old: str, new: str, name: str) -> tuple[str, ...]:
    """What a new text of a function changes for callers of the old one ("" for none), in words; () if only the body."""
    if not old or not new:
        return () if not old else (f"{name} was removed",)
    try:
        before, after = parse(old).get(name), parse(new).get(name)
    except SourceError:
        return ()
    if before is None or after is None or before.signature == after.signature:
        return ()
    breaking = tuple(f"breaks calls: {_words(one)}" for one in _breaking(old, new))
    return (*breaking, f"{before.signature} became {after.signature}")


def _breaking(old: str, new: str) -> list[dict[str, Any]]:
    import griffe  # 70 ms: only where versions are compared

    where = Path("library.py").absolute()
    before, after = (griffe.visit("library", where, code=text) for text in (old, new))
    return [one.as_dict() for one in griffe.find_breaking_changes(before, after)]


def _words(found: dict[str, Any]) -> str:
    """One breaking change: "parameter b was removed"."""
    kind = str(found["kind"].value).lower()
    old, new = found["old_value"], found["new_value"]
    named = str(getattr(old if new is None else new, "name", ""))
    if kind.startswith("parameter") and named:
        return f"parameter {named}{kind.removeprefix('parameter')}"
    return f"{kind} ({old} became {new})" if old is not None and new is not None else kind
