"""Sampling: drafts of a step until one is green: a first one, one repair of it, then fresh ones from the opening chat.

A growing chat of repairs mended nothing with small models, a fresh sample at a higher temperature did in half of the
cases. Samples that do not know of each other also tell a wrong example from a wrong draft.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import prompts
from coder.drafting import source_reading
from coder.drafting.doubt import told as told_of
from coder.drafting.judging import Judging
from coder.drafting.work import Work, still_held
from coder.errors import FormatError
from coder.model.model import Reply, ReplyOptions, Turn
from coder.people.question import Choose, Option
from coder.run.chat import from_user
from library.draft.code_blocks import prose
from library.draft.draft import Draft, read_reply
from library.draft.mended import held_to, without_doctest
from library.errors import SourceError
from library.examples.example import parse_example
from library.gate.verdict import ExampleResult, Verdict
from library.store import Library
from memory.clock import utc_now
from memory.plan import Step

OBJECTION = "EXAMPLE WRONG"
TOKENS = 2_000  # of a reply with code
Kind = Literal["first", "repair", "fresh"]
FROM_THE_START: tuple[Kind, ...] = ("first", "repair", "fresh", "fresh", "fresh", "fresh")
# A second opinion says that it is wrong: first a sample that knows neither, since either may be right.
DISPUTED: tuple[Kind, ...] = ("fresh", "repair")
_TEMPERATURE: dict[Kind, float] = {"first": 0.0, "repair": 0.2, "fresh": 0.8}


@dataclass(frozen=True)
class Sample:
    """A draft with its verdict, and the chat up to it."""

    draft: Draft
    verdict: Verdict
    chat: list[Turn]


@dataclass(frozen=True)
class Unusable:
    """No reply was a draft: what was wrong with the last one, and how many there were."""

    problem: str
    tries: int


@dataclass(frozen=True)
class Sampling:
    """Asks for drafts of one step and has them judged."""

    library: Library
    judging: Judging

    def until_green(
        self, work: Work, opening: list[Turn], last: Sample | None = None, kinds: Sequence[Kind] = FROM_THE_START
    ) -> Sample | Unusable:
        """The first green draft, else the best one.

        Args:
            work: on the step; examples that turn out to be doubtful go from it.
            opening: the chat that each fresh sample begins with; it holds the person's words.
            last: a draft that was found to be wrong, for a repair.
            kinds: what is asked for, one after the other.
        """
        best: Sample | None = last
        chat, problem = (last.chat if last else opening), ""
        wrong: Turn | None = _red(last.verdict) if last else None
        seen = {_mark(last)} if last else set[str]()
        for attempt, kind in enumerate(kinds):
            if attempt:
                work.run.tell("repair", attempt=attempt, of=len(kinds) - 1, problem=problem or _told(best))
            if kind == "repair" and wrong is None:
                kind = "fresh"
            asked = [*chat, wrong] if kind == "repair" and wrong else opening
            draft, chat, problem = self._draft(work, asked, kind)
            if draft is None:
                wrong = from_user(prompts.render("code", "bad", problem=problem))
                continue
            sample = self.judged(work, draft, chat, attempt, fresh=kind != "repair")
            if sample.verdict.green:
                return sample
            wrong, best = _red(sample.verdict), _better(best, sample)
            if work.remark.startswith(OBJECTION) and work.run.person.present:
                return sample
            if (mark := _mark(sample)) in seen:
                work.run.tell("note", level="warning", text=f"{draft.name}: the same draft again, red as before.")
                if kind == "fresh":
                    return sample
            seen.add(mark)
        return best or Unusable(problem, len(kinds))

    def _draft(self, work: Work, chat: list[Turn], kind: Kind) -> tuple[Draft | None, list[Turn], str]:
        """The next draft, the chat up to it, and what is wrong if it is none; the model may read functions before."""
        known = {function.name for function in self.library.functions()}
        options = ReplyOptions(temperature=_TEMPERATURE[kind], max_tokens=TOKENS)
        while True:
            reply = work.run.reply("code", chat, options=options)
            try:
                said = source_reading.reader(read_draft(work.step, known), work.read)(reply)
            except FormatError as error:
                problem = f"{reply.note}: {error.message}" if reply.note else error.message
                work.run.tell("bad_reply", purpose="code", problem=problem, attempt=1, of=1)
                return None, [*chat, reply.turn()], problem
            chat = [*chat, reply.turn()]
            if isinstance(said, Draft):
                tell_left_out(work.run.tell, said)
                return said, chat, ""
            chat = [*chat, source_reading.answer(work.run, self.library, said, work.read)]
            work.read += 1

    def judged(self, work: Work, draft: Draft, chat: list[Turn], attempt: int, *, fresh: bool) -> Sample:
        """The draft with the person's tests, judged; if only doubtful examples are in its way, without these."""
        draft = replace(draft, code=held_to(draft.code, work.examples), tests=work.tests)
        work.remark = _remark(chat)
        verdict = self.judging.judge(draft, work, attempt)
        work.held = still_held(work.held, verdict)
        doubt = work.doubt.note(verdict, fresh=fresh)
        if doubt and (mended := _settled(work, draft, doubt)) is not None:
            draft = mended
            verdict = self.judging.judge(draft, work, attempt)
        if not verdict.green:
            work.turned_red(draft, verdict)
        return Sample(draft, verdict, chat)


def read_draft(step: Step, known: Container[str]) -> Callable[[Reply], Draft]:
    """A reader of replies that should hold a step's function; it raises FormatError for the model.

    What the model wrote beside it to try it out is left: what is expected is said by examples, not by whoever writes.

    Args:
        step: what it is for.
        known: names of the library's functions.
    """

    def read(reply: Reply) -> Draft:
        try:
            return replace(read_reply(reply.text, step.name, step.signature, known, step.does), tests="")
        except SourceError as error:
            cut = " The reply was cut off: be shorter." if reply.ended == "length" else ""
            raise FormatError(error.message + cut) from None

    return read


def _settled(work: Work, draft: Draft, rows: Sequence[ExampleResult]) -> Draft | None:
    """The draft without what is doubtful, which goes from the examples unless the person says that it holds.

    Returns: None if the person keeps the examples.
    """
    run = work.run
    run.tell("note", level="warning", text=f"Doubtful, said by a model alone: {told_of(rows)}.")
    for row in rows:
        how = ""
        if run.effect("doubted by", lambda: run.person.present):
            options = (
                Option("1", row.got, "what the drafts give"),
                Option("2", row.expected, "what the model's example says"),
                Option("d", "don't care", "drop the example"),
            )
            title = f"What should {row.call} be? Two drafts written apart and the model's example disagree."
            how = run.ask("doubt", Choose(title, options, "d")).text
        if how == "2":
            work.examples = [replace(e, source="person") if e.call == row.call else e for e in work.examples]
            return None
        work.examples = [one for one in work.examples if one.call != row.call]
        if how == "1":
            work.examples.append(parse_example(_as_example(row), "person", run.effect("now", utc_now)))
        work.lines.append(
            f"{row.call} -> {row.got if how == '1' else 'dropped, as drafts written apart contradict it'}"
        )
        draft = replace(draft, code=without_doctest(draft.code, row.call))
    work.held = [one for one in work.held if one in work.examples]
    return draft


def _as_example(row: ExampleResult) -> str:
    return f"{row.call} {row.got}" if row.got.startswith("raises ") else f"{row.call} == {row.got}"


def tell_left_out(tell: Callable[..., None], draft: Draft) -> None:
    """Say which lines of a reply or an edit are neither run nor saved."""
    if draft.left_out:
        tell("note", level="info", text=f"Left out, since nothing needs it: {'; '.join(draft.left_out[:5])}")


def _better(one: Sample | None, other: Sample) -> Sample:
    """The one with less that is red, the later of two alike."""
    return one if one is not None and _reds(one.verdict) < _reds(other.verdict) else other


def _reds(verdict: Verdict) -> tuple[int, int]:
    broken = not (verdict.rows or verdict.tests)
    return broken, len(verdict.problems) + sum(not one.ok for one in (*verdict.rows, *verdict.tests))


def _mark(sample: Sample) -> str:
    return sample.draft.text


def _told(sample: Sample | None) -> str:
    return sample.verdict.failures() if sample else ""


def _red(verdict: Verdict) -> Turn:
    return from_user(prompts.render("code", "red", failures=verdict.failures()))


def _remark(chat: Sequence[Turn]) -> str:
    """What the model said beside the code in its last reply, cut to 300 characters."""
    said = " ".join(prose(str(chat[-1]["content"])).split())
    return said[max(said.find(OBJECTION), 0) :][:300] if "def " not in said else ""
