"""Frames between the two halves: four bytes of length, then JSON; used on both sides."""

import json
import os
from typing import Any

LENGTH = 4


def frame(value: Any) -> bytes:
    """One JSON value as bytes ready to be written."""
    body = json.dumps(value).encode()
    return len(body).to_bytes(LENGTH, "little") + body


def send(descriptor: int, value: Any) -> None:
    """Write one frame; blocks until all of it is out."""
    rest = memoryview(frame(value))
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def receive(descriptor: int) -> Any:
    """Read one frame; None when the other side has closed."""
    head = _exactly(descriptor, LENGTH)
    body = _exactly(descriptor, int.from_bytes(head, "little")) if head else b""
    return json.loads(body) if body else None


def _exactly(descriptor: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
