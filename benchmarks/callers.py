"""A library whose functions call each other: HumanEval's, those of HumanEval Pro that call them, and more.

The two lowest levels are real functions with their data sets' own assertions as tests. Above each harder function
stands one that applies it to rows, above three of those one that does so by name out of a table, and above three of
these one that joins them, so that a change at the bottom concerns functions four calls away.
"""

import ast
import re
from dataclasses import dataclass, field

from benchmarks.corpus import read_data
from benchmarks.crowd import library_text
from library.errors import SourceError
from library.source.function import parse

MOST = 3  # assertions taken for a function
HEADER = '"""Tests of library.py; run them with pytest in this folder."""\n\nfrom library import (\n'


@dataclass
class Callers:
    """The functions' texts and tests by name, the lowest level first; `rows` are a function's known calls."""

    texts: dict[str, str] = field(default_factory=dict[str, str])
    tests: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    rows: dict[str, list[tuple[str, str]]] = field(default_factory=dict[str, list[tuple[str, str]]])

    @property
    def library(self) -> str:
        """As library.py."""
        return library_text(self.texts)

    def suite(self, without: frozenset[str] = frozenset()) -> str:
        """As test_library.py, without the tests of these names."""
        names = [name for name in self.tests if self.tests[name]]
        blocks = [HEADER + "".join(f"    {name},\n" for name in names) + ")\n"]
        for name in names:
            for number, test in enumerate(self.tests[name], 1):
                called = f"test_{name}__example_{number}"
                if called not in without:
                    blocks.append(f"def {called}() -> None:\n    {test}\n")
        return "\n\n".join(blocks)


def build(pairs: int = 0) -> Callers:
    """The library.

    Args:
        pairs: so many of the 164 pairs of functions; 0 for all.
    """
    made = Callers()
    asserted = {line["task_id"].split("/")[1]: _asserted(line["test"]) for line in read_data("HumanEval.jsonl.gz")}
    harder: list[str] = []
    for row in read_data("humaneval_pro.json")[: pairs or None]:
        number = str(row["id"])
        base, text, helpers = _named_last(row["raw_problem"] + row["raw_solution"], number, ())
        name, harder_text, _ = _named_last(row["new_problem"] + row["new_solution"], number, (base, *helpers))
        if {base, name} & made.texts.keys() or not base or not name:
            continue
        made.texts |= {base: text, name: harder_text}
        made.tests[base] = [test.replace("candidate(", f"{base}(") for test in asserted[number][:MOST]]
        made.tests[name] = _assertions(ast.parse(row["test_code"]))[:MOST]
        made.rows[name] = [found for test in made.tests[name] if (found := _row(test, name))]
        harder += [name] if len(made.rows[name]) > 1 else []
    _add_levels(made, harder)
    return made


def _add_levels(made: Callers, harder: list[str]) -> None:
    each = [_each(made, name) for name in harder]
    threes = [each[at : at + 3] for at in range(0, len(each) - 2, 3)]
    by_name = [_by_name(made, number, three) for number, three in enumerate(threes)]
    for number in range(len(by_name) // 3):
        _joined(made, number, by_name[number * 3 : number * 3 + 3])


def _each(made: Callers, name: str) -> str:
    upper = f"each_{name}"
    text = f'def {upper}(rows: list) -> list:\n    """What {name} gives for each row of arguments."""\n'
    made.texts[upper] = text + f"    return [{name}(*row) for row in rows]\n"
    rows, results = zip(*made.rows[name], strict=True)
    made.rows[upper] = [(f"[{', '.join(rows)}]", f"[{', '.join(results)}]")]
    made.tests[upper] = [f"assert {upper}([{', '.join(rows)}]) == [{', '.join(results)}]"]
    return upper


def _by_name(made: Callers, number: int, three: list[str]) -> str:
    upper, table = f"by_name_{number}", f"TABLE_{number}"
    held = ", ".join(f'"{name}": {name}' for name in three)
    text = f'def {upper}(name: str, rows: list) -> list:\n    """One out of a table, by its name."""\n'
    made.texts[upper] = f"{table} = {{{held}}}\n\n\n{text}    return {table}[name](rows)\n"
    made.rows[upper] = [(f'("{name}", {made.rows[name][0][0]})', made.rows[name][0][1]) for name in three]
    made.tests[upper] = [f"assert {upper}(*{row}) == {result}" for row, result in made.rows[upper]]
    return upper


def _joined(made: Callers, number: int, three: list[str]) -> None:
    upper = f"joined_{number}"
    calls = " + ".join(f"{name}(*{letter})" for name, letter in zip(three, "abc", strict=True))
    text = (
        f'def {upper}(a: tuple, b: tuple, c: tuple) -> list:\n    """The results of three, one behind the other."""\n'
    )
    made.texts[upper] = text + f"    return {calls}\n"
    rows = [made.rows[name][0] for name in three]
    given, results = ", ".join(row for row, _ in rows), " + ".join(result for _, result in rows)
    made.tests[upper] = [f"assert {upper}({given}) == {results}"]


def _named_last(text: str, number: str, there: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    """The last function of a text, the text, and its helpers' names.

    What is `there` already is left out; helpers get names of their own, so that no two tasks' helpers meet.
    """
    try:
        functions = parse(text).functions
    except SourceError:
        return "", "", ()
    lines = text.splitlines(keepends=True)
    for function in functions[:-1]:
        if function.name in there:
            lines[function.line - 1 : function.end_line] = [""] * (function.end_line - function.line + 1)
    text = "".join(lines)
    helpers = {function.name for function in functions[:-1] if function.name not in there[:1]} | set(there[1:])
    for helper in helpers:
        text = re.sub(rf"\b{helper}\b", f"_{helper}_{number}", text)
    return functions[-1].name, re.sub(r"\A(\s*#[^\n]*\n)+", "", text), tuple(helpers)


def _asserted(test: str) -> list[str]:
    """The assertions of HumanEval's `check` that stand alone."""
    check = next(node for node in ast.parse(test).body if isinstance(node, ast.FunctionDef) and node.name == "check")
    return _assertions(ast.Module(check.body, []))


def _assertions(tree: ast.Module) -> list[str]:
    found = [node.test for node in tree.body if isinstance(node, ast.Assert)]
    calling = [test for test in found if any(isinstance(node, ast.Call) for node in ast.walk(test))]
    return [f"assert {ast.unparse(test)}" for test in calling]


def _row(test: str, name: str) -> tuple[str, str] | None:
    """Arguments as a tuple, and the result, of an assertion `name(...) == result`."""
    node = ast.parse(test).body[0]
    compared = node.test if isinstance(node, ast.Assert) else None
    if not isinstance(compared, ast.Compare) or not isinstance(compared.ops[0], ast.Eq):
        return None
    call = compared.left
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != name or call.keywords:
        return None
    return ast.unparse(ast.Tuple(call.args, ast.Load())), ast.unparse(compared.comparators[0])
