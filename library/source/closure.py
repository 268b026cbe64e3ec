"""The part of a text that some of its functions need, as a text of its own that runs. Pure."""

from collections.abc import Iterable, Mapping

from library.source.function import Parsed, needed, parse
from library.source.import_effects import FAR
from library.source.imports import imported
from library.source.statements import Piece


def closure(source: str, names: Iterable[str]) -> str:
    """The imports, constants, classes and functions that the named ones need, themselves included, and nothing else.

    Args:
        source: the text of a library.
        names: names of definitions in it; unknown ones are passed over.

    Raises:
        SourceError: the text does not parse.
    """
    return closure_of(parse(source), names)


def closure_of(parsed: Parsed, names: Iterable[str]) -> str:
    """As `closure`, for a text already taken apart."""
    return _text(parsed, needed(parsed, names))


def running(parsed: Parsed, names: Iterable[str]) -> str:
    """As `closure_of`, with every statement that may change what they do: it behaves as the whole module does.

    A statement that does something at import (calls a function, fills a table by `map`) belongs to it as soon as it
    reaches any name that the named ones need, or may reach any name at all.
    """
    wanted, forced = needed(parsed, names), set[int]()
    while True:
        there = {name for found in wanted.values() for name in found}
        there |= {name for n in wanted if parsed.pieces[n].kind != "import" for name in parsed.pieces[n].names}
        more = {
            number
            for number, reached in parsed.acting
            if number not in wanted and not (reached.isdisjoint(there) and reached.isdisjoint(FAR))
        }
        if not more:
            return _text(parsed, wanted)
        forced |= more
        uses = {name for number in more for name in (*parsed.pieces[number].uses, *parsed.pieces[number].names)}
        wanted = {number: set[str]() for number in forced} | needed(parsed, there | uses)


def _text(parsed: Parsed, wanted: Mapping[int, set[str]]) -> str:
    texts: list[str] = []
    for number in sorted(wanted):
        piece = parsed.pieces[number]
        text = piece.text if piece.kind != "import" else _only(piece, wanted[number])
        gap = "" if not texts else "\n\n" if piece.kind in ("function", "class") else ""
        texts.append(gap + text if text.endswith(("\n", "\r")) else gap + text + "\n")
    return "".join(texts)


def _only(piece: Piece, names: set[str]) -> str:
    """An import statement with just the names that are wanted."""
    items = imported(piece)
    if all(item.bound in names or item.name == "*" for item in items):
        return piece.text
    return "".join(item.line + "\n" for item in items if item.bound in names or item.name == "*")
