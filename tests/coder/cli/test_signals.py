"""Signals: one that the main thread does not see before it waits still ends the wait."""

import subprocess
import sys

import pytest
from places import ROOT

LOST = """
import signal, socket, sys, threading, time
from coder.cli import signals
from coder.errors import Terminated
signals.listen()
number = getattr(signal, sys.argv[1])
def hand_to_another_thread():
    time.sleep(0.5)  # the main thread waits by then
    signal.pthread_kill(threading.get_ident(), number)
threading.Thread(target=hand_to_another_thread, daemon=True).start()
ours, theirs = socket.socketpair()
try:
    ours.recv(1)
except (Terminated, KeyboardInterrupt) as end:
    print(type(end).__name__)
"""


@pytest.mark.parametrize(
    ("number", "raised"), [("SIGTERM", "Terminated"), ("SIGHUP", "Terminated"), ("SIGINT", "KeyboardInterrupt")]
)
def test_a_signal_that_the_waiting_thread_did_not_see_ends_the_wait(number: str, raised: str) -> None:
    words = [sys.executable, "-c", LOST, number]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert done.stdout.strip() == raised, done.stderr
