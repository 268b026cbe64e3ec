"""Splicing a draft into a library's text: every byte that is not its business stays. Pure: text in, text out."""

import ast
from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass, replace

from library.editing.dunder_all import change_listing
from library.editing.edits import EditedText, place, take_out, with_newline
from library.editing.future_imports import needless_switch
from library.editing.import_block import MODULE, change_imports, new_imports
from library.editing.rename import rename_names
from library.editing.shadowing import apart, check_hidden
from library.errors import NameTaken, SourceError
from library.source.change_scope import reflecting
from library.source.function import Parsed, digest, parse
from library.source.imports import check_absolute, clash, imported
from library.source.nested import shared
from library.source.statements import Piece, is_guard
from library.source.whole_word import occurs


@dataclass(frozen=True)
class Spliced:
    """What comes of it.

    Args:
        parsed: the library's new text, taken apart.
        added: names defined that were not there.
        replaced: names that have a new definition.
        renamed: private names of the draft with the free ones that they were given.
        removed: private helpers and imports that only the replaced or removed definitions needed.
        notes: what the person must look at, in words.
    """

    parsed: Parsed
    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The library's new text."""
        return self.parsed.source


def splice(source: str, addition: str, *, replace: bool = False) -> str:
    """The library's text with the functions, classes, constants and imports of `addition` in it.

    Imports are merged at the top; a definition takes the place of the one of the same name (with `replace`) or comes
    at the end; the rest of the text stays as it is, byte for byte. Private helpers and imports that only a replaced
    definition needed go with it. The result parses: only whole statements are put in the place of whole ones.

    Args:
        source: the library's text.
        addition: the draft.
        replace: definitions of the same name may be replaced.

    Raises:
        NameTaken: a public name is there already and `replace` is off.
        SourceError: a text does not parse, does work at import, or two imports mean different things by one name.
    """
    return splice_parsed(parse(source), addition, replacing=replace).text


def splice_parsed(
    parsed: Parsed,
    addition: str,
    *,
    replacing: bool = False,
    keep: Container[str] = (),
    where: str = "the draft",
    module: str = MODULE,
) -> Spliced:
    """As `splice`, for a text already taken apart.

    Args:
        parsed: the library.
        addition: the draft.
        replacing: definitions of the same name may be replaced.
        keep: names that something else uses (a person's tests), so they must stay.
        where: what to call the draft in an error.
        module: what the text is imported as; the draft may import from it what is there. "" for none.
    """
    draft = parse(with_newline(addition, EditedText(parsed).newline), where)
    pieces = _wanted(draft, parsed, where)
    _check_imports(draft, pieces, parsed, where, module)
    old = {name for piece in pieces for name in piece.names if name in parsed.definitions}
    old_public = {name for name in old if not name.startswith("_")}
    direct = old_public or (old if not any(_public(piece) for piece in pieces) else set[str]())
    if direct and not replacing:
        raise _taken(direct, parsed)
    uses = frozenset(name for piece in pieces for name in piece.uses)
    defined = {name for piece in pieces for name in piece.names}
    gone = orphans(parsed, direct, kept=keep, used=uses - defined)
    renamed = _new_names(old - direct - gone, parsed, draft, gone)
    if renamed:
        text = rename_names(draft.source, dict(renamed))
        return replace(
            splice_parsed(parsed, text, replacing=replacing, keep=keep, where=where, module=module),
            renamed=tuple(sorted(renamed)),
        )
    leaving = direct | gone
    fresh = new_imports(parsed, draft, uses, module)
    if (text := apart(parsed, draft, fresh, leaving)) is not None:
        return splice_parsed(parsed, text, replacing=replacing, keep=keep, where=where, module=module)
    if module:  # what the tests take from the library may hide what it likes: all of them that use it are run
        check_hidden(parsed, pieces, leaving, where)
    in_place = direct | (gone & defined)
    sheet = EditedText(parsed)
    switch = not (module and needless_switch(parsed, draft, pieces, replacing=bool(in_place)))
    dropped = change_imports(sheet, draft, direct | gone, uses, module, keep, switch=switch)
    take_out(sheet, gone - in_place)
    place(sheet, draft, pieces, in_place)
    added = sorted(defined - in_place)
    notes = change_listing(sheet, [name for name in added if not name.startswith("_")], gone - in_place)
    return Spliced(
        sheet.result(),
        tuple(added),
        tuple(sorted(in_place)),
        removed=tuple(sorted((gone - in_place) | dropped)),
        notes=notes,
    )


def remove(source: str, name: str) -> str:
    """The text without a definition, the private helpers and imports that only it needed, and its place in `__all__`.

    Raises:
        SourceError: there is no such definition, or the text does not parse.
    """
    return remove_parsed(parse(source), name).text


def remove_parsed(parsed: Parsed, name: str, *, keep: Container[str] = ()) -> Spliced:
    """As `remove`, for a text already taken apart; `keep`: names that something else uses."""
    if name not in parsed.definitions:
        raise SourceError(f"There is no {name!r} to remove.", _there_is(parsed, name))
    for piece in parsed.by_name[name]:
        if piece.names != (name,):
            raise SourceError(
                f"{name!r} is defined in line {_line(parsed, piece)} together with others ({', '.join(piece.names)}).",
                "Take it out by hand.",
            )
    gone = orphans(parsed, {name}, kept=keep)
    sheet = EditedText(parsed)
    dropped = change_imports(sheet, None, gone | {name}, frozenset(), keep=keep)
    take_out(sheet, gone | {name})
    change_listing(sheet, [], {name})
    return Spliced(sheet.result(), removed=tuple(sorted({name} | gone | dropped)))


def orphans(parsed: Parsed, leaving: Collection[str], *, kept: Container[str], used: Collection[str] = ()) -> set[str]:
    """Private definitions that only the leaving ones need, directly or through one another.

    One whose name stands anywhere else as a word stays: it may be reached by a string, a type comment or a doctest.

    Args:
        parsed: the library.
        leaving: names of the definitions that go.
        kept: names that something outside of the library uses.
        used: names that what comes uses.
    """
    found: set[str] = set()
    if reflecting(parsed) - set(leaving):
        return found  # a name that is made up as it is needed stands nowhere as a word
    queue = list(leaving)
    while queue:
        for piece in parsed.by_name.get(queue.pop(), ()):
            for name in piece.uses:
                new = name not in found and name not in leaving and name not in used
                if new and _droppable(name, parsed) and name not in kept:
                    found.add(name)
                    queue.append(name)
    while found:
        going = found | set(leaving)
        staying = [piece for piece in parsed.pieces if not piece.names or shared(piece, going)]
        still_used = {name for piece in staying for name in found if occurs(name, piece.text)}
        if not still_used:
            break
        found -= still_used
    return found


def _droppable(name: str, parsed: Parsed) -> bool:
    pieces = parsed.by_name.get(name, ())
    own = all(piece.kind in ("function", "class", "other") and piece.names == (name,) for piece in pieces)
    return name.startswith("_") and not name.startswith("__") and bool(pieces) and own


def _wanted(draft: Parsed, parsed: Parsed, where: str) -> tuple[Piece, ...]:
    """The draft's definitions that the library does not have word for word."""
    found: list[Piece] = []
    own = draft.definitions
    for piece in draft.pieces:
        if piece.kind in ("docstring", "future", "import") or "__all__" in piece.names:
            continue
        nodes = piece.nodes
        if piece.kind == "other" and all(is_guard(node) or isinstance(node, ast.Pass) for node in nodes):
            continue
        if not piece.names and not (piece.touches & own):
            shown = piece.text.strip().split("\n")[-1][:60]
            raise SourceError(
                f"{where}, line {_line(draft, piece)}: {shown!r} would do work at import.",
                "A library holds functions, classes and constants only: put it into a function.",
            )
        if not _has(parsed, piece):
            found.append(piece)
    if not found and not draft.pieces:
        raise SourceError(f"{where} is empty.", "Write a function.")
    return tuple(found)


def _has(parsed: Parsed, piece: Piece) -> bool:
    """The same definition is there: for private ones and constants the tree counts, for public ones each letter."""
    if not piece.names:
        return any(piece.text.strip() == other.text.strip() for other in parsed.pieces if other.kind == "other")
    if not all(name in parsed.names for name in piece.names):
        return False
    brought = imported(piece)
    whole = brought and {item.bound for item in brought} >= set(piece.names)
    if whole and all(item in parsed.importing(item.bound, typing=False) for item in brought):
        return True
    others = [other for other in parsed.by_name[piece.names[0]] if other.names == piece.names]
    if len(others) != 1:
        return False
    if piece.kind in ("function", "class") and _public(piece):
        return others[0].text.strip() == piece.text.strip()
    return digest(others[0].text) == digest(piece.text)


def _line(parsed: Parsed, piece: Piece) -> int:
    return parsed.lines[parsed.number(piece)] + piece.above


def _public(piece: Piece) -> bool:
    return piece.kind in ("function", "class") and not piece.name.startswith("_")


def _check_imports(draft: Parsed, pieces: tuple[Piece, ...], parsed: Parsed, where: str, module: str) -> None:
    uses = {name for piece in pieces for name in piece.uses}
    new = [item for piece in draft.pieces for item in imported(piece) if piece.kind == "import"]
    new = [item for item in new if not draft.definitions or item.bound in uses or item.name == "*"]
    names = {item.bound for item in new} | {name for piece in pieces for name in piece.names}
    there = {name: items[-1] for name in names if (items := parsed.importing(name))}
    for item in new:
        check_absolute(item, where)
        if item.name == "*" and module and parsed.definitions and item not in parsed.importing("*"):
            raise SourceError(
                f"{where}: {item.line!r} may hide names that the library's functions use.", "Name what you take of it."
            )
        if item.module == module:
            if item.alias or item.name not in parsed.definitions:
                raise SourceError(
                    f"{where}: {item.line!r} does not work inside the library.", _there_is(parsed, item.name)
                )
            continue
        if item.bound in there and clash(item, there[item.bound]):
            raise SourceError(
                f"{where}: {item.line!r} means another {item.bound!r} than the library's {there[item.bound].line!r}.",
                "Import it under another name (import ... as ...).",
            )
        if item.bound in parsed.definitions and item.bound not in there:
            raise SourceError(
                f"{where}: {item.line!r} would hide the library's own {item.bound!r}.",
                "Import it under another name (import ... as ...).",
            )
    for piece in pieces:
        for name in set(piece.names) & set(there) - {item.bound for item in imported(piece)}:
            line = _line(draft, piece)
            raise SourceError(
                f"{where}, line {line}: {name!r} is a name that the library imports ({there[name].line!r}).",
                "Choose another name.",
            )


def _taken(names: set[str], parsed: Parsed) -> NameTaken:
    shown = [function.signature for name in sorted(names) if (function := parsed.get(name))] or sorted(names)
    return NameTaken(
        f"The library already has {', '.join(shown)}.", "Replace it, or choose another name.", tuple(sorted(names))
    )


def _there_is(parsed: Parsed, name: str) -> str:
    public = sorted(other for other in parsed.definitions if not other.startswith("_"))
    near = [other for other in public if name and (other[:3] == name[:3] or name in other)] or public
    return f"It has: {', '.join(near[:10])}{' …' if len(near) > 10 else ''}." if near else "It is empty."


def _new_names(names: Iterable[str], parsed: Parsed, draft: Parsed, gone: set[str]) -> list[tuple[str, str]]:
    """`_helper_2` for a private `_helper` that is taken: a free name, one that gets free, or one that is the same."""
    found: list[tuple[str, str]] = []
    for name in sorted(names):
        number = 2
        while not _free(f"{name}_{number}", name, parsed, draft, gone):
            number += 1
        found.append((name, f"{name}_{number}"))
    return found


def _free(candidate: str, name: str, parsed: Parsed, draft: Parsed, gone: set[str]) -> bool:
    if candidate in draft.names:
        return False
    if candidate not in parsed.names or candidate in gone:
        return True
    old, new = parsed.definition(candidate), draft.definition(name)
    if old is None or new is None:
        return False
    return digest(old.text) == digest(rename_names(new.text, {name: candidate}))
