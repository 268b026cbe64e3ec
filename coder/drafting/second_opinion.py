"""Second opinion: where nobody is there, a model that is not shown the draft says what the distinguishing calls give.

What it says is an example of its own. Where it contradicts the draft it is asked once more, in a chat of its own: only
what it says twice counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from coder.drafting.distinguishing_calls import told_by_model
from coder.errors import FormatError, NoAnswer
from coder.model.model import Reply
from coder.run.chat import opening
from coder.run.run import Run
from library.examples.example import Example
from library.gate.choose_questions import NEVER_ENDS, CallQuestion
from library.source.function import Function
from memory.plan import Step

CODE = 2000  # letters of a function that a model compares with a step


@dataclass
class Asked:
    """What came of the questions about a draft.

    Attributes:
        examples: all that hold now: those there were, as the person left them, and new ones.
        lines: for the evidence, one for each question put.
        problem: why nobody may accept the draft without looking; "" if nothing speaks against it.
    """

    examples: list[Example]
    lines: list[str] = field(default_factory=list[str])
    problem: str = ""


def second_opinion(
    run: Run,
    step: Step,
    asked: Asked,
    questions: Sequence[CallQuestion],
    contradicts: Callable[[Sequence[Example]], set[str]],
    when: str,
) -> None:
    """Ask the model about the calls of these questions, by the step's words alone.

    Args:
        run: of the goal.
        step: what the function is for.
        asked: the examples so far; what the model says twice, or once without contradiction, is added.
        questions: the distinguishing calls.
        contradicts: tells which of some examples, by their calls, the draft does not fulfil.
        when: ISO date-time of the examples.
    """
    endless = [question.call for question in questions if question.answers[:1] == (NEVER_ENDS,)]
    asked.problem = f"it does not come to an end: {endless[0]}" if endless else ""
    calls = [question.call for question in questions if question.call not in endless]
    if not calls:
        return
    known = asked.examples
    said = told_by_model(run, step, known, calls, when)
    against = contradicts(said) if said else set[str]()
    doubted = [call for call in calls if call in against]
    again = told_by_model(run, step, known, doubted, when, again=True) if doubted else []
    twice = {(example.call, example.expected, example.raises) for example in again}
    for example in said:
        if example.call in against and (example.call, example.expected, example.raises) not in twice:
            asked.lines.append(f"{example.text}: said once by a model that was not shown the draft, and not again")
            continue
        asked.lines.append(f"{example.text}: said by a model that was not shown the draft")
        asked.examples.append(example)


def same_words(run: Run, step: Step, function: Function, goal: str) -> bool:
    """Whether a model says, by docstring and code, that a function of the library does all that a step asks for."""
    chat = opening(
        "reuse",
        goal=goal,
        signature=step.signature,
        does=step.does,
        code=function.source.strip()[:CODE],
    )
    try:
        said, _ = run.ask_model("reuse", chat, _yes_or_no)
    except NoAnswer:
        run.tell("note", level="warning", text="The model does not say whether they do the same: it is written anew.")
        return False
    return said


def _yes_or_no(reply: Reply) -> bool:
    words = reply.text.strip().lower().rstrip(".!").split()
    if len(words) > 20 or not ({"yes", "no"} & set(words)) or {"yes", "no"} <= set(words):
        raise FormatError("there was no yes or no in it")
    return "yes" in words
