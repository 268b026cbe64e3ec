"""The head of a library's text: imports that come and go, `from __future__`, and the person's `__all__`. Pure."""

import ast
from collections.abc import Collection
from dataclasses import replace

from library.edits import Edit, newline_of, over, whole
from library.function import Parsed
from library.imports import Import, extended, imported, without
from library.pieces import Piece
from library.tree import split_lines

_MODULE = "library"


def import_edits(
    parsed: Parsed,
    draft: Parsed | None,
    pieces: tuple[Piece, ...],
    change: tuple[set[str], frozenset[str]],
    newline: str,
) -> tuple[list[Edit], set[str]]:
    """Imports that come, imports that go, and the names of the latter.

    Args:
        change: definitions that go, names that the new ones use.
    """
    gone, uses = change
    edits: list[Edit] = []
    dropped: set[str] = set()
    fresh = _new_imports(parsed, draft, pieces, uses) if draft is not None else []
    from_module: dict[str, list[Import]] = {}
    for item in fresh:
        from_module.setdefault(item.module if item.name else "", []).append(item)
    idle = _idle_imports(parsed, gone, uses | {item.bound for item in fresh})
    for piece in parsed.pieces:
        if piece.kind != "import":
            continue
        items = imported(piece)
        unused = {item.bound for item in items} & idle
        text = without(piece, unused) if unused else None
        same = from_module.get(items[0].module, []) if items[0].name and text is None else []
        if text is not None:
            dropped |= unused
            edits.append(replace(whole(parsed, piece), last=piece.end) if not text else over(piece, text))
        elif same and (text := extended(piece, same, newline)) is not None:
            edits.append(over(piece, text))
            del from_module[items[0].module]
    lines = [item.line for item in from_module.pop("", [])]
    for module, items in from_module.items():
        taken = ", ".join(item.name + (f" as {item.alias}" if item.alias else "") for item in items)
        lines.append(f"from {module} import {taken}")
    futures = _new_futures(parsed, draft)
    return edits + _head(parsed, lines, futures, newline), dropped


def _new_imports(parsed: Parsed, draft: Parsed, pieces: tuple[Piece, ...], uses: frozenset[str]) -> list[Import]:
    """What the draft's definitions use and the library does not import yet; everything if there are no definitions."""
    there = {item for piece in parsed.pieces for item in imported(piece, typing=False)}
    found: list[Import] = []
    for piece in draft.pieces:
        if piece.kind != "import":
            continue
        for item in imported(piece):
            wanted = not pieces or item.bound in uses or item.name == "*"
            if wanted and item not in there and item not in found and item.module != _MODULE:
                found.append(item)
    return found


def _new_futures(parsed: Parsed, draft: Parsed | None) -> list[str]:
    if draft is None:
        return []
    there = {item.name for piece in parsed.pieces if piece.kind == "future" for item in imported(piece)}
    new = [item.name for piece in draft.pieces if piece.kind == "future" for item in imported(piece)]
    return [name for name in dict.fromkeys(new) if name not in there]


def _idle_imports(parsed: Parsed, gone: set[str], uses: Collection[str]) -> set[str]:
    """Imported names that only the leaving definitions used."""
    leaving = [piece for piece in parsed.pieces if set(piece.names) & gone]
    used = {name for piece in leaving for name in piece.uses} - set(uses)
    bound = {name for piece in parsed.pieces if piece.kind == "import" for name in piece.names}
    found = used & bound
    for piece in parsed.pieces:
        if not found:
            break
        if not set(piece.names) & gone and piece.kind not in ("import", "future", "docstring"):
            found -= {name for name in found if name in piece.text and (name in piece.uses or "__all__" in piece.names)}
    return found


def _head(parsed: Parsed, lines: list[str], futures: list[str], newline: str) -> list[Edit]:
    """Edits that put new import lines below the module's docstring, `from __future__` and earlier imports."""
    if not lines and not futures:
        return []
    doc = [piece.end for piece in parsed.pieces[:1] if piece.kind == "docstring"]
    future = [piece.end for piece in parsed.pieces if piece.kind == "future"]
    top: list[int] = []
    for piece in parsed.pieces:
        if piece.kind == "import":
            top.append(piece.end)
        elif piece.kind in ("function", "class"):
            break
    text = "".join(line + newline for line in lines)
    place = (top or future or doc or [_first_line(parsed)])[-1]
    if not futures:
        return [_spaced(parsed, place, text, bool(top), newline)]
    switch = f"from __future__ import {', '.join(futures)}{newline}"
    switch_place = (future or doc or [_first_line(parsed)])[-1]
    if switch_place == place:
        return [_spaced(parsed, place, switch + (newline if text else "") + text, bool(future), newline)]
    edits = [_spaced(parsed, switch_place, switch, bool(future), newline)]
    if text:
        edits.append(_spaced(parsed, place, text, bool(top), newline))
    return edits


def _first_line(parsed: Parsed) -> int:
    """Lines at the very top that stay on top: `#!`, the coding, a comment block that stands by itself."""
    lines = split_lines(parsed.source)
    first = parsed.pieces[0].start - 1 if parsed.pieces else len(lines)
    while first > 0 and not lines[first - 1].strip():
        first -= 1
    return first


def _spaced(parsed: Parsed, place: int, text: str, joined: bool, newline: str) -> Edit:
    """Text put in after line `place`, with blank lines around it unless it is joined to lines of its kind above."""
    lines = split_lines(parsed.source)
    before = "" if joined or place == 0 else newline
    if place and not lines[place - 1].endswith(("\n", "\r")):
        before += newline
    blank = next((number for number, line in enumerate(lines[place:]) if line.strip()), None)
    after = newline * 2 if blank == 0 and not joined else ""
    if after and any(piece.start == place + 1 and piece.kind == "import" for piece in parsed.pieces):
        after = newline
    return Edit(place, place, before + text + after)


def listing_edits(parsed: Parsed, added: list[str], gone: set[str]) -> list[Edit]:
    """`__all__`, where the person keeps one, goes on naming what there is."""
    piece = parsed.definition("__all__")
    if piece is None or not (added or gone):
        return []
    node = piece.nodes[0]
    if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.List | ast.Tuple):
        return []
    items = node.value.elts
    names = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    if len(names) != len(items) or not (set(added) - set(names) or gone & set(names)):
        return []
    wanted = [name for name in names if name not in gone] + [name for name in added if name not in names]
    lines = split_lines(piece.text)
    first, last = node.value.lineno - 1, (node.value.end_lineno or 1) - 1
    before = lines[first].encode()[: node.value.col_offset].decode()
    after = lines[last].encode()[node.value.end_col_offset or 0 :].decode()
    text = _listing(wanted, lines[first : last + 1], isinstance(node.value, ast.Tuple))
    return [over(piece, "".join(lines[:first]) + before + text + after + "".join(lines[last + 1 :]))]


def _listing(names: list[str], old: list[str], is_tuple: bool) -> str:
    quote = "'" if "'" in "".join(old) and '"' not in "".join(old) else '"'
    opening, closing = ("(", ")") if is_tuple else ("[", "]")
    quoted = [f"{quote}{name}{quote}" for name in names]
    if len(old) > 1:
        newline = newline_of(old[0])
        indent = old[1][: len(old[1]) - len(old[1].lstrip())] or "    "
        return opening + newline + "".join(f"{indent}{name},{newline}" for name in quoted) + closing
    comma = "," if is_tuple and len(quoted) == 1 else ""
    return f"{opening}{', '.join(quoted)}{comma}{closing}"
