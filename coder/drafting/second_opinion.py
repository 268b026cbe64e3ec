"""Second opinion: where nobody is there, a model that is not shown the draft says what the few telling calls give.

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
from library.gate.questions import NEVER_ENDS, CallQuestion
from library.source.function import Function
from memory.plan import Step


@dataclass
class Opinion:
    """What came of it.

    Attributes:
        examples: what the model says; the source is "model".
        lines: for the evidence, one a call.
        asked: how many calls were asked about.
        endless: a call that the draft does not end on; "" if there is none.
    """

    examples: list[Example] = field(default_factory=list[Example])
    lines: list[str] = field(default_factory=list[str])
    asked: int = 0
    endless: str = ""


def second_opinion(
    run: Run,
    step: Step,
    known: Sequence[Example],
    questions: Sequence[CallQuestion],
    contradicts: Callable[[Sequence[Example]], set[str]],
    when: str,
) -> Opinion:
    """Ask the model about the calls of these questions, by the step's words alone.

    Args:
        run: of the goal.
        step: what the function is for.
        known: the examples so far.
        questions: the telling calls.
        contradicts: tells which of some examples, by their calls, the draft does not fulfil.
        when: ISO date-time of the examples.
    """
    opinion = Opinion(asked=len(questions))
    opinion.endless = next((one.call for one in questions if one.answers[:1] == (NEVER_ENDS,)), "")
    calls = [question.call for question in questions if question.answers[:1] != (NEVER_ENDS,)]
    if not calls:
        return opinion
    said = told_by_model(run, step, known, calls, when)
    against = contradicts(said) if said else set[str]()
    again = told_by_model(run, step, known, [call for call in calls if call in against], when) if against else []
    twice = {(example.call, example.expected, example.raises) for example in again}
    for example in said:
        if example.call in against and (example.call, example.expected, example.raises) not in twice:
            opinion.lines.append(f"{example.text}: said once by a model that was not shown the draft, and not again")
            continue
        opinion.lines.append(f"{example.text}: said by a model that was not shown the draft")
        opinion.examples.append(example)
    return opinion


def same_words(run: Run, step: Step, function: Function, goal: str) -> bool:
    """Whether a model says, by the words alone, that a function of the library does all that a step asks for."""
    chat = opening(
        "reuse",
        goal=goal,
        signature=step.signature,
        does=step.does,
        function=function.signature,
        doc=function.doc.strip() or "(it has no docstring)",
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
