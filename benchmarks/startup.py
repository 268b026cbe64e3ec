"""Start-up: `--version` and `--help` against a bare interpreter, start to first request against a bare openai script.

    uv run python -m benchmarks.startup [RUNS]

The commands take turns, so that the ratios hold when the machine's speed drifts. The bare script imports openai and
sends the very request that coder sends.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.goal import GOAL
from benchmarks.processes import OpenAIServer, clean, coder, median, scripted, table, timed

BARE = """
import json, sys, openai
body = json.load(open(sys.argv[2]))
client = openai.OpenAI(base_url=sys.argv[1], api_key="none")
for part in client.chat.completions.create(**body):
    pass
"""


def first_request(command: list[str], server: OpenAIServer, environment: dict[str, str], folder: Path) -> float:
    """Seconds from the start of a process to the arrival of its first request."""
    before = len(server.asked)
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while len(server.asked) == before:
        if process.poll() is not None and len(server.asked) == before:
            raise SystemExit(f"{command} ended without a request")
        time.sleep(0.001)
    process.kill()
    process.wait()
    return server.asked[before].at - started


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory(prefix="coder-startup-") as base, scripted() as server:
        folder = Path(base)
        environment = clean(folder)
        plain = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "coder --version": coder("--version"),
            "coder --help": coder("--help"),
        }
        goal = coder(
            "--yes", "--library", str(folder / "library"), "--base-url", server.url, "--model", "scripted", GOAL
        )
        script = folder / "bare.py"
        script.write_text(BARE)
        first_request(
            goal, server, environment, folder
        )  # also fills the caches: compiled files, the sandbox's canaries
        body = folder / "body.json"
        body.write_text(json.dumps(server.asked[0].body))
        asking = {
            "bare openai script": [sys.executable, str(script), server.url, str(body)],
            "coder GOAL": goal,
        }
        times: dict[str, list[float]] = {name: [] for name in [*plain, *asking]}
        for turn in range(runs + 1):
            for name, command in plain.items():
                times[name] += [timed(command, environment, folder)][: bool(turn)]
            for name, command in asking.items():
                times[name] += [first_request(command, server, environment, folder)][: bool(turn)]
    rows: list[list[str]] = []
    for name, base_name in [*((n, "python -c pass") for n in plain), *((n, "bare openai script") for n in asking)]:
        ratios = [a / b for a, b in zip(times[name], times[base_name], strict=True)]
        rows.append(
            [name, f"{median(times[name]) * 1000:.0f}", f"{min(times[name]) * 1000:.0f}", f"{median(ratios):.2f}"]
        )
    table(["", "median ms", "least ms", "ratio"], rows)
    print(f"{runs} runs each in turn; the last two rows: start to arrival of the first request")


if __name__ == "__main__":
    main()
