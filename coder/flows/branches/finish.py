"""finish, manual_finish and out_of_rounds: the three ways in which the loop ends."""

from dataclasses import dataclass
from typing import Any

from coder.errors import CoderError
from coder.flows.branch import Branch, Outcome
from coder.flows.command import Command, argument
from coder.flows.message import Keys, Message, keys
from coder.run.run import Run
from library.editing.red_mark import is_marked
from library.sandbox import Sandbox
from library.store import Library
from library.whole_run import saves_of, whole_suite
from memory import plan as plans


@dataclass(frozen=True)
class FinishArguments:
    """What finish takes."""

    summary: str = argument("what can now be done, in one or two sentences")
    unfinished: bool = argument("true: end although steps are open", False)


@dataclass(frozen=True)
class ManualFinishArguments:
    """What manual_finish takes."""

    reason: str = argument("what the person said")


class Finish(Branch):
    """The controller's own ending, held against the plan and against what was saved."""

    command = Command("finish", "End: everything is done and saved.", FinishArguments)
    own = keys("plan goal", may_read="draft saved", may_write="ended")

    def act(self, message: Message, arguments: dict[str, Any], run: Run) -> Outcome:
        draft = message.get("draft")
        if draft and not arguments["unfinished"]:
            return Outcome(False, f"The accepted draft of {draft['draft']['name']} is not saved: save_code first.")
        left = open_steps(message)
        saved = [name for name in left if name in message.get("saved", [])]
        if saved and not arguments["unfinished"]:
            return Outcome(False, f"{', '.join(saved)}: saved but not ticked in the plan; update_plan first.")
        if left and not arguments["unfinished"]:
            return Outcome(False, f"Open steps: {', '.join(left)}. Do them, or finish with unfinished=true.")
        status = "unfinished" if left else "done"
        return Outcome(True, arguments["summary"], ended={"status": status, "summary": arguments["summary"]})


class ManualFinish(Branch):
    """The person said that it should end."""

    command = Command("manual_finish", "End because the person wants to.", ManualFinishArguments)
    own = keys(may_write="ended")

    def act(self, message: Message, arguments: dict[str, Any], run: Run) -> Outcome:
        return Outcome(True, arguments["reason"], ended={"status": "unfinished", "summary": arguments["reason"]})


@dataclass(frozen=True)
class OutOfRounds:
    """The ending of the loop when its rounds are used up."""

    name: str = "out_of_rounds"
    keys: Keys = keys("rounds", writes="ended")

    def __call__(self, message: Message, run: Run) -> Message:
        summary = f"All {message['rounds']} rounds are used up. Go on with: coder resume --max-rounds MORE"
        return message.with_data(ended={"status": "unfinished", "summary": summary, "goes_on": "yes"})


def whole_told(library: Library, sandbox: Sandbox, saves: str) -> tuple[str, bool]:
    """What is to be said of the library's whole suite, and whether a save of this run has turned a test red.

    Args:
        library: as it is now.
        sandbox: where the tests run.
        saves: how the keys of this run's saves begin.

    Returns:
        "" if all tests are green.
    """
    try:
        found = whole_suite(library, sandbox, saves_of(library, saves))
    except CoderError as error:
        return f"All tests of the library could not be run: {error.message}", False
    if found.green:
        return "", False
    if found.error:
        return f"All tests of the library could not be run to their end: {found.error}", False
    marked = tuple(f"test_{function.name}__" for function in library.functions() if is_marked(function.source))
    words = [f"Of all {found.ran} tests of the library {len(found.red)} are red: {'; '.join(found.red[:3])}."]
    ours = [(test, commit) for test, commit in found.since if not test.startswith(marked)]
    for commit in {commit.sha: commit for _, commit in ours}.values():
        tests = ", ".join(test for test, one in ours if one is commit)
        words.append(f"{tests}: red since {commit.title!r} ({commit.sha[:10]}); coder undo takes the last save back.")
    if not ours:
        words.append("None of them by a save of this run." if not found.since else "Saved so on the person's word.")
    return " ".join(words), bool(ours)


def open_steps(message: Message) -> list[str]:
    """The names of the steps that are not ticked."""
    return [step.name for step in plans.parse(message["plan"], message["goal"]).open]
