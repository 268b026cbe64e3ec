"""Files put on disk whole or not at all, and on disk for good: temporary file, fsync, rename.

A folder may come from somebody else, so what is read or written below it is reached without following a link: folder by
folder, each opened in the one before. What is opened must be an ordinary file of a bounded size.
"""

import errno
import os
import stat
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from memory.errors import MemoryFault

BIGGEST = 100_000_000  # bytes of a file that is read; more is somebody's trap, or no text
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LOOK = os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC  # a FIFO must not be waited for
_serial = count()


@contextmanager
def explained(doing: str) -> Generator[None]:
    """Turn an OSError inside into a MemoryFault that says what was being done, such as "write library.py"."""
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


class NoPlainFile(OSError):
    """What has the name of a file is a link, a folder, a device, or too big."""

    def __init__(self, why: str, name: str) -> None:
        super().__init__(errno.EINVAL, why, name)


@contextmanager
def folder_below(root: Path, parts: Sequence[str], *, make: bool = False) -> Generator[int]:
    """A descriptor of the folder below `root` by these names; only the root itself may be reached through links.

    Raises:
        OSError: one is missing and not to be made, or is a link.
    """
    place = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            try:
                inner = os.open(part, _FOLDER, dir_fd=place)
            except FileNotFoundError:
                if not make:
                    raise
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=place)
                inner = os.open(part, _FOLDER, dir_fd=place)
            except OSError as error:
                if stat.S_ISLNK(os.stat(part, dir_fd=place, follow_symlinks=False).st_mode):
                    raise NoPlainFile("it is a link, and links are not followed", "/".join(parts)) from error
                raise
            os.close(place)
            place = inner
        yield place
    finally:
        os.close(place)


def open_below(root: Path, file: str, flags: int, mode: int = 0o666, *, make: bool = False) -> int:
    """Open an ordinary file below a folder without following links out of it.

    Args:
        root: the folder.
        file: relative path with "/".
        flags: as for os.open.
        mode: of a new file.
        make: make the folders on the way.

    Raises:
        NoPlainFile: it is a link, a folder, a device or the like.
        OSError: as for os.open.
    """
    *folders, name = file.split("/")
    with folder_below(root, folders, make=make) as place:
        with suppress(FileNotFoundError):  # first: to open some devices has effects
            _check_plain(os.stat(name, dir_fd=place, follow_symlinks=False), file)
        descriptor = os.open(name, flags | _LOOK | os.O_NOFOLLOW, mode, dir_fd=place)
    try:
        _check_plain(os.fstat(descriptor), file)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_plain(seen: os.stat_result, file: str) -> None:
    kinds = {stat.S_IFLNK: "it is a link, and links are not followed", stat.S_IFDIR: "it is a folder"}
    if not stat.S_ISREG(seen.st_mode):
        raise NoPlainFile(kinds.get(stat.S_IFMT(seen.st_mode), "it is no ordinary file"), file)


def check_below(root: Path, file: str) -> bool:
    """Whether there is an ordinary file below a folder, found out without opening it.

    Raises:
        NoPlainFile: it is a link, a folder, a device or the like.
        OSError: as for os.stat.
    """
    *folders, name = file.split("/")
    with suppress(FileNotFoundError), folder_below(root, folders) as place:
        _check_plain(os.stat(name, dir_fd=place, follow_symlinks=False), file)
        return True
    return False


def read_below(root: Path, file: str, limit: int = BIGGEST) -> bytes | None:
    """The content of a file below a folder, None when there is none; links are not followed.

    Raises:
        NoPlainFile: it is a link, a folder, a device or the like, or has more than `limit` bytes.
        OSError: it cannot be read.
    """
    try:
        descriptor = open_below(root, file, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _whole(descriptor, file, limit)


def read_plain(path: Path, limit: int = BIGGEST) -> bytes:
    """The content of an ordinary file that a person has named; links to one are followed.

    Raises:
        NoPlainFile: it is a folder, a device or the like, or has more than `limit` bytes.
        OSError: it is not there or cannot be read.
    """
    _check_plain(path.stat(), str(path))
    descriptor = os.open(path, os.O_RDONLY | _LOOK)
    try:
        _check_plain(os.fstat(descriptor), str(path))
    except BaseException:
        os.close(descriptor)
        raise
    return _whole(descriptor, str(path), limit)


def _whole(descriptor: int, file: str, limit: int) -> bytes:
    with os.fdopen(descriptor, "rb") as stream:
        size = os.fstat(descriptor).st_size
        data = stream.read(limit + 1) if size <= limit else b""
    if size > limit or len(data) > limit:
        raise NoPlainFile(f"it has more than {limit:,} bytes", file)
    return data


def is_below(root: Path, file: str) -> bool:
    """Whether there is anything of this name below a folder, were it a link."""
    *folders, name = file.split("/")
    try:
        with folder_below(root, folders) as place:
            os.stat(name, dir_fd=place, follow_symlinks=False)
    except OSError:
        return False
    return True


def move_below(new: Path, root: Path, file: str) -> None:
    """Rename a finished file into its place below a folder; missing folders are made, links on the way refused."""
    *folders, name = file.split("/")
    with folder_below(root, folders, make=True) as place:
        os.replace(new, name, dst_dir_fd=place)


def remove_below(root: Path, file: str) -> None:
    """Remove a file below a folder if it is there; a link itself goes, not what it leads to."""
    *folders, name = file.split("/")
    with suppress(FileNotFoundError), folder_below(root, folders) as place:
        os.unlink(name, dir_fd=place)


class Batch:
    """Files written beside their places, made safe together, then renamed into place in the order they were added.

    That happens at the end of the `with` block; where it raises nothing is placed. Only contents are synced. That names
    appear on disk in the order of the renames is what journalling file systems (ext4, XFS, Btrfs, APFS) guarantee;
    whoever reads a later name finds the earlier ones.

    Args:
        folder: for temporary files, on the same file system as the places.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: list[tuple[int, Path, Path, Path | None]] = []

    def add(self, place: Path, data: bytes, *, mode: int | None = None, below: Path | None = None) -> None:
        """Write the whole content for `place` under a temporary name.

        Args:
            place: where it goes; an existing file keeps its permissions unless `mode` is given.
            below: the folder from which on no link is followed; folders that are missing are made.
        """
        if mode is None:
            with suppress(OSError):
                seen = os.lstat(place)
                mode = seen.st_mode & 0o777 if stat.S_ISREG(seen.st_mode) else None
        temporary = temporary_in(self._folder)
        temporary.unlink(missing_ok=True)  # left by a killed process that had our number
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        self._written.append((descriptor, temporary, place, below))
        if mode is not None:
            os.fchmod(descriptor, mode)
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            stream.write(data)

    def __enter__(self) -> "Batch":
        return self

    def __exit__(self, problem: type[BaseException] | None, *more: object) -> None:
        try:
            if problem is None:
                for written in self._written:
                    os.fsync(written[0])
                for _, temporary, place, below in self._written:
                    if below is None:
                        temporary.replace(place)
                    else:
                        move_below(temporary, below, place.relative_to(below).as_posix())
        finally:
            for descriptor, temporary, _, _ in self._written:
                os.close(descriptor)
                temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder if it is missing; to ask first is far quicker than to be refused."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)


def temporary_in(folder: Path) -> Path:
    """A name for a temporary file that says whose it is."""
    return folder / f"new-{os.getpid()}-{next(_serial)}"


def put(path: Path, data: bytes, *, beside: Path | None = None, mode: int | None = None) -> None:
    """Make `path` hold exactly `data`; a reader, and a kill at any instant, sees the old content or the new.

    Args:
        path: the file; its folder is made when missing. An existing file keeps its permissions.
        data: the whole content.
        beside: folder of the same file system for the temporary file; by default the folder of `path`.
        mode: permissions, instead of those that it has or that are usual.

    Raises:
        OSError: the disk refuses; the temporary file is gone then.
    """
    make_folder(path.parent)
    with Batch(beside or path.parent) as batch:
        batch.add(path, data, mode=mode)


def put_below(root: Path, file: str, data: bytes) -> None:
    """Make a file below a folder hold exactly `data`; links on the way are refused, one in its place is replaced.

    Raises:
        OSError: the disk refuses, or a folder on the way is a link.
    """
    *folders, name = file.split("/")
    new = f".new-{os.getpid()}-{next(_serial)}"
    with folder_below(root, folders, make=True) as place:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666, dir_fd=place)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
            os.replace(new, name, src_dir_fd=place, dst_dir_fd=place)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(new, dir_fd=place)
            raise


def add_line(path: Path, line: bytes, *, sync: bool, below: Path | None = None) -> None:
    """Append one line in a single write, after an end of line if the last one lacks it.

    Args:
        path: the file; it and its folder are made when missing.
        line: without its end.
        sync: wait until the disk has it.
        below: the folder from which on no link is followed; by default that of the file.

    Raises:
        NoPlainFile: it is a link, a device or the like.
        OSError: the disk refuses.
    """
    root = below or path.parent
    make_folder(root)
    file = path.relative_to(root).as_posix()
    descriptor = open_below(root, file, os.O_RDWR | os.O_CREAT | os.O_APPEND, make=True)
    with os.fdopen(descriptor, "r+b", buffering=0) as stream:
        seen = os.fstat(descriptor)
        if seen.st_size and os.pread(descriptor, 1, seen.st_size - 1) != b"\n":
            line = b"\n" + line
        if seen.st_nlink > 1:  # it has another name elsewhere, and what stands there is not to change
            put_below(root, file, os.pread(descriptor, seen.st_size, 0) + line + b"\n")
            return
        stream.write(line + b"\n")
        if sync:
            os.fsync(descriptor)


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
