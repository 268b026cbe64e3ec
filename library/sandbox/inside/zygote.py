"""The zygote: one process that forks for each job, watches it, ends all that it left behind, and reports.

No untrusted code runs in here. What comes from a job's process is bytes on two pipes: its output, and its verdict, of which
only lines that begin with this job's nonce count.
"""

import contextlib
import dataclasses
import gc
import os
import re
import resource
import select
import signal
import sys
import time
from typing import Any

import job as jobs
import wire

TICK_S = 0.02
VERDICT_BYTES = 4 << 20
MAX_FILES = 20_000
IMPORTS = re.compile(r"^\s*(?:from|import)\s+([\w., ]+)", re.MULTILINE)
# Imported here when a job first names one, so that later jobs find it loaded. Only modules that do nothing at import.
WARM = frozenset(
    """abc argparse array ast asyncio base64 bisect calendar cmath collections contextlib copy csv dataclasses datetime
    decimal difflib email enum fractions functools graphlib hashlib heapq hmac html inspect io ipaddress itertools json
    keyword locale logging math numbers operator os pathlib pprint queue random re secrets shlex shutil sqlite3 statistics
    string struct subprocess tempfile textwrap threading time timeit tokenize traceback types typing unicodedata unittest
    urllib uuid warnings weakref xml zlib zoneinfo""".split()
)


@dataclasses.dataclass(frozen=True)
class Box:
    """What the launcher has put in place.

    Attributes:
        scratch: the one folder in which a job may write; emptied after each.
        sized: the scratch folder has a total size by itself (tmpfs), so it need not be measured.
        own_mounts: bubblewrap gave us a file system and process numbers of our own.
        shared_user: other processes run under our user, so the limit of processes counts them too.
        abi: version of Landlock, 0 for none.
        rules: descriptor of the Landlock rules that each job enters, or None.
        job_filter: seccomp program that each job adds; b"" when it must be built there; None when there is no seccomp.
        parts: what is in force, by name.
    """

    scratch: str
    sized: bool
    own_mounts: bool
    shared_user: bool
    abi: int
    rules: int | None
    job_filter: bytes | None
    parts: tuple[str, ...]


class Zygote:
    """Serves one agent until its end of the pipe closes."""

    def __init__(self, commands: int, replies: int, box: Box) -> None:
        self.commands, self.replies, self.box = commands, replies, box
        self.others, self.counted = 0, float("-inf")
        self.tried: set[str] = set()

    def serve(self) -> None:
        gc.collect()
        gc.freeze()  # the pages of what is loaded stay shared with the children
        while (job := wire.receive(self.commands)) is not None:
            self.warm(job)
            wire.send(self.replies, self.run(job))

    def warm(self, job: dict[str, Any]) -> None:
        """Import what the job is going to import, once for all later jobs."""
        text = f"{job['setup']}\n{job['code']}\n{job['expression']}"
        wanted = {
            name.strip().split(".")[0]
            for line in IMPORTS.findall(text)
            for name in line.split(" import ")[0].split(",")
        }
        wanted = {name.split(" ")[0] for name in wanted} & WARM
        if job["kind"] == "pytest" or "pytest" in text:
            wanted.add("pytest")
        for name in sorted(wanted - self.tried):
            self.tried.add(name)
            with contextlib.suppress(ImportError):
                __import__(name)
        if job["kind"] == "pytest" and "suite" not in self.tried:
            self.tried.add("suite")
            with contextlib.suppress(ImportError):
                jobs.suite.warm()

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """Fork, watch, end, clean; returns what is known of it (see `Watch.report`)."""
        limits = job["limits"]
        allowed = self.count_others() + limits["processes"]
        verdict, verdict_end = os.pipe()
        output, output_end = os.pipe()
        nonce = os.urandom(16).hex()
        pid = os.fork()
        if pid == 0:
            for descriptor in (verdict, output, self.commands, self.replies):
                os.close(descriptor)
            jobs.start(job, self.box, jobs.Verdict(verdict_end, nonce), output_end, allowed)
        os.close(verdict_end)
        os.close(output_end)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        watch = Watch(pid, verdict, output, nonce, limits, self)
        watch.until_the_end()
        report = watch.report()
        empty(self.box.scratch)
        return report

    def count_others(self) -> int:
        """Processes (tasks) of our user that are not of the job; counted anew now and then where the user is shared."""
        if "rlimits" not in self.box.parts:
            return 0
        if time.monotonic() - self.counted > (1.0 if self.box.shared_user else float("inf")):
            self.others, self.counted = tasks_of(os.getuid()), time.monotonic()
        return self.others

    def agent_gone(self) -> bool:
        """Whether the agent has closed its end, or died."""
        poll = select.poll()
        poll.register(self.commands, 0)
        return bool(poll.poll(0))


class Watch:
    """One running job: reads its pipes, holds it to its limits, and ends it."""

    def __init__(self, pid: int, verdict: int, output: int, nonce: str, limits: dict[str, Any], zygote: Zygote) -> None:
        self.pid, self.verdict, self.output, self.limits, self.zygote = pid, verdict, output, limits, zygote
        self.nonce = nonce.encode()
        self.began = time.monotonic()
        self.said, self.printed, self.lines = bytearray(), bytearray(), list[str]()
        self.end, self.detail, self.seconds = "", "", 0.0
        self.next_look = self.began + TICK_S
        self.gone = pid_descriptor(pid)

    def until_the_end(self) -> None:
        poll = select.poll()
        for descriptor in (self.verdict, self.output):
            os.set_blocking(descriptor, False)
            poll.register(descriptor, select.POLLIN)
        poll.register(self.zygote.commands, 0)
        if self.gone is not None:
            poll.register(self.gone, select.POLLIN)
        deadline = self.began + self.limits["wall_s"]
        while not self.end:
            now = time.monotonic()
            if now >= deadline:
                self.end = "time"
                break
            wait = min(deadline - now, max(0.001, self.next_look - now))
            events = dict(poll.poll(wait * 1000))
            self.read()
            if not self.end:
                self.look(events)
        self.seconds = time.monotonic() - self.began
        self.finish()

    def read(self) -> None:
        """Take what is on the pipes; a complete verdict ends the job, too much output does too."""
        if drain(self.output, self.printed, self.limits["output_kb"] << 10):
            self.end = "output"
        if drain(self.verdict, self.said, VERDICT_BYTES):
            self.end, self.detail = "died", "the verdict was too long"
        *complete, rest = bytes(self.said).split(b"\n") if b"\n" in self.said else [bytes(self.said)]
        for line in complete:
            if not line.startswith(self.nonce):
                self.end, self.detail = "died", "something else was written in the verdict's place"
                return
            self.lines.append(line[len(self.nonce) + 1 :].decode(errors="replace"))
            if line[len(self.nonce) :][:1] == b".":
                self.end = self.end or "verdict"
                return
        self.said = bytearray(rest)

    def look(self, events: dict[int, int]) -> None:
        """Has it died, has the agent gone, has it filled the scratch folder?"""
        if self.zygote.commands in events:
            self.end = "agent"
        elif self.gone in events or (self.gone is None and has_ended(self.pid)):
            self.read()
            self.end = self.end or "died"
        elif time.monotonic() >= self.next_look:
            began = time.monotonic()
            size, files = measure(self.zygote.box)
            if size > self.limits["scratch_mb"] << 20 or files > MAX_FILES:
                self.end, self.detail = "scratch", f"{size >> 20} MB in {files} files"
            self.next_look = time.monotonic() + max(TICK_S, 3 * (time.monotonic() - began))

    def finish(self) -> None:
        """End the whole group and everything that was handed down to us, then take the last output."""
        status, used = end_all(self.pid)
        if self.end == "died" and not self.detail:
            self.end, self.detail = self.explain(status, used)
        if drain(self.output, self.printed, self.limits["output_kb"] << 10) and self.end == "verdict":
            self.end = "output"
        for descriptor in (self.verdict, self.output, self.gone):
            if descriptor is not None:
                os.close(descriptor)

    def explain(self, status: int, used: float) -> tuple[str, str]:
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGXCPU or (number == signal.SIGKILL and used >= self.limits["cpu_s"]):
                return "time", ""
            return "died", f"ended by {signal.Signals(number).name}"
        return "died", f"left with exit code {os.WEXITSTATUS(status)} before the end"

    def report(self) -> dict[str, Any]:
        """For the agent: how it ended, a word on that, the verdict's lines as text, output, seconds."""
        printed = bytes(self.printed[: self.limits["output_kb"] << 10]).decode(errors="replace")
        return {"end": self.end, "detail": self.detail, "lines": self.lines, "output": printed, "seconds": self.seconds}


def drain(descriptor: int, into: bytearray, cap: int) -> bool:
    """Read what is there; True when more than `cap` bytes have come."""
    while len(into) <= cap:
        try:
            part = os.read(descriptor, 65536)
        except BlockingIOError:
            return False
        if not part:
            return False
        into += part
    return True


def pid_descriptor(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None on kernels without."""
    try:
        return os.pidfd_open(pid)
    except (OSError, AttributeError):
        return None


def has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def end_all(leader: int) -> tuple[int, float]:
    """Kill the job's group, then all that came to us as orphans; returns the leader's wait status and its CPU seconds."""
    status, used = 0, 0.0
    with contextlib.suppress(OSError):
        os.killpg(leader, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.kill(leader, signal.SIGKILL)
    while True:
        for pid in children():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            pid, its_status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return status, used
        if pid == leader:
            status, used = its_status, usage.ru_utime + usage.ru_stime


def children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def tasks_of(uid: int) -> int:
    """How many tasks (threads count) a user has, as the kernel counts them for RLIMIT_NPROC."""
    count = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:  # noqa: PTH112, PTH208
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == uid or name == str(os.getpid()):  # noqa: PTH116
                    count += len(os.listdir(f"/proc/{name}/task"))  # noqa: PTH208
    return count


def measure(box: Box) -> tuple[int, int]:
    """Bytes and number of files in the scratch folder."""
    if box.sized:
        state = os.statvfs(box.scratch)
        return (state.f_blocks - state.f_bfree) * state.f_frsize, state.f_files - state.f_ffree
    size = files = 0
    folders = [box.scratch]
    while folders and files <= MAX_FILES:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                files += 1
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
    return size, files


def empty(folder: str) -> None:
    """Remove all that is in a folder, however deep: folders are moved to the top before they are emptied."""
    number = 0
    while names := os.listdir(folder):  # noqa: PTH208
        for name in names:
            path = f"{folder}/{name}"
            try:
                os.unlink(path)  # noqa: PTH108
                continue
            except OSError:
                os.chmod(path, 0o700)  # noqa: PTH101 – a folder then; the job may have closed it
            with os.scandir(path) as entries:
                for entry in list(entries):
                    if entry.is_dir(follow_symlinks=False):
                        number += 1
                        os.chmod(entry.path, 0o700)  # noqa: PTH101
                        os.rename(entry.path, f"{folder}/.{number}.{os.getpid()}")  # noqa: PTH104
                    else:
                        os.unlink(entry.path)  # noqa: PTH108
            os.rmdir(path)  # noqa: PTH106


def serve(commands: int, replies: int, box: Box) -> None:
    """Serve jobs until the agent closes its end; then leave nothing behind."""
    sys.setswitchinterval(0.005)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_MSGQUEUE, (0, 0)) if hasattr(resource, "RLIMIT_MSGQUEUE") else None
    with contextlib.suppress(BrokenPipeError):
        Zygote(commands, replies, box).serve()
    with contextlib.suppress(OSError):
        empty(box.scratch)
        if not box.sized:
            os.rmdir(box.scratch)  # noqa: PTH106
