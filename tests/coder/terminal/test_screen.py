"""What a person sees: cards that fit, plain text off a terminal, nothing that a model could do to the screen."""

import io
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TextIO

import pytest
from places import ROOT

from coder.people.question import DraftReview, PlanReview
from coder.run.events import KINDS, Event, Kind
from coder.terminal.cards import code_card, difference, is_folded, plan_card
from coder.terminal.screen import Screen
from coder.terminal.text import clean, cut, indented, paint, plain, width, wrap
from library.draft.draft import Draft
from library.gate.verdict import ExampleResult, TestResult, Verdict
from memory.text_diff import changes

CODE = '''def parse_duration(text: str, *, strict: bool = False) -> int:
    """Turn an ISO 8601 duration into seconds.

    >>> parse_duration("P1D")
    86400
    """
    match = PATTERN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a duration: {text!r}")
    days, hours, minutes, seconds = match.groups(default="0")
    total = int(days) * 86_400
    total += int(hours) * 3_600
    total += int(minutes) * 60
    if strict and total == 0:
        raise ValueError("nothing in it, although this long line says so again and again, past the margin")
    for part in split_fields(text):
        total += part.value
    for part in split_fields(text):
        total -= part.value
    return total + int(seconds)
'''
ROWS = (
    *(
        ExampleResult(f"parse_duration('P{day}D')", str(day * 86400), str(day * 86400), "person", True)
        for day in range(7)
    ),
    ExampleResult("parse_duration('')", "ValueError", "0", "goal", False),
)
TESTS = (
    *(TestResult(f"test_number_{n}", True) for n in range(15)),
    TestResult("test_minus", False, "assert 0 == -5\nmore"),
)
NAMES = ("parses", "one public function", "typed", "docstring", "no work at import", "capabilities", "held-out")
CHECKS = (*((name, True, "fine") for name in NAMES), ("literals", False, "86_400 ought to be a parameter"))
CARD = DraftReview(
    signature="parse_duration(text: str, *, strict: bool = False) -> int",
    draft=Draft("parse_duration", CODE, "def test_minus() -> None:\n    assert parse_duration('-PT5S') == -5\n"),
    verdict=Verdict(ROWS, TESTS, uses=("split_fields",), seconds=0.12, checks=CHECKS),
    note="It is still red after three repairs.",
)
HOSTILE = "\x1b[2J\x1b]0;owned\x07\x1b[31m[red]markup[/red]\x9b1m \u202edesrever\u200b \r back \x00\ud83d end"
DATA: dict[str, dict[str, Any]] = {
    "start": {
        "run": "r1",
        "goal": "parse durations",
        "model": "some-model",
        "library": {"path": "/home/someone/lib", "functions": 12},
        "sandbox": {"level": "L3", "held": 11, "canaries": 12, "gaps": ["network"]},
        "budget": {"rounds": 30, "tokens": None, "cost": None, "seconds": 600},
    },
    "memory": {
        "plan": "1. [x] a() -> int\n2. [ ] b() -> int\n3. [ ] c() -> int",
        "log": ["one"],
        "functions": 12,
        "relevant": [{"signature": "split_fields(text: str) -> list[str]", "summary": "Split."}],
        "problem": "",
    },
    "text": {"purpose": "plan", "delta": "1. [ ] a() -> int"},
    "wait": {"reason": "429 Too Many Requests", "seconds": 3, "attempt": 2, "left": 57},
    "reply": {"purpose": "plan", "seconds": 2, "tokens_in": 1204, "tokens_cached": 1024, "tokens_out": 31},
    "round": {"number": 2, "of": 30, "branch": "write_code", "why": "step 1 is open"},
    "verdict": {
        "name": "parse_duration",
        "green": False,
        "rows": [asdict(row) for row in ROWS],
        "tests": [asdict(test) for test in TESTS],
        "problems": [],
        "seconds": 0.12,
    },
    "saved": {"names": ["parse_duration"], "commit": "abcdef0123", "diff": "@@ -1 +1,60 @@\n" + "+line\n" * 60},
    "finish": {
        "status": "done",
        "exit_code": 0,
        "summary": "It parses.",
        "saved": ["parse_duration"],
        "open": ["b"],
        "tests": 24,
        "calls": 4,
        "tokens_in": 5210,
        "tokens_cached": 3072,
        "tokens_out": 880,
        "cost": 0.0123,
        "seconds": 74.2,
        "usage": "from library import parse_duration",
    },
    "error": {"message": "The model refused the connection.", "hint": "Start it."},
}


class Tty:
    """A real pseudo terminal of a given size; keeps what was written to it."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self._master, slave = os.openpty()
        subprocess.run(["stty", "rows", str(rows), "cols", str(columns)], stdin=slave, check=True)
        self.stream: TextIO = os.fdopen(slave, "w", encoding="utf-8", newline="\n")
        self._parts: list[bytes] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while part := os.read(self._master, 4096):
                self._parts.append(part)
        except OSError:
            return

    @property
    def text(self) -> str:
        return b"".join(self._parts).decode()

    def wait_for(self, words: str) -> None:
        self.wait_until(lambda: words in self.text)

    def wait_until(self, shown: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not shown():
            assert time.monotonic() < until, self.text
            time.sleep(0.02)

    def close(self) -> str:
        self.stream.close()
        self._reader.join(60)
        os.close(self._master)
        return self.text

    def lines(self) -> list[str]:
        """What stands on the screen: a carriage return goes back, an erasure wipes, colours do not count."""
        lines: list[str] = []
        for whole in re.sub(r"\x1b\[[0-9;]*m", "", self.text).split("\n"):
            line = ""
            for part in whole.rstrip("\r").split("\r"):
                line = part.rpartition("\x1b[K")[2] if part.startswith("\x1b[K") else part.replace("\x1b[K", "")
            lines.append(line)
        return lines


@pytest.fixture
def tty() -> Iterator[Tty]:
    terminal = Tty()
    yield terminal
    if not terminal.stream.closed:
        terminal.close()


def tell(screen: Screen, kind: Kind, **data: Any) -> None:
    screen(Event(kind, data))


def whole_run(screen: Screen, change: dict[str, Any] | None = None) -> None:
    for kind in KINDS:
        screen(Event(kind, {**DATA.get(kind, {}), **(change or {})}))  # type: ignore[arg-type]
    screen.close()


def written(kind: Kind, **data: Any) -> str:
    stream = io.StringIO()
    Screen(stream, {"COLUMNS": "100"})(Event(kind, data))
    return stream.getvalue()


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_a_card_of_a_typical_function_fits_the_screen(columns: int) -> None:
    lines = code_card(CARD, columns, colour=False)
    assert max(width(plain(line)) for line in lines) <= columns
    if columns >= 100:
        assert len(lines) + 1 <= 40


def test_a_card_shows_all_that_a_decision_needs() -> None:
    text = "\n".join(map(plain, code_card(CARD, 100, colour=False)))
    for words in (
        "2 red",
        "0.12 s",
        "PATTERN.fullmatch",
        "parse_duration('P6D')  → 518400  person",
        "✗ parse_duration('')     → 0, expected ValueError  goal",
        "15 green",
        "test_minus  assert 0 == -5",
        "split_fields",
        "✓ 7 hold",
        "· literals: 86_400 ought to be",
        "three repairs",
    ):
        assert words in text


def test_long_code_shows_head_and_tail_and_everything_on_request() -> None:
    card = replace(CARD, draft=replace(CARD.draft, code="\n".join(f"line_{n} = {n}" for n in range(100))))
    short = "\n".join(map(plain, code_card(card, 100, colour=False)))
    assert "line_0 =" in short and "line_99 =" in short and "line_50 =" not in short
    assert re.search(r"8\d lines more: v shows them", short)
    high = "\n".join(map(plain, code_card(card, 100, colour=False, rows=120)))
    assert "line_50 =" in high and not is_folded(card, 100, 120), "a high terminal has room for it"
    assert is_folded(card, 100, 60)
    full = "\n".join(map(plain, code_card(card, 100, colour=False, whole=True)))
    assert "line_50 =" in full and "more" in full and "def test_minus" in full and "typed  fine" in full


def shown(card: DraftReview, columns: int = 100, **how: Any) -> str:
    return "\n".join(map(plain, code_card(card, columns, colour=False, **how)))


def test_a_draft_that_changed_says_what_by_itself() -> None:
    text = shown(replace(CARD, previous=CODE.replace("86_400", "86400")))
    assert "-    total = int(days) * 86400" in text and "+    total = int(days) * 86_400" in text
    assert text.index("+    total") < text.index("│ def parse_duration"), "before the whole"
    assert "changed since" not in shown(replace(CARD, previous=CODE)), "nothing to say"


def test_the_body_stands_before_a_long_docstring_which_is_there_whole_on_request() -> None:
    assert "Turn an ISO 8601" in shown(CARD) and ">>> parse_duration" not in shown(CARD)
    assert ">>> parse_duration" in shown(CARD, whole=True)


@pytest.mark.parametrize(
    "code",
    [
        'def f():\n    """One\n    two\n    """; os.system("rm")\n    return 1\n',
        'def f():\n    x = """One\n    two\n    """ + os.system("rm")\n    return 1\n',
        'def f():\r    """One\n    two\n    """\n    os.system("rm")\n',
        'def f(: """\n  os.system("rm")\n  """\n',
    ],
)
def test_nothing_that_runs_is_hidden_with_a_docstring(code: str) -> None:
    assert 'os.system("rm")' in shown(replace(CARD, draft=replace(CARD.draft, code=code)))


def test_the_signature_of_the_plan_is_said_only_where_the_draft_has_another() -> None:
    assert "planned" not in shown(CARD)
    assert "planned  parse_duration(text: str) -> int" in shown(
        replace(CARD, signature="parse_duration(text: str) -> int")
    )


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_no_example_is_cut(columns: int) -> None:
    call = f"parse_duration({'P1DT4H30M ' * 12!r}, strict=True)"
    rows = (ExampleResult(call, "raises ValueError", "raises ValueError: not such a duration " * 4, "person", True),)
    card = replace(CARD, verdict=replace(CARD.verdict, rows=(*rows, *ROWS)))
    lines = [plain(line) for line in code_card(card, columns, colour=False)]
    assert max(map(width, lines)) <= columns
    squeezed = "".join("".join(lines).split())
    assert "".join(call.split()) in squeezed and squeezed.count("notsuchaduration") == 4


def test_a_remark_is_no_cross_and_what_refuses_a_draft_is_said_once() -> None:
    checks = (*CHECKS, ("no work at import", False, "line 1: it opens a file"))
    problems = ("no work at import: line 1: it opens a file",)
    text = shown(replace(CARD, verdict=replace(CARD.verdict, checks=checks, problems=problems)))
    assert "✗ no work at import: line 1: it opens a file" in text and text.count("it opens a file") == 1
    assert "· literals" in text and "✗ literals" not in text


@pytest.mark.parametrize("colour", [False, True])
def test_nothing_of_the_code_stands_beyond_the_right_edge_or_behind_blanks(colour: bool) -> None:
    hidden = f"n = 1;{' ' * 300}os.system('true')\nlong = {'+'.join(map(str, range(60)))} + last_of_all"
    for columns in (40, 80, 100):
        lines = [
            plain(line)
            for line in code_card(replace(CARD, draft=replace(CARD.draft, code=hidden)), columns, colour=colour)
        ]
        assert max(map(width, lines)) <= columns
        text = "".join(line.partition("│ ")[2] for line in lines)
        assert "os.system('true')" in text and "300 blanks" in text and "last_of_all" in text


def test_tests_that_reach_out_stand_on_the_first_screen() -> None:
    shown = "\n".join(map(plain, code_card(replace(CARD, tests_reach=True), 100, colour=False)))
    assert "the tests reach beyond what they test" in shown
    assert "assert parse_duration('-PT5S') == -5" in shown


def test_code_in_colours_reads_the_same() -> None:
    bare = [plain(line) for line in code_card(CARD, 100, colour=False)]
    coloured = code_card(CARD, 100, colour=True)
    assert [plain(line) for line in coloured] == bare
    assert any("\x1b[" in paint(line) for line in coloured)


def test_a_long_line_of_a_plan_goes_on_where_it_begins() -> None:
    card = PlanReview("1. [ ] a() -> int\n   Assumed: " + "that nobody minds, " * 6 + "\n", diff="")
    shown = [plain(line) for line in plan_card(card, 60, shown=False)]
    assert len(shown) == 5
    assert all(line.startswith("   ") and len(line) <= 60 for line in shown[2:])


def test_a_plan_that_changed_shows_what_changed() -> None:
    card = PlanReview("1. [ ] a() -> int\n", diff="@@ -1 +1 @@\n-1. [ ] b()\n+1. [ ] a()\n")
    shown = [plain(line) for line in plan_card(card, 80, shown=True)]
    assert "-1. [ ] b()" in shown and "+1. [ ] a()" in shown


def test_a_long_difference_is_cut_and_says_how_to_see_the_rest() -> None:
    lines = difference(changes("", "x\n" * 50), 80, limit=10, rest="git show")
    assert len(lines) == 11 and plain(lines[-1]) == "… 41 lines more: git show"


def test_a_difference_of_several_files_names_each() -> None:
    one = "--- a/library.py\n+++ b/library.py\n@@ -1 +1 @@\n--- gone\n+x\n"
    both = one + "--- a/test_library.py\n+++ b/test_library.py\n@@ -0,0 +1 @@\n+y\n"
    assert [plain(line) for line in difference(one, 80, limit=9, rest="")] == ["@@ -1 +1 @@", "--- gone", "+x"]
    shown = [plain(line) for line in difference(both, 80, limit=9, rest="")]
    assert shown[0] == "library.py" and shown[4] == "test_library.py"


def test_off_a_terminal_there_is_only_plain_text() -> None:
    stream = io.StringIO()
    whole_run(Screen(stream, {}))
    text = stream.getvalue()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    for words in ("parse durations", "L3 · 11 of 12", "gaps: network", "1 done, 2 open", "round 2/30  write_code"):
        assert words in text
    for words in (
        "5,210 tokens in (3,072 cached), 880 out · $0.0123",
        "1 min 14 s",
        "from library import parse_duration",
    ):
        assert words in text


@pytest.mark.parametrize("terminal", [False, True])
def test_no_text_of_a_model_can_steer_the_terminal(terminal: bool, tty: Tty) -> None:
    fields = ("goal", "model", "problem", "reason", "purpose", "delta", "text", "by", "commit", "branch", "why", "what")
    fields += (
        "name",
        "verdict",
        "result",
        "names",
        "diff",
        "status",
        "summary",
        "saved",
        "open",
        "usage",
        "run",
        "hint",
    )
    change: dict[str, Any] = dict.fromkeys((*fields, "message"), HOSTILE)
    change |= {"names": [HOSTILE], "saved": [HOSTILE], "open": [HOSTILE], "problems": [HOSTILE]}
    change |= {"rows": [dict.fromkeys(("call", "expected", "got", "source"), HOSTILE)]}
    change |= {
        "tests": [{"name": HOSTILE, "message": HOSTILE}],
        "relevant": [{"signature": HOSTILE, "summary": HOSTILE}],
    }
    stream = tty.stream if terminal else io.StringIO()
    screen = Screen(stream, {"TERM": "xterm"})
    whole_run(screen, change)
    hostile = replace(
        CARD,
        signature=HOSTILE,
        draft=replace(CARD.draft, name=HOSTILE, code=HOSTILE),
        verdict=replace(CARD.verdict, uses=(HOSTILE,), problems=(HOSTILE,)),
        note=HOSTILE,
    )
    screen.show(code_card(hostile, 80, colour=screen.colour))
    text = (
        tty.close().replace("\r\n", "\n") if terminal else stream.getvalue() if isinstance(stream, io.StringIO) else ""
    )
    ours = re.sub(r"\x1b\[[0-9;]*m|\r?\x1b\[K|\r(?=\x1b\[2m)", "", text) if terminal else text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u200b\ud83d]", ours)
    assert "[red]markup[/red]" in text and "␛[2J" in text and "\\u202e" in text


def test_the_screen_is_never_cleared_nor_left(tty: Tty) -> None:
    screen = Screen(tty.stream, {"TERM": "xterm-256color"})
    whole_run(screen)
    assert set(re.findall(r"\x1b[^m]*?[A-Za-z]", tty.close())) <= {"\x1b[K"} | set(
        re.findall(r"\x1b\[[0-9;]*m", tty.text)
    )


def test_no_colour_where_none_is_wanted(tty: Tty) -> None:
    whole_run(Screen(tty.stream, {"TERM": "xterm", "NO_COLOR": "1"}))
    assert not re.search(r"\x1b\[3[0-9]m|\x1b\[1m", tty.close())


def test_a_dumb_terminal_gets_no_control_codes(tty: Tty) -> None:
    whole_run(Screen(tty.stream, {"TERM": "dumb"}))
    assert "\x1b" not in tty.close()


def test_while_the_model_is_silent_the_last_line_lives_and_then_vanishes(tty: Tty) -> None:
    screen = Screen(tty.stream, {"TERM": "xterm"})
    tell(screen, "asking", purpose="code")
    tell(screen, "text", purpose="code", delta="def f():\n    return 1\n")
    tty.wait_for("writing code · 3 lines · ")
    tell(screen, "note", text="now")
    screen.close()
    tty.close()
    assert [line for line in tty.lines() if line] == ["def f():", "    return 1", "  now"]
    assert not any(thread.name == "live" for thread in threading.enumerate())


def test_before_the_first_word_a_model_is_waited_for_in_words(tty: Tty) -> None:
    screen = Screen(tty.stream, {"TERM": "xterm"})
    tell(screen, "asking", purpose="code")
    tty.wait_for("writing code · waiting for the model's first word · ")
    tell(screen, "text", purpose="code", delta="def half_a_li")
    tty.wait_for("s   def half_a_li")
    screen.close()


def test_no_event_is_followed_by_silence(tty: Tty) -> None:
    screen = Screen(tty.stream, {"TERM": "xterm"})
    tell(screen, "working", what="starting the sandbox")
    tty.wait_for("starting the sandbox · ")
    tell(screen, "start", **DATA["start"])
    tty.wait_for("working · ")
    tell(screen, "working", what="trying small changes", done=16, of=40, stops_after=10)
    tty.wait_for("trying small changes · 16 of 40 · ")
    tty.wait_for(" · stops after 10 s")
    tell(screen, "working", what="trying small changes", done=32, of=40, stops_after=10)
    tty.wait_for("32 of 40")
    seconds = re.findall(r"of 40 · (\d\.\d) s", tty.text)
    assert seconds == sorted(seconds), "it goes on counting"
    tell(screen, "finish", **DATA["finish"])
    assert not any(thread.name == "live" for thread in threading.enumerate())


def test_code_streams_at_a_terminal_only_and_data_for_the_program_nowhere(tty: Tty) -> None:
    stream = io.StringIO()
    for screen in (Screen(tty.stream, {"TERM": "xterm"}), Screen(stream, {})):
        tell(screen, "asking", purpose="code")
        for letter in "```python\ndef f() -> int:\n    return 1\n```\n":
            tell(screen, "text", purpose="code", delta=letter)
        tell(screen, "asking", purpose="plan")
        for letter in '{"steps": [\n{"name": "f"}]}\n':
            tell(screen, "text", purpose="plan", delta=letter)
        screen.close()
    tty.close()
    assert [line for line in tty.lines() if line] == ["def f() -> int:", "    return 1"]
    assert stream.getvalue() == ""


def test_a_wait_counts_down_on_a_terminal(tty: Tty) -> None:
    screen = Screen(tty.stream, {"TERM": "xterm"})
    for seconds in (9.0, 8.9):
        tell(screen, "wait", reason="busy", seconds=seconds, attempt=2, left=50)

    def counted() -> list[float]:
        return [float(left) for left in re.findall(r"try 2 in (\d\.\d) s", tty.text)]

    tty.wait_until(lambda: len(set(counted())) >= 3)
    assert counted() == sorted(counted(), reverse=True) and max(counted()) <= 9.0
    tell(screen, "wait", reason="busy", seconds=0, attempt=2, left=50)
    tty.wait_for("try 2 is under way")
    screen.close()


def test_a_wait_is_one_line_elsewhere_however_often_it_is_told() -> None:
    stream = io.StringIO()
    screen = Screen(stream, {})
    for attempt, seconds in ((2, 2.0), (2, 1.0), (3, 4.0)):
        tell(screen, "wait", reason="busy", seconds=seconds, attempt=attempt, left=50)
    assert stream.getvalue().count("\n") == 2


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_plan_streams_in_words_and_is_shown_once(size: int, tty: Tty) -> None:
    text = "1. [ ] one(text: str) -> int\n   " + "word " * 40 + "end\r\n   - one('a') == 1\n"
    screen = Screen(tty.stream, {"TERM": "xterm"})
    tell(screen, "asking", purpose="plan")
    for at in range(0, len(text), size):
        tell(screen, "text", purpose="plan", delta=text[at : at + size])
    tell(screen, "reply", purpose="plan", seconds=1)
    assert screen.has_shown("# Plan\n\n" + text)
    tell(screen, "plan", text=text, by="person", commit="")
    tty.close()
    assert all(width(line) <= 80 for line in tty.lines())
    shown = " ".join("\n".join(tty.lines()).split())
    assert " ".join(text.split()) in shown and shown.count("one(text") == 1
    assert len([line for line in tty.lines() if line.startswith("   word ")]) > 2, "a broken line keeps its indent"
    assert not re.search(r"\bwor\n", "\n".join(tty.lines()))


def test_a_plan_that_never_streamed_is_shown_when_accepted() -> None:
    assert "one() -> int" in written("plan", text="1. [ ] one() -> int", by="--yes", commit="abc")


def test_text_before_a_restart_does_not_count() -> None:
    stream = io.StringIO()
    screen = Screen(stream, {})
    tell(screen, "asking", purpose="plan")
    tell(screen, "text", purpose="plan", delta="1. [ ] old() -> int\n")
    tell(screen, "restart", reason="the stream was cut")
    tell(screen, "text", purpose="plan", delta="1. [ ] new() -> int\n")
    tell(screen, "reply", purpose="plan")
    assert "does not count" in stream.getvalue()
    assert screen.has_shown("1. [ ] new() -> int") and not screen.has_shown("1. [ ] old() -> int")


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_without_its_fields_is_no_reason_to_fall(kind: Kind) -> None:
    written(kind)


def test_a_save_says_what_and_how_to_see_all_of_it() -> None:
    stream = io.StringIO()
    screen = Screen(stream, {})
    screen(Event("start", DATA["start"]))
    screen(Event("saved", {**DATA["saved"], "marked": True}))
    for words in ("saved parse_duration", "git -C /home/someone/lib show abcdef012", "although red"):
        assert words in stream.getvalue()


@pytest.mark.parametrize("looked", [True, False], ids=["just reviewed", "nobody looked"])
def test_code_that_the_person_has_just_reviewed_is_not_shown_again_when_it_is_saved(looked: bool) -> None:
    stream = io.StringIO()
    screen = Screen(stream, {})
    screen(Event("start", DATA["start"]))
    screen.answered(looked)
    screen(Event("answer", {"verdict": "accept", "text": ""}))
    screen(Event("saved", DATA["saved"]))
    assert ("+line" in stream.getvalue()) is not looked
    assert "git -C /home/someone/lib show abcdef012" in stream.getvalue()


def test_code_that_is_accepted_along_with_the_plan_is_shown_when_it_is_saved() -> None:
    stream = io.StringIO()
    screen = Screen(stream, {})
    screen(Event("start", DATA["start"]))
    screen.answered(True)
    for event in (Event("answer", {"verdict": "accept_rest"}), Event("verdict", DATA["verdict"])):
        screen(event)
    screen(Event("answer", {"verdict": "accept"}))
    screen(Event("saved", DATA["saved"]))
    assert "+line" in stream.getvalue()


def test_an_output_without_unicode_still_gets_everything() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    whole_run(Screen(stream, {}), {"summary": "größer 漢"})
    assert b"+ saved" in raw.getvalue() and b"gr\\xf6\\xdfer" in raw.getvalue()


def test_text_is_measured_in_columns() -> None:
    assert width("漢字é") == 5 and width("e\u0301") == 1
    assert cut("漢字漢字", 5) == "漢字…" and cut("abc", 3) == "abc"
    assert wrap("aa bb cc", 8) == ["aa bb cc"] and wrap("x" * 20, 8) == ["x" * 8, "x" * 8, "x" * 4]
    assert wrap("  indented words here", 12) == ["  indented", "words here"]
    assert clean("a\tb") == "a    b" and clean("a\r\nb") == "a\nb"


def test_a_run_into_a_file_never_loads_rich(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom coder.run.events import KINDS, Event\nfrom coder.terminal.screen import Screen\n"
        "screen = Screen()\nfor kind in KINDS: screen(Event(kind, {}))\n"
        "print('rich' in sys.modules, 'pygments' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.stdout.splitlines()[-1] == "False False"


def test_a_word_that_fills_the_last_column_leaves_no_empty_line() -> None:
    assert indented("   abcde fghij klmno as IIII", 20) == ["   abcde fghij klmno", "   as IIII"]
