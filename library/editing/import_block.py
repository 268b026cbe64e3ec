"""The head of a library's text: imports that come and go, `from __future__`, and the person's `__all__`. Pure."""

import ast
from collections.abc import Collection, Container

from library.editing.edits import EditedText, without_blank_end
from library.source.change_scope import reflecting
from library.source.function import Parsed
from library.source.imports import Import, extended, imported, without
from library.source.nested import shared
from library.source.statements import Piece
from library.source.syntax_tree import split_lines
from library.source.whole_word import occurs

MODULE = "library"  # a draft may write `from library import f`; inside the library that is nothing to import


def change_imports(
    sheet: EditedText,
    draft: Parsed | None,
    gone: set[str],
    uses: frozenset[str],
    module: str = MODULE,
    keep: Container[str] = (),
    *,
    switch: bool = True,
) -> set[str]:
    """Brings in what the new definitions need and takes out what only those that go needed.

    Args:
        sheet: the library.
        draft: None if nothing comes.
        gone: names of the definitions that go.
        uses: names that those which come use.
        module: imports from it are left out.
        keep: names that something outside of this text uses.
        switch: the draft's `from __future__ import annotations` comes along.

    Returns:
        The imported names that went.
    """
    parsed, dropped = sheet.parsed, set[str]()
    fresh = new_imports(parsed, draft, uses, module) if draft is not None else []
    from_module: dict[str, list[Import]] = {}
    for item in fresh:
        from_module.setdefault(item.module if item.name else "", []).append(item)
    idle = _idle_imports(parsed, gone, uses | {item.bound for item in fresh}, keep)
    newline = sheet.newline
    for piece in parsed.importers if idle or from_module else ():
        if piece.kind != "import":
            continue
        number = parsed.number(piece)
        items = imported(piece)
        unused = {item.bound for item in items} & idle if idle else set[str]()
        text = without(piece, unused) if unused else None
        same = from_module.get(items[0].module, []) if items[0].name and text is None else []
        if text is not None:
            dropped |= unused
            if text:
                sheet.over(number, text)
            else:
                sheet.drop(number)
        elif same and (text := extended(piece, same, newline)) is not None:
            sheet.over(number, text)
            del from_module[items[0].module]
    lines = [item.line for item in from_module.pop("", [])]
    for module, items in from_module.items():
        taken = ", ".join(item.name + (f" as {item.alias}" if item.alias else "") for item in items)
        lines.append(f"from {module} import {taken}")
    futures = [name for name in _new_futures(parsed, draft) if switch or name != "annotations"]
    _put_in(sheet, lines, futures)
    return dropped


def new_imports(parsed: Parsed, draft: Parsed, uses: frozenset[str], module: str = MODULE) -> list[Import]:
    """What the draft's definitions use and the library does not import yet; everything if there are no definitions."""
    found: list[Import] = []
    for piece in draft.pieces:
        if piece.kind != "import":
            continue
        for item in imported(piece):
            wanted = not draft.definitions or item.bound in uses or item.name == "*"
            wanted = wanted and item.module != module and item not in found
            if wanted and item not in parsed.importing(item.bound, typing=False):
                found.append(item)
    return found


def _new_futures(parsed: Parsed, draft: Parsed | None) -> list[str]:
    if draft is None:
        return []
    there = {item.name for piece in parsed.importers if piece.kind == "future" for item in imported(piece)}
    new = [item.name for piece in draft.pieces if piece.kind == "future" for item in imported(piece)]
    return [name for name in dict.fromkeys(new) if name not in there]


def _idle_imports(parsed: Parsed, gone: set[str], uses: Collection[str], keep: Container[str]) -> set[str]:
    """Imported names that only the leaving definitions used; one that stands anywhere else as a word is not idle, nor
    one that is handed on (`import x as x`). One that was kept for a name of another kind goes with the last of those.
    """
    if reflecting(parsed) - gone:
        return set()
    leaving = [piece for name in gone for piece in parsed.by_name.get(name, ())]
    used = {name for piece in leaving for name in piece.uses | _spelt(piece)} - set(uses)
    found = {name for name in used if any(piece.kind == "import" for piece in parsed.by_name.get(name, ()))}
    found -= {name for name in found if name in keep or any(_handed_on(item) for item in parsed.importing(name))}
    for piece in parsed.pieces:
        if not found:
            break
        if (not piece.names or shared(piece, gone)) and piece.kind not in ("import", "future"):
            text = _doctests(piece.text) if piece.kind == "docstring" else piece.text
            found -= {name for name in found if occurs(name, text)}
    return found


def _spelt(piece: Piece) -> set[str]:
    """Attributes and names of its own imports: words that are no uses of a name of the module."""
    nodes = [part for node in piece.nodes for part in ast.walk(node)]
    found = {part.attr for part in nodes if isinstance(part, ast.Attribute)}
    return found | {part.asname or part.name for part in nodes if isinstance(part, ast.alias)}


def _doctests(text: str) -> str:
    """Of the module's docstring its doctests only: the rest is prose."""
    return "\n".join(line for line in split_lines(text) if line.lstrip("\"' \t").startswith((">>>", "...")))


def _handed_on(item: Import) -> bool:
    """`import x as x` says that others may import it from here."""
    return bool(item.alias) and item.alias == (item.name or item.module)


def _put_in(sheet: EditedText, lines: list[str], futures: list[str]) -> None:
    """New import lines go below the module's docstring, `from __future__` and earlier imports."""
    if not lines and not futures:
        return
    doc = future = top = -1
    for number, piece in enumerate(sheet.parsed.pieces):
        if piece.kind == "docstring":
            doc = number
        elif piece.kind == "future":
            future = number
        elif piece.kind == "import":
            top = number
        elif piece.kind != "other":
            break
    newline = sheet.newline
    text = "".join(line + newline for line in lines)
    place, switch_place = max(top, future, doc), max(future, doc)
    if not futures:
        _spaced(sheet, place, text, top >= 0)
        return
    switch = f"from __future__ import {', '.join(futures)}{newline}"
    if switch_place == place:
        _spaced(sheet, place, switch + (newline if text else "") + text, future >= 0)
        return
    if text:
        _spaced(sheet, place, text, top >= 0)
    _spaced(sheet, switch_place, switch, future >= 0)


def _spaced(sheet: EditedText, place: int, text: str, joined: bool) -> None:
    """Text put in after a piece, with blank lines around it unless it is joined to lines of its kind above."""
    following = place + 1
    lead = split_lines(sheet.gap(following))
    if place < 0:
        lead = lead[len(split_lines(without_blank_end(sheet.gap(0)))) :]
    crowded = following < sheet.size and not (lead and not lead[0].strip())
    after = ""
    if crowded and not joined:
        after = sheet.newline * (1 if sheet.parsed.pieces[following].kind == "import" else 2)
    sheet.after(place, ("" if joined or place < 0 else sheet.newline) + text + after)
