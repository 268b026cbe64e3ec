"""Import statements: what they bring in, and how new ones are merged into a module's head. Pure."""

import ast
from dataclasses import dataclass
from functools import lru_cache

from library.errors import SourceError
from library.source.name_lists import with_less, with_more
from library.source.statements import Piece, is_typing_only
from library.source.syntax_tree import read_tree

_WIDTH = 120  # an import line is not made longer than this


@dataclass(frozen=True)
class Import:
    """One imported name.

    Args:
        module: "os.path", "..package".
        name: what is taken from it; "" for `import module`.
        alias: the name after `as`; "" if there is none.
    """

    module: str
    name: str = ""
    alias: str = ""

    @property
    def bound(self) -> str:
        return self.alias or self.name or self.module.split(".")[0]

    @property
    def line(self) -> str:
        suffix = f" as {self.alias}" if self.alias else ""
        return f"from {self.module} import {self.name}{suffix}" if self.name else f"import {self.module}{suffix}"


def imports_of(node: ast.stmt) -> tuple[Import, ...]:
    """What one import statement brings in; () for any other statement."""
    if isinstance(node, ast.Import):
        return tuple(Import(alias.name, "", alias.asname or "") for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return tuple(Import(module, alias.name, alias.asname or "") for alias in node.names)
    return ()


def imported(piece: Piece, *, typing: bool = True) -> tuple[Import, ...]:
    """Imports in a piece, also those under `try:` and `if`; without those under `if TYPE_CHECKING` if not `typing`."""
    if piece.kind not in ("import", "future", "other") or "import" not in piece.text:
        return ()
    return _imported(piece.text, typing)


@lru_cache(maxsize=65536)  # all imports of a big library and its tests: each is looked at several times a save
def _imported(text: str, typing: bool) -> tuple[Import, ...]:
    nodes = [node for node in read_tree(text, "the import").body if typing or not is_typing_only(node)]
    inner = [part for node in nodes for part in ast.walk(node) if isinstance(part, ast.Import | ast.ImportFrom)]
    return tuple(item for part in inner for item in imports_of(part))


def extended(piece: Piece, items: list[Import], newline: str) -> str | None:
    """The statement with more names of the same module, all else as it was; None if it cannot take them."""
    names = [item.name + (f" as {item.alias}" if item.alias else "") for item in items]
    text = "".join(f", {name}" for name in names)
    full = len(piece.text.rstrip()) + len(text) > _WIDTH  # as most are: it need not be read
    if _lone(piece.text) and (full or "#" in piece.text):
        return None
    nodes = piece.nodes
    node = nodes[0]
    if len(nodes) != 1 or not isinstance(node, ast.ImportFrom) or "*" in (*names, node.names[-1].name):
        return None
    grown = with_more(piece.text, node.names, names, newline, width=_WIDTH)
    return grown if grown is not None and _takes(grown, len(node.names) + len(names)) else None


def _takes(text: str, count: int) -> bool:
    """It is one import of so many names."""
    try:
        body = read_tree(text, "the import").body
    except SourceError:
        return False
    return len(body) == 1 and isinstance(body[0], ast.ImportFrom) and len(body[0].names) == count


def _lone(text: str) -> bool:
    """It is one line."""
    return text.find("\n") in (-1, len(text) - 1) and "\r" not in text and "\f" not in text


def without(piece: Piece, names: set[str]) -> str | None:
    """An import statement without these names, "" if none is left; None if it has a comment, which is the person's."""
    if "#" in piece.text or len(piece.nodes) != 1:
        return None
    return cut(piece, names)


def cut(piece: Piece, names: set[str]) -> str:
    """An import statement without these names, "" if none is left; comments stay with the names that stay."""
    left = [item for item in imported(piece) if item.bound not in names]
    nodes = piece.nodes
    if left and len(nodes) == 1 and "#" in piece.text and isinstance(nodes[0], ast.Import | ast.ImportFrom):
        gone = [number for number, item in enumerate(imports_of(nodes[0])) if item.bound in names]
        return with_less(piece.text, nodes[0].names, gone)
    newline = "\r\n" if "\r\n" in piece.text else "\n"
    lines: list[str] = []
    for node in nodes:
        items = [item for item in imports_of(node) if item in left]
        if items and items[0].name:
            taken = ", ".join(item.name + (f" as {item.alias}" if item.alias else "") for item in items)
            lines.append(f"from {items[0].module} import {taken}")
        elif items:
            lines.append("import " + ", ".join(item.line.removeprefix("import ") for item in items))
    return "".join(line + newline for line in lines)


def clash(new: Import, old: Import) -> bool:
    """Two imports bind one name to different things; `import a.b` beside `import a.c` is none."""
    if new.bound != old.bound or new == old or new.name == "*":
        return False
    both_plain = not (new.name or old.name or new.alias or old.alias)
    return not both_plain


def check_absolute(item: Import, where: str) -> None:
    """A library is one file, so it cannot import from a package around it."""
    if item.module.startswith("."):
        raise SourceError(f"{where}: {item.line!r} imports from a package around it; a library has none.")
