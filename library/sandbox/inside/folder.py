"""The scratch folder: how full it is, and emptying it whatever a job has made in it."""

import contextlib
import errno
import os

MAX_FILES = 20_000
OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def measure(scratch: str, *, sized: bool) -> tuple[int, int]:
    """Bytes and number of files; with `sized` it is a file system of its own, which knows both at once.

    What lies too deep to have a path counts as too many files.
    """
    if sized:
        state = os.statvfs(scratch)
        return (state.f_blocks - state.f_bfree) * state.f_frsize, state.f_files - state.f_ffree
    size = files = 0
    folders = [scratch]
    while folders and files <= MAX_FILES:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    files += 1
                    with contextlib.suppress(FileNotFoundError):
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
        except OSError as error:
            files += MAX_FILES if error.errno == errno.ENAMETOOLONG else 0
    return size, files


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
