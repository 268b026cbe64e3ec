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


class AskUser(Branch):
    """Shows the question, returns the answer; the draft at hand stays as it is."""

    command = Command("ask_user", "Ask the person one question.", AskUserArguments)
    own = keys()

    def act(self, message: Message, arguments: dict[str, Any], run: Run) -> Outcome:
        answer = run.ask("ask", Text(arguments["question"]))
        return Outcome(True, f"The person answered: {answer.text}", f"asked: {arguments['question']}")
