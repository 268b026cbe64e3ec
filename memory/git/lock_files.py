"""Lock files of git: those of a git at work are waited for, those that a dead one left are removed."""

import time
from contextlib import suppress
from pathlib import Path

from memory.errors import MemoryFault

WAIT_S = 2.0  # longest wait for a lock file of another git


def settle(lock: Path, root: Path) -> None:
    """Wait until no git holds this lock file.

    Args:
        lock: such as `.git/index.lock`.
        root: the work tree, to look for a git at work in it.

    Raises:
        MemoryFault: a living git keeps the lock for longer than two seconds.
    """
    end, pause = time.monotonic() + WAIT_S, 0.001
    while lock.exists():
        if time.monotonic() > end:
            if pid := _git_at_work(root):
                raise MemoryFault(
                    f"git (pid {pid}) is at work in {root} and holds {lock.name}.",
                    "Finish it (an open editor for a commit message?) and try again; nothing was changed.",
                )
            lock.unlink(missing_ok=True)
            return
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)


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
