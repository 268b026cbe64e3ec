"""A draft's tests made fit to stand in one file with the tests of other functions, and not to touch those. Pure."""

import ast
import doctest
from collections.abc import Mapping
from dataclasses import dataclass, field

from library.examples.implied_imports import free_names
from library.source.signature import BY_NAME, parameter_names
from library.source.syntax_tree import Definition, FunctionNode, read_tree, split_lines

AWAITED = '''def _awaited(test):
    """A test that is a coroutine, run to its end."""

    @functools.wraps(test)
    def run(*given, **named):
        return asyncio.run(test(*given, **named))

    return run
'''
DOCTESTED = '''def _doctested(*used):
    """A test that is written as a doctest, run; `used`: what it uses."""

    def mark(test):
        @functools.wraps(test)
        def run():
            found = doctest.DocTestParser().get_doctest(test.__doc__, dict(test.__globals__), test.__name__, None, 0)
            told = io.StringIO()
            assert doctest.DocTestRunner().run(found, out=told.write).failed == 0, told.getvalue()

        return run

    return mark
'''
_FOREIGN = ("pytest.mark.asyncio", "pytest.mark.anyio", "mark.asyncio", "mark.anyio")


@dataclass
class _Edits:
    """What is put in above a line, and which lines go; numbers from 1."""

    lines: list[str]
    above: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    gone: set[int] = field(default_factory=set[int])

    def put(self, number: int, line: str) -> None:
        self.above.setdefault(number, []).append(line)

    def drop(self, node: ast.stmt | ast.expr) -> None:
        self.gone |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))

    def text(self) -> str:
        kept: list[str] = []
        for number, line in enumerate(self.lines, 1):
            kept += [f"{put}\n" for put in self.above.get(number, ())]
            kept += [] if number in self.gone else [line]
        return "".join(kept)


def fit(tests: str) -> str:
    """The tests so that they mean the same among others.

    What would hold for a whole file (`pytestmark`, fixtures with autouse, statements at the top) is written at each
    test, and a coroutine is run by asyncio.

    Args:
        tests: as a model or a person wrote them; they parse.
    """
    tree = read_tree(tests, "the tests")
    edits = _Edits(split_lines(tests if tests.endswith("\n") else tests + "\n"))
    marks = [mark for node in tree.body for mark in _marks(node, edits)]
    before = _before(tree, edits)
    if before:
        marks.append('pytest.mark.usefixtures("_before")')
    awaits = [_awaited(node, edits) for node in tree.body]
    doctests = [_doctested(node, edits) for node in tree.body]
    for node in tree.body:
        if _is_test(node):
            for mark in marks:
                edits.put(_first(node), f"@{mark}")
    text = edits.text()
    if before:
        text += f"\n\n@pytest.fixture\ndef _before() -> None:\n{before}"
    text += f"\n\n{DOCTESTED}" if any(doctests) else ""
    return f"{text}\n\n{AWAITED}" if any(awaits) else text


def rename_fixtures(text: str, names: Mapping[str, str]) -> str:
    """The text with fixtures asked for by other names: as arguments and in `usefixtures`.

    Args:
        text: tests and fixtures whose definitions were renamed already.
        names: new name of each old one.
    """
    if not any(old in text for old in names):
        return text
    lines = split_lines(text)
    places: set[tuple[int, int, str, int]] = set()
    for node in ast.walk(read_tree(text, "the tests")):
        if not isinstance(node, Definition):
            continue
        for mark in node.decorator_list:
            for part in ast.walk(mark):
                if isinstance(part, ast.Constant) and part.value in names and "usefixtures" in ast.unparse(mark):
                    places.add((part.lineno, part.col_offset, str(part.value), 1))
        if isinstance(node, ast.ClassDef):
            continue
        asked = [name for name in parameter_names(node, BY_NAME) if name in names]
        for part in ast.walk(node):
            if isinstance(part, ast.arg) and part.arg in asked:
                places.add((part.lineno, part.col_offset, part.arg, 0))
            elif isinstance(part, ast.Name) and part.id in asked:
                places.add((part.lineno, part.col_offset, part.id, 0))
    for number, column, old, quote in sorted(places, reverse=True):
        line, start = lines[number - 1].encode(), column + quote
        lines[number - 1] = (line[:start] + names[old].encode() + line[start + len(old.encode()) :]).decode()
    return "".join(lines)


def is_fixture(node: ast.stmt) -> bool:
    """A function that pytest fills an argument with."""
    return isinstance(node, FunctionNode) and any(map(_makes_fixture, node.decorator_list))


def _makes_fixture(mark: ast.expr) -> bool:
    function = mark.func if isinstance(mark, ast.Call) else mark
    return ast.unparse(function).rpartition(".")[2] == "fixture"


def _is_test(node: ast.stmt) -> bool:
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test") or any("TestCase" in ast.unparse(base) for base in node.bases)
    return isinstance(node, FunctionNode) and node.name.startswith("test")


def _first(node: ast.stmt) -> int:
    marks = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(mark.lineno for mark in marks)])


def _marks(node: ast.stmt, edits: _Edits) -> list[str]:
    """Marks for every test out of a statement that would hold for the whole file; it goes or loses that."""
    if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
        edits.drop(node)
        values = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
        return [ast.unparse(value) for value in values]
    if not is_fixture(node) or not isinstance(node, FunctionNode):
        return []
    for mark in node.decorator_list:
        if not (isinstance(mark, ast.Call) and _makes_fixture(mark)):
            continue
        for keyword in mark.keywords:
            if keyword.arg == "autouse":
                mark.keywords.remove(keyword)
                edits.drop(mark)
                edits.put(mark.lineno, f"@{ast.unparse(mark if mark.args or mark.keywords else mark.func)}")
                named = [str(ast.literal_eval(k.value)) for k in mark.keywords if k.arg == "name" and _is_text(k.value)]
                asked = named[0] if named else node.name
                on = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
                return [f'pytest.mark.usefixtures("{asked}")'] if on else []
    return []


def _before(tree: ast.Module, edits: _Edits) -> str:
    """The body of a fixture out of statements at the top that bind nothing, such as `random.seed(1)`."""
    own = {name.id for node in tree.body for name in ast.walk(node) if _stored(name) and isinstance(name, ast.Name)}
    lines: list[str] = []
    for node in tree.body:
        call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        target = isinstance(node, ast.Assign) and not any(isinstance(t, ast.Name | ast.Tuple) for t in node.targets)
        if (call or target) and own.isdisjoint(n.id for n in ast.walk(node) if isinstance(n, ast.Name)):
            lines += [f"    {line}".rstrip() for line in ast.unparse(node).split("\n")]
            edits.drop(node)
    return "".join(f"{line}\n" for line in lines)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _doctested(node: ast.stmt, edits: _Edits) -> bool:
    """Mark a test that is nothing but a docstring with examples; whether it is one."""
    if not (isinstance(node, ast.FunctionDef) and _is_test(node)) or len(node.body) > 1 or node.decorator_list:
        return False
    doc = ast.get_docstring(node) or ""
    if ">>>" not in doc:
        return False
    try:
        sources = [one.source for one in doctest.DocTestParser().get_examples(doc)]
    except ValueError:  # blanks that do not fit: running it says so
        sources = []
    edits.put(node.lineno, f"@_doctested({', '.join(free_names(chr(10).join(sources)))})")
    return True


def _awaited(node: ast.stmt, edits: _Edits) -> bool:
    """Mark coroutines among the tests; whether there are any."""
    if isinstance(node, ast.ClassDef):
        if any("IsolatedAsyncio" in ast.unparse(base) for base in node.bases) or not _is_test(node):
            return False
        found = [_awaited(inner, edits) for inner in node.body]
        return any(found)
    if isinstance(node, FunctionNode):
        for mark in node.decorator_list:
            if ast.unparse(mark.func if isinstance(mark, ast.Call) else mark) in _FOREIGN:
                edits.drop(mark)
    if not (isinstance(node, ast.AsyncFunctionDef) and _is_test(node)):
        return False
    known = any(isinstance(mark, ast.Name) and mark.id == "_awaited" for mark in node.decorator_list)
    if not known:
        edits.put(node.lineno, " " * node.col_offset + "@_awaited")
    return not known
