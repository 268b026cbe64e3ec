"""A library of real functions for the benchmarks: humaneval_pro's, and stand-alone ones of the standard library."""

import ast
import json
import random
import re
import sys
import sysconfig
from pathlib import Path

from benchmarks.data import data_folder
from library.capabilities.effects import effects_of
from library.errors import SourceError
from library.source.function import Function, parse

_SKIP = {
    "test",
    "idlelib",
    "lib2to3",
    "turtledemo",
    "site-packages",
    "__pycache__",
    "ensurepip",
    "tkinter",
    "pydoc_data",
}


def base_functions() -> dict[str, str]:
    """humaneval_pro's base functions: name -> text; a helper that another task names too gets a name of its own."""
    return _of_tasks("raw_problem", "raw_solution")


def composed_functions() -> dict[str, str]:
    """Its harder functions, which call base ones."""
    return _of_tasks("new_problem", "new_solution")


def _of_tasks(problem: str, solution: str) -> dict[str, str]:
    rows = json.loads((data_folder() / "humaneval_pro.json").read_text("utf-8"))
    found: dict[str, str] = {}
    for row in rows:
        text = row[problem] + row[solution]
        try:
            functions = parse(text).functions
        except SourceError:
            continue
        if functions and (name := functions[-1].name) not in found:
            found[name] = _with_own_helpers(text, name, row["id"])
    return found


def _with_own_helpers(text: str, name: str, number: str) -> str:
    for function in parse(text).functions:
        if function.name != name:
            text = re.sub(rf"\b{function.name}\b", f"_{function.name}_{number}", text)
    return text


def standard_functions(count: int, taken: set[str], seed: int = 1) -> dict[str, str]:
    """So many functions of the standard library that need nothing but imports and touch nothing outside."""
    root = Path(sysconfig.get_paths()["stdlib"])
    paths = [path for path in sorted(root.rglob("*.py")) if not _SKIP & set(path.relative_to(root).parts)]
    random.Random(seed).shuffle(paths)
    found: dict[str, str] = {}
    for path in paths:
        for name, text in _alone(path):
            if name not in taken and name not in found:
                found[name] = text
            if len(found) >= count:
                return found
    return found


def _alone(path: Path) -> list[tuple[str, str]]:
    try:
        parsed = parse(path.read_text("utf-8"), path.name)
    except (SourceError, UnicodeDecodeError):
        return []
    effects = effects_of(parsed)
    found: list[tuple[str, str]] = []
    for function in parsed.functions:
        if function.calls or effects[function.name] or not _has_arguments(function):
            continue
        used = set(re.findall(r"\w+", function.source))
        lines = [line for line in parsed.imports if set(re.findall(r"\w+", line.split("import")[-1])) & used]
        if all(_absolute(line) for line in lines) and "." not in function.signature.split("(")[0]:
            found.append((function.name, "\n".join([*lines, "", function.source])))
    return found


def _has_arguments(function: Function) -> bool:
    node = ast.parse(function.source).body[-1]
    return isinstance(node, ast.FunctionDef) and bool(node.args.args) and node.args.args[0].arg not in ("self", "cls")


def _absolute(line: str) -> bool:
    return not line.startswith("from .") and line.split()[1].split(".")[0] in sys.stdlib_module_names


def library_text(texts: dict[str, str]) -> str:
    """One library of all these texts: imports first."""
    imports: dict[str, None] = {}
    bodies: list[str] = []
    for text in texts.values():
        parsed = parse(text)
        imports |= dict.fromkeys(line for line in parsed.imports if "__future__" not in line)
        bodies += [piece.text.strip("\n") for piece in parsed.pieces if piece.kind not in ("import", "future")]
    return "\n".join(imports) + "\n\n\n" + "\n\n\n".join(bodies) + "\n"
