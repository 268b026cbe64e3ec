"""Progress: a line on standard error that tells how far a long comparison is, only at a terminal."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

from coder.terminal.status_line import StatusLine
from library.duplicates.budget import ComparisonBudget


@contextmanager
def effort_shown(what: str) -> Generator[ComparisonBudget]:
    """An effort that tells on one line how far it is; the line is wiped at the end. Elsewhere it says nothing.

    Args:
        what: what is done, "Looking for duplicates".
    """
    at = [""]

    def tell(text: str) -> None:
        at[0] = text

    def line(seconds: float) -> str:
        return f"{what}{f', {at[0]}' if at[0] else ''}, {seconds:.0f} s"

    effort = ComparisonBudget(tell=tell)
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") in ("", "dumb"):
        yield effort
        return
    status = StatusLine(sys.stderr.fileno())
    status.begin(line)
    try:
        yield effort
    finally:
        status.end()
