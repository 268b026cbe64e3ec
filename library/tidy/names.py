"""Names that the tidy pass proposes: of a function from what it holds, of a parameter from where its literal stands."""

import ast
import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from library.tidy.recurring_parts import Part

_SMALL = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "get", "in", "is", "of", "on", "or", "the", "to"}
)
_BY_METHOD = {
    "split": "separator", "rsplit": "separator", "partition": "separator", "rpartition": "separator",
    "strip": "letters", "lstrip": "letters", "rstrip": "letters", "startswith": "prefix", "removeprefix": "prefix",
    "endswith": "suffix", "removesuffix": "suffix", "round": "digits", "zfill": "width", "ljust": "width",
    "rjust": "width", "center": "width", "get": "key", "int": "base", "range": "count", "count": "part",
    "find": "part", "index": "part", "append": "item",
}  # fmt: skip
_BY_OPERATOR: dict[type[ast.operator], str] = {
    ast.Mult: "factor", ast.Add: "added", ast.Sub: "offset", ast.Div: "divisor", ast.FloorDiv: "divisor",
    ast.Mod: "divisor", ast.Pow: "exponent",
}  # fmt: skip
_BY_KIND = {"str": "text", "bytes": "data", "bool": "flag", "int": "number", "float": "number"}


def common_words(names: Sequence[str]) -> list[str]:
    """Words that all names have, in the order of the first; small words at the ends are left out."""
    rows = [re.findall(r"[a-z]+|\d+", name.lower()) for name in names]
    found = [word for word in rows[0] if all(word in row for row in rows[1:])]
    while found and (found[-1] in _SMALL or found[-1].isdigit()):
        found.pop()
    while found and (found[0] in _SMALL or found[0].isdigit()):
        found.pop(0)
    return found


def content_name(nodes: Sequence[ast.AST]) -> str:
    """Up to three names of what is called, as they come to be worked out: "strip_lower_split"."""
    calls = [node for top in nodes for node in ast.walk(top) if isinstance(node, ast.Call)]
    calls.sort(key=lambda node: (node.end_lineno or 0, node.end_col_offset or 0))
    found: list[str] = []
    for call in calls:
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if name and name.strip("_") not in found and not name.startswith("__"):
            found.append(str(name).strip("_").lower())
    return "_".join(found[:3])


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name, or with a number if it is taken."""
    name, number = wanted, 2
    while name in taken or not name.isidentifier():
        name, number = f"{wanted}_{number}", number + 1
    return name


def parameter_name(part: "Part", number: int, taken: Collection[str]) -> str:
    """A name for the parameter that takes a literal's place, from where the literal stands."""
    wanted = part.key.literals[number]
    for top in part.nodes:
        for node in ast.walk(top):
            name = _role(node, wanted)
            if name:
                return free_name(name, taken)
    inner = wanted.operand if isinstance(wanted, ast.UnaryOp) else wanted
    kind = type(inner.value).__name__ if isinstance(inner, ast.Constant) else ""
    return free_name(_BY_KIND.get(kind, "value"), taken)


def _role(node: ast.AST, wanted: ast.expr) -> str:
    """What a literal is to the node around it; "" if this node is not around it, or says nothing."""
    if isinstance(node, ast.keyword) and node.value is wanted:
        return node.arg or ""
    if isinstance(node, ast.Call) and wanted in node.args:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name == "replace":
            return ("old", "new", "count")[node.args.index(wanted)] if len(node.args) < 4 else ""
        return _BY_METHOD.get(str(name), "")
    if isinstance(node, ast.Attribute) and node.value is wanted and node.attr == "join":
        return "separator"
    if isinstance(node, ast.BinOp) and wanted in (node.left, node.right):
        return _BY_OPERATOR.get(type(node.op), "")
    if isinstance(node, ast.Compare) and wanted in (node.left, *node.comparators):
        ordered = any(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops)
        return "limit" if ordered else "wanted"
    if isinstance(node, ast.Assign) and node.value is wanted and isinstance(node.targets[0], ast.Name):
        return f"first_{node.targets[0].id}"
    return ""


def several(names: Iterable[str], most: int = 3) -> str:
    """Names in a sentence: "a, b and c", "a, b and 5 more"."""
    found = list(names)
    if len(found) > most:
        found = [*found[: most - 1], f"{len(found) - most + 1} more"]
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
