"""Watching one running job: its two pipes, its limits, its end."""

import os
import select
import signal
import time
from typing import Any

import folder
import processes

TICK_S = 0.02
SAY_S = 0.5  # a job whose time is over gets so much longer to say where it was
VERDICT_BYTES = 16 << 20


class Watch:
    """One running job, from the fork to the report.

    Args:
        pid: its first process, leader of its process group.
        verdict, output: our ends of its two pipes; closed at the end.
        nonce: how each line of the verdict must begin.
        limits: as in values.Limits.
        scratch: its folder, and whether that is a file system of its own.
    """

    def __init__(
        self, pid: int, pipes: tuple[int, int], nonce: str, limits: dict[str, Any], scratch: tuple[str, bool]
    ) -> None:
        self.pid, self.limits, self.scratch = pid, limits, scratch
        self.verdict, self.output = pipes
        self.nonce = nonce.encode()
        self.began = time.monotonic()
        self.next_look = self.began + TICK_S
        self.said, self.printed = bytearray(), bytearray()
        self.lines: list[str] = []
        self.heard = 0
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
        if drain(self.verdict, self.said, VERDICT_BYTES, closed):
            self.end, self.detail = "died", "the verdict was too long"
        while not self.end and (stop := self.said.find(b"\n")) >= 0:
            line = bytes(self.said[:stop])
            del self.said[: stop + 1]
            self.heard += len(line)
            mark = line[len(self.nonce) : len(self.nonce) + 1]
            if self.heard > VERDICT_BYTES:
                self.end, self.detail = "died", "the verdict was too long"
            elif not line.startswith(self.nonce):
                self.end, self.detail = "died", "something else was written in the verdict's place"
            else:
                self.lines.append(line[len(self.nonce) + 1 :].decode(errors="replace"))
                self.end = "verdict" if mark == b"." else ""
        return closed

    def look(self, events: dict[int, int], agent: int) -> None:
        """Has it died, has the agent gone, does it hold too much?"""
        if agent in events:
            self.end = "agent"
        elif self.ending in events or (self.ending is None and processes.has_ended(self.pid)):
            self.read()  # its last words may have come in between
            self.end = self.end or "died"
        elif time.monotonic() >= self.next_look:
            began = time.monotonic()
            self.weigh()
            now = time.monotonic()
            self.next_look = now + max(TICK_S, 3 * (now - began))

    def weigh(self) -> None:
        """What no single limit of the kernel covers: all files together, all processes together."""
        folder_name, sized = self.scratch
        size, files = folder.measure(folder_name, sized=sized)
        if size > self.limits["scratch_mb"] << 20 or files > folder.MAX_FILES:
            self.end, self.detail = "scratch", f"{size >> 20} MB in {files} files"
        held = processes.memory_below_us()
        if held > self.limits["memory_mb"] << 20:
            self.end, self.detail = "memory", f"{held >> 20} MB in all its processes"

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

    def report(self) -> dict[str, Any]:
        """For the agent: how it ended, a word on that, the verdict's lines as text, output, seconds."""
        printed = bytes(self.printed[: self.limits["output_kb"] << 10]).decode(errors="replace")
        return {"end": self.end, "detail": self.detail, "lines": self.lines, "output": printed, "seconds": self.seconds}


def drain(descriptor: int, into: bytearray, cap: int, closed: set[int]) -> bool:
    """Read what is there; True when more than `cap` bytes have come. At its end the descriptor is added to `closed`."""
    while len(into) <= cap:
        try:
            part = os.read(descriptor, 65536)
        except BlockingIOError:
            return False
        if not part:
            closed.add(descriptor)
            return False
        into += part
    return True
