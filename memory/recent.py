"""The big contents used last, with their text and git's name for them: none is decoded, encoded or hashed twice.

A save looks at the same few megabytes again and again (is it still what was planned on, has the person changed it, is
it what was committed). To compare bytes takes a twentieth of the time that decoding or hashing them takes.
"""

import hashlib
from dataclasses import dataclass

BIG = 100_000  # bytes; below that nothing is remembered
_KEPT = 4  # library and tests, before and after


@dataclass
class _Content:
    data: bytes
    text: str | None = None
    sha: str = ""


_recent: list[_Content] = []


def text_of(data: bytes) -> str:
    """The text of UTF-8. Raises UnicodeDecodeError."""
    if len(data) < BIG:
        return data.decode("utf-8")
    found = _content(data)
    if found.text is None:
        found.text = data.decode("utf-8")
    return found.text


def data_of(text: str) -> bytes:
    """The text as UTF-8. Raises UnicodeEncodeError."""
    if len(text) < BIG:
        return text.encode("utf-8")
    for one in tuple(_recent):
        if one.text is text or (one.text is not None and one.text == text):
            return one.data
    found = _content(text.encode("utf-8"))
    found.text = text
    return found.data


def blob_sha(data: bytes) -> str:
    """The name that git gives to a file's content, 40 hex digits."""
    if len(data) < BIG:
        return _hashed(data)
    found = _content(data)
    if not found.sha:
        found.sha = _hashed(data)
    return found.sha


def _content(data: bytes) -> _Content:
    """What is remembered of a content, which is now the one used last."""
    seen = tuple(_recent)
    found = next((one for one in seen if one.data is data), None)
    found = found or next((one for one in seen if one.data == data), None) or _Content(data)
    _recent[:] = [found, *(one for one in seen if one is not found)][:_KEPT]
    return found


def _hashed(data: bytes) -> str:
    work = hashlib.sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    work.update(data)
    return work.hexdigest()
