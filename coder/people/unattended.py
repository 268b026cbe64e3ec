"""Unattended: the person where nobody is there."""

from dataclasses import dataclass

from coder.people.question import Answer, Choose, DraftReview, PlanReview, Question, Text

ALONE = "Nobody is at the keyboard. Decide by yourself and say in the docstring what you assumed."


@dataclass
class Unattended:
    """Nobody is there: what is green is accepted, what is red is rejected, questions are answered by their default."""

    present: bool = False

    def ask(self, question: Question) -> Answer:
        """What is taken for an answer; a question in words has the model decide by itself."""
        match question:
            case PlanReview():
                return Answer("accept")
            case DraftReview(verdict=verdict):
                return Answer("accept" if verdict.green else "reject")
            case Choose(default=default):
                return Answer("choice", default)
            case Text(file=file, initial=initial):
                return Answer("edit", initial) if file else Answer("feedback", ALONE)

    def interrupted(self, doing: str) -> Answer:
        """Leave."""
        return Answer("quit")
