"""What a draft would hide: Python's own names and those of a star import that code of the library uses. Pure."""

import builtins
from collections.abc import Collection

from library.editing.edits import EditedText
from library.editing.rename import rename_names
from library.errors import SourceError
from library.source.function import Parsed
from library.source.imports import Import, imported
from library.source.statements import Piece

_BUILTINS = frozenset(dir(builtins))


def check_hidden(parsed: Parsed, pieces: Collection[Piece], leaving: Collection[str], where: str) -> None:
    """A new definition may not take a name that functions already saved have from Python or from a star import: they
    would call it from then on, and where no test is about that nobody would notice.

    Args:
        parsed: the library.
        pieces: definitions of the draft.
        leaving: names of the library's definitions that go or are replaced.
        where: what to call the draft.

    Raises:
        SourceError: names the functions that use it.
    """
    new = {name for piece in pieces for name in piece.names} - set(parsed.names)
    for name in sorted(new):
        users = _users(parsed, name, leaving)
        if users:
            source = "Python's own" if name in _BUILTINS else "a star import's"
            raise SourceError(
                f"{where}: {name!r} would hide {source} {name}, which {_listed(users)} uses.", "Choose another name."
            )


def apart(parsed: Parsed, draft: Parsed, fresh: Collection[Import], leaving: Collection[str]) -> str | None:
    """The draft with those of its imports bound to private names that would hide what functions already saved use.

    `from math import pow` becomes `from math import pow as _math_pow` where a function uses Python's own pow.

    Args:
        parsed: the library.
        draft: what comes.
        fresh: its imports that the library does not have.
        leaving: names of the library's definitions that go or are replaced.

    Returns:
        None if it hides nothing.

    Raises:
        SourceError: its use of a name cannot be followed.
    """
    stars = {item.module for item in parsed.importing("*")}
    hidden = [
        item
        for item in fresh
        if item.bound not in parsed.names
        and not (item.module in stars and not item.alias)  # the same thing
        and _users(parsed, item.bound, leaving)
    ]
    return bound_apart(draft, hidden, {*parsed.names, *draft.names}) if hidden else None


def bound_apart(draft: Parsed, items: Collection[Import], taken: Collection[str]) -> str:
    """The draft with these imports bound to private names that are free.

    Raises:
        SourceError: its use of a name cannot be followed.
    """
    names: dict[str, str] = {}
    for item in items:
        module = item.module.rsplit(".", 1)[-1]
        plain = f"_{module}_{item.name}" if item.name else f"_{module}"
        number, free = 2, plain
        while free in taken or free in names.values():
            number, free = number + 1, f"{plain}_{number}"
        names[item.bound] = free
    sheet = EditedText(draft)
    for number, piece in enumerate(draft.pieces):
        brought = imported(piece)
        if not any(item in items for item in brought):
            if piece.kind not in ("import", "future"):
                sheet.over(number, rename_names(piece.text, names))
        elif piece.kind == "import":
            lines = [_bound_to(item, names[item.bound]) if item in items else item for item in brought]
            sheet.over(number, "".join(item.line + sheet.newline for item in lines))
        else:
            raise SourceError(f"the draft imports {', '.join(names)} under a condition.", "Import it at the top.")
    return sheet.result("the draft").source


def foreign_builtins(parsed: Parsed, draft: Parsed) -> dict[str, str]:
    """Python's own names that a draft uses and that mean something else in the library: name -> what, as a line.

    Args:
        parsed: the library.
        draft: a text that was written to stand elsewhere.
    """
    used = {name for piece in draft.pieces for name in piece.uses} & _BUILTINS
    found: dict[str, str] = {}
    for name in sorted((used & set(parsed.names)) - set(draft.names)):
        lines = [item.line for item in parsed.importing(name)]
        found[name] = lines[-1] if lines else f"its own {name}"
    return found


def hides_python(item: Import) -> bool:
    """An import that binds one of Python's own names."""
    return item.bound in _BUILTINS


def _bound_to(item: Import, name: str) -> Import:
    return Import(item.module, item.name, name)


def _users(parsed: Parsed, name: str, leaving: Collection[str]) -> list[str]:
    """Definitions that have this name from Python or from a star import."""
    if name not in _BUILTINS and "*" not in parsed.names:
        return []
    found = [piece for piece in parsed.using([name]) if not set(piece.names) <= set(leaving)]
    return [piece.names[0] for piece in found if piece.names]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
