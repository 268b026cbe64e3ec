"""Processes as seen from the zygote: counting, weighing and ending those of a job."""

# pathlib would take the zygote several milliseconds to load
# ruff: noqa: PTH112, PTH116, PTH123, PTH208

import contextlib
import os
import resource
import signal
import stat

PAGE = os.sysconf("SC_PAGE_SIZE")
SHARED = b"/dev/zero (deleted)\n"  # how the kernel names it


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


def below(above: int) -> list[int]:
    """All processes below one, this one left out."""
    found: list[int] = []
    waiting = children_of(above)
    while waiting:
        pid = waiting.pop()
        found += [pid] if pid != os.getpid() else []
        waiting += children_of(pid)
    return found


def memory_below_us(enough: int) -> int:
    """Bytes of memory that all processes below us hold together, files and shared memory included.

    Args:
        enough: below so much it is not looked at closely, and what several share is counted for each of them.
    """
    pids = below(os.getpid())
    rough = sum(map(resident, pids))
    return rough if rough <= enough else sum(map(share, pids))


def resident(pid: int) -> int:
    """Bytes that a process has in memory, its own and shared."""
    with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/statm", "rb") as file:
        return int(file.read().split()[1]) * PAGE
    return 0


def share(pid: int) -> int:
    """The same, what is shared divided among those who share it; where that is not told, all of it."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            lines = file.read().splitlines()
    except ProcessLookupError:
        return 0
    except OSError:
        return resident(pid)
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith((b"Pss:", b"SwapPss:")))


def shared_memory() -> int:
    """Bytes of shared memory on the whole machine; 0 where that is not told.

    Who unmaps shared memory, all but a page, still holds all of it, and nothing of the process shows that.
    """
    with contextlib.suppress(OSError, ValueError), open("/proc/meminfo", "rb") as file:
        for line in file:
            if line.startswith(b"Shmem:"):
                return int(line.split()[1]) << 10
    return 0


def any_shares(above: int) -> bool:
    """Whether a process below one has shared memory that is no file's, or may have."""
    for pid in below(above):
        try:
            with open(f"/proc/{pid}/maps", "rb") as file:
                if any(line.endswith(SHARED) for line in file):
                    return True
        except ProcessLookupError:
            continue
        except OSError:
            return True
    return False


def nameless_files(above: int, scratch: str, each: int) -> int:
    """Bytes of files that processes below one hold open and that have no name any more, so that no walk finds them.

    Args:
        above: the process whose children and theirs are looked into.
        scratch: where they were made.
        each: taken for the size of one that is only mapped.
    """
    sizes: dict[int, int] = {}
    for pid in below(above):
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):  # a thread can have descriptors of its own
                for number in os.listdir(f"/proc/{pid}/task/{task}/fd"):
                    with contextlib.suppress(OSError):
                        state = os.stat(f"/proc/{pid}/task/{task}/fd/{number}")
                        if stat.S_ISREG(state.st_mode) and not state.st_nlink:
                            sizes[state.st_ino] = state.st_blocks * 512
        for inode in mapped_nameless(pid, scratch.encode()):
            sizes.setdefault(inode, each)
    return sum(sizes.values())


def mapped_nameless(pid: int, scratch: bytes) -> set[int]:
    """Inodes of the files without a name that a process has mapped."""
    found: set[int] = set()
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/maps", "rb") as file:
        for line in file:
            if line.endswith(b" (deleted)\n"):
                words = line.split(None, 5)
                if words[5].startswith(scratch):
                    found.add(int(words[4]))
    return found


def processor_time() -> float:
    """Seconds that this process and those that it has waited for have spent so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def tasks_of(uid: int) -> int:
    """How many tasks (threads count) a user has, as the kernel counts them for RLIMIT_NPROC."""
    count = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == uid or name == str(os.getpid()):
                    count += len(os.listdir(f"/proc/{name}/task"))
    return count
