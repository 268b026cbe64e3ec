"""A pool of sandboxes, each in a thread of its own: the kernel ends a zygote with the thread that started it."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from library.sandbox import Sandbox

CLOSE_S = 2.0
_T = TypeVar("_T")


class SandboxPool:
    """Runs what it is given in the next sandbox that is free; starts another only when all are at work.

    Args:
        make: makes a sandbox.
        most: sandboxes at the same time.
    """

    def __init__(self, make: Callable[[], Sandbox], most: int = 4) -> None:
        self._make = make
        self._most = most
        self._waiting: queue.SimpleQueue[Callable[[Sandbox], None] | None] = queue.SimpleQueue()
        self._free = threading.Semaphore(0)
        self._starting = threading.Lock()
        self._threads: list[threading.Thread] = []

    def submit(self, work: Callable[[Sandbox], _T]) -> "Future[_T]":
        """Have the work done in one of the sandboxes; what it raises is in the future."""
        future: Future[_T] = Future()

        def carry_out(sandbox: Sandbox) -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work(sandbox))
            except Exception as error:  # whoever waits for the future must get an answer
                future.set_exception(error)

        with self._starting:
            self._waiting.put(carry_out)
            if not self._free.acquire(blocking=False) and len(self._threads) < self._most:
                # Daemons, so that a program can end while a function still runs; its zygote ends with its pipe.
                thread = threading.Thread(target=self._work, name="coder-sandbox", daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def close(self) -> None:
        """End the sandboxes that are free; those still at work end with this process."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(CLOSE_S)

    def _work(self) -> None:
        with self._make() as sandbox:
            while (work := self._next()) is not None:
                work(sandbox)

    def _next(self) -> Callable[[Sandbox], None] | None:
        try:
            return self._waiting.get_nowait()
        except queue.Empty:
            self._free.release()
            return self._waiting.get()
