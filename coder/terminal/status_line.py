"""StatusLine: the last line of a terminal while something takes time: what, for how long, or how long still."""

import os
import threading
import time
from collections.abc import Callable

from coder.terminal.text import cut, inline

PATIENCE_S = 0.5  # what is quicker than this shows nothing
TICK_S = 0.12
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class StatusLine:
    """Draws one line over and over from a thread of its own, only while it is needed; `end` wipes it.

    It writes straight to the descriptor: a stream's lock, taken by a thread, could hold up the end of the program.

    Args:
        descriptor: of the terminal.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, say: Callable[[float], str], *, patience: float = PATIENCE_S) -> None:
        """Show `say(seconds since now)` from `patience` seconds on until `end`."""
        self.end()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._draw, args=(say, patience, self._stop), daemon=True, name="live")
        self._thread.start()

    @property
    def lives(self) -> bool:
        """Whether something is shown, or will be if it takes long enough."""
        return self._thread is not None

    def end(self) -> None:
        """Wipe the line; other output may follow."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._thread = None

    def _draw(self, say: Callable[[float], str], patience: float, stop: threading.Event) -> None:
        start, frame = time.monotonic(), 0
        if stop.wait(patience):
            return
        try:
            while True:
                text = f"{FRAMES[frame % len(FRAMES)]} {say(time.monotonic() - start)}"
                self._write(f"\r\x1b[2m{cut(inline(text), columns_of(self._descriptor) - 1)}\x1b[0m\x1b[K")
                if stop.wait(TICK_S):
                    break
                frame += 1
            self._write("\r\x1b[K")
        except OSError:
            return  # the terminal is gone; whoever writes next finds out

    def _write(self, text: str) -> None:
        os.write(self._descriptor, text.encode("utf-8", "replace"))


def columns_of(descriptor: int) -> int:
    """How wide a terminal is now."""
    try:
        return max(os.get_terminal_size(descriptor).columns or 80, 20)
    except OSError:
        return 80
