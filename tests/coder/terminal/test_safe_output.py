"""Nothing that a model or somebody else wrote acts on the terminal, whichever command shows it."""

import io
import json
import re
import subprocess
from pathlib import Path

import pytest
from program import Program

from coder.terminal.safe_output import SafeOutput

# Clear the screen, set the title, paint over the line before, turn the direction of writing, hide, ring.
EVIL = "\x1b[2J\x1b]0;title\x07\x1b[1A\r\x9b31m\u202e\u2066\u200b\x08\x7f"
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
LIBRARY = f'''"""A library."""

_MARK = "{EVIL.encode("unicode_escape").decode()}"


def shout(text: str) -> str:
    """Make it {EVIL} loud.

    >>> shout("a")
    'A'
    """
    # {EVIL.replace(chr(13), "")}
    return text.upper()


def whisper(text: str) -> str:
    """Make it low."""
    return text.lower()
'''
TESTS = """from library import shout, whisper


def test_shout__loud() -> None:
    assert shout("a") == "A"


def test_whisper__fails() -> None:
    print("\\x1b[2J\\x1b]0;t\\x07\\u202e")
    assert whisper("A") == "\\x1b[31m\\u202e"
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path / "work")
    program.library.mkdir()
    (program.library / "library.py").write_text(LIBRARY, "utf-8", newline="")
    (program.library / "test_library.py").write_text(TESTS, "utf-8")
    (program.library / "plan_extlib.txt").write_text(f"Goal: {EVIL}\n\n1. [ ] f(x: int) -> int\n   {EVIL}\n", "utf-8")
    (program.library / "logs_extlib.txt").write_text(f"2026-01-01  x  y  {EVIL}\n", "utf-8")
    for words in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-q", "-m", f"Save {EVIL}\n\nCoder-Kind: save"),
    ):
        subprocess.run(["git", "-C", str(program.library), *words], check=True, env=program.environment)
    return program


COMMANDS = [
    "library list",
    "library show shout",
    "library show whisper",
    "library show nobody\x1b[2J",
    "library search loud",
    "library find 'x\x1b[2J'",
    'library find shout("a") == "A"',
    "library test",
    "library report",
    "library archive --unused",
    "library rename shout shout\x1b[2J",
    "library rename shout call_out",
    "library undo shout",
    "library restore gone\x1b[2J",
    "library export out",
    "plan",
    "log",
    "log \x1b[2J",
    "undo",
    "replay \x1b[2J",
    "config set \x1b[2J 1",
    "config",
    "--model \x1b[2J\u202e config",
    "--library /nowhere/\x1b[2J\u202e library list",
    "\x1b[2J --nope",
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_command_lets_a_sign_through_that_a_terminal_acts_on(command: str, form: str, program: Program) -> None:
    words = command.split(" ", 3 if command.startswith("--") else 2)
    done = program(*words, *(["--json"] if form == "json" else []))
    assert not ACTS.search(done.out + done.err), repr(ACTS.findall(done.out + done.err))
    assert "Traceback" not in done.err


def test_json_says_exactly_what_is_there(program: Program) -> None:
    rows = json.loads(program("library", "list", "--json").out)
    assert any("\x1b[2J" in row["summary"] for row in rows)


def test_further_lines_of_a_message_do_not_look_like_lines_of_ours(program: Program) -> None:
    done = program("library", "show", "x\ncoder: saved everything")
    assert [line for line in done.err.splitlines() if line.startswith("coder: ")] == done.err.splitlines()[:1]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\tb\n", "a\tb\n"),
        ("\x1b[31m", "␛[31m"),
        ("a\rb", "a␍b"),
        ("a\u202eb", "a\\u202eb"),
        ("a\x9bb", "a\\x9bb"),
        ("ä 数字 ✓", "ä 数字 ✓"),
        ("half \ud800", "half \\ud800"),
    ],
)
def test_signs_are_made_visible_and_texts_stay(given: str, shown: str) -> None:
    stream = io.StringIO()
    SafeOutput(stream).write(given)
    assert stream.getvalue() == shown


def test_an_output_that_knows_no_unicode_gets_what_it_can_write() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    SafeOutput(stream).write("✓ 数\n")
    stream.flush()
    assert stream.buffer.getvalue() == b"+ \\u6570\n"  # pyright: ignore[reportAttributeAccessIssue]
