"""Shown functions: which functions of the library the model is shown for a goal or a step, a line or two each."""

import re

from library.source.function import Function
from library.store import Library

_ERROR = re.compile(r"\b[A-Z]\w*Error\b")
SIGNATURE, SUMMARY, EXAMPLE = 160, 100, 100  # letters


def offers(library: Library, words: str, count: int, without: str = "") -> list[dict[str, str]]:
    """The functions that the model is shown: those that fit best, then, if fewer fit, the newest of the others.

    So it sees as much of a library of ten functions as of one of ten thousand: what does not fit by its words may still
    be of use, and shows how functions are written here.

    Args:
        library: from which.
        words: the goal or the step.
        count: so many, if there are as many.
        without: the name of a function that is not shown: the one that is to be written.
    """
    names = [hit.function.name for hit in library.search(words, count + 1)]
    if len(names) < count + 1:
        newest = [function.name for function in reversed(library.functions()) if function.public]
        names = list(dict.fromkeys([*names, *newest[: 2 * count + 1]]))
    return [offer(library, name) for name in names if name != without][:count]


def offer(library: Library, name: str) -> dict[str, str]:
    """A function as the model is shown it: signature, one line, one example of its tests; each cut where it is long."""
    function = library.get(name)
    assert function is not None, name
    example = library.example(name)
    return {
        "signature": _cut(function.signature, SIGNATURE),
        "summary": _cut(function.summary, SUMMARY) + _errors(function),
        "example": example if len(example) <= EXAMPLE else "",
    }


def _errors(function: Function) -> str:
    """The errors that the docstring speaks of: they belong to what a caller must know, but not to its first line."""
    named = dict.fromkeys(_ERROR.findall(function.doc.removeprefix(function.summary)))
    return f" Raises {', '.join(list(named)[:2])}." if named else ""


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def offers_text(offers: list[dict[str, str]], total: int) -> str:
    """The offered functions as lines for a prompt."""
    if not offers:
        return f"({total} functions, none of them near this goal)" if total else "(no functions yet)"
    return "\n".join(map(one_line, offers)) + (f"\n({total} functions in all)" if total > len(offers) else "")


def one_line(offered: dict[str, str]) -> str:
    """One function: its signature, and below it one line with an example."""
    example = f"  e.g. {offered['example']}" if offered["example"] else ""
    return f"{offered['signature']}\n    {offered['summary']}{example}"
