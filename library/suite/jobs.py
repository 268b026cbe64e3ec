"""Tests made ready to run outside pytest: what they need as one text to set up, and a piece of code for each. Pure."""

import ast
from collections.abc import Sequence

from library.source.closure import running
from library.source.function import Parsed, needed
from library.source.imports import Import, imported
from library.source.signature import parameter_names
from library.source.statements import Definition, Piece, is_test
from library.source.syntax_tree import BOM, FunctionNode, split_lines
from library.suite.suite import MODULE, Suite

# Runs a test once for each row of its parameters, as pytest would.
_ROWS = """
def _rows(test):
    import itertools
    sets = []
    for mark in getattr(test, "pytestmark", []):
        names, values = mark.args[0], mark.args[1]
        names = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
        rows = [getattr(v, "values", None) or (tuple(v) if len(names) > 1 else (v,)) for v in values]
        sets.append([dict(zip(names, row)) for row in rows])
    for combination in itertools.product(*sets):
        test(**{name: value for row in combination for name, value in row.items()})
"""


# The test's file is a module of its own, as under pytest: what it imports must not be there for the library's code.
_ASIDE = """\
__import__("linecache").cache["<test>"] = (0, None, {lines!r}, "<test>")
exec(compile({text!r}, "<test>", "exec", dont_inherit=True), {space})
"""
SPACE = '__import__("sys").modules.setdefault("test_library", type(__import__("sys"))("test_library")).__dict__'


def needs_pytest(piece: Piece, suite: Suite | None = None) -> bool:
    """Fixtures, marks other than parametrize, set-up methods: what only pytest itself can run.

    Args:
        piece: the test.
        suite: where it stands: something there may hold for all its tests.
    """
    if suite is not None and suite.together:
        return True
    node = piece.nodes[0]
    if isinstance(node, ast.ClassDef):
        methods = [part for part in node.body if isinstance(part, FunctionNode)]
        tests = [method for method in methods if method.name.startswith("test")]
        plain = all(len(test.args.args) == 1 and not test.decorator_list for test in tests)
        set_up = any(method.name.startswith(("setup", "teardown")) or method.decorator_list for method in methods)
        return not plain or set_up or bool(node.decorator_list) or bool(node.bases)
    if not isinstance(node, ast.FunctionDef):
        return True
    parameters: set[str] = set()
    for mark in node.decorator_list:
        if not (isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.parametrize" and mark.args):
            return True
        if not isinstance(mark.args[0], ast.Constant) or any(keyword.arg == "indirect" for keyword in mark.keywords):
            return True
        if "param(" in ast.unparse(mark) and "marks=" in ast.unparse(mark):
            return True
        parameters |= {name.strip() for name in str(mark.args[0].value).split(",")}
    return set(parameter_names(node)) != parameters


def prepared(parsed: Parsed, suite: Suite, tests: Sequence[Piece]) -> tuple[str, list[tuple[str, str]]]:
    """One text to set up, and for each test its name and the code that runs it; tests for pytest alone are left out.

    Args:
        parsed: the library.
        suite: where the tests stand.
        tests: which of them.
    """
    plain = [piece for piece in tests if not needs_pytest(piece, suite)]
    used = [*plain, *(piece for piece, _ in _around(suite, plain) if piece.kind != "import")]
    library = parsed.source.removeprefix(BOM) if suite.whole(used) else running(parsed, suite.mentioned(used))
    return library, jobs_of(suite, plain)


def jobs_of(suite: Suite, tests: Sequence[Piece]) -> list[tuple[str, str]]:
    """For each test its name and the code that runs it beside the library, which is imported from its module."""
    shared = _shared(suite, tests)
    jobs: list[tuple[str, str]] = []
    for piece in tests:
        text = shared + (piece.text if piece.text.endswith(("\n", "\r")) else piece.text + "\n")
        if piece.kind == "class":
            calls = [(f"{piece.name}::{name}", f"\n{piece.name}().{name}()\n") for name in methods(piece)]
        elif "parametrize" in piece.text.split("def ")[0]:
            calls = [(piece.name, f"{_ROWS}\n_rows({piece.name})\n")]
        else:
            calls = [(piece.name, f"\n{piece.name}()\n")]
        jobs += [(name, aside(text + call, suite.module)) for name, call in calls]
    return jobs


def aside(text: str, module: str = MODULE) -> str:
    """Code that runs a text in the tests' module, where the library goes by the name that they use."""
    also = (
        "" if module == MODULE else f'__import__("sys").modules[{module!r}] = __import__("sys").modules[{MODULE!r}]\n'
    )
    return also + _ASIDE.format(text=text, lines=split_lines(text), space=SPACE)


def shared_code(suite: Suite, tests: Sequence[Piece]) -> str:
    """Code that puts what these tests need of their file into the tests' module, for a look at their expressions."""
    return aside(_shared(suite, tests), suite.module)


def methods(piece: Piece) -> list[str]:
    """The names of the tests in a class."""
    node = piece.nodes[0]
    body = node.body if isinstance(node, ast.ClassDef) else []
    return [part.name for part in body if isinstance(part, Definition) and part.name.startswith("test")]


def _around(suite: Suite, tests: Sequence[Piece]) -> list[tuple[Piece, set[str]]]:
    """What tests need of their file, each with the names wanted of it."""
    wanted = needed(suite.parsed, {name for piece in tests for name in piece.uses})
    found = [(suite.parsed.pieces[number], names) for number, names in sorted(wanted.items())]
    return [(piece, names) for piece, names in found if not is_test(piece)]


def _shared(suite: Suite, tests: Sequence[Piece]) -> str:
    """What tests need of their file as a text."""
    futures, lines, texts = "", "", ""
    for piece, names in _around(suite, tests):
        if piece.kind == "future":
            futures += piece.text
        elif piece.kind == "import":
            lines += "".join(item.line + "\n" for item in _items(piece, names))
        elif piece.kind != "docstring":
            texts += f"\n\n{piece.text.rstrip()}\n"
    return f"{futures}{lines}{texts}\n\n"


def _items(piece: Piece, names: set[str]) -> list[Import]:
    return [item for item in imported(piece) if item.bound in names or item.name == "*"]


def tests_by_name(suite: Suite) -> dict[str, list[str]]:
    """For each definition that tests mention by name the names of these tests, a class as often as it has tests."""
    found = dict[str, list[str]]()
    for piece in suite.parsed.pieces:
        if is_test(piece):
            tests = [f"{piece.name}::{name}" for name in methods(piece)] if piece.kind == "class" else [piece.name]
            for name in suite.mentioned([piece]):
                found.setdefault(name, []).extend(tests)
    return found
