"""`from __future__ import annotations` in a draft: left out where the draft works without it, as it is a switch of the
whole module and turns the annotations of every other function into texts. Pure."""

import ast
import builtins
from collections.abc import Collection, Generator

from library.source.function import Parsed
from library.source.imports import imported
from library.source.statements import Piece

_PLAIN = (ast.Name, ast.Subscript, ast.Tuple, ast.List, ast.Constant, ast.BinOp, ast.BitOr, ast.Load)


def needless_switch(parsed: Parsed, draft: Parsed, pieces: Collection[Piece], *, replacing: bool) -> bool:
    """Whether all annotations of the draft can be worked out where they stand, in a library that would be changed.

    Args:
        parsed: the library.
        draft: what comes.
        pieces: its definitions that come.
        replacing: some stand in the place of old ones, so that what is defined below is not there yet.
    """
    others = any(piece.kind in ("function", "class") for piece in parsed.pieces)
    if not others:
        return False
    known = set(dir(builtins))
    for text in (parsed, draft):
        known |= {item.bound for piece in text.importers for item in imported(piece, typing=False)}
    if not replacing:
        known |= parsed.definitions
    for piece in pieces:
        for annotation in _annotations(piece.nodes):
            if not _simple(annotation, known):
                return False
        known.update(piece.names)
    return True


def _annotations(nodes: list[ast.stmt]) -> Generator[ast.expr]:
    for statement in nodes:
        for node in ast.walk(statement):
            found = [getattr(node, field, None) for field in ("annotation", "returns")]
            yield from (one for one in found if isinstance(one, ast.expr))


def _simple(annotation: ast.expr, known: Collection[str]) -> bool:
    """Nothing in it could fail or be unknown; a text in it is read by nobody, unless it is joined by `|`."""
    for node in ast.walk(annotation):
        if not isinstance(node, _PLAIN) or (isinstance(node, ast.Name) and node.id not in known):
            return False
        if isinstance(node, ast.BinOp) and not all(map(_may_be_joined, (node.left, node.right))):
            return False
    return True


def _may_be_joined(side: ast.expr) -> bool:
    if isinstance(side, ast.Name):
        return isinstance(getattr(builtins, side.id, type), type)
    return isinstance(side, ast.Subscript | ast.BinOp) or (isinstance(side, ast.Constant) and side.value is None)
