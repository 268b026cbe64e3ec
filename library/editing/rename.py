"""Renaming a top-level name in a text, everywhere it means that name and nowhere else; checked on the tree. Pure."""

import ast
import re
from collections.abc import Mapping

from library.errors import SourceError
from library.source.scope import name_nodes
from library.source.syntax_tree import BOM, Definition, read_tree, split_lines

_Place = tuple[int, int, str]  # line, column in bytes, old name


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
    if source.startswith(BOM):
        return BOM + rename_names(source[1:], names, imported=imported)
    tree = read_tree(source, "the text to rename in")
    lines = split_lines(source)
    places: set[_Place] = set()
    inside = _inside_f_strings(tree)
    for statement in tree.body:
        for node in name_nodes(statement):
            if node.id in names:
                if _stands_at(lines, node.lineno, node.col_offset, node.id):
                    places.add((node.lineno, node.col_offset, node.id))
                else:
                    places |= _within(lines, inside.get(id(node), node), node.id, braces=id(node) in inside)
                node.id = names[node.id]
        _definition(statement, names, lines, places)
        if imported:
            _import(statement, names, places)
        places |= _listed(statement, names, lines)
    places |= _doctests(tree, names, lines)
    for number, column, old in sorted(places, reverse=True):
        line = lines[number - 1].encode()
        lines[number - 1] = (line[:column] + names[old].encode() + line[column + len(old.encode()) :]).decode()
    text = "".join(lines)
    _check(tree, text, names)
    return text


def _stands_at(lines: list[str], number: int, column: int, name: str) -> bool:
    """Places inside an f-string are not always right before Python 3.12."""
    if column < 0 or number > len(lines):
        return False
    line = lines[number - 1].encode()
    match = re.match(rf"{re.escape(name)}(?!\w|[\"'])", line[column:].decode(errors="replace"))
    return match is not None and not re.search(r"[\w.]\Z", line[:column].decode(errors="replace"))


def _inside_f_strings(tree: ast.Module) -> dict[int, ast.expr]:
    """For each name in an f-string (by its identity) the outermost f-string around it."""
    found: dict[int, ast.expr] = {}
    for text in ast.walk(tree):
        if isinstance(text, ast.JoinedStr):
            for node in ast.walk(text):
                found.setdefault(id(node), text)
    return found


def _within(lines: list[str], node: ast.expr, name: str, *, braces: bool = False) -> set[_Place]:
    """Where a name stands in the text of a node; with `braces`, only between them."""
    first = -1 - node.col_offset if node.col_offset < 0 else node.col_offset
    last_line = node.end_lineno or node.lineno
    found: set[_Place] = set()
    depth = 0
    for number in range(node.lineno, last_line + 1):
        line = lines[number - 1].encode()
        start = first if number == node.lineno else 0
        end = (node.end_col_offset or len(line)) if number == last_line else len(line)
        text = line[start:end].decode(errors="replace")
        for match in re.finditer(rf"[{{}}]|(?<![\w.]){re.escape(name)}(?!\w)", text):
            if match[0] in "{}":
                depth += 1 if match[0] == "{" else -1
            elif (depth > 0 or not braces) and not (braces and re.match("[\"']", text[match.end() :])):
                found.add((number, start + len(text[: match.start()].encode()), name))
    return found


def _definition(statement: ast.stmt, names: Mapping[str, str], lines: list[str], places: set[_Place]) -> None:
    for node in ast.walk(statement) if isinstance(statement, ast.If | ast.Try) else [statement]:
        if isinstance(node, Definition) and node.name in names:
            line = lines[node.lineno - 1]
            match = re.search(rf"\b(?:def|class)\s+({re.escape(node.name)})\b", line)
            if match is None:
                raise SourceError(f"line {node.lineno}: the definition of {node.name!r} is broken over lines.")
            places.add((node.lineno, len(line[: match.start(1)].encode()), node.name))
            node.name = names[node.name]


def _import(statement: ast.stmt, names: Mapping[str, str], places: set[_Place]) -> None:
    for node in ast.walk(statement):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name in names:
                    places.add((alias.lineno, alias.col_offset, alias.name))
                    alias.name = names[alias.name]


def _listed(statement: ast.stmt, names: Mapping[str, str], lines: list[str]) -> set[_Place]:
    """Texts in `__all__`."""
    found: set[_Place] = set()
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
        return found
    for node in ast.walk(statement):
        if isinstance(node, ast.Constant) and node.value in names:
            found |= _within(lines, node, str(node.value))
    return found


def _doctests(tree: ast.Module, names: Mapping[str, str], lines: list[str]) -> set[_Place]:
    """Lines of docstrings that begin with `>>>` or `...`."""
    found: set[_Place] = set()
    for node in ast.walk(tree):
        if not isinstance(node, Definition | ast.Module) or not node.body:
            continue
        text = node.body[0].value if isinstance(node.body[0], ast.Expr) else None
        if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
            continue
        for number in range(text.lineno, (text.end_lineno or text.lineno) + 1):
            if re.match(r"\s*[rRuU]?[\"']*\s*(>>>|\.\.\.)", lines[number - 1]):
                line = ast.Constant(None, lineno=number, col_offset=0, end_lineno=number, end_col_offset=None)
                for old in names:
                    found |= _within(lines, line, old)
    return found


def _check(tree: ast.Module, text: str, names: Mapping[str, str]) -> None:
    """The renamed text must be the tree with just these nodes renamed; what is inside texts is not compared."""
    new = read_tree(text, "the renamed text")
    if _shape(tree, names) != _shape(new, names):
        old = ", ".join(map(repr, names))
        raise SourceError(f"{old} cannot be renamed safely: the text uses the name in a way that cannot be followed.")


def _shape(tree: ast.Module, names: Mapping[str, str]) -> str:
    exact = _inside_f_strings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in exact:
            for old, new in names.items():
                node.value = re.sub(rf"\b{re.escape(old)}\b", new, str(node.value))
    return ast.dump(tree)
