"""Signals that end or interrupt the program, also those that arrive in the instant before it begins to wait.

Python acts on a signal between two steps of its main thread; one that falls between the last such look and a call that
waits, or is handed to another thread, stays unseen until the wait is over. With a silent model that is minutes. So a
thread hears of every signal and wakes the main thread once more.
"""

import os
import signal
import threading
import time
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)
HEARD = frozenset({signal.SIGINT, signal.SIGTSTP, *ENDING})
WAKE = signal.SIGURG  # ignored by everybody who does not ask for it
AFTER_S = (0.05, 0.5)


def _ended(number: int, frame: FrameType | None) -> None:
    from coder.errors import Terminated

    raise Terminated(number)


def listen() -> None:
    """Let SIGTERM and SIGHUP raise Terminated in the main thread, unless they are ignored, as by nohup; miss none."""
    for number in ENDING:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _ended)
    signal.signal(WAKE, lambda number, frame: None)  # a handler of ours: only then does it end a wait
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    threading.Thread(target=_wake, args=(heard,), daemon=True, name="signals").start()


def _wake(heard: int) -> None:
    main = threading.main_thread().ident
    assert main is not None
    while numbers := os.read(heard, 64):
        if HEARD.isdisjoint(numbers):
            continue
        for seconds in AFTER_S:
            time.sleep(seconds)
            signal.pthread_kill(main, WAKE)  # what is pending is handled then; what was handled is not done twice
