"""Person: what a flow may ask of whoever sits at the keyboard, and the doubles Scripted and Unattended.

A person is one more callable with a closed set of verdicts; the terminal's form is coder/terminal/person.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, cast, get_args

from coder.errors import NoAnswer

Verdict = Literal[
    "accept",  # take it as it is
    "accept_red",  # take it although something is red; it will be marked
    "edit",  # text: the whole text as the person wants it
    "feedback",  # text: words for the model
    "test",  # run the tests again
    "more",  # have the model say what calls should give that no example tells from a near miss
    "examples",  # withdraw or correct examples
    "reject",  # drop this draft; text: why
    "choice",  # text: the key of the option chosen
    "go_on",  # after an interruption: continue where it stopped
    "finish",  # end the run properly now; what is open stays open
    "quit",  # leave; the run can be resumed
]
VERDICTS: tuple[str, ...] = get_args(Verdict)


@dataclass(frozen=True)
class Answer:
    """What the person decided; `text` goes with edit, feedback and choice."""

    verdict: Verdict
    text: str = ""

    def to_json(self) -> dict[str, str]:
        """As data for the journal."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Answer":
        """The answer that `to_json` wrote."""
        return Answer(cast(Verdict, data["verdict"]), str(data.get("text", "")))


@dataclass(frozen=True)
class PlanCard:
    """A plan to be judged: its text, what changed since the last draft (unified diff), and why it is shown again."""

    text: str
    diff: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    """One example of the table: the call, what was expected, what came out, who said so, whether it fits."""

    call: str
    expected: str
    got: str
    source: str
    ok: bool


@dataclass(frozen=True)
class TestLine:
    """One test of the model's or the person's: its name, whether it is green, and what went wrong."""

    __test__ = False  # pytest: this is a value, not a test
    name: str
    ok: bool
    message: str = ""


@dataclass(frozen=True)
class CodeCard:
    """Everything that a person needs to decide on a draft, on one screen of 100 x 40.

    `problems` are reasons beside the tests why the draft is not green (does not parse, two public functions, …);
    `checks` are the lines of the gate's verdict (name, passed, detail); `telling` are calls that would tell the draft
    from near misses which no example tells from it.
    """

    name: str
    signature: str
    code: str
    tests: str
    rows: tuple[Row, ...]
    lines: tuple[TestLine, ...]
    green: bool
    seconds: float = 0.0
    uses: tuple[str, ...] = ()
    previous: str = ""
    problems: tuple[str, ...] = ()
    checks: tuple[tuple[str, bool, str], ...] = ()
    note: str = ""
    telling: tuple[str, ...] = ()
    tests_reach: bool = False  # beyond their arguments: then they are shown at once


@dataclass(frozen=True)
class Option:
    """One way to answer: the key to press, a word, and what it does."""

    key: str
    label: str
    help: str = ""


class Person(Protocol):
    """Whoever decides."""

    @property
    def present(self) -> bool:
        """Whether somebody can answer questions."""
        ...

    def review_plan(self, card: PlanCard) -> Answer:
        """accept | edit | feedback | quit."""
        ...

    def review_code(self, card: CodeCard) -> Answer:
        """accept | accept_red | edit | feedback | test | more | examples | reject | quit."""
        ...

    def edit(self, name: str, text: str) -> Answer:
        """edit (the whole text as it should be) | quit; `name` is that of a file, which tells an editor what it is."""
        ...

    def ask(self, question: str) -> Answer:
        """feedback (the words) | quit."""
        ...

    def choose(self, question: str, options: Sequence[Option], default: str) -> Answer:
        """choice (the key of one of the options) | quit; `default` is the key that Enter means."""
        ...

    def interrupted(self, doing: str) -> Answer:
        """After Ctrl-C while `doing`: go_on | feedback | finish | quit."""
        ...


@dataclass
class Unattended:
    """Nobody is there: what is green is accepted, what is red is rejected, questions are answered by their default."""

    present: bool = False

    def review_plan(self, card: PlanCard) -> Answer:
        """Accept."""
        return Answer("accept")

    def review_code(self, card: CodeCard) -> Answer:
        """Accept what is green; reject the rest."""
        return Answer("accept" if card.green else "reject")

    def edit(self, name: str, text: str) -> Answer:
        """Leave it."""
        return Answer("edit", text)

    def ask(self, question: str) -> Answer:
        """Tell the model that it has to decide by itself."""
        return Answer(
            "feedback", "Nobody is at the keyboard. Decide by yourself and say in the docstring what you assumed."
        )

    def choose(self, question: str, options: Sequence[Option], default: str) -> Answer:
        """Take the default."""
        return Answer("choice", default)

    def interrupted(self, doing: str) -> Answer:
        """Leave."""
        return Answer("quit")


@dataclass
class ScriptedPerson:
    """A person whose answers were written beforehand, for tests and replays; keeps what was asked in `asked`.

    Args:
        answers: in the order in which they will be needed; a bare word such as "accept" stands for Answer("accept").
    """

    answers: Iterable[Answer | str]
    present: bool = True
    asked: list[Any] = field(default_factory=list[Any])

    def __post_init__(self) -> None:
        self._left = iter(list(self.answers))

    def _next(self, question: object) -> Answer:
        self.asked.append(question)
        try:
            answer = next(self._left)
        except StopIteration:
            raise NoAnswer(f"The scripted person has no answer left to {question!r}.") from None
        return answer if isinstance(answer, Answer) else Answer(cast(Verdict, answer))

    def review_plan(self, card: PlanCard) -> Answer:
        """The next answer."""
        return self._next(card)

    def review_code(self, card: CodeCard) -> Answer:
        """The next answer."""
        return self._next(card)

    def edit(self, name: str, text: str) -> Answer:
        """The next answer."""
        return self._next(text)

    def ask(self, question: str) -> Answer:
        """The next answer."""
        return self._next(question)

    def choose(self, question: str, options: Sequence[Option], default: str) -> Answer:
        """The next answer."""
        return self._next(question)

    def interrupted(self, doing: str) -> Answer:
        """The next answer."""
        return self._next(doing)
