"""One zygote seen from the agent: start it, feed it frames, read its reports, end it and all that hangs on it."""

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from library.errors import SandboxError
from library.sandbox import layout
from library.sandbox.inside import folder, wire

# Both are for a zygote that hangs; a busy machine may need many times what is usual (0.1 s and less).
START_S = 60.0
GRACE_S = 30.0  # for the zygote's own work around a job: importing pytest, clearing the scratch folder


class Worker:
    """A running zygote. Not to be used after `stop`.

    Args:
        level: L3, L2, L1 or L0.
        scratch_mb: size of the scratch folder.
        sized: False for a bubblewrap too old to limit the scratch folder's size.
        hash_seed: of every job, None for a new one.
    """

    def __init__(self, level: str, scratch_mb: int, *, sized: bool = True, hash_seed: int | None = None) -> None:
        self.level = level
        self.scratch = "" if level == "L3" else tempfile.mkdtemp(prefix="coder-sandbox-")
        start = layout.start(level, self.scratch, scratch_mb, sized=sized, hash_seed=hash_seed)
        if self.scratch and start.plan["uid"] is not None:
            os.chown(self.scratch, start.plan["uid"], start.plan["uid"])
        try:
            # A session of its own: Ctrl-C at the terminal is for the agent, not for this process.
            self.process = subprocess.Popen(
                start.command,
                env=start.environment,
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            self._remove_scratch()
            raise SandboxError(f"The sandbox at {level} does not start: {error}.") from error
        pipes = (self.process.stdin, self.process.stdout, self.process.stderr)
        self.commands, self.replies, self.errors = (pipe.fileno() if pipe else -1 for pipe in pipes)
        os.set_blocking(self.commands, False)
        os.set_blocking(self.replies, False)
        self.parts: tuple[str, ...] = ()
        self.greeted = False
        self.incoming = bytearray()
        self.outgoing = bytearray(wire.frame(start.plan))
        self.sized = bool(start.plan["sized"])
        self._push()

    def alive(self) -> bool:
        """Whether the process is there."""
        return self.process.poll() is None

    def ready(self) -> None:
        """Wait until it can take jobs. Raises SandboxError with the reason when it cannot."""
        if self.greeted:
            return
        hello = self._next(time.monotonic() + START_S)
        if hello is None or "ready" not in hello:
            reason = str(hello["failed"]) if hello else self._complaint()
            self.stop()
            raise SandboxError(f"The sandbox at {self.level} does not start: {reason}.")
        self.greeted = True
        own = ("bubblewrap",) if self.level == "L3" else ()
        self.parts = (*own, *hello["ready"], *(("tmpfs",) if self.sized else ()))

    def each(self, jobs: Sequence[dict[str, Any]], done: Callable[[dict[str, Any]], None]) -> str:
        """Send jobs ahead, hand each report to `done` in order; returns "" or why it ended before the last report."""
        for job in jobs:
            self.outgoing += wire.frame(job)
        for job in jobs:
            report = self._next(time.monotonic() + job["limits"]["wall_s"] + GRACE_S)
            if report is None:
                return "its process has died" if not self.alive() else "its process no longer answers"
            done(report)
        return ""

    def stop(self) -> None:
        """End the zygote, everything below it, and its folder."""
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0.5)  # it leaves by itself when its pipe closes
        if self.process.returncode is None or self.process.returncode < 0:
            self._kill_session()
        self.process.wait()
        self._remove_scratch()

    def _kill_session(self) -> None:
        """No job can leave the session, so whatever is in it is ours."""
        self.process.kill()
        for _ in range(50):
            members = [pid for pid in _session(self.process.pid) if pid != self.process.pid]
            for pid in members:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if not members:
                return
            time.sleep(0.002)

    def _remove_scratch(self) -> None:
        if self.scratch:
            with contextlib.suppress(OSError):
                folder.empty(self.scratch)
                Path(self.scratch).rmdir()

    def _complaint(self) -> str:
        """What it wrote before it gave up."""
        self.process.kill() if self.alive() else None
        os.set_blocking(self.errors, False)
        with contextlib.suppress(OSError):
            lines = os.read(self.errors, 4096).decode(errors="replace").strip().splitlines()
            return lines[-1] if lines else "it said nothing"
        return "it said nothing"

    def _next(self, deadline: float) -> dict[str, Any] | None:
        """The next frame from inside; None when it has died or the time is over. Writes what is waiting meanwhile."""
        while True:
            size = int.from_bytes(self.incoming[: wire.LENGTH], "little") + wire.LENGTH
            if len(self.incoming) >= max(size, wire.LENGTH + 1):
                body = bytes(self.incoming[wire.LENGTH : size])
                del self.incoming[:size]
                return wire.json.loads(body)
            wait = deadline - time.monotonic()
            if wait <= 0:
                return None
            readable, writable = self._wait(wait)
            if writable:
                self._push()
            if readable:
                part = os.read(self.replies, 1 << 16)
                if not part:
                    return None
                self.incoming += part

    def _wait(self, seconds: float) -> tuple[bool, bool]:
        """Whether there is something to read, whether there is room to write."""
        poll = select.poll()
        poll.register(self.replies, select.POLLIN)
        if self.outgoing:
            poll.register(self.commands, select.POLLOUT)
        events = dict(poll.poll(seconds * 1000))
        return self.replies in events, self.commands in events

    def _push(self) -> None:
        try:
            while self.outgoing:
                del self.outgoing[: os.write(self.commands, self.outgoing[: 1 << 16])]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.outgoing.clear()  # it has died; what it still said can be read, then comes the end


def _session(leader: int) -> list[int]:
    """Processes of a session, as /proc tells; empty where there is no /proc."""
    found: list[int] = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = place.read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(place.parent.name))
    return found
