"""Frames between the two halves: four bytes of length, then JSON; used on both sides.

What a job is made of and what it has said follows its frame as bare bytes, so that the zygote never holds them: the
job's own process reads the one (`exactly`), the other passes through memory that no job gets (hold.py).
"""

import fcntl
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

LENGTH = 4
FIONREAD = 0x541B if sys.platform.startswith("linux") else 0x4004667F


def frame(value: Any) -> bytes:
    """One JSON value as bytes ready to be written."""
    body = json.dumps(value).encode()
    return len(body).to_bytes(LENGTH, "little") + body


def send(descriptor: int, value: Any, *following: memoryview) -> None:
    """Write one frame and the bare bytes that follow it; blocks until all of it is out."""
    parts: Sequence[memoryview] = (memoryview(frame(value)), *following)
    for part in parts:
        rest = part
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def receive(descriptor: int) -> Any:
    """Read one frame; None when the other side has closed."""
    head = exactly(descriptor, LENGTH)
    body = exactly(descriptor, int.from_bytes(head, "little")) if head else b""
    return json.loads(body) if body else None


def waiting(descriptor: int) -> int:
    """How many bytes could be read at once; 0 where that cannot be asked."""
    try:
        return int.from_bytes(fcntl.ioctl(descriptor, FIONREAD, bytes(4)), sys.byteorder)
    except OSError:
        return 0


def exactly(descriptor: int, size: int) -> bytes:
    """So many bytes; none when the other side has closed before the last."""
    parts: list[bytes] = []
    while size:
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
