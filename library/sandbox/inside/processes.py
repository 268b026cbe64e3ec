"""Processes as seen from the zygote: counting, weighing and ending those of a job."""

# pathlib would take the zygote several milliseconds to load
# ruff: noqa: PTH112, PTH116, PTH123, PTH208

import contextlib
import os
import signal

PAGE = os.sysconf("SC_PAGE_SIZE")


def descriptor_of(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None on kernels without."""
    try:
        return os.pidfd_open(pid)
    except (OSError, AttributeError):
        return None


def has_ended(pid: int) -> bool:
    """Whether our child has ended; it is not reaped yet. False where that cannot be asked without reaping (macOS)."""
    if not hasattr(os, "waitid"):
        return False
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def end_all(leader: int) -> tuple[int, float]:
    """Kill the job's group, then all orphans that came to us; returns the leader's wait status and CPU seconds."""
    with contextlib.suppress(OSError):
        os.killpg(leader, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.kill(leader, signal.SIGKILL)
    _pid, status, usage = os.wait4(leader, 0)
    with contextlib.suppress(ChildProcessError):
        while True:
            if os.wait4(-1, os.WNOHANG)[0] == 0:  # some are left: not dead yet, or not of the group
                for pid in children_of(os.getpid()):
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                os.wait4(-1, 0)
    return status, usage.ru_utime + usage.ru_stime


def children_of(pid: int) -> list[int]:
    """The children of all threads of a process; empty where the kernel does not list them."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += [int(word) for word in file.read().split()]
    return found


def memory_below_us() -> int:
    """Bytes of memory of their own that all processes below us hold together, what they share with us not counted."""
    ours, total, waiting = own_memory(os.getpid()), 0, children_of(os.getpid())
    while waiting:
        pid = waiting.pop()
        total += max(0, own_memory(pid) - ours)
        waiting += children_of(pid)
    return total


def own_memory(pid: int) -> int:
    """Bytes in memory that belong to no file."""
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/statm", "rb") as file:
        _size, resident, shared, *_rest = file.read().split()
        return (int(resident) - int(shared)) * PAGE
    return 0


def tasks_of(uid: int) -> int:
    """How many tasks (threads count) a user has, as the kernel counts them for RLIMIT_NPROC."""
    count = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == uid or name == str(os.getpid()):
                    count += len(os.listdir(f"/proc/{name}/task"))
    return count
