"""Question and Answer: a closed set of things that a person is asked, each with all that it takes to draw it anywhere.

A question is a value and JSON, so that it can wait, be shown in another process and be answered there.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

from library.draft.draft import Draft
from library.gate.verdict import Verdict
from memory.errors import RefusedInput
from memory.json_values import from_json

AnswerKind = Literal[
    "accept",  # take it as it is; text: WITH_THE_REST, if it was not shown
    "accept_rest",  # take it, and of the rest of this run every draft that is green
    "accept_red",  # take it although something is red; it will be marked
    "edit",  # text: the whole text as the person wants it
    "feedback",  # text: words for the model
    "test",  # run the tests again
    "more",  # have the model say what calls should give about which the examples say nothing
    "examples",  # withdraw or correct examples
    "reject",  # drop this draft; text: why
    "choice",  # text: the key of the option chosen
    "go_on",  # after an interruption: continue where it stopped
    "finish",  # end the run properly now; what is open stays open
    "quit",  # leave; the run can be resumed
]


WITH_THE_REST = "not shown: the rest was accepted if green"


@dataclass(frozen=True)
class Answer:
    """What the person decided; `text` goes with edit, feedback, reject and choice."""

    verdict: AnswerKind
    text: str = ""


@dataclass(frozen=True)
class Option:
    """One way to answer: the key to press, a word, and what it does."""

    key: str
    label: str
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class _Question:
    """What every question says beside its own.

    Attributes:
        goal: of the run that asks.
        who: for whom it is; "" for whoever comes first.
        asked_at: ISO date-time.
        deadline: ISO date-time after which it is answered as if nobody were there; "" for never.
    """

    kind: ClassVar[str]
    goal: str = ""
    who: str = ""
    asked_at: str = ""
    deadline: str = ""

    def to_json(self) -> dict[str, Any]:
        """As data, whole."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True)
class Choose(_Question):
    """One of a few options; answered by choice (its key) | quit. `default` is the key that Enter means."""

    kind: ClassVar[str] = "choose"
    title: str
    options: tuple[Option, ...]
    default: str


@dataclass(frozen=True)
class Text(_Question):
    """A text; typed and answered by feedback | quit, or edited and answered by edit if it is that of a `file`.

    Attributes:
        title: what is asked.
        file: a file's name, which tells an editor what the text is.
        initial: what the text is before it is edited.
        how: in what form it is typed; "" for words.
    """

    kind: ClassVar[str] = "text"
    title: str = ""
    file: str = ""
    initial: str = ""
    how: str = ""


@dataclass(frozen=True)
class PlanReview(_Question):
    """A plan to be judged; answered by accept | accept_rest | edit | feedback | quit.

    Attributes:
        text: the plan.
        diff: what changed since the last draft.
        note: why it is shown again.
    """

    kind: ClassVar[str] = "plan"
    text: str
    diff: str = ""
    note: str = ""


@dataclass(frozen=True)
class DraftReview(_Question):
    """Everything that a person needs to decide on a draft, on one screen of 100 x 40.

    Answered by accept | accept_rest | accept_red | edit | feedback | test | more | examples | reject | quit.

    Attributes:
        signature: of the plan's step.
        draft: the code and its tests.
        verdict: the examples with what came out, the tests, what is red beside them, and the checks.
        does: what the step is to do.
        previous: code of the draft before, "" if there is none.
        note: why it is shown again.
        telling: calls about which the examples say nothing, and whose results would show a small mistake.
        evidence: what was looked for and asked on the way, a line each.
        tests_reach: the tests reach beyond their arguments: then they are shown at once.
    """

    kind: ClassVar[str] = "draft"
    signature: str
    draft: Draft
    verdict: Verdict
    does: str = ""
    previous: str = ""
    note: str = ""
    telling: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    tests_reach: bool = False

    @property
    def plain_green(self) -> bool:
        """Whether it is green and nothing else is to be said to the person."""
        return self.verdict.green and not self.note


Question = Choose | Text | PlanReview | DraftReview
KINDS: dict[str, type[Question]] = {one.kind: one for one in (Choose, Text, PlanReview, DraftReview)}
YES_OR_NO = (Option("y", "yes"), Option("n", "no"))


def question_from_json(data: dict[str, Any]) -> Question:
    """The question whose `to_json` this is.

    Raises:
        RefusedInput: it is none; says where it is wrong.
    """
    if data.get("kind") not in KINDS:
        raise RefusedInput(f"A question of kind {data.get('kind')!r} is not known.")
    return from_json(KINDS[data["kind"]], data)
