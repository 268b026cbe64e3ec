"""A lock on a folder that dies with its process: flock, re-entrant within a thread, and it knows who holds it."""

import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from memory.disk import make_folder, open_below, read_below
from memory.errors import Locked, MemoryFault

try:
    import fcntl
except ImportError:  # not a POSIX system: importing must work, locking cannot
    fcntl = None


@dataclass
class _Held:
    thread: threading.RLock = field(default_factory=threading.RLock)
    depth: int = 0
    file: int = -1


_WIDTH = 40  # letters of a lock file's line: who holds it, and since when
_known: dict[str, _Held] = {}  # one entry a lock file, because two flocks of one process would wait for each other


def _forget_after_fork() -> None:
    """A fork shares the flock of its parent; it must neither believe that it holds it nor keep it alive."""
    for held in _known.values():
        if held.file >= 0:
            with suppress(OSError):
                os.close(held.file)
    _known.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


@contextmanager
def locked(path: Path, wait_s: float, what: str) -> Generator[None]:
    """Hold the lock file `path` while the block runs.

    Args:
        path: the lock file; made when missing, never deleted; holds pid and time of the holder.
        wait_s: longest wait in seconds.
        what: what is locked, for the message, e.g. "this library".

    Raises:
        Locked: somebody else holds it for longer; names the holder.
        OSError: the file cannot be made.
    """
    end = time.monotonic() + wait_s
    held = _known.setdefault(os.path.realpath(path), _Held())
    if not held.thread.acquire(timeout=max(wait_s, 0)):
        raise Locked(f"another thread of this program (pid {os.getpid()}) holds the lock of {what}.")
    try:
        if held.depth == 0:
            held.file = take(path, max(end - time.monotonic(), 0), what)
        held.depth += 1
        try:
            yield
        finally:
            held.depth -= 1
            if held.depth == 0 and held.file >= 0 and _known.get(os.path.realpath(path)) is held:
                os.close(held.file)
                held.file = -1
    finally:
        held.thread.release()


def take(path: Path, wait_s: float, what: str) -> int:
    """Lock `path` and return the descriptor that holds it; closing it lets go. Raises as `locked` does."""
    if fcntl is None:
        raise MemoryFault("this system has no flock, so two runs could not be kept apart.", "Use Linux, macOS or WSL.")
    make_folder(path.parent)
    descriptor = _opened(path)
    end, pause = time.monotonic() + wait_s, 0.001
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_named(path, descriptor):
                    break
                os.close(descriptor)  # whoever held it has removed the file meanwhile
                descriptor = _opened(path)
                continue
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise Locked(
                        f"another run ({holder(path)}) holds the lock of {what}; waited {wait_s:.0f} s.",
                        "Wait until it has ended, or end it, and try again.",
                    ) from None
            time.sleep(pause)
            pause = min(pause * 1.5, 0.02)
        # Written over at one width: ext4 puts a file that was cut to nothing on the disk when it is closed, for 3 ms.
        told = f"{os.getpid()} {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}".ljust(_WIDTH) + "\n"
        os.pwrite(descriptor, told.encode(), 0)
        if os.fstat(descriptor).st_size > len(told):
            os.ftruncate(descriptor, len(told))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _opened(path: Path) -> int:
    """The lock file, made when missing; never what a link of its name leads to, nor a file of two names."""
    descriptor = open_below(path.parent, path.name, os.O_RDWR | os.O_CREAT)
    if os.fstat(descriptor).st_nlink > 1:
        os.close(descriptor)
        raise MemoryFault(f"{path} is the same file as one of another name.", "Remove it, it holds nothing.")
    return descriptor


def _is_named(path: Path, descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    return False


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock file `path`."""
    if fcntl is None:
        return False
    try:
        descriptor = open_below(path.parent, path.name, os.O_RDONLY)
    except OSError:  # nobody has locked what is not there or is no ordinary file
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def holder(path: Path) -> str:
    """Who wrote into the lock file last: "pid 12, since 2026-11-21T02:20:31Z", or "unknown"."""
    with suppress(OSError):
        words = (read_below(path.parent, path.name, 1000) or b"").decode("utf-8", "replace").split()
        if len(words) == 2:
            return f"pid {words[0]}, since {words[1]}"
    return "unknown"
