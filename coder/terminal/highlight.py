"""Highlight: Python code as coloured lines; rich is imported with this file, when code is shown in colours."""

import os
from itertools import groupby

from rich.style import Style
from rich.syntax import Syntax

from coder.terminal.text import CODES, Line


def highlight(code: str) -> list[Line]:
    """The lines of `code` (already clean) in the terminal's own sixteen colours, so that they fit its background."""
    light = os.environ.get("COLORFGBG", "").endswith((";7", ";15"))
    text = Syntax("", "python", theme="ansi_light" if light else "ansi_dark").highlight(code)
    styles = [""] * len(text.plain)
    for span in text.spans:
        if isinstance(span.style, Style):
            styles[span.start : span.end] = [_words(span.style)] * (span.end - span.start)
    lines: list[Line] = []
    start = 0
    for line in text.plain.split("\n"):
        pairs = zip(line, styles[start : start + len(line)], strict=True)
        lines.append(tuple(("".join(c for c, _ in run), style) for style, run in groupby(pairs, lambda pair: pair[1])))
        start += len(line) + 1
    return lines[: len(code.split("\n"))]


def _words(style: Style) -> str:
    """A rich style as a style of the pen."""
    words = [name for name in ("bold", "dim", "italic", "underline") if getattr(style, name)]
    if style.color is not None and style.color.name in CODES:
        words.append(style.color.name)
    return " ".join(words)
