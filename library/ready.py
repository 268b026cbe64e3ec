"""Tests made ready to run outside pytest: what they need as one text to set up, and a piece of code for each. Pure."""

import ast
from collections.abc import Sequence

from library.function import Parsed, closure_of, needed, parse
from library.imports import Import, imported
from library.pieces import Definition, Piece
from library.suite import Suite, is_test
from library.tree import BOM

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


def needs_pytest(piece: Piece) -> bool:
    """Fixtures, marks other than parametrize, set-up methods: what only pytest itself can run."""
    node = piece.nodes[0]
    if isinstance(node, ast.ClassDef):
        methods = [part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
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
        parameters |= {name.strip() for name in str(mark.args[0].value).split(",")}
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return {argument.arg for argument in arguments} != parameters


def prepared(parsed: Parsed, suite: Suite, tests: Sequence[Piece]) -> tuple[str, list[tuple[str, str]]]:
    """One text to set up, and for each test its name and the code that runs it; tests for pytest alone are left out.

    Args:
        parsed: the library.
        suite: where the tests stand.
        tests: which of them.
    """
    plain = [piece for piece in tests if not needs_pytest(piece)]
    setup = _setup(parsed, suite, plain)
    jobs: list[tuple[str, str]] = []
    for piece in plain:
        text = piece.text if piece.text.endswith(("\n", "\r")) else piece.text + "\n"
        if piece.kind == "class":
            names = methods(piece)
            jobs += [(f"{piece.name}::{name}", f"{text}\n{piece.name}().{name}()\n") for name in names]
        elif "parametrize" in piece.text.split("def ")[0]:
            jobs.append((piece.name, f"{text}{_ROWS}\n_rows({piece.name})\n"))
        else:
            jobs.append((piece.name, f"{text}\n{piece.name}()\n"))
    return setup, jobs


def methods(piece: Piece) -> list[str]:
    """The names of the tests in a class."""
    node = piece.nodes[0]
    body = node.body if isinstance(node, ast.ClassDef) else []
    return [part.name for part in body if isinstance(part, Definition) and part.name.startswith("test")]


def _setup(parsed: Parsed, suite: Suite, tests: Sequence[Piece]) -> str:
    """The library as far as the tests need it, then what they use of their own file, all in one namespace.

    Where the tests see the library as a module (`library.f`, or under another name), or a name of theirs would hide one
    of its own, it is made a module in fact.
    """
    wanted = needed(suite.parsed, {name for piece in tests for name in piece.uses})
    pieces = [(suite.parsed.pieces[number], names) for number, names in sorted(wanted.items())]
    pieces = [(piece, names) for piece, names in pieces if not is_test(piece)]
    used = [*tests, *(piece for piece, _ in pieces if piece.kind != "import")]
    library = parsed.source.removeprefix(BOM) if suite.whole(used) else closure_of(parsed, suite.mentioned(used))
    imports = [item for piece, names in pieces if piece.kind == "import" for item in _items(piece, names)]
    ours = [item for item in imports if item.module == suite.module]
    own = {name for piece in tests for name in piece.names}
    own |= {name for piece, _ in pieces if piece.kind != "import" for name in piece.names}
    as_module = any(item.alias or not item.name for item in ours) or not own.isdisjoint(parse(library).definitions)
    futures = "".join(piece.text for piece, _ in pieces if piece.kind == "future")
    head = _as_module(library, suite.module) if as_module else library
    lines = [item.line + "\n" for item in imports if as_module or item not in ours]
    texts = [
        f"\n\n{piece.text.rstrip()}\n" for piece, _ in pieces if piece.kind not in ("import", "future", "docstring")
    ]
    return f"{futures}{head}{''.join(lines)}{''.join(texts)}"


def _items(piece: Piece, names: set[str]) -> list[Import]:
    return [item for item in imported(piece) if item.bound in names or item.name == "*"]


def _as_module(library: str, module: str) -> str:
    return (
        f"import sys, types\n{module} = sys.modules[{module!r}] = types.ModuleType({module!r})\n"
        f"exec(compile({library!r}, {module + '.py'!r}, 'exec'), {module}.__dict__)\n"
    )
