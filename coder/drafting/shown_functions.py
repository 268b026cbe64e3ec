"""Shown functions: which functions of the library the model is shown for a goal or a step, and how."""

import re
from collections.abc import Sequence
from itertools import accumulate

import prompts
from library.source.function import Function
from library.store import Library

_ERROR = re.compile(r"\b[A-Z]\w*Error\b")
_SENTENCE = re.compile(r".{15,}?[.!?](?=\s|$)")
SIGNATURE, SUMMARY, SENTENCE, EXAMPLE = 160, 240, 120, 100  # letters
BEHIND = 6  # in score: so far behind the best one
_PARTS = ("signature", "summary", "example")


def offers(
    library: Library, words: str, count: int, without: str = "", named: Sequence[str] = ()
) -> list[dict[str, str]]:
    """The functions that the model is shown, best first: those that are named or fit strongly, and no others.

    What fits a little misleads a small model: its name turns up in the plan, its words in the code. So does what is
    far behind the best.

    Args:
        library: from which.
        words: the goal or the step.
        count: at most so many.
        without: the name of a function that is not shown: the one that is to be written.
        named: functions of the library that the step is to be built on; they come first.
    """
    hits = [hit for hit in library.search(words, count + 1) if hit.strong and hit.function.name != without]
    fitting = [hit.function.name for hit in hits[:count] if hit.score >= hits[0].score - BEHIND]
    names = dict.fromkeys(name for name in (*named, *fitting) if name != without)
    return [offer(library, name) for name in list(names)[:count]]


def offer(library: Library, name: str) -> dict[str, str]:
    """A function as the model is shown it: signature, one sentence, one example; each cut where it is long."""
    function = library.get(name)
    assert function is not None, name
    example = library.example(name)
    plain = len(example) <= EXAMPLE and " raises " not in example
    shown = (_cut(function.signature, SIGNATURE), _summary(function), example if plain else "")
    return dict(zip(_PARTS, shown, strict=True))


def _summary(function: Function) -> str:
    """The first sentences of the docstring, on however many lines, and the errors that it speaks of."""
    words = " ".join(function.doc.partition(">>>")[0].strip().split("\n\n")[0].split())
    sentences = _SENTENCE.findall(words) or [words]
    lengths = accumulate(map(len, sentences))
    said = "".join(s for s, upto in zip(sentences, lengths, strict=True) if upto <= SUMMARY) or sentences[0]
    named = list(dict.fromkeys(_ERROR.findall(function.doc.removeprefix(function.summary))))
    raises = f" Raises {', '.join(named[:2])}." if named and named[0] not in said else ""
    return _cut(said, SUMMARY) + raises


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def stubs(offers: Sequence[dict[str, str]]) -> str:
    """The offered functions as Python text to stand above a function that is to be written, the best one last."""
    return "\n\n".join(map(_stub, reversed(offers)))


def _stub(offered: dict[str, str]) -> str:
    name = offered["signature"].removeprefix("async ").partition("(")[0]
    example = f"\n# {offered['example']}" if offered["example"] else ""
    return f"from library import {name}\n# {offered['signature']}: {offered['summary']}{example}"


def last_line(offers: Sequence[dict[str, str]]) -> str:
    """What is said last, right before the model writes: the use that gives the examples.

    Said anywhere above the function, a small model passes it over; what does not lead on to the function must not stand
    there, since such a model takes it up.
    """
    uses = [offered["use"] for offered in offers if "use" in offered]
    return prompts.render("code", "use", use=uses[0]) if uses else ""


def offers_text(offers: Sequence[dict[str, str]], total: int) -> str:
    """The offered functions as lines for the planner, the best one last."""
    if not offers:
        return f"({total} functions, none of them near this goal)" if total else "(no functions yet)"
    return "\n".join(map(one_line, reversed(offers)))


def one_line(offered: dict[str, str]) -> str:
    """One function: its signature, and below it one line with an example."""
    example = f"  e.g. {offered['example']}" if offered["example"] else ""
    said = _SENTENCE.match(offered["summary"])
    return f"{offered['signature']}\n    {_cut(said[0] if said else offered['summary'], SENTENCE)}{example}"
