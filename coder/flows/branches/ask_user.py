"""ask_user: a question of the model's to the person."""

from dataclasses import dataclass
from typing import Any

from coder.flows.branch import Branch, Outcome
from coder.flows.command import Command, argument
from coder.flows.message import Message, keys
from coder.people.question import Text
from coder.run.run import Run


@dataclass(frozen=True)
class AskUserArguments:
    """What ask_user takes."""

    question: str = argument("one clear question")


@dataclass(frozen=True)
class AskUser:
    """Shows the question, returns the answer; the draft at hand stays as it is."""

    def branch(self) -> Branch:
        """This as a flow."""
        command = Command("ask_user", "Ask the person one question.", AskUserArguments)
        return Branch(command, keys(), self.act)

    def act(self, message: Message, arguments: dict[str, Any], run: Run) -> Outcome:
        """Ask."""
        answer = run.ask("ask", Text(arguments["question"]))
        return Outcome(True, f"The person answered: {answer.text}", f"asked: {arguments['question']}")
