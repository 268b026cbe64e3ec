"""The unified diff of two texts taken apart; works on pieces first, so that it takes milliseconds at any size. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from difflib import SequenceMatcher

from library.source.function import Parsed
from library.source.incremental import differing
from library.source.syntax_tree import split_lines

_CONTEXT = 3
_Change = tuple[int, int, int, int]  # old lines from, to; new lines from, to (0-based, last not included)


def diff(old: Parsed, new: Parsed, file: str) -> str:
    """What `diff -u` would say; "" if nothing differs.

    Args:
        old: the text before.
        new: the text after.
        file: the name in the head.
    """
    changes = _changes(old, new)
    if not changes:
        return ""
    before, after = _Lines(old), _Lines(new)
    shown = [f"--- a/{file}\n", f"+++ b/{file}\n"]
    for hunk in _hunks(changes):
        first_old, first_new = max(hunk[0][0] - _CONTEXT, 0), max(hunk[0][2] - _CONTEXT, 0)
        last_old = min(hunk[-1][1] + _CONTEXT, before.count)
        last_new = min(hunk[-1][3] + _CONTEXT, after.count)
        shown.append(f"@@ -{_span(first_old, last_old)} +{_span(first_new, last_new)} @@\n")
        place = first_old
        for old_from, old_to, new_from, new_to in hunk:
            shown += [" " + line for line in before[place:old_from]]
            shown += ["-" + line for line in before[old_from:old_to]]
            shown += ["+" + line for line in after[new_from:new_to]]
            place = old_to
        shown += [" " + line for line in before[place:last_old]]
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in shown)


class _Lines:
    """Lines of a text, looked up without cutting all of it into lines."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.count = parsed.lines[-1] - 1 + len(split_lines(parsed.tail))

    def __getitem__(self, span: slice) -> list[str]:
        first, last = span.start, span.stop
        found: list[str] = []
        for start, text in _blocks(self.parsed, first, last):
            lines = split_lines(text)
            found += lines[max(first - start, 0) : max(last - start, 0)]
        return found


def _blocks(parsed: Parsed, first: int, last: int) -> list[tuple[int, str]]:
    """Pieces (with their gaps) and the tail that reach into these lines, each with its first line, 0-based."""
    found: list[tuple[int, str]] = []
    number = max(bisect_right(parsed.lines, first + 1) - 1, 0)
    while number < len(parsed.pieces):
        piece = parsed.pieces[number]
        start = parsed.lines[number] - 1 - piece.heights[0]
        if start >= last:
            return found
        found.append((start, piece.whole))
        number += 1
    return [*found, (parsed.lines[-1] - 1, parsed.tail)]


def _changes(old: Parsed, new: Parsed) -> list[_Change]:
    found: list[_Change] = []
    for span in differing(old.pieces, new.pieces):
        found += _inside(old, new, span)
    if old.tail != new.tail:
        found += _compare((split_lines(old.tail), old.lines[-1] - 1), (split_lines(new.tail), new.lines[-1] - 1))
    return found


def _inside(old: Parsed, new: Parsed, span: tuple[int, int, int, int]) -> list[_Change]:
    """Lines that differ between pieces of the old text and those that stand there now."""

    def part(parsed: Parsed, first: int, last: int) -> tuple[list[str], int]:
        pieces = parsed.pieces[first:last]
        gap = pieces[0].heights[0] if pieces else 0
        at = parsed.lines[first] - 1 - gap
        if not pieces and first < len(parsed.pieces):
            at -= parsed.pieces[first].heights[0]
        return split_lines("".join(piece.whole for piece in pieces)), at

    return _compare(part(old, *span[:2]), part(new, *span[2:]))


def _compare(old: tuple[list[str], int], new: tuple[list[str], int]) -> list[_Change]:
    matcher = SequenceMatcher(None, old[0], new[0], autojunk=False)
    return [
        (old[1] + a, old[1] + b, new[1] + c, new[1] + d)
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]


def _hunks(changes: Sequence[_Change]) -> list[list[_Change]]:
    found: list[list[_Change]] = []
    for change in changes:
        if found and change[0] - found[-1][-1][1] <= 2 * _CONTEXT:
            found[-1].append(change)
        else:
            found.append([change])
    return found


def _span(first: int, last: int) -> str:
    length = last - first
    return f"{first + 1 if length else first}" if length == 1 else f"{first + 1 if length else first},{length}"
