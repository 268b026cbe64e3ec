"""Person: whoever decides. One call asks, with a closed set of questions; at the keyboard it is terminal/person.py."""

from typing import Protocol

from coder.people.question import YES_OR_NO, Answer, Choose, Question


class Person(Protocol):
    """Whoever decides."""

    @property
    def present(self) -> bool:
        """Whether somebody can answer questions."""
        ...

    def ask(self, question: Question) -> Answer:
        """What they decide; the verdicts that a question can have stand at its class."""
        ...

    def interrupted(self, doing: str) -> Answer:
        """After Ctrl-C while `doing`: go_on | feedback | finish | quit.

        No question of the run: it is put to whoever pressed the key, now, and to nobody else.
        """
        ...


def confirm(person: Person, title: str) -> bool:
    """Whether the person says yes; Enter is no."""
    return person.ask(Choose(title, YES_OR_NO, "n")) == Answer("choice", "y")
