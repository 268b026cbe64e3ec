"""What comes from elsewhere beside what is there: a constant, class or import of one name that means two things gets a
private name of its own, so that neither file reads the other's. Pure."""

from dataclasses import replace

from library.editing.shadowing import bound_apart, foreign_builtins, hides_python
from library.errors import SourceError
from library.exchange.importing import Candidate, under_names
from library.source.function import Parsed, digest, parse
from library.source.imports import clash, imported


def fitted(candidate: Candidate, library: Parsed) -> Candidate:
    """A candidate that has a draft, as it fits into a library.

    Raises:
        SourceError: it uses one of Python's own names, which is something else in this library.
    """
    assert candidate.draft is not None
    draft = parse(candidate.draft.code, "the draft")
    if others := foreign_builtins(library, draft):
        name, line = next(iter(others.items()))
        raise SourceError(f"it uses Python's own {name}, which in the library is another ({line})")
    names = {name: _free(name, draft) for name in _clashing(candidate.name, library, draft)}
    if names:
        candidate = under_names(candidate, names)
        assert candidate.draft is not None
        draft = parse(candidate.draft.code, "the draft")
    items = [
        item
        for piece in draft.pieces
        if piece.kind == "import"
        for item in imported(piece)
        if item.name != "*"
        and (
            hides_python(item)
            or item.bound in library.definitions
            or any(clash(item, there) for there in library.importing(item.bound))
        )
        and item not in library.importing(item.bound)
    ]
    if items:
        code = bound_apart(draft, items, {*library.names, *draft.names})
        return replace(candidate, draft=replace(candidate.draft, code=code))
    return candidate


def _clashing(function: str, library: Parsed, draft: Parsed) -> list[str]:
    """Names of constants and classes that mean something else in the library."""
    found: list[str] = []
    for piece in draft.pieces:
        for name in piece.names if piece.kind not in ("import", "future", "docstring") else ():
            if name == function or name.startswith("_") or name not in library.names:
                continue
            there = library.by_name[name]
            same = len(there) == 1 and there[0].names == piece.names and digest(there[0].text) == digest(piece.text)
            if not same:
                found.append(name)
    return list(dict.fromkeys(found))


def _free(name: str, draft: Parsed) -> str:
    """`_RATE`: private; where that is taken by something else, the splice finds a number for it."""
    free = f"_{name}"
    while free in draft.names:
        free += "_"
    return free
