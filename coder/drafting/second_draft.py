"""Second draft: whether another draft of a step, written apart, gives the same where the examples do not decide.

A small model reckons badly in its head and writes code well: what it said of a call was wrong as often as not, while
two drafts that agree on inputs of all kinds are seldom both wrong (self-consistency).
"""

from coder.drafting.sampling import Sample, Sampling, Unusable
from coder.drafting.work import Work
from coder.model.model import Turn
from library.draft.draft import Draft
from library.errors import SourceError
from library.examples.example import Example
from library.gate.gate import Gate

ENOUGH = 4  # drafts, with the first, where none differs from it
MOST = 6  # where some differ: those that are red say nothing, and one more mostly decides
AGAINST = 2  # drafts that are asked for beside one that stands
CALLS = 4  # on which two are compared: those that tell them apart, if any input does


def settled(sampling: Sampling, work: Work, opening: list[Turn], first: Sample, *, stands: bool = False) -> Sample:
    """The draft that another one agrees with; the first if none does, which nobody may then accept without looking.

    Args:
        sampling: asks for the others.
        work: on the step; its examples hold for the first draft.
        opening: the chat that each draft is written from.
        first: a green draft.
        stands: it is made of what the library has, and holds unless two others agree against it.
    """
    drafts, apart, falling = [first], list[str](), list[Sample]()
    for number in range(AGAINST if stands else MOST - 1):
        if number == ENOUGH - 1 and not apart:
            break
        other = sampling.until_green(work, opening, None, ("fresh",))
        if isinstance(other, Unusable):
            continue
        if other.verdict.green:
            for one in drafts:
                differ = _differ(sampling, work, one.draft, other.draft)
                if not differ:
                    work.lines.append("a second draft, written apart, gives the same on all that was tried")
                    return one
                apart += differ
            drafts.append(other)
        elif all(row.ok or _failed(row.got) for row in other.verdict.rows):
            falling.append(other)
        if not stands and len(drafts) > 1 and (at := _backed(sampling, work, drafts, falling, apart)) is not None:
            work.lines.append(f"drafts written apart differ for {_told(apart)}: decided by one that fails elsewhere")
            return drafts[at]
    if apart:
        told = _told(apart)
        if stands:
            work.lines.append(f"drafts written apart differ from it and from each other for {told}")
            return first
        work.lines.append(f"not decided: drafts written apart differ for {told}")
        work.problem, work.asked_about = f"drafts written apart differ, and nobody decided: {told}", first.draft.code
    elif not stands:
        work.lines.append("not confirmed: no other draft that was written apart gives the examples")
    return first


def _backed(
    sampling: Sampling, work: Work, drafts: list[Sample], falling: list[Sample], apart: list[str]
) -> int | None:
    """Which of the drafts gives the same where they differ as one that only fails on some example; recorded.

    Whoever forgot the empty list has still read the words.
    """
    gate, source = Gate(sampling.judging.questions.admission.sandbox), sampling.judging.library.good_source()
    probes = [Example(call, "...") for call in dict.fromkeys(apart)]

    def gives(sample: Sample) -> list[str]:
        return [row.got for row in gate.judge(sample.draft, probes, source).rows]

    def find() -> int | None:
        given = [gives(one) for one in drafts]
        for voice in map(gives, falling):
            if voice in given and not any(map(_failed, voice)):
                return given.index(voice)
        return None

    return work.run.effect("backed", find) if falling else None


def _differ(sampling: Sampling, work: Work, one: Draft, other: Draft) -> list[str]:
    """The calls for which two drafts give different results, of those that tell most; recorded.

    Where one of them fails it is left open which is meant: nobody said what such an input is.
    """
    admission, source = sampling.judging.questions.admission, sampling.judging.library.good_source()
    gate = Gate(admission.sandbox)

    def make() -> list[str]:
        try:
            asked = admission.questions(one, work.examples, [other], library=source, most=CALLS)
        except SourceError:
            return []
        probes = [Example(question.call, "...") for question in asked]
        rows = [gate.judge(draft, probes, source).rows for draft in (one, other)]
        return [
            a.call for a, b in zip(*rows, strict=False) if a.got != b.got and not (_failed(a.got) or _failed(b.got))
        ]

    return work.run.effect("second draft", make)


def _told(calls: list[str]) -> str:
    return "; ".join(list(dict.fromkeys(calls))[:CALLS])


def _failed(got: str) -> bool:
    head = got.removeprefix("raises ").split(":")[0].split("(")[0]
    return head.endswith(("Error", "Exception")) or not got
