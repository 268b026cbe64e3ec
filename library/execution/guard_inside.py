"""Runs inside the sandbox only: counted calls, pauses that take no time, an end to what has none."""

import builtins
import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from library.execution.step_count import NO_LIMIT, STEP, TooManySteps, allow, rest, step

WAIT_S, IDLE_S = 3.0, 0.1  # a call that has used so little processor time after so long waits for something
PAUSE = 1000  # steps that a pause counts for, however long
EACH = 20  # steps that any call counts for
_NOW = time.monotonic  # as it is, without the pauses that are only added to it


def prepare() -> None:
    """To be called before anything untrusted is defined: it is then counted, paused without waiting, and not heard."""
    sys.stdout, sys.stderr = Deaf(), Deaf()
    setattr(builtins, STEP, step)
    Pauses().put_in()


class Deaf(io.StringIO):
    """Takes what is printed, keeps nothing."""

    def write(self, s: str) -> int:
        return len(s)


class Pauses:
    """Pauses that take no time: `sleep` returns at once, and the clocks of the module `time` go on by as much."""

    def __init__(self) -> None:
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        """In the place of time.sleep."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.slept += float(seconds)
        step(PAUSE)

    def put_in(self) -> None:
        """Take the places of what waits and of what tells the time."""
        time.sleep = self.sleep
        for name in ("time", "monotonic", "perf_counter"):
            setattr(time, name, self._later(getattr(time, name)))
        wait, pause = threading.Condition.wait, self.sleep

        def waited(self: threading.Condition, timeout: float | None = None) -> bool:
            if timeout is None or timeout <= 0 or threading.active_count() > 1:
                return wait(self, timeout)
            pause(timeout)  # there is nobody else who could end it
            return False

        threading.Condition.wait = waited
        if "selectors" in sys.modules:
            self._in_selectors()
        for module in filter(None, map(sys.modules.get, ("queue", "threading", "sched"))):
            for name in ("time", "_time"):
                if callable(getattr(module, name, None)):
                    setattr(module, name, time.monotonic)

    def _later(self, clock: Callable[[], float]) -> Callable[[], float]:
        return lambda: clock() + self.slept

    def _in_selectors(self) -> None:
        """What asyncio sleeps in."""
        import selectors

        kind = selectors.DefaultSelector
        select, pause = kind.select, self.sleep

        def selected(self: Any, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            if timeout is None or timeout <= 0 or threading.active_count() > 1:
                return select(self, timeout)
            found = select(self, 0)
            if not found:
                pause(timeout)
            return found

        kind.select = selected


class Clock:
    """The last resort: ends the process when a call takes far longer than its steps allow, or waits for ever."""

    def __init__(self, clock_s: float) -> None:
        self.clock_s, self.used = clock_s, time.process_time
        self.timer, self.kill, self.pid = signal.setitimer, os.kill, os.getpid()
        self.call, self.seen = 0, (-1, 0.0)
        self.held: list[object] = []
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, self.ring)
        self.timer(signal.ITIMER_REAL, WAIT_S, WAIT_S)

    def start(self, calls: int = 1) -> None:
        """A call begins, or some that count as one."""
        self.call += 1
        self.held.append(object())  # so that nothing lies where it lay at the call before: `id` is no result
        self.timer(signal.ITIMER_PROF, calls * self.clock_s)

    def stop(self) -> None:
        """All is done."""
        self.timer(signal.ITIMER_PROF, 0)
        self.timer(signal.ITIMER_REAL, 0)

    def ring(self, _number: int, _frame: FrameType | None) -> None:
        """A busy machine lets an innocent call wait too, but not for so long without any processor time."""
        call, used = self.seen
        self.seen = self.call, self.used()
        if call == self.call and self.seen[1] - used < IDLE_S:
            self.kill(self.pid, signal.SIGPROF)


class Guard:
    """Gives each call some steps, and tells what came of it in lines that begin with the order's mark.

    Attributes:
        used: steps of all calls.
        taken: steps of the last call.
        printed: bytes of all lines.
    """

    def __init__(self, order: dict[str, Any]) -> None:
        self.steps, self.mark = order["steps"], order["mark"]
        self.used = self.taken = self.printed = 0
        self.write = os.write
        self.clock = Clock(order["clock_s"])
        self._process_s, self._until = order.get("process_s", 0.0), _NOW() + order.get("wall_s", float("inf"))

    def is_over(self) -> bool:
        """Whether the process has used up its own processor time, or whoever waits for it has no more."""
        return self.clock.used() > self._process_s or _NOW() > self._until

    def call(self, function: Callable[..., Any], arguments: Sequence[Any], named: dict[str, Any] | None = None) -> Any:
        """The function's result; raises what it raises, and TooManySteps."""
        allow(self.steps)
        try:
            return function(*arguments, **named or {})
        finally:
            left = rest()
            allow(NO_LIMIT)
            self.taken = min(self.steps, self.steps - left)
            self.used += EACH + self.steps - left
            if left < 0:  # even if the function has caught it
                raise TooManySteps

    def say(self, what: Any) -> None:
        """Write a line to the real output."""
        line = f"\n{self.mark}{json.dumps(what, separators=(',', ':'))}\n".encode()
        self.printed += len(line)
        while line:
            line = line[self.write(1, line) :]
