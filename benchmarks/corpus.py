"""Libraries of any size for benchmarks: HumanEval's functions, those of CoSQA, and what the standard library holds."""

import ast
import gzip
import json
import keyword
import random
import re
import sys
import sysconfig
import textwrap
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.data import data_folder


@dataclass(frozen=True)
class Entry:
    """A function for a library.

    Args:
        key: where it comes from; unlike all others.
        name: its name.
        source: its text, at the margin.
    """

    key: str
    name: str
    source: str


def read_data(file: str) -> Any:
    """A JSON file of the data folder, or a list from one with a JSON text on each line."""
    path = data_folder() / file
    if not path.is_file():
        sys.exit(f"There is no {file} in {path.parent}.")
    text = gzip.decompress(path.read_bytes()).decode() if file.endswith(".gz") else path.read_text()
    return [json.loads(line) for line in text.splitlines()] if ".jsonl" in file else json.loads(text)


def base_functions() -> list[Entry]:
    """The 164 functions of HumanEval that the harder tasks of HumanEval Pro build upon, docstring and body."""
    found: list[Entry] = []
    for pair in read_data("humaneval_pro.json"):
        text = pair["raw_problem"].rstrip() + "\n" + pair["raw_solution"]
        name = re.findall(r"^def (\w+)", pair["raw_problem"], re.MULTILINE)[-1]
        found.append(Entry(f"humaneval {pair['id']}", name, _alone(text, name)))
    return found


def web_functions() -> list[Entry]:
    """The 6,267 functions of CoSQA; a key ends with the function's number there."""
    found: list[Entry] = []
    for text, number in read_data("cosqa-code_idx_map.txt").items():
        match = re.search(r"def\s+(\w+)", text)
        found.append(Entry(f"cosqa {number}", match[1] if match else "unnamed", _at_the_margin(text)))
    return found


def standard_functions() -> list[Entry]:
    """Functions and methods with docstrings out of this Python's standard library, without its tests."""
    root = Path(sysconfig.get_path("stdlib"))
    found: list[Entry] = []
    for path in sorted(root.rglob("*.py")):
        part = path.relative_to(root).as_posix()
        if "test" in part or "site-packages" in part or "lib2to3" in part or "dist-packages" in part:
            continue
        text = path.read_text(errors="replace")
        lines = text.splitlines(keepends=True)
        for node in ast.walk(_tree(text)):
            if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
                source = textwrap.dedent("".join(lines[node.lineno - 1 : node.end_lineno]))
                found.append(Entry(f"{part}:{node.lineno}", node.name, source))
    return found


def sample(first: Sequence[Entry], others: Sequence[Entry], size: int, seed: int) -> list[Entry]:
    """As many entries as asked for: all of the first that fit, filled up with others by chance."""
    chance = random.Random(seed)
    chosen = list(first[:size])
    chosen += chance.sample(list(others), min(size - len(chosen), len(others)))
    chance.shuffle(chosen)
    return chosen


def library_text(entries: Iterable[Entry]) -> tuple[str, dict[str, str]]:
    """The entries as one module, and the name in it of each key; private and taken names are changed a little."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    texts: list[str] = []
    for entry in entries:
        plain = entry.name.strip("_")
        plain = "unnamed" if keyword.iskeyword(plain) or not plain.isidentifier() else plain
        name, number = plain, 2
        while name in taken:
            name, number = f"{plain}_{number}", number + 1
        taken.add(name)
        names[entry.key] = name
        texts.append(_readable(replace(entry, source=re.sub(r"def\s+\w+", f"def {name}", entry.source, count=1)), name))
    return "\n\n\n".join(texts) + "\n", names


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError):
            return ast.Module([], [])


def _alone(text: str, name: str) -> str:
    """One function out of a text."""
    lines = text.splitlines(keepends=True)
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return "".join(lines[node.lineno - 1 : node.end_lineno])
    raise ValueError(f"no {name} in the text")


def _at_the_margin(text: str) -> str:
    """CoSQA's methods keep their class's indentation in all lines but the first."""
    first, _, rest = text.partition("\n")
    dedented = f"{first.lstrip()}\n{textwrap.indent(textwrap.dedent(rest), '    ')}"
    return text if _tree(text).body else dedented


def _readable(entry: Entry, name: str) -> str:
    """What is no Python of today (a `print` statement) keeps its words as comments."""
    if _tree(entry.source).body:
        return entry.source.rstrip()
    words = "\n".join(f"    # {line.strip()}" for line in entry.source.splitlines())
    return f"def {name}(*arguments):\n{words}\n    pass"
