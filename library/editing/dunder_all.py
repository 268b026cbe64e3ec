"""`__all__`, where the person keeps one, goes on naming what there is, in whatever way it is written. Pure."""

import ast
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass

from library.editing.edits import EditedText, newline_of
from library.errors import SourceError
from library.source.function import Parsed
from library.source.name_lists import with_less, with_more
from library.source.statements import Piece
from library.source.syntax_tree import read_tree, split_lines

ALL = "__all__"
_Row = ast.List | ast.Tuple


@dataclass(frozen=True)
class _Listed:
    """What a text lists: rows of names as (number of the piece, node), and whether more is worked out by code."""

    rows: list[tuple[int, _Row]]
    names: set[str]
    computed: bool


def change_listing(sheet: EditedText, added: Sequence[str], gone: Collection[str]) -> tuple[str, ...]:
    """Names come into the last row of `__all__` and go out of any; every comment stays.

    Args:
        sheet: the library.
        added: public names that are new.
        gone: names that are no more.

    Returns:
        What the person must look at: a listing that code works out cannot be followed.
    """
    if ALL not in sheet.parsed.names or not (added or gone):
        return ()
    listed = _listed(sheet.parsed)
    missing = [name for name in added if name not in listed.names]
    for number in sorted({number for number, _ in listed.rows}):
        rows = [row for at, row in listed.rows if at == number]
        more = missing if number == listed.rows[-1][0] else []
        piece = sheet.parsed.pieces[number]
        wanted = [*(name for row in rows for name in _texts(row) if name not in gone), *more]
        if wanted == [name for row in rows for name in _texts(row)]:
            continue
        sheet.over(number, _changed(piece, rows, more, gone, sheet.newline))
    if listed.computed and missing and not listed.rows:
        return (f"{ALL} is worked out by code: look whether it names {', '.join(missing)}.",)
    return ()


def _listed(parsed: Parsed) -> _Listed:
    rows: list[tuple[int, _Row]] = []
    names, computed = set[str](), False
    for number, piece in enumerate(parsed.pieces):
        if ALL not in piece.names and ALL not in piece.touches:
            continue
        for value in _values(piece.nodes):
            if isinstance(value, _Row):
                rows.append((number, value))
                names.update(_texts(value))
                computed = computed or len(_texts(value)) < len(value.elts)
            elif isinstance(value, ast.Constant) and isinstance(value.value, str):
                names.add(value.value)
            else:
                computed = True
    return _Listed(rows, names, computed)


def _values(nodes: Sequence[ast.stmt]) -> Generator[ast.expr]:
    """What is listed: of `__all__ = a + b` both sides, the argument of `__all__.extend(...)` or `.append(...)`."""
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == ALL for target in targets):
                yield from _sides(node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == ALL:
                for argument in node.value.args:
                    yield from _sides(argument)


def _sides(value: ast.expr) -> Generator[ast.expr]:
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        yield from _sides(value.left)
        yield from _sides(value.right)
    else:
        yield value


def _texts(row: _Row) -> list[str]:
    return [one.value for one in row.elts if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _changed(piece: Piece, rows: list[_Row], more: list[str], gone: Collection[str], newline: str) -> str:
    """The statement with its rows changed, the last first, so that the places of the others stay right."""
    text = piece.text
    quote = "'" if "'" in text and '"' not in text else '"'
    for number, row in reversed(list(enumerate(rows))):
        new = more if number == len(rows) - 1 else []
        out = [at for at, one in enumerate(row.elts) if isinstance(one, ast.Constant) and one.value in gone]
        wanted = [*(name for name in _texts(row) if name not in gone), *new]
        made: str | None = None
        if row.elts and len(out) < len(row.elts):
            made = with_more(text, row.elts, [f"{quote}{name}{quote}" for name in new], newline) if new else text
            made = with_less(made, row.elts, out) if made is not None and out else made
        right = made is not None and _row_at(made, number) == wanted
        text = made if right and made is not None else _anew(text, row, wanted, quote)
    return text


def _row_at(text: str, number: int) -> list[str]:
    try:
        rows = [value for value in _values(read_tree(text, ALL).body) if isinstance(value, _Row)]
    except SourceError:
        return []
    return _texts(rows[number]) if number < len(rows) else []


def _anew(text: str, row: _Row, names: list[str], quote: str) -> str:
    """The row written anew."""
    lines = split_lines(text)
    first, last = row.lineno - 1, (row.end_lineno or 1) - 1
    before = lines[first].encode()[: row.col_offset].decode()
    after = lines[last].encode()[row.end_col_offset or 0 :].decode()
    written = _listing(names, lines[first : last + 1], isinstance(row, ast.Tuple), quote)
    return "".join(lines[:first]) + before + written + after + "".join(lines[last + 1 :])


def _listing(names: list[str], old: list[str], is_tuple: bool, quote: str) -> str:
    opening, closing = ("(", ")") if is_tuple else ("[", "]")
    quoted = [f"{quote}{name}{quote}" for name in names]
    if len(old) > 1:
        newline = newline_of(old[0])
        indent = old[1][: len(old[1]) - len(old[1].lstrip())] or "    "
        own = [line.strip() for line in old[1:-1] if line.strip().startswith("#")]
        lines = [*own, *(f"{name}," for name in quoted)]
        return opening + newline + "".join(f"{indent}{line}{newline}" for line in lines) + closing
    comma = "," if is_tuple and len(quoted) == 1 else ""
    return f"{opening}{', '.join(quoted)}{comma}{closing}"
