"""Self-imports: a draft that imports its own function from a module of its own, `import solution`. Pure."""

import ast
from collections.abc import Collection

from library.editing.import_block import MODULE
from library.examples.implied_imports import is_known
from library.source.syntax_tree import FunctionNode, read_tree, split_lines

_Place = tuple[int, int, int, int, str]  # lines and columns in bytes from and to, and what stands there instead


def from_the_library(text: str, name: str, own: Collection[str]) -> str:
    """The text with imports of a module that is nowhere as imports of the library, so that they mean what is tested.

    A plain `from solution import f` is left to the reader, who drops it. A module counts as imagined if it is known
    nowhere and all that is taken from it is the draft's own.

    Args:
        text: a block of the draft; it parses.
        name: the function that was asked for.
        own: names that the draft defines.
    """
    if "import" not in text:
        return text
    tree = read_tree(text, "the draft")
    nodes = list(ast.walk(tree))
    taken: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            taken.setdefault(node.value.id, set()).add(node.attr)
    begins = next((n.lineno for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name), 0)
    lines = [line.encode() for line in split_lines(text)]
    functions = [node for node in nodes if isinstance(node, FunctionNode)]
    within = {id(inner) for node in functions for inner in ast.walk(node)}
    places: list[_Place] = []
    modules: set[str] = set()  # of whose functions only the name is left
    for node in nodes:
        if isinstance(node, ast.Import):
            bare = own if id(node) not in within else {*own, *taken}
            means = [_whole(one, taken.get(one.asname or one.name, set()), own, bare) for one in node.names]
            modules |= {one.asname or one.name for one, new in zip(node.names, means, strict=True) if new == ""}
        elif isinstance(node, ast.ImportFrom) and not is_known(node.module or "."):
            below = node.lineno > begins
            means = [_part(one, own, inside=id(node) in within, below=below) for one in node.names]
            modules |= {one.name for one in node.names if one.name in own and not one.asname}
        else:
            continue
        if any(new is not None for new in means):
            kept = [_alone(node, one) if new is None else new for new, one in zip(means, node.names, strict=True)]
            places.append((*_span(node), "; ".join(filter(None, kept)) or ("" if node in tree.body else "pass")))
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            first, start, last, end = _span(node)
            there = lines[first - 1][start:end] if first == last else b""  # not so in an f-string of old Pythons
            if node.attr in own and there == f"{node.value.id}.{node.attr}".encode():
                places.append((first, start, last, end, node.attr))
    for first, start, last, end, new in sorted(places, reverse=True):
        lines[first - 1 : last] = [lines[first - 1][:start] + new.encode() + lines[last - 1][end:]]
    return b"".join(lines).decode() if places else text


def _whole(one: ast.alias, taken: set[str], own: Collection[str], bare: Collection[str]) -> str | None:
    """What `import solution as s` means; "" where the bare names do, None if it may mean something else."""
    bound = one.asname or one.name
    if is_known(one.name) or one.name == MODULE or "." in bound or not taken or not taken <= set(own):
        return None
    return "" if bound in bare else f"import {MODULE} as {bound}"


def _part(one: ast.alias, own: Collection[str], *, inside: bool, below: bool) -> str | None:
    """What `from solution import f as g` means; None if it may mean something else, or is dropped by the reader."""
    if one.name == "*":
        return "" if below else None
    if one.name not in own or not (one.asname or inside):
        return None
    if inside:  # the tests have it already
        return f"{one.asname} = {one.name}" if one.asname else ""
    return f"from {MODULE} import {one.name} as {one.asname}"


def _alone(node: ast.Import | ast.ImportFrom, one: ast.alias) -> str:
    return ast.unparse(
        ast.Import([one]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [one], node.level)
    )


def _span(node: ast.stmt | ast.expr) -> tuple[int, int, int, int]:
    return node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0
