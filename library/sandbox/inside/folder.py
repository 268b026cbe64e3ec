"""The scratch folder: whether anything is in it, how full it is, and emptying it whatever a job has made in it."""

# pathlib would take the zygote several milliseconds to load
# ruff: noqa: PTH101, PTH116

import contextlib
import errno
import fcntl
import os

MAX_FILES = 20_000
MAX_FOLDERS = 1_000  # on a disk; some file systems take 3 ms to remove one
OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def claim(scratch: str) -> int:
    """A descriptor that says, as long as any is open, that this folder is in use. Raises OSError."""
    place = os.open(scratch, OPEN | os.O_CLOEXEC)
    fcntl.flock(place, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return place


def abandoned(scratch: str) -> bool:
    """Whether nobody uses it any more. Raises OSError when it cannot be opened."""
    place = os.open(scratch, OPEN | os.O_CLOEXEC)
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(place)
    return True


def measure(scratch: str, *, sized: bool) -> tuple[int, int, int]:
    """Bytes, number of files and of folders; with `sized` it is a file system of its own, which knows all at once.

    What lies too deep to have a path counts as too many files.
    """
    if sized:
        state = os.statvfs(scratch)
        return (state.f_blocks - state.f_bfree) * state.f_frsize, state.f_files - state.f_ffree, 0
    size = files = seen = 0
    folders = [scratch]
    while folders and files <= MAX_FILES and seen <= MAX_FOLDERS:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    files += 1
                    with contextlib.suppress(FileNotFoundError):
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            seen += 1
                            folders.append(entry.path)
        except OSError as error:
            files += MAX_FILES if error.errno == errno.ENAMETOOLONG else 0
    return size, files, seen


def rest(scratch: str) -> None:
    """Give the empty folder back its rights and a time long ago, so that it tells when something is made in it.

    Nothing of one job may be read out of the rights and times of the folder by the next.
    """
    with contextlib.suppress(OSError):  # it may belong to root, and then a job cannot change it either
        os.chmod(scratch, 0o700)
        os.utime(scratch, ns=(0, 0))


def touched(scratch: str, *, own: bool, honest_times: bool) -> bool:
    """Whether anything may have been made in it since `rest`.

    Args:
        scratch: the folder.
        own: it is a file system of its own.
        honest_times: no job can set the times of files.
    """
    if own:
        return measure(scratch, sized=True)[1] > 1  # the folder itself is one
    return not honest_times or os.stat(scratch).st_mtime_ns != 0


def empty(scratch: str) -> None:
    """Remove all that is in a folder, however deep or closed. Must not run beside a job. Raises OSError.

    Goes down and up by descriptors, because a job can make folders deeper than any path and than Python's stack.
    """
    place = os.open(scratch, OPEN)
    try:
        todo = [_clear(place)]  # one list of folders still to remove for each folder on the way down
        while todo:
            if todo[-1]:
                name = todo[-1][-1]
                os.chmod(name, 0o700, dir_fd=place)
                place = _step(place, name)
                todo.append(_clear(place))
                continue
            todo.pop()
            if todo:
                place = _step(place, "..")
                os.rmdir(todo[-1].pop(), dir_fd=place)
    finally:
        os.close(place)


def _clear(place: int) -> list[str]:
    """Delete what is no folder in an open folder; returns the names of its folders."""
    folders: list[str] = []
    with os.scandir(place) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            else:
                os.unlink(entry.name, dir_fd=place)
    return folders


def _step(place: int, name: str) -> int:
    """From one open folder to a neighbour."""
    following = os.open(name, OPEN, dir_fd=place)
    os.close(place)
    return following
