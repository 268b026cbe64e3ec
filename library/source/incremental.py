"""Taking a text apart anew when most of it is known: only what was edited is read again. Pure."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from library.errors import SourceError
from library.source.function import Parsed, parse
from library.source.statements import Piece, read_pieces

_JUMP = 200
_NEAR = 8  # so far ahead two rows are looked through for where they go on alike
_LOOK = 30  # so many pieces ahead the text is searched for one that it still has


@dataclass
class _Region:
    """Old pieces `first` to `last` (not included) became the text from `start` to `end`."""

    first: int
    last: int
    start: int
    end: int


def reparse(known: Parsed, source: str, where: str = "library.py") -> Parsed:
    """As `parse`, but reads only what differs from a text taken apart before: milliseconds at any size.

    Why that is sound: what stays are rows of whole statements. If the edited part between two of them parses by itself,
    it is a row of whole statements too, and where a statement ends nothing is open that could change the next. If it
    does not parse by itself (a bracket or text opened there may swallow what follows), everything is read anew.

    Raises:
        SourceError: it does not parse; names file and line.
    """
    regions = _widened(_regions(known, source), known, source)
    texts = [(region.first, region.last, source[region.start : region.end]) for region in regions]
    return evolved(known, texts, where) or parse(source, where)


def evolved(known: Parsed, regions: Sequence[tuple[int, int, str]], where: str) -> Parsed | None:
    """A text with other pieces in some places; None if a place cannot be read by itself.

    Args:
        known: the text before.
        regions: (first, last, text): what stands in the place of the pieces from first to last (not included). If last
            is the end, the text holds the tail as well.
        where: what to call it.
    """
    if not regions:
        return known
    pieces: list[Piece] = []
    changed: list[Piece] = []
    done, tail = 0, known.tail
    for first, last, text in regions:
        try:
            new, rest = read_pieces(text, where, head=first == 0)
        except SourceError:
            return None
        if rest and last < len(known.pieces):
            return None
        old = {_key(piece): piece for piece in known.pieces[first:last]}
        here = [old.pop(_key(piece), piece) for piece in new]
        changed += [*known.pieces[first:last], *here]
        pieces += [*known.pieces[done:first], *here]
        done = last
        tail = rest if last == len(known.pieces) else tail
    return known.with_pieces((*pieces, *known.pieces[done:]), tail, changed)


def _key(piece: Piece) -> tuple[str, int, str, str]:
    return piece.kind, piece.above, piece.gap, piece.text


def _regions(known: Parsed, source: str) -> list[_Region]:
    pieces, found = known.pieces, list[_Region]()
    number = place = 0
    while number < len(pieces):
        piece = pieces[number]
        middle = place + len(piece.gap)
        if source.startswith(piece.text, middle) and source.startswith(piece.gap, place):
            place = middle + len(piece.text)
            number += 1
            continue
        for next_number in range(number, min(number + _LOOK, len(pieces))):
            next_place = _line_with(source, pieces[next_number].whole, place)
            if next_place >= 0:
                break
        else:
            next_number, next_place = len(pieces), len(source)
            if source.endswith(known.tail, place):
                next_place -= len(known.tail)
                while next_number > number and source.endswith(pieces[next_number - 1].whole, place, next_place):
                    next_number -= 1
                    next_place -= len(pieces[next_number].whole)
        found.append(_Region(number, next_number, place, next_place))
        number, place = next_number, next_place
        if next_number < len(pieces):  # known to be there; it may not be looked for again at the same place
            place += len(pieces[number].whole)
            number += 1
    if source[place:] != known.tail:
        found.append(_Region(len(pieces), len(pieces), place, len(source)))
    return found


def _line_with(source: str, text: str, start: int) -> int:
    """Where a text begins at the beginning of a line; -1 if nowhere."""
    place = source.find(text, start)
    while place > 0 and source[place - 1] not in "\r\n":
        place = source.find(text, place + 1)
    return place


def _widened(regions: list[_Region], known: Parsed, source: str) -> list[_Region]:
    """One more piece on each side, as comments at the seam may change hands; regions that then meet are one."""
    pieces, found = known.pieces, list[_Region]()
    for region in regions:
        if region.first > 0:
            region.first -= 1
            region.start -= len(pieces[region.first].whole)
        if region.last < len(pieces):
            region.end += len(pieces[region.last].whole)
            region.last += 1
        if region.last == len(pieces):
            region.end = len(source)
        if found and region.first < found[-1].last:
            found[-1].last, found[-1].end = max(found[-1].last, region.last), max(found[-1].end, region.end)
        else:
            found.append(region)
    return found


def differing(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int, int, int]]:
    """Where two rows differ, in order: from and to in the old one, from and to in the new one (to: not included).

    What lies between is the same. Quick where little differs: runs of the same are compared as slices.
    """
    behind = _run(
        min(len(old), len(new)), lambda a, b: old[len(old) - b : len(old) - a] == new[len(new) - b : len(new) - a]
    )
    last_old, last_new = len(old) - behind, len(new) - behind
    found: list[tuple[int, int, int, int]] = []
    here = there = 0
    while True:
        length = _same(old, new, here, there, min(last_old - here, last_new - there))
        here, there = here + length, there + length
        if here == last_old and there == last_new:
            return found
        step = _step(old[here : min(here + _NEAR, last_old)], new[there : min(there + _NEAR, last_new)])
        if step is None:
            return found + _far(old[here:last_old], new[there:last_new], here, there)
        found.append((here, here + step[0], there, there + step[1]))
        here, there = here + step[0], there + step[1]


def _same(old: Sequence[Hashable], new: Sequence[Hashable], here: int, there: int, most: int) -> int:
    return _run(most, lambda a, b: old[here + a : here + b] == new[there + a : there + b])


def _run(most: int, alike: Callable[[int, int], bool]) -> int:
    """The greatest length up to which two rows are alike; in strides, as comparing slices is what Python does quickly.

    Args:
        most: the length of the shorter one.
        alike: whether they are so between two places.
    """
    length, stride = 0, 16
    while length < most and alike(length, end := min(length + stride, most)):
        length, stride = end, stride * 2
    while stride and length < most:
        if length + stride <= most and alike(length, length + stride):
            length += stride
        stride //= 2
    return length


def _step(old: Sequence[Hashable], new: Sequence[Hashable]) -> tuple[int, int] | None:
    """How many of each to pass over until both go on alike; None if that is not near."""
    for total in range(1, len(old) + len(new) - 1):
        for passed in range(max(total - len(new) + 1, 0), min(total, len(old) - 1) + 1):
            if old[passed] == new[total - passed]:
                return passed, total - passed
    return None


def _far(old: Sequence[Hashable], new: Sequence[Hashable], here: int, there: int) -> list[tuple[int, int, int, int]]:
    """As `differing`, for rows that begin at these places and may differ in everything."""
    found: list[tuple[int, int, int, int]] = []
    done_old = done_new = 0
    pairs = [(number, other) for other, number in enumerate(_matched(old, new)) if number is not None]
    for number, other in [*pairs, (len(old), len(new))]:
        if number > done_old or other > done_new:
            found.append((here + done_old, here + number, there + done_new, there + other))
        done_old, done_new = number + 1, other + 1
    return found


def _matched(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[int | None]:
    numbers: dict[Hashable, Sequence[int]] = {key: (number,) for number, key in enumerate(old)}
    if len(numbers) < len(old):
        for number, key in enumerate(old):
            numbers[key] = (*numbers[key], number) if numbers[key][0] < number else (number,)
    found: list[int | None] = []
    last = -1
    for key in new:
        places = numbers.get(key, ())
        number = next((n for n in places if n > last), None) if places else None
        # What jumped far counts as new: else all that it jumped over would.
        if number is not None and number - last <= _JUMP:
            last = number
            found.append(number)
        else:
            found.append(None)
    return found
