"""HumanEval's tasks for the benchmarks: right solutions with types, examples of the docstrings, EvalPlus's inputs."""

import ast
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from benchmarks.data import data_folder
from library.examples.docstring_examples import examples_in
from library.examples.example import Example
from library.examples.goal_facts import type_text
from library.execution.pace import Pace
from library.execution.variant_calls import try_variants
from library.sandbox import Sandbox
from library.source.literals import literal
from library.source.syntax_tree import find_function

PATIENT = Pace(call=25_000_000, slow=25_000_000, clock_s=10.0, process_s=30.0)
SURE = Pace(call=5_000_000, slow=6_000_000, clock_s=5.0, process_s=30.0)


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        number: of the task.
        name: of the function.
        prompt: signature and docstring.
        original: HumanEval's solution, whole text.
        truth: EvalPlus's solution, whole text.
        guarded: the same with EvalPlus's contract in front: an input that makes no sense raises AssertionError.
        inputs: argument lists.
        tolerance: by which results may differ.
    """

    number: int
    name: str
    prompt: str
    original: str
    truth: str
    guarded: str
    inputs: tuple[list[Any], ...]
    tolerance: float

    @cached_property
    def calls(self) -> tuple[str, ...]:
        """The inputs as calls; where floats may differ, through a rounding."""
        plain = [f"{self.name}({', '.join(map(repr, values))})" for values in self.inputs]
        return tuple(f"_rounded({call})" for call in plain) if self.tolerance else tuple(plain)

    @cached_property
    def doc(self) -> str:
        """The docstring."""
        function = find_function(ast.parse(self.prompt + "    pass\n"), self.name)
        return (ast.get_docstring(function) or "") if function else ""

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """Those of the docstring."""
        return examples_in(self.doc, self.name)


ROUNDED = """
def _rounded(value):
    if isinstance(value, float):
        return round(value, 4) + 0.0
    return [_rounded(item) for item in value] if isinstance(value, (list, tuple)) else value
"""


def tasks(count: int = 0) -> list[Task]:
    """The tasks; with a count, that many spread evenly over all of them."""
    folder = data_folder()
    plain, plus = _lines(folder / "HumanEval.jsonl.gz"), _lines(folder / "HumanEvalPlus-Mini.jsonl.gz")
    more = {line["task_id"]: line for line in plus}
    found = [_task(line, more[line["task_id"]]) for line in plain if line["task_id"] in more]
    return found if not count or count >= len(found) else [found[at * len(found) // count] for at in range(count)]


def _lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _task(line: dict[str, Any], plus: dict[str, Any]) -> Task:
    prompt = plus["prompt"]
    inputs = (*plus["base_input"], *plus["plus_input"])
    name = line["entry_point"]
    return Task(
        number=int(line["task_id"].split("/")[1]),
        name=name,
        prompt=prompt,
        original=typed(prompt + line["canonical_solution"], name, inputs),
        truth=typed(prompt + plus["canonical_solution"], name, inputs),
        guarded=prompt + plus["contract"] + plus["canonical_solution"],
        inputs=inputs,
        tolerance=float(plus["atol"]),
    )


def typed(code: str, name: str, inputs: tuple[list[Any], ...], doc: str = "") -> str:
    """The code with the types of its inputs where the signature says none, and with a docstring if it has none; a code
    writer would have given them."""
    tree = ast.parse(_private(code, name))
    function = find_function(tree, name)
    assert function is not None
    for at, argument in enumerate(function.args.args):
        if argument.annotation is None or ast.unparse(argument.annotation) in ("list", "dict", "tuple"):
            text = _joined([_type(values[at]) for values in inputs if at < len(values)])
            argument.annotation = ast.parse(text, mode="eval").body
    if ast.get_docstring(function) is None and doc:
        function.body.insert(0, ast.Expr(ast.Constant(doc)))
    if function.returns is None:
        function.returns = ast.Name("object", ast.Load())
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def with_result(code: str, name: str, result: str) -> str:
    """The code with the type of its result where the signature names none."""
    tree = ast.parse(code)
    function = find_function(tree, name)
    if function is None or not function.returns or ast.unparse(function.returns) != "object":
        return code
    function.returns = ast.parse(result, mode="eval").body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def result_type(task: Task, sandbox: Sandbox) -> str:
    """The type of what EvalPlus's solution gives, as a plan would have named it; "object" where it has none."""
    calls = [f"{task.name}({', '.join(map(repr, values))})" for values in task.inputs]
    (tried,) = try_variants(sandbox, "", [task.truth], calls, pace=SURE, texts=True)
    found = [literal(text) for text in tried.texts]
    return type_text([value[0] for value in found if value is not None]) or "object"


def _private(code: str, name: str) -> str:
    """The code with an underscore before the names of helpers; four tasks have one in their prompt."""
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef) and node.name != name and not node.name.startswith("_"):
            code = re.sub(rf"\b{node.name}\b", f"_{node.name}", code)
    return code


def _type(value: Any) -> str:
    if isinstance(value, list):
        return f"list[{_joined([_type(item) for item in cast('list[Any]', value)])}]"
    if isinstance(value, dict):
        held = cast("dict[Any, Any]", value)
        return f"dict[{_joined([_type(k) for k in held])}, {_joined([_type(v) for v in held.values()])}]"
    if value == "":  # as little as an empty list: it stands for what is missing, too
        return "object"
    return "None" if value is None else type(value).__name__


def _joined(types: list[str]) -> str:
    found = list(dict.fromkeys(types)) or ["object"]
    clear = [name for name in found if "object" not in name] or found[:1]
    return " | ".join(sorted(clear, key=lambda name: name == "None"))


def wrong_ones(task: Task, codes: list[str], sandbox: Sandbox) -> Iterator[bool]:
    """For each code whether EvalPlus's inputs prove it wrong."""
    found = try_variants(sandbox, ROUNDED, [task.truth, *codes], task.calls, pace=SURE)
    truth = found[0].marks
    sure = [at for at, mark in enumerate(truth) if mark.startswith("=")]
    for code, tried in zip(codes, found[1:], strict=True):
        apart = [at for at in sure if tried.marks[at] not in (truth[at], "?")]
        if apart and all(tried.marks[at] == "~" for at in apart):
            # Too slow is not wrong: once more, with patience.
            again = try_variants(
                sandbox, ROUNDED, [task.truth, code], [task.calls[at] for at in apart[:1]], pace=PATIENT
            )
            yield any(b not in (a, "?") for a, b in zip(again[0].marks, again[1].marks, strict=True))
        else:
            yield bool(apart)
