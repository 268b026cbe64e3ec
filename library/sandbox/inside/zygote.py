"""The zygote: one process that forks for each job, watches it, ends all that it left behind, and reports.

No untrusted code runs in here. What comes from a job's process is bytes on two pipes: its output, and its verdict, of
which only lines that begin with this job's nonce count.

And nothing of a job is kept in here, since the next one is a copy of this process: its own process reads what it is
made of, what it says lies in memory that is not handed down, and its files are looked at in a process aside.
"""

# pathlib would take the zygote several milliseconds to load
# ruff: noqa: PTH106

import contextlib
import gc
import importlib
import os
import signal
import time
from typing import Any

import aside
import folder
import job as jobs
import processes
import wire
from hold import Hold
from watch import SUITE_LINES, Scratch, WatchedJob

COUNT_AGAIN_S = 0.25
SPARE = 16  # others of our user may start so many until we count again, without a job being refused its own


class Zygote:
    """Serves one agent until its end of the pipe closes."""

    def __init__(self, commands: int, replies: int, box: jobs.Box) -> None:
        self.commands, self.replies, self.box = commands, replies, box
        self.others, self.count_at = 0, 0.0
        self.tried: set[str] = set()
        self.holds = (Hold(), Hold())

    def serve(self) -> None:
        """One job after the other. What it is made of follows its order in the pipe, for its own process to read."""
        folder.rest(self.box.scratch)
        share()
        while (order := wire.receive(self.commands)) is not None:
            self.warm(order["warm"])
            self.run(order)

    def warm(self, names: list[str]) -> None:
        """Import what the job is going to import, once for all later jobs."""
        wanted = [name for name in names if name not in self.tried]
        for name in wanted:
            self.tried.add(name)
            with contextlib.suppress(ImportError):
                jobs.suite.warm() if name == "suite" else importlib.import_module(name)
        if wanted:
            share()

    def run(self, order: dict[str, Any]) -> None:
        """Fork, watch, end, clean; then tell the agent what is known of it (see Watch.report).

        Raises EOFError when the job's text was not read to its end: nobody knows then where the next one begins.
        """
        allowed = self.count_others() + order["limits"]["processes"] + 1  # one for what is done aside
        verdict, verdict_end = os.pipe()
        output, output_end = os.pipe()
        nonce = os.urandom(16).hex()
        slow = wire.waiting(self.commands) < order["size"]  # the job's clock must not run while the agent is stopped
        pid = os.fork()
        if pid == 0:
            for descriptor in (verdict, output, self.replies):
                os.close(descriptor)
            jobs.start(
                order | {"slow": slow},
                self.commands,
                self.box,
                jobs.VerdictPipe(verdict_end, nonce),
                output_end,
                allowed,
            )
        os.close(verdict_end)
        os.close(output_end)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        if slow and os.read(verdict, 1) != jobs.READ:
            raise EOFError
        scratch = Scratch(self.box.scratch, self.box.sized, self.box.watched)
        lines = SUITE_LINES if order["kind"] == "pytest" else 1
        watch = WatchedJob(pid, (verdict, output), nonce, order["limits"], scratch, self.holds, lines)
        watch.until_the_end(self.commands)
        self.clean()
        told, said, printed = watch.report()
        with said, printed:
            wire.send(self.replies, told, said, printed)

    def clean(self) -> None:
        """Empty the folder if anything was made in it; names of files must not come into this process."""
        place, box = self.box.scratch, self.box
        if folder.touched(place, own=box.own_mounts, honest_times=box.job_filter is not None):
            aside.ask(lambda: emptied(place))
            folder.rest(place)
        elif box.own_mounts:
            folder.rest(place)  # there a job can set rights and times

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


def emptied(place: str) -> tuple[int, int, int]:
    """Empty a folder; the numbers say nothing."""
    folder.empty(place)
    return 0, 0, 0


def serve(commands: int, replies: int, box: jobs.Box) -> None:
    """Serve jobs until the agent closes its end; then leave nothing behind."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        with contextlib.suppress(BrokenPipeError, EOFError):
            Zygote(commands, replies, box).serve()
    finally:
        with contextlib.suppress(OSError):
            folder.empty(box.scratch)
            if not box.own_mounts:
                os.rmdir(box.scratch)
