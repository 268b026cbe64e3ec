"""Memory for what a job says: the processes of later jobs do not get it, and it is wiped after each.

A forked process has all the memory of the zygote, freed pieces included. So what one job has said must never lie in the
zygote's heap, where the next one could read it.
"""

import mmap
import os

PART = 1 << 16


class Hold:
    """Bytes read from one pipe at a time."""

    def __init__(self) -> None:
        self.size = 0  # how much of it is filled
        self._room = 0
        self._memory: mmap.mmap | None = None

    def begin(self, most: int) -> None:
        """Wipe it and make room for so many bytes."""
        if self._memory is None or most + PART > self._room:
            if self._memory is not None:
                self._memory.close()
            self._room = most + PART
            self._memory = mmap.mmap(-1, self._room, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            if hasattr(mmap, "MADV_DONTFORK"):
                self._memory.madvise(mmap.MADV_DONTFORK)
        elif self.size:
            self._wipe(self._memory)
        self.size = 0

    def read(self, descriptor: int) -> int:
        """Read what is there, as far as there is room; how much that was, 0 at the end of the pipe.

        Raises BlockingIOError when there is nothing.
        """
        with self.part(self.size, min(self._room, self.size + PART)) as room:
            count = os.readv(descriptor, [room])
        self.size += count
        return count

    def part(self, start: int, stop: int) -> memoryview:
        """A view of a part; to be released before the next `begin`."""
        assert self._memory is not None
        with memoryview(self._memory) as whole:
            return whole[start:stop]

    def find(self, byte: bytes, start: int) -> int:
        """Where a byte is next, -1 for nowhere in what is filled."""
        assert self._memory is not None
        return self._memory.find(byte, start, self.size)

    def starts(self, start: int, text: bytes) -> bool:
        """Whether this text stands there."""
        with self.part(start, min(self.size, start + len(text))) as there:
            return there == memoryview(text)

    def _wipe(self, memory: mmap.mmap) -> None:
        if hasattr(mmap, "MADV_DONTFORK"):
            memory.madvise(mmap.MADV_DONTNEED)  # private memory comes back as zeros
        else:
            memory[: self.size] = bytes(self.size)
