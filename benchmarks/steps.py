"""Steps: a whole scripted goal of three functions on a model that answers at once, beside a bare client.

    uv run python -m benchmarks.steps [RUNS]

"own" is the time between two requests of coder, less the time that the library's code and tests ran in the sandbox,
less the time between two requests of a bare openai client that sends the same bodies to the same server: reading,
planning, splicing, git, journal and screen are in it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.goal import GOAL
from benchmarks.processes import OpenAIServer, clean, coder, median, scripted, table
from coder.app import JOURNAL
from coder.model.model import Tool
from coder.model.tokens import TokenCounter, texts_of
from coder.run.journal import Journal

BARE = """
import json, sys, openai
client = openai.OpenAI(base_url=sys.argv[1], api_key="none")
for body in json.load(open(sys.argv[2])):
    for part in client.chat.completions.create(**body):
        pass
"""


def whole(command: list[str], environment: dict[str, str], folder: Path) -> tuple[float, int]:
    """Wall seconds and peak memory (MiB) of one process and what it waited for."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        assert process.stderr
        raise SystemExit(f"{command[0]}: {process.stderr.read().decode()}")
    return wall, usage.ru_maxrss // 1024


def gaps(server: OpenAIServer, before: int) -> list[float]:
    """Milliseconds between the arrivals of requests since the first `before`."""
    return [(later.at - earlier.at) * 1000 for earlier, later in pairwise(server.asked[before:])]


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    walls: list[float] = []
    peaks: list[int] = []
    own_mean: list[float] = []
    all_mean: list[float] = []
    by_name: dict[str, list[float]] = {}
    tokens: list[int] = []
    with tempfile.TemporaryDirectory(prefix="coder-steps-") as base, scripted() as server:
        environment = clean(Path(base))
        os.environ["HOME"] = environment["HOME"]  # what the runs leave is trusted there
        script = Path(base) / "bare.py"
        script.write_text(BARE)
        for number in range(runs + 1):
            library = Path(base) / f"library{number}"
            before = len(server.asked)
            words = ["--yes", "--library", str(library), "--base-url", server.url, "--model", "scripted", GOAL]
            wall, peak = whole(coder(*words), environment, Path(base))
            mine = gaps(server, before)
            bodies = [asked.body for asked in server.asked[before:]]
            (Path(base) / "bodies.json").write_text(json.dumps(bodies))
            before = len(server.asked)
            whole([sys.executable, str(script), server.url, str(Path(base) / "bodies.json")], environment, Path(base))
            bare = gaps(server, before)
            if number == 0:  # the first fills the caches
                tokens = [TokenCounter().count_texts(texts_of(body["messages"], _tools(body)), "") for body in bodies]
                continue
            walls.append(wall)
            peaks.append(peak)
            sandbox = _effects(library, by_name)
            all_mean.append((sum(mine) - sum(bare)) / len(mine))
            own_mean.append((sum(mine) - sandbox - sum(bare)) / len(mine))
    rows = [
        ["wall, whole goal", f"{median(walls):.2f} s"],
        ["peak memory", f"{median(peaks):.0f} MiB"],
        ["model calls", f"{len(tokens)}"],
        ["prompt tokens a call", " ".join(map(str, tokens))],
        ["prompt tokens in all", f"{sum(tokens)}"],
        ["own time a call, mean", f"{median(own_mean):.1f} ms"],
        ["  and with the sandbox", f"{median(all_mean):.1f} ms"],
        *([f"  in effects: {name}", f"{median(times):.0f} ms in all"] for name, times in sorted(by_name.items())),
    ]
    table(["", "median"], rows)
    print(f"{runs} runs, each beside a bare client; tokens are estimated")


def _tools(body: dict[str, Any]) -> list[Tool]:
    functions = [tool["function"] for tool in body.get("tools", [])]
    return [Tool(f["name"], f["description"], f["parameters"]) for f in functions]


def _effects(library: Path, by_name: dict[str, list[float]]) -> float:
    """Add up the milliseconds of a run's effects by name; returns those spent in the sandbox."""
    path = library / ".coder" / JOURNAL
    journal = Journal.open(path, Journal.runs(path)[0].id, look=True)
    sums: dict[str, float] = {}
    for effect in journal.effects():
        if not effect.name.startswith("model:"):
            sums[effect.name] = sums.get(effect.name, 0.0) + effect.seconds * 1000
    sandbox = journal.result["sandbox_seconds"] * 1000
    journal.close()
    for name, milliseconds in sums.items():
        by_name.setdefault(name, []).append(milliseconds)
    return float(sandbox)


if __name__ == "__main__":
    main()
