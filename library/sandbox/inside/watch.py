"""Watching one running job: its two pipes, its limits, its end."""

import os
import select
import signal
import time
from typing import Any, NamedTuple

import aside
import folder
import processes
from hold import Hold

TICK_S = 0.02
SAY_S = 0.5  # a job whose time is over gets so much longer to say where it was
LINE_BYTES = 512 << 10  # of one line of a verdict
SUITE_BYTES, SUITE_LINES = 16 << 20, 200_000  # of a whole pytest run


class Scratch(NamedTuple):
    """The job's folder.

    Attributes:
        place: its path.
        sized: it has a total size by itself.
        watched: the job's processes can be looked into.
    """

    place: str
    sized: bool
    watched: bool


class WatchedJob:
    """One running job, from the fork to the report.

    Args:
        pid: its first process, leader of its process group.
        verdict, output: our ends of its two pipes; closed at the end.
        nonce: how each line of the verdict must begin.
        limits: as in values.Limits.
        scratch: its folder.
        holds: where what comes out of the pipes is kept.
        lines: how many the verdict may have.
    """

    def __init__(
        self,
        pid: int,
        pipes: tuple[int, int],
        nonce: str,
        limits: dict[str, Any],
        scratch: Scratch,
        holds: tuple[Hold, Hold],
        lines: int,
    ) -> None:
        self.pid, self.limits, self.scratch = pid, limits, scratch
        self.verdict, self.output = pipes
        self.nonce = nonce.encode()
        self.began = time.monotonic()
        self.next_look = self.began + TICK_S
        self.said, self.printed = holds
        self.said.begin(LINE_BYTES if lines == 1 else SUITE_BYTES)
        self.printed.begin(limits["output_kb"] << 10)
        self.most_lines, self.lines = lines, 0
        self.heard = self.looked = 0  # of the verdict: up to the end of the last line, and up to where one was sought
        self.shared_before = -1
        self.end, self.detail, self.seconds = "", "", 0.0
        self.ending = processes.descriptor_of(pid)

    def until_the_end(self, agent: int) -> None:
        """Watch until there is a verdict or a reason to stop it, then end all its processes.

        Args:
            agent: our end of a pipe to the agent; the job stops when the other end closes.
        """
        poll = select.poll()
        poll.register(agent, 0)
        for descriptor in (self.verdict, self.output):
            os.set_blocking(descriptor, False)
            poll.register(descriptor, select.POLLIN)
        if self.ending is not None:
            poll.register(self.ending, select.POLLIN)
        open_pipes = {self.verdict, self.output}
        deadline = self.began + self.limits["wall_s"] + SAY_S
        while not self.end:
            now = time.monotonic()
            events = dict(poll.poll(1000 * max(0.0, min(deadline, self.next_look) - now)))
            for descriptor in self.read() & open_pipes:
                poll.unregister(descriptor)  # a pipe at its end would wake us for ever
                open_pipes.discard(descriptor)
            if not open_pipes and not self.end and self.ending is None:
                self.end = "died"  # where the kernel does not tell of the end itself
            if not self.end:
                self.look(events, agent)
            if not self.end and time.monotonic() >= deadline:
                self.end = "time"
        self.seconds = time.monotonic() - self.began
        self.finish()

    def read(self) -> set[int]:
        """Take what is on the pipes; too much output or a complete verdict ends the job. Returns the closed pipes."""
        closed: set[int] = set()
        if drain(self.output, self.printed, self.limits["output_kb"] << 10, closed):
            self.end = "output"
        if drain(self.verdict, self.said, LINE_BYTES if self.most_lines == 1 else SUITE_BYTES, closed):
            self.end, self.detail = "died", "the verdict was too long"
        while not self.end and (stop := self.said.find(b"\n", self.looked)) >= 0:
            self.line(stop)
        self.looked = max(self.heard, self.said.size)
        if not self.end and self.said.size - self.heard > LINE_BYTES:
            self.end, self.detail = "died", "the verdict was too long"
        return closed

    def line(self, stop: int) -> None:
        """One line of the verdict is complete: its mark is looked at, the rest is for the agent."""
        start, self.heard, self.looked = self.heard, stop + 1, stop + 1
        self.lines += 1
        if not self.said.starts(start, self.nonce):
            self.end, self.detail, self.heard = "died", "something else was written in the verdict's place", start
        elif stop - start > LINE_BYTES or self.lines > self.most_lines:
            self.end, self.detail, self.heard = "died", "the verdict was too long", start
        elif self.said.starts(start + len(self.nonce), b"."):
            self.end = "verdict"

    def look(self, events: dict[int, int], agent: int) -> None:
        """Has it died, has the agent gone, does it hold too much?"""
        if agent in events:
            self.end = "agent"
        elif self.ending in events or (self.ending is None and processes.has_ended(self.pid)):
            self.read()  # its last words may have come in between
            self.end = self.end or "died"
        elif time.monotonic() >= self.next_look:
            began = processes.processor_time()
            self.weigh()
            spent = processes.processor_time() - began  # what others took meanwhile is no reason to look less often
            self.next_look = time.monotonic() + max(TICK_S, 3 * spent)

    def weigh(self) -> None:
        """What no single limit of the kernel covers: all files together, all processes together."""
        size, files, folders = self.filled()
        if size > self.limits["scratch_mb"] << 20 or files > folder.MAX_FILES or folders > folder.MAX_FOLDERS:
            self.end, self.detail = "scratch", f"{size >> 20} MB in {files} files and {folders} folders"
        most = self.limits["memory_mb"] << 20
        held = processes.memory_below_us(most)
        shared = processes.shared_memory()
        self.shared_before = shared if self.shared_before < 0 else self.shared_before
        if held <= most < shared - self.shared_before and self.shares():
            held = shared - self.shared_before
        if held > most:
            self.end, self.detail = "memory", f"{held >> 20} MB in all its processes"

    def shares(self) -> bool:
        """Whether the job has shared memory, or may have."""
        above = os.getpid()
        return aside.ask(lambda: (processes.any_shares(above), 0, 0))[0] != 0

    def filled(self) -> tuple[int, int, int]:
        """Bytes, files and folders of the job, with those that have no name any more."""
        place, sized, watched = self.scratch
        if sized:
            return folder.measure(place, sized=True)
        above, each = os.getpid(), self.limits["file_mb"] << 20

        def look() -> tuple[int, int, int]:
            size, files, folders = folder.measure(place, sized=False)
            return size + (processes.nameless_files(above, place, each) if watched else 0), files, folders

        return aside.ask(look)

    def finish(self) -> None:
        """End the whole group and everything that was handed down to us, then take the last output."""
        status, used = processes.end_all(self.pid)
        if self.end == "died" and not self.detail:
            self.end, self.detail = self.explain(status, used)
        if drain(self.output, self.printed, self.limits["output_kb"] << 10, set()) and self.end == "verdict":
            self.end = "output"
        for descriptor in (self.verdict, self.output, self.ending):
            if descriptor is not None:
                os.close(descriptor)

    def explain(self, status: int, used: float) -> tuple[str, str]:
        """Why it ended without a verdict, from its wait status and CPU seconds."""
        if not os.WIFSIGNALED(status):
            return "died", f"left with exit code {os.WEXITSTATUS(status)} before the end"
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU or (number == signal.SIGKILL and used >= self.limits["cpu_s"]):
            return "time", ""
        return "died", f"ended by {signal.Signals(number).name}"

    def report(self) -> tuple[dict[str, Any], memoryview, memoryview]:
        """For the agent: how it ended, a word on that, seconds; then the verdict's lines and the output as they are.

        Each line begins with the nonce and one character more.
        """
        printed = min(self.printed.size, self.limits["output_kb"] << 10)
        told = {"end": self.end, "detail": self.detail, "seconds": self.seconds}
        told |= {"mark": len(self.nonce) + 1, "said": self.heard, "printed": printed}
        return told, self.said.part(0, self.heard), self.printed.part(0, printed)


def drain(descriptor: int, into: Hold, cap: int, closed: set[int]) -> bool:
    """Read what is there; True when more than `cap` bytes have come. At its end the descriptor is added to `closed`."""
    while into.size <= cap:
        try:
            if into.read(descriptor) == 0:
                closed.add(descriptor)
                return False
        except BlockingIOError:
            return False
    return True
