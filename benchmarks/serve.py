"""Serve: milliseconds that a call over MCP takes beyond the function itself, asked by the mcp package's own client.

    uv run python -m benchmarks.serve [CALLS]

The function does next to nothing, so all of the call is ours: the client, both ends of the protocol, the fork in the
sandbox and the result's way back. One with a body that takes 50 ms is measured beside it and its 50 ms taken off.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

ROOT = Path(__file__).parent.parent
BODY_MS = 50.0
FUNCTIONS = f'''import re
import time
from datetime import date


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def slugify(text: str) -> str:
    """A text as part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def weekday(day: date) -> int:
    """Number of the day in its week."""
    return day.weekday()


def slow() -> int:
    """Works for a while."""
    end = time.perf_counter() + {BODY_MS / 1000}
    while time.perf_counter() < end:
        pass
    return 1


def large(size: int) -> list[int]:
    """Many numbers."""
    return list(range(size))
'''
CALLS: Sequence[tuple[str, dict[str, Any], float]] = (
    ("add", {"a": 1, "b": 2}, 0.0),
    ("slugify", {"text": "Hello, World"}, 0.0),
    ("weekday", {"day": "2026-11-21"}, 0.0),
    ("large", {"size": 10_000}, 0.0),
    ("slow", {}, BODY_MS),
)


def _percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


async def measure(folder: Path, calls: int) -> None:
    """Start a server, call, print."""
    words = [str(ROOT / "coder_app.py"), "library", "serve", "--library", str(folder)]
    started = time.perf_counter()
    async with Client(StdioServerParameters(command=sys.executable, args=words)) as client:
        listed = await client.list_tools()
        print(f"{len(listed.tools)} tools listed {time.perf_counter() - started:.2f} s after the start of the process")
        first = time.perf_counter()
        await client.call_tool("add", {"a": 0, "b": 0})
        print(f"first call {(time.perf_counter() - first) * 1000:.1f} ms (waits for the sandbox)")
        print(f"{'function':10} {'calls':>6} {'median ms':>10} {'p95 ms':>8}   beyond the function itself")
        for name, arguments, body in CALLS:
            took: list[float] = []
            for _ in range(calls):
                begin = time.perf_counter()
                result = await client.call_tool(name, arguments)
                took.append((time.perf_counter() - begin) * 1000 - body)
                assert not result.is_error, result
            print(f"{name:10} {calls:6} {statistics.median(took):10.1f} {_percentile(took, 0.95):8.1f}")


def main() -> None:
    """Measure and print."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory(prefix="coder-serve-") as folder:
        (Path(folder) / "library.py").write_text(FUNCTIONS)
        anyio.run(measure, Path(folder), calls)


if __name__ == "__main__":
    main()
