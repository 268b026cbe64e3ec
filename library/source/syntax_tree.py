"""A Python text's lines and syntax tree; errors name the line. Pure: nothing is ever run."""

import ast
import contextlib
import gc
import re
import warnings
from collections.abc import Generator

from library.errors import SourceError

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Definition = FunctionNode | ast.ClassDef
BOM = "\ufeff"  # some editors write it in front of a file's first line
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def split_lines(text: str) -> list[str]:
    """Lines with their ends, split where Python's own reader splits (not at form feeds)."""
    if "\r" in text:
        return _LINE.findall(text)
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def read_tree(source: str, where: str) -> ast.Module:
    """The text's syntax tree; nothing of it is run.

    Raises:
        SourceError: it does not parse; names file and line.
    """
    try:
        with quickly(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in somebody's text is no matter of ours
            return ast.parse(source.removeprefix(BOM))
    except SyntaxError as error:
        raise SourceError(
            f"{where}, line {error.lineno or 1}: {_reason(error, source)}.", "Mend that line; nothing was changed."
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"{where} cannot be read as Python: {error or 'nested too deeply'}.") from None


def expression(text: str) -> ast.expr | None:
    """The expression that a text is, None if it is none."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def calls_of(tree: ast.AST | None, name: str) -> list[ast.Call]:
    """All calls of a function by its bare name, the outermost first."""
    nodes = ast.walk(tree) if tree is not None else ()
    calls = (node for node in nodes if isinstance(node, ast.Call))
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == name]


def names_within(*nodes: ast.AST) -> set[str]:
    """All names that stand in these trees, whatever they mean there."""
    return {inner.id for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def root_name(node: ast.expr) -> str:
    """`a` of `a.b[c].d`; "" where no name is at the root."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


@contextlib.contextmanager
def quickly() -> Generator[None, None, None]:
    """Building a big tree makes the garbage collector run over and over for nothing: two to three times slower."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _reason(error: SyntaxError, source: str) -> str:
    lines = split_lines(source)
    number = error.lineno or 1
    line = lines[number - 1] if number <= len(lines) else ""
    if re.match(r"(<{7}|={7}|>{7}|\|{7})(\s|$)", line):
        return "a half-finished merge left its markers there"
    shown = f" in {line.strip()[:60]!r}" if line.strip() else ""
    return f"{(error.msg or 'not Python').rstrip('.')}{shown}"


def every_node(tree: ast.AST) -> list[ast.AST]:
    """What `ast.walk` gives, in the same order, but for Load, Store and Del; several times as quick."""
    found = [tree]
    for node in found:
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                found += [item for item in value if isinstance(item, ast.AST)]  # type: ignore[reportUnknownVariableType]
            elif isinstance(value, ast.AST) and name != "ctx":
                found.append(value)
    return found


def find_function(tree: ast.Module, name: str) -> FunctionNode | None:
    """The last top-level function of that name."""
    found = [node for node in tree.body if isinstance(node, FunctionNode) and node.name == name]
    return found[-1] if found else None
