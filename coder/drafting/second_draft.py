"""Second draft: whether another draft of a step, written apart, gives the same where the examples do not decide.

A small model reckons badly in its head and writes code well: what it says of a call is wrong as often as not, while two
drafts that agree on calls which slips of the code would answer otherwise are seldom both wrong (self-consistency).
"""

import re
from collections.abc import Sequence

from coder.drafting.distinguishing_calls import telling
from coder.drafting.sampling import Sample, Sampling, Unusable
from coder.drafting.work import Work
from coder.model.model import Turn
from library.draft.draft import Draft
from library.examples.example import Example
from library.gate.gate import Gate

MOST = 3  # drafts, with the first
_ERROR = re.compile(r"\A(?:raises )?([A-Z]\w*(?:Error|Exception))\b.*", re.DOTALL)  # its words are not what is compared


def settled(sampling: Sampling, work: Work, opening: list[Turn], first: Sample) -> Sample:
    """The draft that another one agrees with; the first if none does, which the evidence then says.

    Args:
        sampling: asks for the others.
        work: on the step; its examples hold for the first draft.
        opening: the chat that each draft is written from.
        first: a green draft.
    """
    calls = telling(work.report)
    if not calls:
        return first
    found = [(first, _results(sampling, work, first.draft, calls))]
    for _ in range(MOST - 1):
        other = sampling.until_green(work, opening, None, ("fresh",))
        if isinstance(other, Unusable) or not other.verdict.green:
            continue
        results = _results(sampling, work, other.draft, calls)
        for sample, others in found:
            if results == others:
                work.lines.append(f"a draft written apart gives the same for {'; '.join(calls)}")
                return sample
        found.append((other, results))
    best = max(found, key=lambda one: sum(_alike(one[1], other) for _, other in found))[0]
    work.lines.append(f"not decided: drafts written apart differ for {'; '.join(_apart([r for _, r in found], calls))}")
    return best


def _results(sampling: Sampling, work: Work, draft: Draft, calls: Sequence[str]) -> list[str]:
    """What the calls give, as text; made in the sandbox and recorded."""
    judging = sampling.judging
    probes = [Example(call, "...") for call in calls]

    def make() -> list[str]:
        rows = Gate(judging.gate.sandbox).judge(draft, probes, judging.library.good_source()).rows
        return [_ERROR.sub(r"\1", row.got) for row in rows]

    return work.run.effect("second", make)


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(a == b for a, b in zip(one, other, strict=False))


def _apart(results: Sequence[Sequence[str]], calls: Sequence[str]) -> list[str]:
    apart = [call for at, call in enumerate(calls) if len({row[at] for row in results if at < len(row)}) > 1]
    return apart or ["nothing that could be tried"]
