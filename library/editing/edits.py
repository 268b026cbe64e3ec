"""Edits of a library's text, piece by piece: over an old definition, before or after one, away, at the end. Pure."""

from dataclasses import dataclass, field

from library.editing.red_mark import without_mark
from library.source.function import Parsed, parse
from library.source.incremental import evolved
from library.source.nested import shared, without_definitions
from library.source.statements import Piece, is_guard
from library.source.syntax_tree import BOM, split_lines


@dataclass
class EditedText:
    """A text taken apart, with the changes made so far; everything that nobody changed stays byte for byte."""

    parsed: Parsed
    gaps: dict[int, str] = field(default_factory=dict[int, str])
    texts: dict[int, str] = field(default_factory=dict[int, str])

    @property
    def size(self) -> int:
        """Number of pieces; the gap of this number is the tail."""
        return len(self.parsed.pieces)

    @property
    def newline(self) -> str:
        first = self.parsed.pieces[0].whole if self.parsed.pieces else self.parsed.tail
        return newline_of(first)

    def gap(self, number: int) -> str:
        old = self.parsed.pieces[number].gap if number < self.size else self.parsed.tail
        return self.gaps.get(number, old)

    def text(self, number: int) -> str:
        return self.texts.get(number, self.parsed.pieces[number].text)

    def over(self, number: int, text: str) -> None:
        """A new text in the place of a piece."""
        self.texts[number] = text

    def drop(self, number: int) -> None:
        """Takes a piece away with the blank lines above it (at the top of a text: those below)."""
        self.texts[number] = ""
        self.gaps[number] = without_blank_end(self.gap(number))
        if not any(self.gap(earlier) or self.text(earlier) for earlier in range(number)) and not self.gap(number):
            self.gaps[number + 1] = without_blank_start(self.gap(number + 1))

    def before(self, number: int, text: str) -> None:
        """Puts text in right above a piece."""
        self.gaps[number] = self.gap(number) + text

    def after(self, number: int, text: str) -> None:
        """Puts text in right below a piece; -1: at the top, below lines that must stay on top."""
        if number < 0:
            top = without_blank_end(self.gap(0))
            self.gaps[0] = top + (self.newline if top.removeprefix(BOM) else "") + text + self.gap(0)[len(top) :]
            return
        if self.text(number) and not self.text(number).endswith(("\n", "\r")):
            text = self.newline + text
        self.gaps[number + 1] = text + self.gap(number + 1)

    def at_the_end(self, text: str) -> None:
        """Puts definitions in after everything else, but before a closing `if __name__ == "__main__":`."""
        newline, last = self.newline, self.size - 1
        if last >= 0 and "__name__" in self.text(last) and all(map(is_guard, self.parsed.pieces[last].nodes)):
            self.before(last, text + newline * 2)
            return
        ending = (self.text(last) if last >= 0 else "") + self.gap(self.size)
        lines = split_lines(ending)
        blank = 0
        while blank < 2 and blank < len(lines) and not lines[-1 - blank].strip():
            blank += 1
        missing = 2 - blank + (not ending.endswith(("\n", "\r")))
        self.gaps[self.size] = self.gap(self.size) + (newline * missing if ending.strip().strip(BOM) else "") + text

    def result(self, where: str = "library.py") -> Parsed:
        """The new text, taken apart; only what changed is read again."""
        regions: list[tuple[int, int]] = []
        for number in sorted({*self.gaps, *self.texts}):
            first, last = max(number - 1, 0), min(number + 2, self.size)  # one more on each side: see `reparse`
            if regions and first < regions[-1][1]:
                first = regions.pop()[0]
            regions.append((first, last))
        texts = [(first, last, self._region(first, last)) for first, last in regions]
        return evolved(self.parsed, texts, where) or parse(self._region(0, self.size), where)

    def _region(self, first: int, last: int) -> str:
        parts = [part for number in range(first, last) for part in (self.gap(number), self.text(number))]
        return "".join(parts) + (self.gap(last) if last == self.size else "")


def place(sheet: EditedText, draft: Parsed, pieces: tuple[Piece, ...], in_place: set[str]) -> None:
    """Puts each definition where it goes: over its old one, right before the next replaced one, or at the end."""
    waiting: list[Piece] = []
    done: dict[int, int] = {}  # end of an old definition -> where its new text stands
    for piece in pieces:
        numbers = _group(sheet.parsed, piece) if set(piece.names) & in_place else []
        if not numbers:
            waiting.append(piece)
        elif numbers[-1] in done and shared(sheet.parsed.pieces[numbers[-1]], in_place):
            sheet.after(numbers[-1], sheet.newline * 2 + _joined(draft, [piece], sheet.newline))
        elif numbers[-1] in done:  # a second part of the same definition, such as the function after its overloads
            sheet.over(done[numbers[-1]], sheet.text(done[numbers[-1]]) + _joined(draft, [piece], sheet.newline))
        else:
            first = done[numbers[-1]] = numbers[0]
            old = sheet.parsed.pieces[numbers[-1]]
            if shared(old, in_place):  # what else it binds stays, and what comes below it counts
                sheet.over(first, without_definitions(old, piece.names))
                waiting.append(piece)
                sheet.after(first, sheet.newline * 2 + _joined(draft, waiting, sheet.newline))
                waiting = []
                continue
            lead = _joined(draft, waiting, sheet.newline) + sheet.newline * 2 if waiting else ""
            waiting = []
            comment = _own_comment(sheet.parsed.pieces[first]) if not piece.above else ""
            sheet.over(first, lead + comment + _joined(draft, [piece], sheet.newline))
            for number in numbers[1:]:
                sheet.over(number, "")
                sheet.gaps[number] = ""
            earlier = {sheet.parsed.number(old) for name in piece.names for old in sheet.parsed.by_name[name]}
            for number in earlier:
                if number < first:  # earlier definitions of the name, which no longer count
                    sheet.drop(number)
    if waiting:
        sheet.at_the_end(_joined(draft, waiting, sheet.newline))


def take_out(sheet: EditedText, names: set[str]) -> None:
    """Takes definitions away, and statements that only change one of them."""
    if not names:
        return
    for number, piece in enumerate(sheet.parsed.pieces):
        if piece.kind in ("import", "future", "docstring"):
            continue
        if not names.isdisjoint(piece.names) or (not piece.names and piece.touches & names):
            sheet.drop(number)


def newline_of(source: str) -> str:
    first = source.find("\n")
    return "\r\n" if first > 0 and source[first - 1] == "\r" else "\n"


def with_newline(text: str, newline: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain if newline == "\n" else plain.replace("\n", newline)


def without_blank_end(gap: str) -> str:
    lines = split_lines(gap)
    while lines and not lines[-1].strip():
        lines.pop()
    return "".join(lines)


def without_blank_start(gap: str) -> str:
    lines = split_lines(gap)
    while lines and not lines[0].strip():
        lines.pop(0)
    return "".join(lines)


def _group(parsed: Parsed, piece: Piece) -> list[int]:
    """Numbers of the old definition and its overloads right above."""
    numbers = [parsed.number(old) for name in piece.names for old in parsed.by_name.get(name, ())]
    if not numbers:
        return []
    first = last = max(numbers)
    while first > 0 and parsed.pieces[first - 1].names == piece.names and parsed.pieces[first - 1].overload:
        first -= 1
    return list(range(first, last + 1))


def _own_comment(piece: Piece) -> str:
    """The person's comment above the old definition stays when the new one brings none; that it was red does not."""
    return without_mark("".join(split_lines(piece.text)[: piece.above]))


def _joined(draft: Parsed, pieces: list[Piece], newline: str) -> str:
    """The draft's pieces one after the other, with the loose comments that stand between them in the draft."""
    text, before = "", None
    for piece in pieces:
        number = next(n for n, other in enumerate(draft.pieces) if other is piece)
        lead = piece.gap.strip()
        loose = lead + newline * 2 if lead and number and draft.pieces[number - 1].kind != "import" else ""
        block = piece.text if piece.text.endswith(newline) else piece.text + newline
        if number == len(draft.pieces) - 1 and (tail := draft.tail.strip()):
            block += newline + tail + newline
        close = before is not None and (
            piece.kind == before.kind == "other" or (before.overload and before.names == piece.names)
        )
        text += ("" if before is None or close else newline * 2) + loose + block
        before = piece
    return text
