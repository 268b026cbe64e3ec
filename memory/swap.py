"""Files of git replaced under git's own locks, so that neither `kill -9` nor another git at work does harm.

* What is written is complete in a private file before any lock of git is taken.
* The lock (`index.lock`, `main.lock`) is a hard link to that private file, and is renamed into place at once. So git
  and we keep each other out, a kill can leave a lock only within microseconds, and then the private file beside it
  says that it is ours.
* A lock of somebody else is waited for; one whose git has died is removed.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from memory.disk import make_folder
from memory.errors import MemoryFault

WAIT_S = 2.0  # longest wait for a lock file of another git
TRIES = 30  # against another git that changes the same file all the time


class Moved(Exception):
    """The head is no longer where it was when the commit was prepared; prepare it again."""


class Swap:
    """Replaces files in the git folder of a work tree.

    Args:
        folder: the git folder; private files go there.
        root: the work tree, to look for a git at work in it.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root

    def settle(self, target: Path) -> None:
        """Clear our own leftovers for `target`, and wait until no other git holds its lock.

        Raises:
            MemoryFault: a living git keeps the lock for longer than two seconds.
        """
        self._clear_own(target)
        self._wait_for(_lock_of(target))

    def update(self, target: Path, make: Callable[[], bytes], *, sync: bool) -> None:
        """Let `target` hold what `make()` gives, which is asked again when another git was faster.

        Args:
            target: the file of git.
            make: the new content, from what there is now; what it raises passes through.
            sync: wait until the disk has it.

        Raises:
            MemoryFault: as `settle`, or the file is changed without end.
        """
        make_folder(target.parent)
        for attempt in range(TRIES):
            self.settle(target)
            if self._tried(target, make, sync, first_lock=attempt >= 5):
                return
        raise MemoryFault(f"{target} is being changed all the time.", "Stop the other git program in that folder.")

    def _tried(self, target: Path, make: Callable[[], bytes], sync: bool, *, first_lock: bool) -> bool:
        """One try. `first_lock`: under the lock from the beginning, which a kill may leave for us to clear."""
        private, lock, before = self._private(target), _lock_of(target), _stamp(target)
        _fill(private, b"" if first_lock else make(), sync)
        try:
            os.link(private, lock)
        except FileExistsError:
            private.unlink()
            return False
        except OSError:  # no hard links on this file system: the rename alone is still all or nothing
            lock = private
        try:
            if first_lock:
                _fill(private, make(), sync)
            elif _stamp(target) != before:
                lock.unlink()
                return False
            lock.replace(target)
        except BaseException:
            lock.unlink(missing_ok=True)
            raise
        finally:
            private.unlink(missing_ok=True)
        return True

    def _private(self, target: Path) -> Path:
        return self._folder / f"coder-{target.name}.new"

    def _clear_own(self, target: Path) -> None:
        private, lock = self._private(target), _lock_of(target)
        with suppress(FileNotFoundError):
            if private.samefile(lock):
                lock.unlink()
        private.unlink(missing_ok=True)

    def _wait_for(self, lock: Path) -> None:
        end, pause = time.monotonic() + WAIT_S, 0.001
        while lock.exists():
            if time.monotonic() > end:
                if pid := _git_at_work(self._root):
                    raise MemoryFault(
                        f"git (pid {pid}) is at work in {self._root} and holds {lock.name}.",
                        "Finish it (an open editor for a commit message?) and try again; nothing was changed.",
                    )
                lock.unlink(missing_ok=True)
                return
            time.sleep(pause)
            pause = min(pause * 1.5, 0.02)


def _fill(path: Path, data: bytes, sync: bool) -> None:
    with path.open("wb") as stream:  # settle() has removed the old one, which may be a second name of a live file
        stream.write(data)
        if sync:
            stream.flush()
            os.fsync(stream.fileno())


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        seen = path.stat()
    except FileNotFoundError:
        return None
    return seen.st_ino, seen.st_mtime_ns, seen.st_size


def _lock_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.lock")


def _git_at_work(root: Path) -> int:
    """The pid of a living git in this work tree, 0 for none (or where there is no /proc to look)."""
    place = str(root.resolve())
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "comm").read_text().startswith("git"):
                folder = str((process / "cwd").readlink())
                if folder == place or folder.startswith(f"{place}/"):
                    return int(process.name)
    return 0
