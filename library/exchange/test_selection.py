"""Test selection: which of an origin's tests are about one function, with what they need, as text. Pure."""

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from library.errors import SourceError
from library.source.function import Parsed, needed, parse
from library.source.imports import imported
from library.source.signature import parameter_names, parameter_nodes
from library.source.statements import Piece
from library.suite.suite import is_test

_FIXTURES = {"tmp_path", "tmp_path_factory", "monkeypatch", "capsys", "capfd", "caplog", "recwarn", "self", "cls"}


@dataclass(frozen=True)
class SelectedTests:
    """`text`: tests with their helpers and imports; `names`: of the tests; `left`: those that cannot come, and why."""

    text: str = ""
    names: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def carried(
    tests: str, function: str, modules: Mapping[str, str], known: Collection[str], module: str = ""
) -> SelectedTests:
    """The tests of one file that mention a function and need nothing else of where it comes from.

    Args:
        tests: the file's text.
        function: what they should be about, under its own name.
        modules: text of every module of the origin.
        known: functions of the origin that the library has, this one included.
        module: where the function stands; tests of one of the same name elsewhere are not its own. "" for anywhere.
    """
    try:
        parsed = parse(tests, "the tests")
    except SourceError:
        return SelectedTests()
    inner = {
        item.bound: item
        for piece in parsed.importers
        for item in imported(piece)
        if item.module.startswith(".") or item.module.split(".")[0] in {one.split(".")[0] for one in modules}
    }
    if function not in inner or inner[function].name != function:
        return SelectedTests()
    if module and not _means(inner[function].module, function, module, modules):
        return SelectedTests()
    names: list[str] = []
    left: list[str] = []
    numbers: dict[int, set[str]] = {}
    for piece in parsed.pieces:
        if not is_test(piece) or function not in piece.uses:
            continue
        needs, problem = _needs(parsed, piece, inner.keys() - set(known))
        if problem:
            left.append(f"{piece.name}: {problem}")
            continue
        names.append(piece.name)
        for number, wanted in needs.items():
            numbers.setdefault(number, set()).update(wanted)
    return SelectedTests("\n\n".join(_texts(parsed, numbers, inner.keys())) if names else "", tuple(names), tuple(left))


def _means(source: str, function: str, module: str, modules: Mapping[str, str]) -> bool:
    """Whether what is imported from `source` is the function of `module`, maybe handed on by others on the way."""
    rest, seen = source.lstrip("."), set[str]()
    relative = rest != source
    while rest not in seen:
        seen.add(rest)
        here = next((name for name in modules if name == rest or (relative and name.endswith(f".{rest}"))), rest)
        if here == module or (relative and not rest):
            return True
        if here not in modules:
            return False
        try:
            definition = parse(modules[here], here).definition(function)
        except SourceError:
            return False
        items = [item for item in imported(definition) if item.bound == function] if definition is not None else []
        if not items or items[-1].name != function:
            return False
        relative = items[-1].module.startswith(".")
        rest = items[-1].module.lstrip(".")
    return False


def _needs(parsed: Parsed, test: Piece, foreign: Collection[str]) -> tuple[dict[int, set[str]], str]:
    """The pieces that a test needs, and "" or why it cannot come along."""
    fixtures = set(_fixtures(test))
    found = needed(parsed, [test.name, *fixtures])
    for number in list(found):
        piece = parsed.pieces[number]
        fixtures |= set(_fixtures(piece)) if piece.kind == "function" and "fixture" in piece.text else set()
    found = needed(parsed, [test.name, *fixtures])
    used = {name for number in found for name in (found[number] if parsed.pieces[number].kind == "import" else ())}
    if others := sorted(used & set(foreign)):
        return {}, f"it needs {', '.join(others)} as well"
    if missing := sorted(one for one in fixtures - _FIXTURES if parsed.definition(one) is None):
        return {}, f"its fixture {', '.join(missing)} is elsewhere"
    return found, ""


def _fixtures(piece: Piece) -> Iterator[str]:
    """Names of arguments that pytest must fill in."""
    for node in ast.walk(piece.nodes[0]):
        if not isinstance(node, ast.FunctionDef) or not (node.name.startswith("test") or "fixture" in piece.text):
            continue
        filled: set[str] = set()
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("parametrize") and mark.args:
                filled |= set(ast.unparse(mark.args[0]).replace(",", " ").replace("'", " ").strip("()[] ").split())
        filled |= {one.node.arg for one in parameter_nodes(node) if one.default is not None} | {"self", "cls"}
        yield from (name for name in parameter_names(node, ("positional-or-keyword",)) if name not in filled)


def _texts(parsed: Parsed, numbers: dict[int, set[str]], inner: Collection[str]) -> Iterator[str]:
    for number in sorted(numbers):
        piece = parsed.pieces[number]
        if piece.kind in ("import", "future"):
            items = [item for item in imported(piece) if item.bound not in inner]
            lines = [item.line for item in items if item.bound in numbers[number] or piece.kind == "future"]
            if lines:
                yield "\n".join(lines)
        else:
            yield piece.text.strip("\n")
