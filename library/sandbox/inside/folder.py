"""The scratch folder: how full it is, and emptying it whatever a job has made in it."""

# pathlib would take the zygote several milliseconds to load
# ruff: noqa: PTH101, PTH104, PTH106, PTH108, PTH208

import contextlib
import os

MAX_FILES = 20_000


def measure(scratch: str, *, sized: bool) -> tuple[int, int]:
    """Bytes and number of files; with `sized` it is a file system of its own, which knows both at once."""
    if sized:
        state = os.statvfs(scratch)
        return (state.f_blocks - state.f_bfree) * state.f_frsize, state.f_files - state.f_ffree
    size = files = 0
    folders = [scratch]
    while folders and files <= MAX_FILES:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                files += 1
                with contextlib.suppress(OSError):
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
    return size, files


def empty(scratch: str) -> None:
    """Remove all that is in a folder, however deep: folders are moved to the top before they are emptied."""
    number = 0
    while names := os.listdir(scratch):
        for name in names:
            path = f"{scratch}/{name}"
            try:
                os.unlink(path)
            except OSError:
                number = _flatten(path, scratch, number)


def _flatten(path: str, scratch: str, number: int) -> int:
    """Remove one folder; its folders go to the top under new names, counted from `number`."""
    os.chmod(path, 0o700)  # the job may have closed it
    with os.scandir(path) as entries:
        for entry in list(entries):
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            number += 1
            while os.path.lexists(moved := f"{scratch}/.{number}"):
                number += 1
            os.rename(entry.path, moved)
    os.rmdir(path)
    return number
