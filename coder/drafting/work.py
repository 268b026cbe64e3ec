"""Work on one step: what is known of it while it is drafted, judged and reviewed, and what outlives a draft."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from coder.drafting.doubt import Doubt
from coder.run.run import Run
from library.draft.draft import Draft
from library.examples.docstring_examples import examples_in
from library.examples.example import Example
from library.gate.admission import Report
from library.gate.verdict import Verdict
from memory.clock import utc_now
from memory.json_values import from_json
from memory.plan import Step

_CLAUSE = re.compile(r"(?<=[.;!])\s+|\n+")
_RESERVE = re.compile(
    r"\?|\b(?:not|never|no|nor|wrong|instead|only|unless|if|except|rather|was|were|isn't|don't|shouldn't)\b",
    re.IGNORECASE,
)
_CLOSED = re.compile(r"[,;.!)`]|and|$")  # what may follow an example: no operator, no more digits


@dataclass
class Work:
    """One step on its way: what is known of it grows while it is asked about."""

    run: Run
    step: Step
    examples: list[Example]
    held: list[Example]  # of these, what the coder has not been shown
    accepted: list[str] = field(default_factory=list[str])
    asked: bool = False
    read: int = 0  # how often the model asked for code of the library
    tests: str = ""  # of the last draft that had any
    remark: str = ""  # what the model said beside its last draft
    lines: list[str] = field(default_factory=list[str])  # questions with their answers
    declined: list[str] = field(default_factory=list[str])  # functions that the person would not use instead
    searched: str = ""  # what was looked for in the library, and what came of it
    report: Report | None = None  # of the last draft judged
    present: bool = False  # whether somebody was there when it was judged
    problem: str = ""  # why nobody may accept the draft that was asked about
    asked_about: str = ""  # its code; "" if it would be so with any
    reason: str = ""  # why the person rejected it
    told: str = ""  # what they said of an earlier draft
    planned: list[Example] = field(default_factory=list[Example])  # the examples of the plan
    doubt: Doubt = field(default_factory=Doubt)
    red: list[str] = field(default_factory=list[str])  # drafts that were red, each by what it was and why
    red_before: tuple[str, ...] = ()  # the same, of earlier attempts at this step that came to nothing

    @property
    def shown(self) -> list[Example]:
        """The examples that the coder is shown."""
        return [example for example in self.examples if example not in self.held]

    def take_in(self, words: str) -> None:
        """What a person's words for the model spell out, as in `f(1) == 2`, is an example of theirs from now on.

        It takes the place of one that a model said; what a goal or a person said of the same call before stays.
        """
        said = spelt_out(words, self.step.name)
        calls = {_squeezed(one.call) for one in self.examples if one.source != "model"}
        said = [one for one in said if _squeezed(one.call) not in calls]
        if not said:
            return
        when, new = self.run.effect("now", utc_now), {_squeezed(one.call) for one in said}
        self.examples = [one for one in self.examples if _squeezed(one.call) not in new]
        self.held = [one for one in self.held if one in self.examples]
        self.examples += [replace(one, source="person", when=when) for one in said]
        self.run.tell("note", level="info", text=f"Of yours from now on: {'; '.join(one.text for one in said)}")

    def turned_red(self, draft: Draft, verdict: Verdict) -> bool:
        """Note what was red; whether this very draft was red for this very reason before in this attempt."""
        mark = hashlib.sha256(f"{draft.text}\n{verdict.failures()}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self.red.append(mark)
        return mark in self.red[:-1]

    def kept(self) -> dict[str, Any]:
        """What outlives this draft, as data for the message: whoever rejects it, or cannot save it, is asked once."""
        planned = {(example.text, example.source) for example in self.planned}
        return {
            "answers": [asdict(one) for one in self.examples if (one.text, one.source) not in planned],
            "withdrawn": sorted({text for text, _ in planned} - {example.text for example in self.examples}),
            "lines": self.lines,
            "accepted": self.accepted,
            "reason": self.reason,
            "red": [*self.red_before, *self.red],
        }

    def take_up(self, kept: dict[str, Any]) -> None:
        """Go on with what was kept of an earlier draft of the step; the plan's own examples are as they are now."""
        self.planned = list(self.examples)
        if not kept:
            return
        answers = [from_json(Example, data) for data in kept["answers"]]
        gone = {*kept["withdrawn"], *(example.text for example in answers)}
        self.examples = [example for example in self.examples if example.text not in gone]
        calls = {example.call for example in self.examples}
        self.examples += [example for example in answers if example.call not in calls]
        self.held = [example for example in self.held if example in self.examples]
        self.lines, self.accepted = list(kept["lines"]), list(kept["accepted"])
        self.red_before = tuple(kept.get("red", ()))
        self.told = f"An earlier draft was rejected: {kept['reason']}" if kept["reason"] else ""


def spelt_out(words: str, name: str) -> list[Example]:
    """The examples that words say without reserve; none that is denied, asked, restricted, gone on with, or said twice
    of one call."""
    whole, found = _squeezed(words), list[Example]()
    for clause in _CLAUSE.split(words):
        text = _squeezed(clause)
        for one in examples_in(clause, name) if not _RESERVE.search(clause) else ():
            _, said, after = text.partition(_squeezed(one.text))
            if said and _CLOSED.match(after) and whole.count(_squeezed(one.call)) == 1:
                found.append(one)
    return found


def _squeezed(text: str) -> str:
    return "".join(text.split())


def still_held(held: Sequence[Example], verdict: Verdict) -> list[Example]:
    """What the coder has not seen after it was told what is red."""
    told = {row.call for row in verdict.rows if not row.ok}
    return [example for example in held if example.call not in told]
