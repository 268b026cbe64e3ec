"""What a model at home gets done: HumanEval tasks typed as goals, unattended, held against the canonical tests.

    uv run python -m benchmarks.models OUT [--start 0 --step 8 --count 21]    the goals by coder, a row a task
    uv run python -m benchmarks.models OUT --bare                             the model alone, in one shot
    uv run python -m benchmarks.models OUT --plain                            by coder, with neither schemas nor tools

The model is the one that coder is set to (CODER_BASE_URL, CODER_MODEL, CODER_API_KEY). OUT keeps libraries and events;
a task that is in OUT is not run again, so that a run which was stopped goes on. Task 32 is left out unless it is
counted by --all: its words do not say what is asked.
"""

import argparse
import ast
import gzip
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.data import data_folder
from benchmarks.processes import coder, median, table

UNCLEAR = 32
LONGEST_S = 900.0


def main() -> None:
    """Run what is not there yet, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("out", type=Path, metavar="OUT")
    for name, default in (("start", 0), ("step", 8), ("count", 200)):
        parser.add_argument(f"--{name}", type=int, default=default)
    for name in ("bare", "plain", "all"):
        parser.add_argument(f"--{name}", action="store_true")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in tasks()[given.start :: given.step] if given.all or number(one) != UNCLEAR][: given.count]
    with endpoint(plain=given.plain) as url:
        for one in chosen:
            kept = given.out / f"{number(one)}.json"
            if not kept.exists():
                row = bare(one, url) if given.bare else by_coder(one, given.out / str(number(one)), url)
                kept.write_text(json.dumps(row) + "\n")
                print(f"{number(one):4} {one['entry_point']}: {row['end']}, {row['calls']} calls", flush=True)
    show([json.loads((given.out / f"{number(one)}.json").read_text()) for one in chosen])


def tasks() -> list[dict[str, Any]]:
    """HumanEval, a row a task."""
    with gzip.open(data_folder() / "HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def number(task: dict[str, Any]) -> int:
    """The task's number."""
    return int(task["task_id"].split("/")[1])


def goal_of(task: dict[str, Any]) -> str:
    """Signature and docstring on one line, as somebody would type it."""
    tree = ast.parse(task["prompt"] + "    pass\n")
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == task["entry_point"])
    doc = ast.get_docstring(function, clean=True) or ""
    function.body = [ast.Pass()]
    head = ast.unparse(function).partition("\n")[0].removeprefix("def ")
    return " ".join(f"{head} {doc}".split())


def by_coder(task: dict[str, Any], folder: Path, url: str) -> dict[str, Any]:
    """One goal in an empty library."""
    folder.mkdir()
    started = time.monotonic()
    environment = {**os.environ, "CODER_BASE_URL": url, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = coder("--yes", "--json", "--library", str(folder / "lib"), goal_of(task))
    with (folder / "events.jsonl").open("w") as out, suppress(subprocess.TimeoutExpired):
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, check=False, timeout=LONGEST_S)
    events: list[dict[str, Any]] = [json.loads(line) for line in (folder / "events.jsonl").open(encoding="utf-8")]
    end = next((event for event in reversed(events) if event["event"] == "finish"), dict[str, Any]())
    library = folder / "lib" / "library.py"
    saved = task["entry_point"] in end.get("saved", [])
    code = library.read_text("utf-8") if library.exists() else ""
    found = "open" if not saved else "right" if holds(task, code) else "wrong"
    return _row(task, found, end.get("calls", 0), end.get("tokens_in", 0), end.get("tokens_out", 0), started) | {
        "summary": end.get("summary", "no end within the time")
    }


def bare(task: dict[str, Any], url: str) -> dict[str, Any]:
    """The model's own answer to the prompt, at temperature 0."""
    started = time.monotonic()
    words = f"Complete this function. Answer with one ```python block.\n\n```python\n{task['prompt']}```"
    body: dict[str, Any] = {"model": os.environ.get("CODER_MODEL", ""), "temperature": 0, "max_tokens": 1000}
    body["messages"] = [{"role": "user", "content": words}]
    headers = {"content-type": "application/json", "authorization": f"Bearer {os.environ.get('CODER_API_KEY', 'x')}"}
    request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=LONGEST_S) as answer:
        reply = json.load(answer)
    blocks = re.findall(r"```(?:python)?\n(.*?)(?:```|\Z)", reply["choices"][0]["message"]["content"], re.DOTALL)
    code = next((block for block in blocks if f"def {task['entry_point']}(" in block), "\n".join(blocks))
    used = reply.get("usage", {})
    found = "right" if holds(task, code) else "wrong"
    return _row(task, found, 1, used.get("prompt_tokens", 0), used.get("completion_tokens", 0), started)


def holds(task: dict[str, Any], code: str) -> bool:
    """Whether code passes the canonical tests, in a process of its own."""
    before = task["prompt"].partition(f"def {task['entry_point']}(")[0]  # imports, and helpers that the tests may use
    text = f"{before}\n{code}\n{task['test']}\ncheck({task['entry_point']})\n"
    try:
        return (
            subprocess.run([sys.executable, "-c", text], capture_output=True, timeout=60, check=False).returncode == 0
        )
    except subprocess.TimeoutExpired:
        return False


def _row(task: dict[str, Any], end: str, calls: int, tokens_in: int, tokens_out: int, started: float) -> dict[str, Any]:
    return {
        "task": number(task), "name": task["entry_point"], "end": end, "calls": calls, "in": tokens_in,
        "out": tokens_out, "seconds": round(time.monotonic() - started, 1),
    }  # fmt: skip


def show(rows: list[dict[str, Any]]) -> None:
    """The table, its last line over all."""
    keys = ("task", "name", "end", "calls", "in", "out")
    every = [[str(row[key]) for key in keys] for row in rows]
    ends = [row["end"] for row in rows]
    told = f"{ends.count('right')} right, {ends.count('wrong')} wrong, {ends.count('open')} open"
    medians = [f"{median([row[key] for row in rows]):.0f}" for key in ("calls", "in", "out")]
    table(list(keys), [*every, [str(len(rows)), told, "median", *medians]])


@contextmanager
def endpoint(*, plain: bool) -> Generator[str]:
    """The URL of the model that coder is set to; `plain`: of a server before it that refuses schemas and tools."""
    url = os.environ.get("CODER_BASE_URL", "").rstrip("/")
    if not url:
        sys.exit("Set CODER_BASE_URL and CODER_MODEL to the model that is to be measured.")
    if not plain:
        yield url
        return
    from benchmarks.plain_endpoint import served

    with served(url) as address:
        yield address


if __name__ == "__main__":
    main()
