"""Renaming a top-level name in a text, everywhere it means that name and nowhere else; checked on the tree. Pure."""

import ast
import re
from collections.abc import Mapping

from library.errors import SourceError
from library.scope import name_nodes
from library.tree import read_tree, split_lines


def rename_names(source: str, names: Mapping[str, str], *, imported: bool = False) -> str:
    """The text with top-level names renamed: definitions, uses (in f-strings and annotations too), `__all__`, doctests.

    Args:
        source: whole statements.
        names: new name of each old one.
        imported: also rename what `from library import old` brings in (for the tests).

    Raises:
        SourceError: the text does not parse, or the name is used in a way that cannot be followed.
    """
    if not any(re.search(rf"\b{re.escape(old)}\b", source) for old in names):
        return source
    tree = read_tree(source, "the text to rename in")
    lines = split_lines(source)
    places: set[tuple[int, int, str]] = set()  # line, column in bytes, old name
    loose: set[tuple[int, int, str]] = set()  # first line, last line, old name
    for statement in tree.body:
        for node in name_nodes(statement):
            if node.id in names:
                if node.col_offset >= 0 and _stands_at(lines, node.lineno, node.col_offset, node.id):
                    places.add((node.lineno, node.col_offset, node.id))
                else:
                    loose.add((node.lineno, node.end_lineno or node.lineno, node.id))
                node.id = names[node.id]
        _definition(statement, names, lines, places)
        if imported:
            _import(statement, names, places)
        _listed(statement, names, loose)
    _doctests(tree, names, loose)
    for first, last, old in loose:
        for number in range(first, last + 1):
            for match in re.finditer(rf"(?<![\w.]){re.escape(old)}(?!\w)", lines[number - 1]):
                places.add((number, len(lines[number - 1][: match.start()].encode()), old))
    for number, column, old in sorted(places, reverse=True):
        line = lines[number - 1].encode()
        lines[number - 1] = (line[:column] + names[old].encode() + line[column + len(old.encode()) :]).decode()
    text = "".join(lines)
    _check(tree, text, names)
    return text


def _stands_at(lines: list[str], number: int, column: int, name: str) -> bool:
    """Places inside an f-string are not always right before Python 3.12."""
    return lines[number - 1].encode()[column:].startswith(name.encode()) if number <= len(lines) else False


def _definition(
    statement: ast.stmt, names: Mapping[str, str], lines: list[str], places: set[tuple[int, int, str]]
) -> None:
    for node in ast.walk(statement) if isinstance(statement, ast.If | ast.Try) else [statement]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name in names:
            line = lines[node.lineno - 1]
            match = re.search(rf"\b(?:def|class)\s+({re.escape(node.name)})\b", line)
            if match is None:
                raise SourceError(f"line {node.lineno}: the definition of {node.name!r} is broken over lines.")
            places.add((node.lineno, len(line[: match.start(1)].encode()), node.name))
            node.name = names[node.name]


def _import(statement: ast.stmt, names: Mapping[str, str], places: set[tuple[int, int, str]]) -> None:
    for node in ast.walk(statement):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name in names:
                    places.add((alias.lineno, alias.col_offset, alias.name))
                    alias.name = names[alias.name]


def _listed(statement: ast.stmt, names: Mapping[str, str], loose: set[tuple[int, int, str]]) -> None:
    """Texts in `__all__`."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Constant) and node.value in names:
            loose.add((node.lineno, node.end_lineno or node.lineno, str(node.value)))


def _doctests(tree: ast.Module, names: Mapping[str, str], loose: set[tuple[int, int, str]]) -> None:
    """Lines of docstrings that begin with `>>>` or `...`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module) or not node.body:
            continue
        first = node.body[0]
        if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
            continue
        if isinstance(first.value.value, str):
            for number, line in enumerate(first.value.value.splitlines()):
                if line.lstrip().startswith((">>>", "...")):
                    place = first.lineno + number
                    loose.update((place, place, old) for old in names)


def _check(tree: ast.Module, text: str, names: Mapping[str, str]) -> None:
    """The renamed text must be the tree with just these nodes renamed; what is inside texts is not compared."""
    new = read_tree(text, "the renamed text")
    if _shape(tree, names) != _shape(new, names):
        old = ", ".join(map(repr, names))
        raise SourceError(f"{old} cannot be renamed safely: the text uses the name in a way that cannot be followed.")


def _shape(tree: ast.Module, names: Mapping[str, str]) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for old, new in names.items():
                node.value = re.sub(rf"\b{re.escape(old)}\b", new, str(node.value))
    return ast.dump(tree)
