"""Definitions that do not stand alone: under a condition, or in one assignment with others; one of them replaced and
the others left. Pure."""

import ast
from collections.abc import Collection, Generator

from library.source.statements import Definition, Piece
from library.source.syntax_tree import split_lines


def shared(piece: Piece, names: Collection[str]) -> bool:
    """It binds other names too, which must stay."""
    return not set(piece.names) <= set(names)


def without_definitions(piece: Piece, names: Collection[str]) -> str:
    """The statement without the functions and classes of these names in its branches; one that gets empty passes.

    What is bound in another way, such as by `a, b = make()`, stays: what comes below it counts.
    """
    lines = split_lines(piece.text)
    for body in _bodies(piece.nodes):
        leaving = [node for node in body if isinstance(node, Definition) and node.name in names]
        leaving = [node for node in leaving if not lines[node.lineno - 1].encode()[: node.col_offset].strip()]
        for node in leaving:
            first = min([node.lineno, *(mark.lineno for mark in node.decorator_list)]) - 1
            last = node.end_lineno or node.lineno
            line = lines[first]
            ending = line[len(line.rstrip("\r\n")) :] or "\n"
            indent = line[: len(line) - len(line.lstrip())]
            while last < len(lines) and not lines[last].strip() and node is not body[-1]:
                last += 1
            empty = len(leaving) == len(body) and node is body[0]
            lines[first:last] = [f"{indent}pass{ending}" if empty else "", *[""] * (last - first - 1)]
    return "".join(lines)


def _bodies(nodes: list[ast.stmt]) -> Generator[list[ast.stmt]]:
    """The bodies of compound statements, one within the other; not those of functions and classes."""
    for node in nodes:
        if isinstance(node, Definition):
            continue
        for field in ("body", "orelse", "finalbody"):
            inner: list[ast.stmt] = getattr(node, field, [])
            if inner:
                yield inner
                yield from _bodies(inner)
        for handler in getattr(node, "handlers", []):
            yield handler.body
            yield from _bodies(handler.body)
        for case in getattr(node, "cases", []):
            yield case.body
            yield from _bodies(case.body)
