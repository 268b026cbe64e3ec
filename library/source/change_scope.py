"""What a change of a text concerns beside the definitions that it names: imports, switches, names made up. Pure."""

from collections import Counter
from dataclasses import dataclass

from library.source.function import Parsed
from library.source.imports import Import, imported
from library.source.statements import Piece, is_guard

# With these a function can get at any name of its module, under a name that it makes up itself.
_BUILTINS = ("globals", "vars", "locals", "eval", "exec", "__import__", "__builtins__")
_REFLECTING = frozenset((*_BUILTINS, "import_module", "modules", "getmembers"))
_MODULES = frozenset(["importlib", "inspect", "pkgutil", "runpy", "builtins", "gc", "sys"])


@dataclass(frozen=True)
class Moved:
    """What differs between two states of a text.

    Args:
        names: those that mean something else than before, or are new, or gone, or are changed in place.
        everything: a switch of the whole module came or went (`from __future__`), a star import, or a statement that
            binds no name and so may have changed anything.
    """

    names: frozenset[str]
    everything: bool


def moved(old: Parsed, new: Parsed) -> Moved:
    """What one text changes of another; statements that only stand elsewhere do not count."""
    there, here = {id(piece) for piece in old.pieces}, {id(piece) for piece in new.pieces}
    gone = [piece for piece in old.pieces if id(piece) not in here]
    come = [piece for piece in new.pieces if id(piece) not in there]
    alike = Counter((one.kind, one.text) for one in gone) & Counter((one.kind, one.text) for one in come)
    gone, come = _without(gone, alike), _without(come, alike)
    items = _items(gone) ^ _items(come)
    names = {item.bound for item in items if item.module != "__future__"}
    everything = any(item.module == "__future__" or item.name == "*" for item in items)
    for piece in (*gone, *come):
        if piece.kind in ("import", "future", "docstring"):
            continue
        names.update(piece.names, piece.touches)
        everything = everything or not (piece.names or all(map(is_guard, piece.nodes)))
    return Moved(frozenset(names - {"*"}), everything)


def reflecting(parsed: Parsed) -> set[str]:
    """Definitions that may get at any name of the module by a name made up as they run, so every change is theirs."""
    words = set(_REFLECTING)
    for piece in parsed.importers:
        words |= {item.bound for item in imported(piece) if item.module.split(".")[0] in _MODULES}
    plain = {item.bound for piece in parsed.importers for item in imported(piece) if item.module == "sys"}
    found: set[str] = set()
    for piece in parsed.using(words):
        only_sys = piece.used(frozenset(words)) <= plain
        if not only_sys or any(word in piece.text for word in ("modules", "_getframe")):
            found.update(piece.names)
    return found


def _without(pieces: list[Piece], alike: "Counter[tuple[str, str]]") -> list[Piece]:
    left = alike.copy()
    found: list[Piece] = []
    for piece in pieces:
        if left[(piece.kind, piece.text)] > 0:
            left[(piece.kind, piece.text)] -= 1
        else:
            found.append(piece)
    return found


def _items(pieces: list[Piece]) -> set[Import]:
    return {item for piece in pieces for item in imported(piece)}
