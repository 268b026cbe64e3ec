"""Files put on disk whole or not at all, and on disk for good: temporary file, fsync, rename, fsync of the folder."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Thread

from memory.errors import MemoryFault
from memory.recent import data_of, text_of

SLOW_S = 0.002  # when syncing one by one takes longer, other processes keep the disk busy: then all at once
_serial = count()


@contextmanager
def explained(doing: str) -> Generator[None]:
    """Turn an OSError inside into a MemoryFault that says what was being done.

    Args:
        doing: what was asked, e.g. "write library.py".
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        where = f" ({error.filename})" if error.filename else ""
        raise MemoryFault(f"cannot {doing}: {reason}{where}.", _advice(error)) from error


def _advice(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "Check who owns the folder and its permissions, or choose another one with --library."
    if error.errno is not None and os.strerror(error.errno) == "No space left on device":
        return "Free some space on the disk and try again; nothing was lost."
    return "Choose another folder with --library, or repair this one and try again."


class Batch:
    """Files written beside their places, made safe together, then renamed into place in the order they were added.

    Only contents are synced. That names appear on disk in the order of the renames is what journalling file systems
    (ext4, XFS, Btrfs, APFS) guarantee; whoever reads a later name finds the earlier ones.
    """

    def __init__(self) -> None:
        self._written: list[tuple[int, Path, Path]] = []

    def add(self, place: Path, data: bytes, temporary: Path, *, mode: int | None = None) -> None:
        """Write the whole content for `place` under a temporary name in the same file system.

        Args:
            place: where it goes; an existing file keeps its permissions unless `mode` is given.
        """
        if mode is None and place.exists():
            mode = place.stat().st_mode & 0o7777
        temporary.unlink(missing_ok=True)  # left by a killed process that had our number
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        self._written.append((descriptor, temporary, place))
        if mode is not None:
            os.fchmod(descriptor, mode)
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            stream.write(data)

    def place(self) -> None:
        """Rename all into place; call `sync` before."""
        for _, temporary, place in self._written:
            temporary.replace(place)
        self._written.clear()

    def discard(self) -> None:
        """Forget what was not placed."""
        for descriptor, temporary, _ in self._written:
            if descriptor >= 0:
                os.close(descriptor)
            temporary.unlink(missing_ok=True)
        self._written.clear()

    @staticmethod
    def sync(*batches: "Batch") -> None:
        """Wait until the disk has what was written: one after the other where that is quick, else all at once."""
        waiting = [descriptor for batch in batches for descriptor, _, _ in batch._written]
        started = time.perf_counter()
        while waiting and time.perf_counter() - started < SLOW_S:
            os.fsync(waiting.pop())
        threads = [Thread(target=os.fsync, args=(descriptor,)) for descriptor in waiting]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for batch in batches:
            for descriptor, _, _ in batch._written:
                os.close(descriptor)
            batch._written = [(-1, temporary, place) for _, temporary, place in batch._written]


def make_folder(folder: Path) -> None:
    """Make a folder if it is missing; to ask first is far quicker than to be refused."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)


def temporary_in(folder: Path) -> Path:
    """A name for a temporary file that says whose it is."""
    return folder / f"new-{os.getpid()}-{next(_serial)}"


def put(path: Path, data: bytes, *, beside: Path | None = None) -> None:
    """Make `path` hold exactly `data`; a reader, and a kill at any instant, sees the old content or the new.

    Args:
        path: the file; its folder is made when missing. An existing file keeps its permissions.
        data: the whole content.
        beside: folder of the same file system for the temporary file; by default the folder of `path`.

    Raises:
        OSError: the disk refuses; the temporary file is gone then.
    """
    make_folder(path.parent)
    batch = Batch()
    try:
        batch.add(path, data, temporary_in(beside or path.parent))
        Batch.sync(batch)
        batch.place()
    finally:
        batch.discard()


def add_line(path: Path, line: bytes, *, sync: bool) -> None:
    """Append one line in a single write, after an end of line if the last one lacks it."""
    make_folder(path.parent)
    with path.open("a+b", buffering=0) as stream:
        if stream.tell() and os.pread(stream.fileno(), 1, stream.tell() - 1) != b"\n":
            line = b"\n" + line
        stream.write(line + b"\n")
        if sync:
            os.fsync(stream.fileno())


def decoded(data: bytes, file: str) -> str:
    """The text of a file, line ends as they are. Raises MemoryFault naming the line when it is not UTF-8."""
    try:
        return text_of(data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MemoryFault(
            f"{file}, line {line}: byte 0x{data[error.start]:02x} is not UTF-8.", "Save the file as UTF-8."
        ) from error


def encoded(text: str, file: str) -> bytes:
    """The bytes of a text for a file. Raises MemoryFault for half a surrogate pair."""
    try:
        return data_of(text)
    except UnicodeEncodeError as error:
        raise MemoryFault(f"the text for {file} has half a character at position {error.start}.") from error
