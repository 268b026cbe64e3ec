"""Keyboard: single key presses and typed lines from a real keyboard, or lines from a pipe."""

import os
import re
import select
import signal
import sys
import termios
import threading
import tty
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from coder.run.interrupts import on_interrupt

ENTER, END, PASTED = "enter", "end", "pasted"
HISTORY_LINES = 500

_PASTE_ON, _PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"
_PASTE = re.compile(r"\x1b\[200~.*?(\x1b\[201~|$)", re.DOTALL)
_SEQUENCE = re.compile(r"\x1b(\[\[?[0-?]*[ -/]*[@-~]|O.|[^\[O]|$)", re.DOTALL)
_UNFINISHED = re.compile(r"\x1b(O|\[[0-?]*[ -/]*)?$|\x1b\[200~(?!.*\x1b\[201~)", re.DOTALL)
_SPLIT_S = 0.05  # a terminal far away may send a sequence in two parts
_LOOK_S = 0.5  # a signal that fell in the instant before the wait is seen after it: Ctrl-C, Ctrl-Z
_PASTE_S = 1.0


def key_of(typed: str) -> str:
    """The key that `typed` (all that came at once) stands for.

    Arrows and the like are "" (no key); several characters at once were pasted, not pressed: PASTED.
    """
    bare = _SEQUENCE.sub("", _PASTE.sub("", typed))
    if not bare:
        return PASTED if _PASTE.search(typed) else ""
    if len(bare) > 1:
        return PASTED
    return {"\n": ENTER, "\r": ENTER, "\x04": END}.get(bare, bare)


class Keyboard:
    """Where a person's keys come from.

    On a terminal one press is one key, at once and without echo; from a pipe (tests, `yes |`) the first character of
    each line is the key. The terminal's mode is put back whatever happens, and around Ctrl-Z.

    Args:
        stdin: standard input if None.
        history: file that keeps typed lines between runs; None keeps them for this run only.
    """

    def __init__(self, stdin: TextIO | None = None, history: Path | None = None) -> None:
        self._stdin = stdin if stdin is not None else sys.stdin
        self.real = self._stdin.isatty()
        self._history = history
        self._readline: Any = None

    def flush(self) -> None:
        """Forget what was typed before now, so that nobody answers a question they have not seen."""
        if self.real:
            termios.tcflush(self._stdin.fileno(), termios.TCIFLUSH)

    def key(self, ask: Callable[[], None]) -> str:
        """Wait for one key: a character, ENTER, END (Ctrl-D, end of input) or PASTED; never an escape sequence.

        Args:
            ask: draws the question; called when keys can be taken, and again after Ctrl-Z and `fg`.

        Raises:
            KeyboardInterrupt: on Ctrl-C.
        """
        if not self.real:
            ask()
            line = self._stdin.readline()
            return (line.strip()[:1] or ENTER) if line else END
        with _interruptible(), self._single() as back:
            ask()
            while True:
                ready = select.select([self._stdin, back], [], [], _LOOK_S)[0]
                if back in ready:
                    os.read(back, 4096)
                    ask()
                elif ready and (found := key_of(self._press())):
                    return found

    def _press(self) -> str:
        descriptor = self._stdin.fileno()
        typed = os.read(descriptor, 4096)
        if not typed:
            return "\x04"
        while _UNFINISHED.search(text := typed.decode("utf-8", "replace")) or text.endswith("\ufffd"):
            patience = _PASTE_S if "\x1b[200~" in text else _SPLIT_S
            if not select.select([descriptor], [], [], patience)[0] or len(typed) > 1_000_000:
                break
            typed += os.read(descriptor, 4096)
        return text

    @contextmanager
    def _single(self) -> Generator[int, None, None]:
        """Single keys without echo, pastes marked as such; everything put back at the end. Yields as `_suspendable`."""
        descriptor = self._stdin.fileno()
        before = termios.tcgetattr(descriptor)
        marks = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"

        def enter() -> None:
            with _from_the_background():
                tty.setcbreak(descriptor, termios.TCSADRAIN)
            if marks:
                os.write(sys.stdout.fileno(), _PASTE_ON.encode())

        def leave() -> None:
            if marks:
                os.write(sys.stdout.fileno(), _PASTE_OFF.encode())
            with _from_the_background():
                termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

        with _suspendable(leave, enter) as back:
            try:
                enter()
                yield back
            finally:
                leave()

    def line(self, prompt: str) -> str | None:
        """One typed line with editing and history; None at the end of input (Ctrl-D on an empty line).

        Raises:
            KeyboardInterrupt: on Ctrl-C.
        """
        if not self.real:
            line = self._stdin.readline()
            return line.rstrip("\r\n") if line else None
        self._remember()
        try:
            with _interruptible():
                return input(prompt)
        except EOFError:
            return None

    def _remember(self) -> None:
        """Load readline, which gives `input` its editing, and the lines typed in earlier runs."""
        if self._readline is not None:
            return
        try:
            import readline  # 5 ms, and some builds of Python lack it
        except ImportError:
            return
        self._readline = readline
        readline.set_history_length(HISTORY_LINES)
        if self._history is not None and self._history.exists():
            readline.read_history_file(self._history)

    def keep(self) -> None:
        """Write the history, readable for its owner only."""
        if self._readline is None or self._history is None:
            return
        self._history.parent.mkdir(parents=True, exist_ok=True)
        self._history.touch(mode=0o600)
        self._readline.write_history_file(self._history)


def _interruptible() -> AbstractContextManager[None]:
    """Ctrl-C raises KeyboardInterrupt here, whatever it does elsewhere: a person at a question means the question."""
    return on_interrupt(signal.default_int_handler)


@contextmanager
def _from_the_background() -> Generator[None, None, None]:
    """Set the terminal even when the shell has it: a program above us (`uv run`) may have stopped at Ctrl-Z before us.

    Else the kernel would stop us in the middle of the handler, and again after `fg`.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _suspendable(leave: Callable[[], None], resume: Callable[[], None]) -> Generator[int, None, None]:
    """On Ctrl-Z put the terminal back before stopping, and take it again afterwards.

    Yields a descriptor that can be read once it was taken again: whoever waits for keys must draw anew then. The
    handler itself may not, as it can come in the middle of another writing.
    """
    back, tell = os.pipe()
    os.set_blocking(tell, False)

    def stop(number: int, frame: object) -> None:
        leave()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # stops here until `fg`
        signal.signal(signal.SIGTSTP, stop)
        resume()
        with suppress(BlockingIOError):  # it is told already
            os.write(tell, b"\n")

    main = threading.current_thread() is threading.main_thread()  # no other may set handlers
    before = signal.signal(signal.SIGTSTP, stop) if main else None
    try:
        yield back
    finally:
        if main:
            signal.signal(signal.SIGTSTP, before)
        os.close(back)
        os.close(tell)
