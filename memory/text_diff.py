"""What changed from one text to another, as people and models are shown it. Pure."""

import difflib


def changes(old: str, new: str) -> str:
    """A unified diff without headers, two lines around each change; "" when nothing did."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    return "\n".join(list(lines)[2:])
