"""To complete: a step as the head of a function, which small models go on with better than with a description. Pure."""

import textwrap
from collections.abc import Sequence

from library.examples.example import Example
from library.source.literals import literal, written
from memory.plan import Step

WIDTH = 100


def to_complete(step: Step, examples: Sequence[Example]) -> str:
    """The function's first lines: its signature, and the step's words with the examples as its docstring.

    Args:
        step: what is to be written.
        examples: those that the writer is shown.
    """
    paragraphs = [line for line in step.does.splitlines() if line.strip()] or [step.name.replace("_", " ")]
    words = [line for one in paragraphs for line in textwrap.wrap(one, WIDTH, break_long_words=False)]
    shown = [line for example in examples for line in _doctest(example)]
    body = "\n".join(f"    {line}".rstrip() for line in [*words, *([""] if shown else []), *shown])
    quote = "'''" if '"""' in body else '"""'
    raw = "r" if "\\" in body else ""
    waits, name = ("async ", step.signature[6:]) if step.signature.startswith("async ") else ("", step.signature)
    return f"{waits}def {name.removeprefix('def ')}:\n    {raw}{quote}{body.lstrip()}\n    {quote}"


def _doctest(example: Example) -> list[str]:
    if example.raises:
        return [
            f">>> {example.call}",
            "Traceback (most recent call last):",
            f"{example.expected}: {example.message}".rstrip(": "),
        ]
    if example.expected == "None":
        return [f">>> {example.call} is None", "True"]
    value = literal(example.expected)
    return [f">>> {example.call}", example.expected if value is None else written(value[0])]
