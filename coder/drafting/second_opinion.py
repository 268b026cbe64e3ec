"""Second opinion: a model that is not shown the draft says what the distinguishing calls give, by the words alone.

What it says in agreement with the draft is an example. What contradicts the draft goes to the person; where nobody is
there, it is asked once more, in a chat of its own and with other chances: only what it says twice counts, or three
times of a call that is no question by itself.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from coder.drafting.distinguishing_calls import told_by_model
from coder.errors import FormatError, NoAnswer
from coder.model.model import Reply
from coder.run.chat import opening
from coder.run.run import Run
from library.examples.example import Example
from library.gate.choose_questions import CallQuestion
from library.gate.table import NEVER_ENDS
from library.source.function import Function
from memory.plan import Step

CODE = 2000  # letters of a function that a model compares with a step
MOST = 4  # calls that it is asked about, of those that are questions by themselves
WIDE = 12  # with others
DISPUTED = 2  # calls that were put to it alone, of which the person has to say who is right


@dataclass
class Asked:
    """What came of the questions about a draft.

    Attributes:
        examples: all that hold now: those there were, as the person left them, and new ones.
        lines: for the evidence, one for each question put, and for what nobody has decided.
        problem: why nobody may accept the draft without looking; "" if nothing speaks against it.
        about: the code that the problem is about; "" if another draft would have it too.
        put: the calls that a person was asked about.
    """

    examples: list[Example]
    lines: list[str] = field(default_factory=list[str])
    problem: str = ""
    about: str = ""
    put: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class SecondOpinion:
    """What a model says of the distinguishing calls, by the step's words alone.

    Attributes:
        agreed: examples that the draft fulfils.
        against: examples that it does not.
        silent: calls of which nothing was said.
    """

    agreed: tuple[Example, ...] = ()
    against: tuple[Example, ...] = ()
    silent: tuple[str, ...] = ()


def second_opinion(
    run: Run,
    step: Step,
    known: Sequence[Example],
    questions: Sequence[CallQuestion],
    contradicts: Callable[[Sequence[Example]], set[str]],
    when: str,
) -> SecondOpinion | None:
    """Ask the model about the calls of these questions; one that does not end is nothing to ask about.

    None if it is a recording, which cannot be asked.

    Args:
        run: of the goal.
        step: what the function is for.
        known: the examples so far.
        questions: the distinguishing calls.
        contradicts: tells which of some examples, by their calls, the draft does not fulfil.
        when: ISO date-time of the examples.
    """
    calls = [question.call for question in questions if question.answers[:1] != (NEVER_ENDS,)]
    if not calls:
        return SecondOpinion()
    said = told_by_model(run, step, known, calls, when)
    if said is None:
        return None
    wrong = contradicts(said) if said else set[str]()
    there = {example.call for example in said}
    return SecondOpinion(
        tuple(example for example in said if example.call not in wrong),
        tuple(example for example in said if example.call in wrong),
        tuple(call for call in calls if call not in there),
    )


def decide_alone(run: Run, step: Step, asked: Asked, opinion: SecondOpinion, own: Collection[str], when: str) -> None:
    """Where nobody is there: what agrees is an example, what contradicts the draft only if it is said twice.

    A call that is no question by itself has to be contradicted three times, or another one twice as well.

    Args:
        run: of the goal.
        step: what the function is for.
        asked: takes what comes of it.
        opinion: what the model said.
        own: the calls that are questions by themselves.
        when: ISO date-time of the examples.
    """
    known = list(asked.examples)
    asked.lines += [f"{one.text}: said by a model that was not shown the draft" for one in opinion.agreed]
    asked.examples += [one for one in opinion.agreed if one.call in own]
    twice = held = _again(run, step, known, opinion.against, when)
    if len(twice) == 1 and twice[0].call not in own:
        held = _again(run, step, known, twice, when)
    for one in opinion.against:
        times = "twice" if one in twice else "once"
        asked.lines.append(f"{one.text}: said {times} by a model that was not shown the draft")
        asked.lines[-1] += "" if one in held else ", and not again"
    asked.examples += held
    asked.lines += [
        f"{call}: not decided; the model that was not shown the draft does not say" for call in opinion.silent
    ]


def _again(run: Run, step: Step, known: Sequence[Example], said: Sequence[Example], when: str) -> list[Example]:
    """Those of these examples that the model says once more, in a chat of its own and with other chances."""
    calls = [example.call for example in said]
    again = told_by_model(run, step, known, calls, when, again=True) or [] if calls else []
    same = {(example.call, example.expected, example.raises) for example in again}
    return [example for example in said if (example.call, example.expected, example.raises) in same]


def said_again(
    run: Run, step: Step, known: Sequence[Example], said: Sequence[Example], when: str
) -> tuple[Example, ...]:
    """Of what the model said of some calls what it says once more: a few, for a person to settle.

    Args:
        run: of the goal.
        step: what the function is for.
        known: the examples so far.
        said: contradicts the draft.
        when: ISO date-time of the examples.
    """
    return tuple(_again(run, step, known, said, when))[:DISPUTED]


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
