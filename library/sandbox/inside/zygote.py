"""The zygote: one process that forks for each job, watches it, ends all that it left behind, and reports.

No untrusted code runs in here. What comes from a job's process is bytes on two pipes: its output, and its verdict, of
which only lines that begin with this job's nonce count.
"""

# pathlib would take the zygote several milliseconds to load
# ruff: noqa: PTH106

import contextlib
import gc
import importlib
import os
import re
import signal
import time
from typing import Any, NamedTuple

import folder
import job as jobs
import processes
import wire
from watch import Watch

COUNT_AGAIN_S = 0.25
SPARE = 16  # others of our user may start so many until we count again, without a job being refused its own
IMPORTS = re.compile(r"^\s*(?:from\s+(\w+)|import\s+([\w., ]+))", re.MULTILINE)
# Imported here when a job first names one, so that later jobs find it loaded. Only modules that do nothing at import.
WARM = frozenset(
    """
    abc argparse array ast asyncio base64 bisect calendar cmath collections contextlib copy csv dataclasses
    datetime decimal difflib email enum fractions functools graphlib hashlib heapq hmac html inspect io ipaddress
    itertools json keyword locale logging math numbers operator os pathlib pprint queue random re secrets shlex
    shutil sqlite3 statistics string struct subprocess tempfile textwrap threading time timeit tokenize traceback
    types typing unicodedata unittest urllib uuid warnings weakref xml zlib zoneinfo
    """.split()  # noqa: SIM905 – one word a line would take a page
)


class Box(NamedTuple):
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
        self.others, self.count_at = 0, 0.0
        self.tried: set[str] = set()

    def serve(self) -> None:
        """One job after the other."""
        share()
        while (job := wire.receive(self.commands)) is not None:
            self.warm(job)
            wire.send(self.replies, self.run(job))

    def warm(self, job: dict[str, Any]) -> None:
        """Import what the job is going to import, once for all later jobs."""
        text = f"{job['setup']}\n{job['code']}"
        wanted: set[str] = set()
        for source, names in IMPORTS.findall(text):
            wanted |= {source or name.strip().split(" ")[0].split(".")[0] for name in names.split(",")}
        wanted &= WARM
        if job["kind"] == "pytest" or "pytest" in text:
            wanted.add("pytest")
        if job["kind"] == "pytest":
            wanted.add("suite")
        wanted -= self.tried
        for name in sorted(wanted):
            self.tried.add(name)
            with contextlib.suppress(ImportError):
                jobs.suite.warm() if name == "suite" else importlib.import_module(name)
        if wanted:
            share()

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """Fork, watch, end, clean; returns what is known of it (see Watch.report)."""
        allowed = self.count_others() + job["limits"]["processes"]
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
        watch = Watch(pid, (verdict, output), nonce, job["limits"], (self.box.scratch, self.box.sized))
        watch.until_the_end(self.commands)
        folder.empty(self.box.scratch)
        return watch.report()

    def count_others(self) -> int:
        """Tasks of our user that are not of the job; counted anew now and then where others share the user."""
        if "rlimits" in self.box.parts and time.monotonic() >= self.count_at:
            self.others = processes.tasks_of(os.getuid()) + (SPARE if self.box.shared_user else 0)
            self.count_at = time.monotonic() + COUNT_AGAIN_S if self.box.shared_user else float("inf")
        return self.others


def share() -> None:
    """Keep the collector's hands off what is loaded, so that its memory stays shared with the children."""
    gc.collect()
    gc.freeze()


def serve(commands: int, replies: int, box: Box) -> None:
    """Serve jobs until the agent closes its end; then leave nothing behind."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError):
        Zygote(commands, replies, box).serve()
    with contextlib.suppress(OSError):
        folder.empty(box.scratch)
        if not box.own_mounts:
            os.rmdir(box.scratch)
