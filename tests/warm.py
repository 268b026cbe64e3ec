"""The command begun by a fork of a process that has imported it already: what takes a second otherwise."""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any

CONTEXT: Any = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["openai", "git", "coder_app", "coder.app", "coder.cli.run_commands", "coder.model.openai_model"]
)


class Forked:
    """As much of a `subprocess.Popen` as tests need; what it writes is kept until it has ended.

    Args:
        words: those of its command line, the first its own name.
        cwd: where it begins.
        environment: all of it.
        given: what stands on its standard input.
    """

    def __init__(self, words: Sequence[str], cwd: Path, environment: Mapping[str, str], given: bytes = b"") -> None:
        self._files: list[IO[bytes]] = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115
        self._files[0].write(given)
        self._files[0].seek(0)
        streams = [DupFd(file.fileno()) for file in self._files]
        self._process = CONTEXT.Process(target=_run, args=(list(words), str(cwd), dict(environment), streams))
        self._process.start()
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended, None while it lives."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """How it ended, None while it lives."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it wrote, once it has ended. Raises subprocess.TimeoutExpired when it has not by then."""
        self._process.join(timeout)
        if self.poll() is None:
            raise subprocess.TimeoutExpired("coder", timeout or 0.0)
        for file in self._files:
            file.seek(0)
        _, out, err = (file.read().decode() for file in self._files)
        for file in self._files:
            file.close()
        return out, err


def _run(words: list[str], cwd: str, environment: dict[str, str], streams: list[Any]) -> None:
    """What the fork does: everything as a process of its own has it, then the command."""
    import coder_app

    for number, stream in enumerate(streams):
        os.dup2(stream.detach(), number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
        for number, mode in enumerate("rww")
    )
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = words
    sys.exit(coder_app.main())
