"""The person at a real keyboard: single keys, typed lines and editors on a pseudo terminal, and lines from a pipe."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from places import ROOT

from coder.terminal.keyboard import END, ENTER, PASTED, key_of

# Asks one question for each name on the command line, and writes each answer as a line of JSON.
ASKING = """
import fcntl, json, os, signal, sys, termios, time
from pathlib import Path
if os.isatty(0) and os.getsid(0) == os.getpid():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from coder.people.question import Choose, DraftReview, Option, PlanReview, Text
from coder.terminal.screen import Screen
from coder.terminal.person import TerminalPerson
from library.draft.draft import Draft
from library.gate.verdict import ExampleResult, TestResult, Verdict

CODE = "def f(x: int) -> int:\\n    return x + 1\\n"
def code(green=True, text=CODE, **more):
    rows = (ExampleResult("f(1)", "2", "2" if green else "3", "person", green),)
    tests = "def test_f() -> None:\\n    assert f(1) == 2\\n"
    verdict = Verdict(rows, (TestResult("test_f", True),))
    return person.ask(DraftReview("f(x: int) -> int", Draft("f", text, tests), verdict, **more))

def narrow(columns=60):
    fcntl.ioctl(1, termios.TIOCSWINSZ, bytes([24, 0, columns, 0, 0, 0, 0, 0]))

def wait_for_the_file():
    while not Path(sys.argv[1] + "-typed").exists():
        time.sleep(0.01)

person = TerminalPerson(Screen(), Path(sys.argv[1]), "sh -c true" if "unchanged" in sys.argv else None)
options = (Option("r", "replace", "the old one goes"), Option("n", "new name"), Option("c", "cancel"))
questions = {
    "plan": lambda: person.ask(PlanReview("1. [ ] f(x: int) -> int\\n")),
    "code": lambda: code(previous=CODE.replace("1", "2")),
    "narrow": lambda: (narrow(), code(previous=CODE.replace("1", "2")))[-1],
    "any width": lambda: [(narrow(wide), code(previous=CODE.replace("1", "2")))[-1] for wide in range(40, 130)][-1],
    "unchanged": lambda: code(),
    "folded": lambda: code(text="\\n".join(f"line_{n} = {n}" for n in range(50))),
    "red": lambda: code(green=False),
    "unusable": lambda: code(note="Your edit cannot be used."),
    "ask": lambda: person.ask(Text("Should it be so?")),
    "value": lambda: person.ask(Text("f(1) == ", how="a Python value")),
    "choose": lambda: person.ask(Choose("f exists.", options, "c")),
    "stopped": lambda: person.interrupted("testing f"),
    "typed_ahead": lambda: (print("WORKING", flush=True), wait_for_the_file(), questions["code"]())[-1],
}
for name in sys.argv[2:]:
    try:
        answer = questions[name]()
        print("\\nANSWER", json.dumps([answer.verdict, answer.text]), flush=True)
    except KeyboardInterrupt:
        print("\\nANSWER", json.dumps(["KeyboardInterrupt", ""]), flush=True)
person.close()
"""
KEYS = "[?] > "
PATIENCE_S = 90.0


class Seat:
    """A program on a pseudo terminal of its own, and whoever types at it."""

    def __init__(self, folder: Path, questions: list[str], environ: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x28\x00\x64\x00\x00\x00\x00\x00")  # 40 rows, 100 columns
        self._slave = slave
        self.mode = termios.tcgetattr(slave)
        self.text = ""
        self._process = subprocess.Popen(
            [sys.executable, "-c", ASKING, str(folder), *questions],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "NO_COLOR": "1", **environ},
        )
        self._seen = 0

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            part = os.read(self._master, 65536)
        except OSError:
            return False
        self.text += part.decode("utf-8", "replace")
        return bool(part)

    def wait_for(self, words: str) -> str:
        """Wait until these words come, after those waited for before; what came up to them."""
        until = time.monotonic() + PATIENCE_S
        while (at := self.text.find(words, self._seen)) < 0:
            assert time.monotonic() < until, f"{words!r} never came:\n{self.text[self._seen :]}"
            self._read(0.2)
        before, self._seen = self.text[self._seen : at], at + len(words)
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", before)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def press(self, keys: str, at: str = KEYS) -> str:
        """Wait for a prompt, then type; what came before it."""
        before = self.wait_for(at)
        self.type(keys)
        return before

    def line(self, typed: str) -> None:
        """Type at the prompt for words, as soon as it can be edited."""
        self.wait_for("goes back")
        self.press(typed, at="> ")

    def interrupt_line(self) -> None:
        """Ctrl-C while a line is typed; once more if Python's readline was just about to wait and did not see it."""
        self.type("\x03")
        until = time.monotonic() + 20
        while self.text.find(KEYS, self._seen) < 0 and time.monotonic() < until:
            self._read(0.2)
        if self.text.find(KEYS, self._seen) < 0:
            self.type("\x03")

    def answer(self) -> list[str]:
        self.wait_for("ANSWER ")
        return json.loads(self.wait_for("\n"))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def leave(self) -> None:
        """The program has ended by itself, and the terminal is as it was."""
        until = time.monotonic() + PATIENCE_S
        while self._process.poll() is None and time.monotonic() < until:
            self._read(0.05)
        assert self._process.returncode == 0, self.text
        assert termios.tcgetattr(self._slave) == self.mode

    def close(self) -> None:
        if self._process.poll() is None:
            self.kill()
        os.close(self._master)
        os.close(self._slave)


Sit = Callable[..., Seat]


@pytest.fixture
def sit(tmp_path: Path) -> Iterator[Sit]:
    seats: list[Seat] = []

    def seat(*questions: str, **environ: str) -> Seat:
        seats.append(Seat(tmp_path / "private", list(questions), environ))
        return seats[-1]

    yield seat
    for one in seats:
        one.close()


def editor(tmp_path: Path, body: str) -> str:
    """An editor that is a script; "$1" is the file."""
    script = tmp_path / "my editor"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return f"'{script}'"


def from_pipe(tmp_path: Path, typed: str, *questions: str, **environ: str) -> tuple[str, list[list[str]]]:
    """The same questions with a pipe for a keyboard."""
    ran = subprocess.run(
        [sys.executable, "-c", ASKING, str(tmp_path / "private"), *questions],
        input=typed,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        timeout=PATIENCE_S,
        check=True,
    )
    answers = [json.loads(line[7:]) for line in ran.stdout.splitlines() if line.startswith("ANSWER ")]
    return ran.stdout, answers


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("a", "a"),
        ("é", "é"),
        ("\n", ENTER),
        ("\x04", END),
        ("\x1b[A", ""),
        ("\x1bOA", ""),
        ("\x1b[1;5C", ""),
        ("\x1b[200~accept\n\x1b[201~", PASTED),
        ("\x1b[200~a", PASTED),
        ("\x1b", ""),
        ("\x1ba", ""),
        ("abc", PASTED),
        ("\x1b[Aa", "a"),
        ("\x1b[15~", ""),
        ("\x1b[[A", ""),
    ],
)
def test_what_comes_at_once_is_one_key_or_none(typed: str, key: str) -> None:
    assert key_of(typed) == key


def test_one_key_is_enough_and_the_terminal_is_left_as_it_was(sit: Sit) -> None:
    seat = sit("plan", "code", "code")
    seat.press("a")
    assert seat.answer() == ["accept", ""]
    assert "ANSWER" not in seat.press("t")
    assert seat.answer() == ["test", ""]
    seat.press("R")
    seat.press("too slow\n", at="goes back): ")
    assert seat.answer() == ["reject", "too slow"]
    seat.leave()


def test_a_key_that_means_nothing_tells_which_do(sit: Sit) -> None:
    seat = sit("code")
    seat.press("z")
    assert "take it; something red needs" in seat.press("?")
    assert "show what changed since the last draft" in seat.press("q")
    assert seat.answer() == ["quit", ""]


def test_the_word_for_a_key_never_goes_on_in_the_next_line(sit: Sit) -> None:
    seat = sit("any width")
    for columns in range(40, 130):
        before = seat.press("a").splitlines()[-1]
        assert len(before + KEYS + seat.wait_for("\r\n")) < columns


def test_a_value_is_not_asked_for_in_words(sit: Sit) -> None:
    seat = sit("value")
    assert "words" not in seat.press("3\n", at="\n> ")
    assert seat.answer() == ["feedback", "3"]


def test_arrows_and_pastes_are_no_verdict(sit: Sit) -> None:
    seat = sit("code")
    seat.press("\x1b[A")
    seat.type("\x1b[200~aaa\naaa\x1b[201~")
    assert "looked pasted" in seat.press("\x1bOB", at=KEYS)
    seat.type("r")
    seat.press("\n", at="goes back): ")
    assert seat.answer() == ["reject", ""]


def test_keys_typed_before_the_card_was_there_do_not_count(sit: Sit, tmp_path: Path) -> None:
    seat = sit("typed_ahead")
    seat.wait_for("WORKING")
    seat.type("a")
    seat.wait_for("a")  # its echo: now it is there to be read
    (tmp_path / "private-typed").touch()
    seat.press("r")
    seat.press("\n", at="goes back): ")
    assert seat.answer() == ["reject", ""]


def test_what_is_red_needs_a_word(sit: Sit) -> None:
    seat = sit("red")
    assert "1 red" in seat.press("a")
    seat.press("yes\n", at="goes back: ")
    seat.press("a")
    seat.press("red\n", at="goes back: ")
    assert seat.answer() == ["accept_red", ""]
    seat.leave()


def test_what_was_folded_is_shown_before_it_can_be_accepted(sit: Sit) -> None:
    seat = sit("folded")
    assert "line_35" not in seat.press("a")
    assert "line_35" in seat.press("a")
    assert seat.answer() == ["accept", ""]
    seat.leave()


def test_what_changed_and_the_tests_stand_on_the_card_and_are_shown_again_on_request(sit: Sit) -> None:
    seat = sit("code")
    first = seat.press("d")
    for shown in (first, seat.press("v")):
        assert "-    return x + 2" in shown and "+    return x + 1" in shown
    assert "1 green: test_f" in first and "assert f(1) == 2" in first
    assert "assert f(1) == 2" in seat.press("q")


def test_one_key_accepts_the_rest_if_green_and_a_red_draft_has_no_such_key(sit: Sit) -> None:
    seat = sit("plan", "code", "red")
    for _ in range(2):
        assert "[y]es to all green" in seat.press("y")
        assert seat.answer() == ["accept_rest", ""]
    assert "[y]es" not in seat.press("y")
    assert "take it; something red" in seat.press("q")
    assert seat.answer() == ["quit", ""]


def test_keys_that_do_not_fit_are_named_on_request(sit: Sit) -> None:
    seat = sit("narrow")
    shown = seat.press("?")
    assert "[d]iff" not in shown and "[q]uit … " in shown
    assert max(map(len, shown.splitlines())) <= 60
    assert "[d]iff" in seat.press("q")


def test_words_go_on_over_lines_and_nothing_goes_back(sit: Sit) -> None:
    seat = sit("code")
    seat.press("f")
    seat.line("\n")
    seat.press("f")
    seat.line("be shorter, \\\n")
    seat.press("please\n", at="> ")
    assert seat.answer() == ["feedback", "be shorter, \nplease"]
    seat.leave()


def test_ctrl_c_in_a_line_goes_back_and_at_the_keys_it_interrupts(sit: Sit) -> None:
    seat = sit("code", "stopped")
    seat.press("f")
    seat.line("half a sen")
    seat.wait_for("half a sen")
    seat.interrupt_line()
    seat.press("\x03")
    assert seat.answer() == ["KeyboardInterrupt", ""]
    assert "Stopped while testing f" in seat.press("\x03")
    assert seat.answer() == ["quit", ""]
    seat.leave()


def test_ctrl_d_leaves_when_it_was_meant(sit: Sit) -> None:
    seat = sit("ask")
    seat.line("\x04")
    seat.press("n", at="other key goes back > ")
    seat.press("a")
    seat.line("\x04")
    seat.press("y", at="other key goes back > ")
    assert seat.answer() == ["quit", ""]


def test_an_interruption_offers_four_ways(sit: Sit) -> None:
    seat = sit("stopped", "stopped", "stopped", "stopped")
    for key, verdict in (("g", "go_on"), ("x", "finish"), ("q", "quit")):
        seat.press(key)
        assert seat.answer() == [verdict, ""]
    seat.press("f")
    seat.line("use a table\n")
    assert seat.answer() == ["feedback", "use a table"]


def test_a_choice_is_one_key_and_enter_is_the_default(sit: Sit) -> None:
    seat = sit("choose", "choose", "choose")
    shown = seat.press("\n")
    assert "[r] replace – the old one goes" in shown and "[c] cancel (Enter)" in shown
    assert seat.answer() == ["choice", "c"]
    seat.press("r")
    assert seat.answer() == ["choice", "r"]
    seat.press("q")
    assert seat.answer() == ["quit", ""]


def test_an_edit_comes_back_whole_and_its_file_goes(sit: Sit, tmp_path: Path) -> None:
    body = "sed -i 's/x + 1/x + 100/; s/$/\\r/' \"$1\""
    seat = sit("code", "code", EDITOR="false", VISUAL=editor(tmp_path, body))
    seat.press("e")
    verdict, text = seat.answer()
    assert verdict == "edit"
    assert text.startswith("def f(x: int) -> int:\n    return x + 100\n\n\ndef test_f() -> None:")
    seat.wait_for(KEYS)
    assert not list((tmp_path / "private" / "edit").iterdir())


def test_an_editor_that_fails_costs_nothing(sit: Sit, tmp_path: Path) -> None:
    seat = sit("plan", "ask", EDITOR=editor(tmp_path, 'echo "2. [ ] more" >> "$1"; exit 3'))
    seat.press("e")
    assert "ended with 3; nothing is taken over" in seat.press("a")
    assert seat.answer() == ["accept", ""]


def test_an_editor_that_changes_nothing_asks_again(sit: Sit) -> None:
    seat = sit("unchanged")
    seat.press("e")
    assert "The text is unchanged" in seat.press("a")
    assert seat.answer() == ["accept", ""]


def test_an_editor_that_is_not_there_is_said(sit: Sit) -> None:
    seat = sit("code", EDITOR="no-such-editor --wait")
    seat.press("e")
    assert "'no-such-editor' from $EDITOR is not there" in seat.press("q")


def test_without_any_editor_the_text_can_be_typed(sit: Sit, tmp_path: Path) -> None:
    seat = sit("plan", PATH=str(tmp_path))
    seat.press("e")
    seat.press("1. [ ] g() -> int\n.\n", at="only a dot ends it.")
    assert seat.answer() == ["edit", "1. [ ] g() -> int\n"]


def test_a_text_that_is_not_utf_8_is_said_and_kept(sit: Sit, tmp_path: Path) -> None:
    seat = sit("code", EDITOR=editor(tmp_path, "printf 'ok\\n\\377\\n' > \"$1\""))
    seat.press("e")
    assert "Line 2 of the edited text is not UTF-8" in seat.press("q")
    assert (tmp_path / "private" / "edit" / "f.py").exists()


def test_an_edit_survives_a_kill(sit: Sit, tmp_path: Path) -> None:
    seat = sit("code", EDITOR=editor(tmp_path, "sed -i 's/x + 1/x + 77/' \"$1\"; echo EDITING; sleep 300"))
    seat.press("e")
    seat.wait_for("EDITING")
    seat.kill()
    again = sit("code", EDITOR=editor(tmp_path, "sed -i 's/77/78/' \"$1\""))
    again.press("e")
    assert "is still there and differs" in again.press("c")
    verdict, text = again.answer()
    assert verdict == "edit" and "x + 78" in text


def test_an_edit_that_could_not_be_used_is_offered_again(sit: Sit, tmp_path: Path) -> None:
    seat = sit("code", "unusable", EDITOR=editor(tmp_path, 'echo "def (" >> "$1"'))
    seat.press("e")
    assert seat.answer()[0] == "edit"
    seat.press("e")
    assert "is still there and differs" in seat.press("n")
    assert seat.answer()[1].count("def (") == 1


def test_a_long_text_can_be_written_in_the_editor(sit: Sit, tmp_path: Path) -> None:
    seat = sit("ask", EDITOR=editor(tmp_path, "printf 'first\\nsecond\\n' > \"$1\""))
    seat.line("!e\n")
    assert seat.answer() == ["feedback", "first\nsecond"]


def test_typed_lines_are_remembered_for_their_owner_only(sit: Sit, tmp_path: Path) -> None:
    seat = sit("ask")
    seat.line("as it was\n")
    seat.answer()
    seat.leave()
    history = tmp_path / "private" / "history"
    assert "as it was" in history.read_text() and history.stat().st_mode & 0o077 == 0
    again = sit("ask")
    again.line("\x1b[A\n")
    assert again.answer() == ["feedback", "as it was"]


def test_a_stop_gives_the_terminal_back_and_going_on_takes_it_again(tmp_path: Path) -> None:
    """Ctrl-Z under a real shell with job control."""
    master, slave = pty.openpty()
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb", "PS1": "", "ASKING": ASKING}
    boot = "import fcntl,os,sys,termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
    shell = subprocess.Popen(
        [sys.executable, "-c", boot, "bash", "--norc", "--noediting", "-i"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env=environ,
    )
    text = ""

    def wait_for(words: str) -> None:
        nonlocal text
        until = time.monotonic() + PATIENCE_S
        while words not in text:
            assert time.monotonic() < until, text
            if select.select([master], [], [], 0.2)[0]:
                text += os.read(master, 65536).decode("utf-8", "replace")
        text = text.partition(words)[2]

    try:
        os.write(master, f"{sys.executable} -c \"$ASKING\" '{tmp_path}' code\n".encode())
        wait_for(KEYS)
        os.write(master, b"\x1a")
        wait_for("Stopped")
        os.write(master, b"stty -a; echo DO''NE\n")
        wait_for(" icanon")
        wait_for("DONE")
        os.write(master, b"fg\n")
        wait_for(KEYS)
        os.write(master, b"r")
        wait_for("goes back): ")
        os.write(master, b"\n")
        wait_for('["reject", ""]')
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
        os.close(master)
        os.close(slave)


def test_a_pipe_is_read_by_lines(tmp_path: Path) -> None:
    typed = "x\nf\nshorter\na\nred\nr\n\n"
    shown, answers = from_pipe(tmp_path, typed, "plan", "red", "choose", "choose")
    expected: list[Any] = [["feedback", "shorter"], ["accept_red", ""], ["choice", "r"], ["choice", "c"]]
    assert answers == expected
    assert "\x1b" not in shown and "\a" not in shown


def test_the_end_of_a_pipe_is_quit_for_every_question(tmp_path: Path) -> None:
    _, answers = from_pipe(tmp_path, "", "plan", "code", "red", "ask", "choose", "stopped")
    assert answers == [["quit", ""]] * 6
