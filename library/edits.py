"""Edits of a library's text by lines: over an old definition, at the end, away; applied all at once. Pure."""

from dataclasses import dataclass, replace

from library.function import Parsed
from library.pieces import Piece, is_guard
from library.tree import split_lines


@dataclass(frozen=True)
class Edit:
    """Lines `first` to `last` (0-based, last not included) become `text`."""

    first: int
    last: int
    text: str


def places(parsed: Parsed, draft: Parsed, pieces: tuple[Piece, ...], in_place: set[str], headed: bool) -> list[Edit]:
    """Where each definition goes: over its old one, right before the next replaced one, or at the end.

    Args:
        headed: import lines are put in as well, so an empty text will not stay empty above.
    """
    newline = newline_of(parsed.source)
    edits: list[Edit] = []
    waiting: list[Piece] = []
    done: set[int] = set()
    for piece in pieces:
        old = _group(parsed, piece) if set(piece.names) & in_place else []
        if not old:
            waiting.append(piece)
            continue
        if id(old[-1]) in done:  # a second part of the same definition, such as the function after its overloads
            number = next(n for n, edit in enumerate(edits) if edit.last == old[-1].end)
            text = edits[number].text + _joined(draft, [piece], newline)
            edits[number] = replace(edits[number], text=text)
            continue
        done.add(id(old[-1]))
        lead = _joined(draft, waiting, newline) + newline * 2 if waiting else ""
        waiting = []
        comment = _own_comment(old[0]) if piece.start == piece.line else ""
        edits.append(Edit(old[0].start - 1, old[-1].end, lead + comment + _joined(draft, [piece], newline)))
        for earlier in parsed.pieces:  # earlier definitions of the name, which no longer count
            if set(earlier.names) & set(piece.names) and earlier.end < old[0].start:
                edits.append(whole(parsed, earlier))
    if waiting:
        edits.append(at_the_end(parsed, _joined(draft, waiting, newline), headed))
    return edits


def _group(parsed: Parsed, piece: Piece) -> list[Piece]:
    """The old definition with its overloads right above."""
    numbers = [number for number, old in enumerate(parsed.pieces) if set(old.names) & set(piece.names)]
    if not numbers:
        return []
    first = numbers[-1]
    while first > 0 and parsed.pieces[first - 1].names == piece.names and parsed.pieces[first - 1].overload:
        first -= 1
    return list(parsed.pieces[first : numbers[-1] + 1])


def _own_comment(piece: Piece) -> str:
    """The person's comment above the old definition stays when the new one brings none."""
    return "".join(split_lines(piece.text)[: piece.line - piece.start])


def _joined(draft: Parsed, pieces: list[Piece], newline: str) -> str:
    """The draft's pieces one after the other, with the loose comments that stand between them in the draft."""
    lines = split_lines(draft.source)
    text, before = "", ""
    for piece in pieces:
        number = next(n for n, other in enumerate(draft.pieces) if other.start == piece.start)
        above = draft.pieces[number - 1].end if number else 0
        lead = "".join(lines[above : piece.start - 1]).strip()
        loose = lead + newline * 2 if lead and number and draft.pieces[number - 1].kind != "import" else ""
        block = piece.text if piece.text.endswith(newline) else piece.text + newline
        if number == len(draft.pieces) - 1 and (tail := "".join(lines[piece.end :]).strip()):
            block += newline + tail + newline
        gap = "" if not text or (piece.kind == before == "other") or _overloads(pieces, piece) else newline * 2
        text += gap + loose + block
        before = piece.kind
    return text


def _overloads(pieces: list[Piece], piece: Piece) -> bool:
    number = pieces.index(piece)
    return number > 0 and pieces[number - 1].overload and pieces[number - 1].names == piece.names


def at_the_end(parsed: Parsed, text: str, headed: bool = False) -> Edit:
    """The text after everything else, but before a closing `if __name__ == "__main__":`."""
    newline = newline_of(parsed.source)
    lines = split_lines(parsed.source)
    last = parsed.pieces[-1] if parsed.pieces else None
    if last is not None and last.kind == "other" and "__name__" in last.text and all(map(is_guard, last.nodes)):
        return Edit(last.start - 1, last.start - 1, text + newline * 2)
    if not parsed.source.strip():
        return Edit(len(lines), len(lines), newline * 2 * headed + text)
    blank = 0
    while blank < 2 and blank < len(lines) and not lines[-1 - blank].strip():
        blank += 1
    if lines[-1].endswith(("\n", "\r")):
        return Edit(len(lines), len(lines), newline * (2 - blank) + text)
    return Edit(len(lines), len(lines), newline * (3 - blank) + text)


def removals(parsed: Parsed, names: set[str]) -> list[Edit]:
    return [whole(parsed, piece) for piece in parsed.pieces if _leaves(piece, names)]


def _leaves(piece: Piece, names: set[str]) -> bool:
    if piece.kind in ("import", "future", "docstring"):
        return False
    return bool(set(piece.names) & names) or (not piece.names and bool(piece.touches & names))


def whole(parsed: Parsed, piece: Piece) -> Edit:
    """Takes a piece away with the blank lines above it (at the top of a text: those below)."""
    lines = split_lines(parsed.source)
    first, last = piece.start - 1, piece.end
    while first > 0 and not lines[first - 1].strip():
        first -= 1
    if first == 0:
        while last < len(lines) and not lines[last].strip():
            last += 1
    return Edit(first, last, "")


def over(piece: Piece, text: str) -> Edit:
    return Edit(piece.start - 1, piece.end, text)


def apply(source: str, edits: list[Edit], newline: str) -> str:
    lines = split_lines(source)
    for edit in sorted(edits, key=lambda edit: (edit.first, edit.last), reverse=True):
        cut_off = edit.text and edit.first == len(lines) and lines and not lines[-1].endswith(("\n", "\r"))
        if cut_off and not edit.text.startswith(newline):
            lines[-1] += newline
        lines[edit.first : edit.last] = [edit.text] if edit.text else []
    return "".join(lines)


def newline_of(source: str) -> str:
    first = source.find("\n")
    return "\r\n" if first > 0 and source[first - 1] == "\r" else "\n"


def with_newline(text: str, newline: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain if newline == "\n" else plain.replace("\n", newline)
