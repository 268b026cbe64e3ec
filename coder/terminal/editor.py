"""Editor: a text goes out to $VISUAL or $EDITOR in a file that outlives a crash, and comes back changed or not."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import termios
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from coder.errors import RefusedInput
from coder.run.interrupts import on_interrupt
from memory.disk import put

USUAL = ("nano", "vim", "vi")


def editor_command(configured: str | None, environ: Mapping[str, str] | None = None) -> list[str]:
    """The editor's words: as configured, else $VISUAL, else $EDITOR, else the first usual one there is; [] if none.

    Raises:
        RefusedInput: the words cannot be split, or name no program.
    """
    environ = os.environ if environ is None else environ
    for origin, words in (
        ("the settings", configured),
        ("$VISUAL", environ.get("VISUAL")),
        ("$EDITOR", environ.get("EDITOR")),
    ):
        if words and words.strip():
            return _split(words, origin, environ.get("PATH"))
    found = (path for name in USUAL if (path := shutil.which(name, path=environ.get("PATH"))))
    return [path for path in (next(found, None),) if path]


def _split(words: str, origin: str, path: str | None) -> list[str]:
    try:
        command = shlex.split(words)
    except ValueError as error:
        raise RefusedInput(f"The editor {words!r} from {origin} cannot be split into words: {error}.") from None
    if shutil.which(command[0], path=path) is None:
        raise RefusedInput(f"The editor {command[0]!r} from {origin} is not there.", "Set $VISUAL to one that is.")
    return command


def edit_file(folder: Path, name: str) -> Path:
    """Where a text of this name is edited; `name` may come from a model and cannot leave the folder."""
    stem, dot, suffix = name.rpartition(".")
    safe = re.sub(r"[^\w-]+", "_", stem if dot else name).strip("_")[:60] or "text"
    return folder / (f"{safe}.{re.sub(r'[^a-z]', '', suffix)[:8]}" if dot else safe)


def write_for_edit(file: Path, text: str) -> None:
    """Put the text where the editor will find it, for its owner only."""
    put(file, text.encode("utf-8", "backslashreplace"), mode=0o600)


def read_edited(file: Path) -> str:
    r"""The text of an edited file: byte order mark dropped, line ends "\n".

    Raises:
        RefusedInput: it is not there, or is not UTF-8; says at which line.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise RefusedInput(f"The edited text {str(file)!r} cannot be read: {error.strerror}.") from None
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RefusedInput(
            f"Line {line} of the edited text is not UTF-8 (byte {data[error.start : error.start + 1]!r}).",
            "Save it as UTF-8 and try again; your text is kept.",
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def run_editor(command: list[str], file: Path) -> int:
    """Open the editor on `file` and wait; its exit code.

    Raises:
        RefusedInput: it cannot be started.
    """
    try:
        # Ctrl-C is the editor's while it is open; a handler, unlike SIG_IGN, is not handed down to it
        with _steady_terminal(), on_interrupt(lambda number, frame: None):
            return subprocess.call([*command, str(file)])
    except OSError as error:
        raise RefusedInput(f"The editor {command[0]!r} cannot be started: {error.strerror}.") from None


@contextmanager
def _steady_terminal() -> Generator[None, None, None]:
    """Put the terminal's mode back, should the editor die and leave it raw."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin.fileno())
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, before)
