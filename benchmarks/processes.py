"""What the benchmarks of whole processes share: a clean environment, a scripted server, a table."""

import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from openai_server import Answer, Asked, Nature, OpenAIServer  # noqa: E402 - tests/ is no package

from benchmarks.goal import answer  # noqa: E402

__all__ = ["Asked", "OpenAIServer", "clean", "coder", "median", "scripted", "table", "timed"]


def clean(home: Path) -> dict[str, str]:
    """An environment with a home of its own, compiled files allowed, and no key but a made-up one."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TERM") if name in os.environ}
    return {**kept, "HOME": str(home), "CODER_API_KEY": "none", "CODER_NO_MODEL": "1", "PYTHONHASHSEED": "0"}


def coder(*words: str) -> list[str]:
    """The command line of the installed program."""
    return [str(Path(sys.executable).parent / "coder"), *words]


def scripted() -> OpenAIServer:
    """A server on loopback that answers like the scripted goal's model, at once."""

    def reply(asked: Asked, number: int) -> Answer:
        chat = asked.body["messages"]  # an endpoint is not told the purpose
        begins = {"You plan": "plan", "You say": "examples"}
        other = next((purpose for words, purpose in begins.items() if chat[0]["content"].startswith(words)), "code")
        return Answer(text=answer(other, chat).text)

    return OpenAIServer(reply, Nature(models=("scripted",)))


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def timed(command: Sequence[str], environment: dict[str, str], folder: Path) -> float:
    """Seconds of one whole process, output thrown away."""
    import subprocess

    started = time.perf_counter()
    subprocess.run(command, env=environment, cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - started


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under a head, columns as wide as they need."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for row in cells:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join([row[0].ljust(widths[0]), *rest]) if first else "")
