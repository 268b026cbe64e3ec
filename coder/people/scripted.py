"""ScriptedPerson: answers that were written beforehand, for tests and replays."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from coder.errors import NoAnswer
from coder.people.question import Answer, AnswerKind, Question


@dataclass
class ScriptedPerson:
    """A person whose answers were written beforehand; keeps what was asked in `asked`.

    Args:
        answers: in the order in which they will be needed; a bare word such as "accept" stands for Answer("accept").
    """

    answers: Iterable[Answer | str]
    present: bool = True
    asked: list[Question] = field(default_factory=list[Question])

    def __post_init__(self) -> None:
        self._left = iter(list(self.answers))

    def ask(self, question: Question) -> Answer:
        """The next answer."""
        self.asked.append(question)
        return self._next(question)

    def interrupted(self, doing: str) -> Answer:
        """The next answer."""
        return self._next(doing)

    def _next(self, question: object) -> Answer:
        try:
            answer = next(self._left)
        except StopIteration:
            raise NoAnswer(f"The scripted person has no answer left to {question!r}.") from None
        return answer if isinstance(answer, Answer) else Answer(cast(AnswerKind, answer))
