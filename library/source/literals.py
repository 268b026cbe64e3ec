"""Python literals as text and as values. Pure."""

import ast
from typing import Any


def literal(text: str) -> tuple[Any] | None:
    """The value of a Python literal in a tuple of one, or None if the text is not a literal."""
    try:
        return (ast.literal_eval(text),)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
