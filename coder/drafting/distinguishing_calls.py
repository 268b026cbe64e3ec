"""Distinguishing calls: what calls should give that near misses answer otherwise, said by a model from words alone.

It is not shown the draft: what it says is an example of its own, and may turn the draft red.
"""

import re
from collections.abc import Callable, Sequence

from coder.errors import FormatError, NoAnswer
from coder.model.model import Reply
from coder.run.chat import opening
from coder.run.run import Run
from library.errors import SourceError
from library.examples.example import Example, parse_example
from library.gate.admission import Report
from memory.plan import Step

MOST = 5
_BULLET = re.compile(r"^\s*(?:[-*]|\d+[.)])?\s*`?(.*?)`?\s*$")


def telling(report: Report | None) -> tuple[str, ...]:
    """The calls that would notice the slips which no example notices, at most five."""
    found = [text.rpartition("(noticed by ")[2].removesuffix(")") for text in (report.surviving if report else ())]
    return tuple(dict.fromkeys(found))[:MOST]


def told_by_model(run: Run, step: Step, known: Sequence[Example], calls: Sequence[str], when: str) -> list[Example]:
    """What the model says of these calls; none that is an example already."""
    chat = opening(
        "examples",
        signature=step.signature,
        does=step.does,
        examples="\n".join(f"- {example.text}" for example in known) or "(none)",
        calls="\n".join(f"- {call}" for call in calls),
    )
    try:
        texts, _ = run.ask_model("examples", chat, _reader(calls))
    except NoAnswer:
        run.tell("note", level="warning", text="The model says nothing of use about these calls.")
        return []
    there = {example.call for example in known}
    said = [parse_example(text, "model", when) for text in texts]
    return [example for example in said if example.call not in there]


def _reader(calls: Sequence[str]) -> Callable[[Reply], list[str]]:
    def read(reply: Reply) -> list[str]:
        lines = [match[1] for line in reply.text.splitlines() if (match := _BULLET.match(line)) and match[1]]
        found: list[str] = []
        for line in lines:
            try:
                example = parse_example(line)
            except SourceError:
                continue
            if example.call in calls:
                found.append(line)
        if lines and not found:
            raise FormatError("no line of it says what one of the calls gives")
        return found

    return read
