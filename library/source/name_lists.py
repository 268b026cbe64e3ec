"""Names in a row, such as an import's or those of `__all__`: one put in, one taken out, and every comment stays where
it stood. Pure."""

import ast
from collections.abc import Collection, Sequence

from library.source.syntax_tree import split_lines

_Node = ast.alias | ast.expr


def with_more(text: str, nodes: Sequence[_Node], new: Sequence[str], newline: str, *, width: int = 0) -> str | None:
    """The text with more names after the last of a row.

    Args:
        text: a whole statement.
        nodes: what stands in the row now, at least one.
        new: what is to come, as it is to be written.
        newline: between lines.
        width: a line is not made longer than this; 0 for any length.

    Returns:
        None if they cannot be put there without a comment getting to stand at another name, or a line too long.
    """
    lines = split_lines(text)
    last = nodes[-1]
    number, column = (last.end_lineno or 1) - 1, last.end_col_offset or 0
    line = lines[number].encode()
    head, rest = line[:column].decode(), line[column:].decode()
    above = line[: last.col_offset].decode() if last.lineno == last.end_lineno else "."
    alone, opened = not above.strip() and number > 0, _open_after(lines, number, rest)
    indent = head[: len(head) - len(head.lstrip())]
    if "#" not in rest and not (alone and _bracketed(text, nodes)):
        more = "".join(f", {one}" for one in new)
        if width and len((head + rest).rstrip()) + len(more) > width:
            return None
        lines[number] = head + more + rest
    elif not _bracketed(text, nodes) or number == 0:
        return None
    elif not opened:  # the bracket closes on this line: what is new comes above, so that the comment stays
        above_it = "".join(f"{indent}{one},{newline}" for one in new)
        lines[number] = above_it + head + rest if "#" in rest else head + _below(new, indent, newline) + rest
    else:
        comma = "" if rest.lstrip().startswith(",") else ","
        ending = "" if rest.endswith(("\n", "\r")) else newline
        lines[number] = head + comma + rest + ending + "".join(f"{indent}{one},{newline}" for one in new)
    return "".join(lines)


def with_less(text: str, nodes: Sequence[_Node], gone: Collection[int]) -> str:
    """The text without some of a row, by their numbers in it; a comment on the line of one goes with it.

    Args:
        text: a whole statement.
        nodes: what stands in the row.
        gone: which of them go, not all.
    """
    lines = split_lines(text)
    for number in sorted(gone, reverse=True):
        node = nodes[number]
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head = lines[first].encode()[: node.col_offset].decode()
        rest = lines[last].encode()[node.end_col_offset or 0 :].decode()
        after = rest.lstrip().removeprefix(",").strip()
        if first > 0 and not head.strip() and (not after or after.startswith("#")):
            lines[first : last + 1] = [""] * (last + 1 - first)
        elif rest.lstrip().startswith(","):
            tail = rest.lstrip()[1:]
            lines[first : last + 1] = [head + (tail.lstrip(" \t") if tail.strip() else tail)] + [""] * (last - first)
        else:
            lines[first : last + 1] = [head.rstrip().removesuffix(",") + rest] + [""] * (last - first)
    return "".join(lines)


def _below(new: Sequence[str], indent: str, newline: str) -> str:
    return "".join(f",{newline}{indent}{one}" for one in new)


def _bracketed(text: str, nodes: Sequence[_Node]) -> bool:
    """Brackets stand around the row, so that lines in it end without a backslash."""
    lines = split_lines(text)
    first = nodes[0]
    before = "".join(lines[: first.lineno - 1]) + lines[first.lineno - 1].encode()[: first.col_offset].decode()
    code = "".join(line.partition("#")[0] for line in split_lines(before)).rstrip()
    return code.endswith(("(", "["))


def _open_after(lines: list[str], number: int, rest: str) -> bool:
    """The row's bracket closes on a later line than the one with its last name."""
    code = rest.partition("#")[0]
    return number < len(lines) - 1 and not any(bracket in code for bracket in ")]")
