"""Re-exports: what a name of Python's own library really is, when a module only hands on what it has imported itself.

`contextlib.os` is `os`, `enum.bltns` is `builtins`. Modules are never imported for that: their source is read as text.
"""

import ast
import re
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

_STANDARD = Path(sysconfig.get_path("stdlib"))
_IMPORTS = re.compile(
    r"^[^\S\n]*(?:from|import)\b(?:[^\n(\\]|\\\n|\([^)]*\))*|;\s*(?:from|import)\b[^\n]*", re.MULTILINE
)
_WORD = re.compile(r"\w+")
_STEPS = 8  # a name that is handed on so often is handed on in a circle


def real_place(place: str) -> str:
    """The dotted name under which a thing is defined, as far as imports at the top of modules tell.

    Args:
        place: a dotted name in Python's own library, such as "contextlib.os.system".

    Returns:
        "os.system" for that; `place` itself where nothing is handed on.
    """
    for _ in range(_STEPS):
        module, rest = _split(place)
        found = handed_on(module).get(rest[0]) if rest and rest[0] in _named_by_imports(module) else None
        if found is None or found == place:
            return place
        place = ".".join([found, *rest[1:]])
    return place


@lru_cache(maxsize=512)
def _named_by_imports(module: str) -> frozenset[str]:
    """Every word of the import statements of a module: few modules need be parsed to know that they hand nothing on."""
    path = _source_of(module)
    text = path.read_text("utf-8", "replace") if path is not None else ""
    return frozenset(word for statement in _IMPORTS.findall(text) for word in _WORD.findall(statement))


def is_module(place: str) -> bool:
    """Whether a dotted name is a module of Python's own library."""
    return not _split(place)[1] if place.split(".")[0] in sys.stdlib_module_names else False


@lru_cache(maxsize=512)
def handed_on(module: str) -> Mapping[str, str]:
    """The names that a module binds by import statements, and what each stands for; none for one without source."""
    path = _source_of(module)
    try:
        tree = ast.parse(path.read_bytes()) if path is not None else ast.Module([], [])
    except (OSError, SyntaxError, ValueError):
        return {}
    package = module if path is not None and path.name == "__init__.py" else module.rpartition(".")[0]
    found: dict[str, str] = {}
    for node in _at_the_top(tree.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            base = _base(package, node.level, node.module or "")
            found.update(
                {alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names if alias.name != "*"}
            )
    return found


def exported(module: str) -> Mapping[str, str]:
    """Of what a module hands on, that which `from module import *` gives."""
    path = _source(module)
    text = path.read_text("utf-8", "replace") if path is not None else ""
    listed = re.search(r"^__all__ *(?::.*?)?= *[\[(](.*?)[\])]", text, re.MULTILINE | re.DOTALL)
    words = set(re.findall(r"""["'](\w+)["']""", listed[1])) if listed else set[str]()
    return {
        name: place
        for name, place in handed_on(module).items()
        if (name in words if listed else not name.startswith("_"))
    }


def _base(package: str, level: int, module: str) -> str:
    if not level:
        return module
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], *([module] if module else [])])


def _at_the_top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the module is imported, those under `if` and `try` too."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With | ast.For):
                yield from _at_the_top(getattr(node, part, []))
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                yield from _at_the_top(handler.body)


def _split(place: str) -> tuple[str, list[str]]:
    """The longest beginning that is a module, and the names behind it."""
    parts = place.split(".")
    end = 1
    while end < len(parts) and _source(".".join(parts[: end + 1])) is not None:
        end += 1
    if parts[:2] == ["os", "path"]:  # a module that has no file of that name
        end = 2
    return ".".join(parts[:end]), parts[end:]


def _source_of(module: str) -> Path | None:
    return _source("posixpath" if module == "os.path" else module)


@lru_cache(maxsize=2048)
def _source(module: str) -> Path | None:
    """Where the source of a module of the standard library lies; None for one that is built in, or is none."""
    parts = module.split(".")
    if parts[0] not in sys.stdlib_module_names or not all(part.isidentifier() for part in parts):
        return None
    stem = _STANDARD.joinpath(*parts)
    return next((path for path in (stem.with_name(f"{stem.name}.py"), stem / "__init__.py") if path.is_file()), None)
