"""Big contents compressed for git in parts that are remembered, so that a small change costs what is small. Pure.

A loose object of git is one zlib stream. Where deflate is told to forget what came before (a full flush), the stream
can be cut: each part is compressed by itself and the parts stand one behind the other, as in pigz. Parts begin where
a definition begins, so they are found again wherever an edit moved them. Formats: RFC 1950 and 1951.
"""

import struct
import zlib
from dataclasses import dataclass

BIG = 100_000  # bytes from which parts are worth their while
_PART = 65_536
_KEY = 80  # bytes by which a part is looked up, then compared whole
_MOST = 32_000_000  # bytes remembered
_PRIME = 65521
_START = b"\ndef "


@dataclass(frozen=True)
class _Part:
    text: bytes
    packed: bytes  # raw deflate, ends at a whole byte
    check: int  # adler32


_known: dict[bytes, _Part] = {}
_held = [0]


def deflated(head: bytes, data: bytes) -> bytes:
    """A zlib stream of `head` and `data`, at level 1, which is what git takes for loose objects."""
    if len(data) < BIG:
        return zlib.compress(head + data, 1)
    parts = [_compressed(head), *_parts(data)]
    check = 1
    for part in parts:
        check = _joined(check, part.check, len(part.text))
    return b"".join([b"\x78\x01", *(part.packed for part in parts), b"\x03\x00", struct.pack(">I", check)])


def _parts(data: bytes) -> list[_Part]:
    parts: list[_Part] = []
    place = 0
    while place < len(data):
        part = _known.get(data[place : place + _KEY])
        if part is None or not data.startswith(part.text, place):
            part = _compressed(data[place : _end(data, place)])
            if len(part.text) >= _PART // 2:  # the small ones would crumble what comes back again and again
                _remember(part)
        parts.append(part)
        place += len(part.text)
    return parts


def _end(data: bytes, place: int) -> int:
    """Where a fresh part ends: where a known one begins, or when it is long enough."""
    end = place
    while (end := data.find(_START, end + 1)) >= 0:
        if end - place >= _PART or data[end : end + _KEY] in _known:
            return end
    return len(data)


def _compressed(text: bytes) -> _Part:
    work = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    return _Part(text, work.compress(text) + work.flush(zlib.Z_FULL_FLUSH), zlib.adler32(text))


def _remember(part: _Part) -> None:
    if _held[0] > _MOST:
        _known.clear()
        _held[0] = 0
    _held[0] += len(part.text)
    _known[part.text[:_KEY]] = part


def _joined(first: int, second: int, length: int) -> int:
    """The adler32 of two texts behind each other, of which the second has this length."""
    low = (first & 0xFFFF) + (second & 0xFFFF) - 1
    high = (first >> 16) + (second >> 16) + length * ((first & 0xFFFF) - 1)
    return (high % _PRIME) << 16 | (low % _PRIME)
