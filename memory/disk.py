"""Files put on disk whole or not at all, and on disk for good: temporary file, fsync, rename, fsync of the folder."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from memory.errors import MemoryFault

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


def put(path: Path, data: bytes, *, beside: Path | None = None) -> None:
    """Make `path` hold exactly `data`; a reader, and a kill at any instant, sees the old content or the new.

    Args:
        path: the file; its folder is made when missing. An existing file keeps its permissions.
        data: the whole content.
        beside: folder of the same file system for the temporary file; by default the folder of `path`.

    Raises:
        OSError: the disk refuses; the temporary file is gone then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = (beside or path.parent) / f"new-{os.getpid()}-{next(_serial)}"
    temporary.unlink(missing_ok=True)  # left by a killed process that had our number
    try:
        write_new(temporary, data, mode=path.stat().st_mode & 0o7777 if path.exists() else None)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_new(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write a file that must not exist yet and wait until the disk has it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(descriptor, "wb") as stream:
        if mode is not None:
            os.fchmod(descriptor, mode)
        stream.write(data)
        stream.flush()
        os.fsync(descriptor)


def add_line(path: Path, line: bytes, *, sync: bool) -> None:
    """Append one line in a single write, after an end of line if the last one lacks it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b", buffering=0) as stream:
        if stream.tell() and os.pread(stream.fileno(), 1, stream.tell() - 1) != b"\n":
            line = b"\n" + line
        stream.write(line + b"\n")
        if sync:
            os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in `folder`; file systems that cannot do this are left alone."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def decoded(data: bytes, file: str) -> str:
    """The text of a file, line ends as they are. Raises MemoryFault naming the line when it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MemoryFault(
            f"{file}, line {line}: byte 0x{data[error.start]:02x} is not UTF-8.", "Save the file as UTF-8."
        ) from error


def encoded(text: str, file: str) -> bytes:
    """The bytes of a text for a file. Raises MemoryFault for half a surrogate pair."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MemoryFault(f"the text for {file} has half a character at position {error.start}.") from error
