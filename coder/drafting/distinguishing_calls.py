"""Distinguishing calls: what calls should give that other readings of the words answer otherwise, said by a model.

It is not shown the draft: what it says is an example of its own, and may turn the draft red.
"""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from coder.drafting.goal_plan import fits_signature
from coder.model.model import ReplyOptions
from coder.run.chat import opening
from coder.run.run import NONE_RECORDED, Run
from library.errors import SourceError
from library.examples.example import Example, parse_example
from library.gate.admission import Report
from library.source.literals import literal
from memory.plan import Step

MOST = 5
TOKENS, EACH = 400, 60  # of a reply: at least, and for each call
LONGEST = 200  # letters of a result
_PAIR = re.compile(r'"(\d+)"\s*:\s*("(?:[^"\\]|\\.)*")')
_BULLET = re.compile(r"^\s*(?:[-*]|\d+[.)])?\s*`?(.*?)`?\s*$")


def telling(report: Report | None) -> tuple[str, ...]:
    """The calls that would notice the small changes to the code which no example notices, at most five."""
    found = [text.rpartition("(noticed by ")[2].removesuffix(")") for text in (report.surviving if report else ())]
    return tuple(dict.fromkeys(found))[:MOST]


def told_by_model(
    run: Run, step: Step, known: Sequence[Example], calls: Sequence[str], when: str, *, again: bool = False
) -> list[Example] | None:
    """What the model says of these calls; none that is an example already, and nothing if its reply cannot be used.
    None if it is a recording that has no reply to that.

    Args:
        run: of the goal.
        step: what the function is for.
        known: examples that hold.
        calls: what is asked about.
        when: ISO date-time of the examples.
        again: it was asked before: at a higher temperature, since the same request has the same answer.
    """
    chat = opening(
        "examples",
        signature=step.signature,
        does=step.does,
        examples="\n".join(f"- {example.text}" for example in known) or "(none)",
        calls="\n".join(f"{number}. {call}" for number, call in enumerate(calls, 1)),
    )
    most = max(TOKENS, EACH * len(calls))
    options = ReplyOptions(temperature=0.8 if again else 0.0, max_tokens=most, schema=_schema(len(calls)))
    reply = run.reply("examples", chat, options=options, extra=True)
    if reply.note == NONE_RECORDED:
        return None
    texts = _results(reply.text, calls)
    if not texts:
        run.tell("note", level="warning", text="The model says nothing of use about these calls.")
    there = {example.call for example in known}
    said = [parse_example(text, "model", when) for text in texts]
    return [example for example in said if example.call not in there and fits_signature(example, step.signature)]


def _schema(count: int) -> dict[str, Any]:
    names = [str(number) for number in range(1, count + 1)]
    each = {"type": "string", "maxLength": LONGEST}
    return {
        "title": "results", "type": "object", "properties": dict.fromkeys(names, each), "required": names,
        "additionalProperties": False,
    }  # fmt: skip


def _results(text: str, calls: Sequence[str]) -> list[str]:
    """The lines `call == value` that a reply makes: out of JSON, or as lines that say so themselves."""
    found = [_line(call, value) for call, value in _by_number(text, calls).items()]
    found += [match[1] for line in text.splitlines() if (match := _BULLET.match(line)) and match[1]]
    said: dict[str, str] = {}
    for line in found:
        with suppress(SourceError):
            example = parse_example(line)
            if example.call in calls and (example.raises or literal(example.expected) is not None):
                said.setdefault(example.call, line)
    return list(said.values())


def _by_number(text: str, calls: Sequence[str]) -> dict[str, Any]:
    """What JSON in a reply says of each call, by its number or by itself; of a reply that was cut off what is whole."""
    start, end = text.find("{"), text.rfind("}")
    try:
        data: Any = json.loads(text[start : end + 1], strict=False) if start >= 0 else None
    except (ValueError, RecursionError):
        data = dict[str, Any]()
        for key, said in _PAIR.findall(text):
            with suppress(ValueError):
                data[key] = json.loads(said, strict=False)
    rows = cast(dict[str, Any], data) if isinstance(data, dict) else {}
    return {call: rows[key] for n, call in enumerate(calls, 1) for key in (str(n), call) if key in rows}


def _line(call: str, value: Any) -> str:
    told = value.strip() if isinstance(value, str) else repr(value)
    return f"{call} {told}" if told.startswith("raises ") else f"{call} == {told}"
