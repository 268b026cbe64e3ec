"""Example sheet: the examples of a step as lines that a person edits: withdrawn, corrected, or not cared for."""

from collections.abc import Sequence

from library.errors import SourceError
from library.examples.example import Example, parse_example

_HEAD = """# One example a line. Delete a line to withdraw it, change it to correct it; ? before it: you do not care.
# New lines are examples of yours. Lines with # in front are passed over.
"""


def sheet(examples: Sequence[Example]) -> str:
    """The examples as text, each group under who said it."""
    sources = list(dict.fromkeys(example.source for example in examples))
    groups = ["\n".join([f"# said by {s}", *(e.text for e in examples if e.source == s)]) for s in sources]
    return "\n".join([_HEAD.rstrip(), "", *groups]) + "\n"


def read_sheet(text: str, before: Sequence[Example], when: str) -> list[Example]:
    """The examples that an edited sheet leaves; a line that is as it was keeps its source, the others are the person's.

    Raises:
        SourceError: a line is no example; names it.
    """
    known = {"".join(example.text.split()): example for example in before}
    found: list[Example] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        text = line.removeprefix("?").strip()
        try:
            example = known.get("".join(text.split())) or parse_example(text, "person", when)
        except SourceError as error:
            raise SourceError(f"Line {number}: {error.message}", error.hint) from None
        found += [example] if text == line else []
    return found
