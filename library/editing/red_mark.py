"""The red mark: a comment above a function that was saved although a test of it was red. Pure."""

from library.errors import SourceError
from library.source.function import parse

MARK = "# Saved although red, on the person's word."


def with_mark(code: str, name: str) -> str:
    """The code with the mark right above this function, below what else stands above it."""
    bare = without_mark(code)
    try:
        function = parse(bare).get(name)
    except SourceError:
        function = None
    if function is None:
        return f"{MARK}\n{bare}"
    lines, place = bare.splitlines(keepends=True), function.line - 1
    while lines[place].lstrip().startswith("#"):
        place += 1
    return "".join([*lines[:place], f"{MARK}\n", *lines[place:]])


def without_mark(code: str) -> str:
    """The code without any mark."""
    return "".join(line for line in code.splitlines(keepends=True) if line.strip() != MARK) if MARK in code else code


def is_marked(source: str) -> bool:
    """Whether a function's source has the mark."""
    return any(line.strip() == MARK for line in source.splitlines()) if MARK in source else False
