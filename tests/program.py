"""The installed command as a process of its own: with its own home, no key, no way to a model beyond this machine."""

import fcntl
import json
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from openai_server import Answer, Asked, Nature, OpenAIServer
from warm import Forked

COMMAND = str(Path(sys.executable).parent / "coder")
PATIENCE_S = 120.0  # a process that is not through by then hangs


@dataclass(frozen=True)
class Done:
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its output as lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind, with --json."""
        return [row for row in self.rows if row["event"] == kind]


@dataclass
class Program:
    """`coder` with its folder, its home and its environment; call it with the words of a command line.

    A `warm` one is a fork of a process that has imported all already, for tests that look at what comes after that.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict[str, str])
    command: tuple[str, ...] = (COMMAND,)
    warm: bool = False

    def __post_init__(self) -> None:
        home = self.folder.parent / f"{self.folder.name}-home"
        for path in (self.folder, home):
            path.mkdir(parents=True, exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "XDG_DATA_HOME") if name in os.environ}
        fixed = {"HOME": str(home), "LANG": "C.UTF-8", "CODER_NO_MODEL": "1"}
        fixed |= {"CODER_LIBRARY": str(self.library), "CODER_CONFIG": str(home / "config.yaml")}
        self.environment = {**kept, **fixed, **self.environment}

    @property
    def library(self) -> Path:
        """The folder of the library that it works on unless told otherwise."""
        return self.folder / "lib"

    def __call__(self, *words: str, given: str | bytes = "", **environment: str) -> Done:
        """Run it to its end with `given` on standard input; more environment variables by name."""
        data = given.encode() if isinstance(given, str) else given
        if self.warm:
            forked = Forked([*self.command, *words], self.folder, {**self.environment, **environment}, data)
            out, err = forked.communicate(PATIENCE_S)
            return Done(forked.returncode or 0, out, err)
        done = subprocess.run(
            [*self.command, *words],
            input=data,
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *words: str) -> "subprocess.Popen[str] | Forked":
        """Start it with nothing on standard input."""
        if self.warm:
            return Forked([*self.command, *words], self.folder, self.environment)
        return subprocess.Popen(
            [*self.command, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def settings(self, **values: Any) -> None:
        """Write settings into the person's own file."""
        Path(self.environment["CODER_CONFIG"]).write_text(json.dumps(values), encoding="utf-8")

    def text(self, name: str = "library.py") -> str:
        """The text of a file of the library, "" if it is not there."""
        path = self.library / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def git(self, *words: str) -> str:
        """What git says in the library."""
        return subprocess.run(
            ["git", "-C", str(self.library), *words], capture_output=True, text=True, check=True, env=self.environment
        ).stdout


def wait_until(happened: Callable[[], bool], process: "subprocess.Popen[Any] | Forked") -> None:
    """Wait for something that a process is about to do."""
    ends = time.monotonic() + PATIENCE_S
    while not happened():
        assert process.poll() is None, f"it ended with {process.returncode} before"
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.01)


BOOT = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class Console:
    """A process at a terminal of its own, 100×40; what it shows is in `shown`."""

    def __init__(self, program: Program, *words: str, **environment: str) -> None:
        self.shown = ""
        self._terminal, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x28\x00\x64\x00\x00\x00\x00\x00")
        self.process = subprocess.Popen(
            [sys.executable, "-c", BOOT, *program.command, *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=program.folder,
            env={**program.environment, "TERM": "xterm", **environment},
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *stopped: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._terminal)

    def wait_for(self, text: str) -> None:
        """Read until `text` was shown."""
        ends = time.monotonic() + PATIENCE_S
        while text not in self.shown:
            assert time.monotonic() < ends and self._read(), f"{text!r} was not shown, but: {self.shown[-2000:]}"

    def type(self, keys: str) -> None:
        """Press keys; what was shown before them is forgotten."""
        self.shown = ""
        os.write(self._terminal, keys.encode())

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        return self.process.wait(PATIENCE_S)

    def _read(self) -> bool:
        """Read what there is; False when the other side has closed."""
        assert select.select([self._terminal], [], [], PATIENCE_S)[0], f"it hangs: {self.shown[-2000:]}"
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # so says Linux when the other side is closed
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)


PLAN = """1. [ ] double(number: int) -> int
   Return twice the number.
   - double(2) == 4
   - double(-1) == -2
"""
CODE = '''```python
def double(number: int) -> int:
    """Return twice the number."""
    return number * 2
```
'''
GOAL = "double numbers"


def sensible(asked: Asked) -> Answer:
    """What a model would answer: to a chat, never by count, so that a retried or resumed run gets the same."""
    chat = [str(turn.get("content") or "") for turn in asked.body["messages"]]
    if chat[0].startswith("You say what calls"):
        given = re.findall(r"^(\d+)\. double\((?:number=)?(-?\d+)\)$", chat[-1].partition("Calls:")[2], re.MULTILINE)
        return Answer(json.dumps({number: str(2 * int(value)) for number, value in given}))
    if not asked.body.get("tools"):
        return Answer(PLAN if chat[0].startswith("You plan") else CODE)
    commands: list[tuple[str, Mapping[str, Any]]] = [
        ("save_code", {"why": "green"}),
        ("update_plan", {"done": [1], "why": "saved"}),
        ("finish", {"summary": "Numbers can be doubled.", "why": "all done"}),
    ]
    begun = any(turn.get("role") == "tool" for turn in asked.body["messages"])
    return Answer(calls=commands if begun else [("write_code", {"step": 1, "why": "first"})])


def healthy() -> OpenAIServer:
    """A server that brings the goal to its end."""
    return OpenAIServer(lambda asked, number: sensible(asked), Nature(models=("test",)))
