"""A scripted goal of three functions: model and person answer by what they see, never by count.

Because both are functions of the question alone, a killed and resumed run must come to the same library.
    python -m benchmarks.goal DIR [--resume]     notes each start and every question in DIR/asked.log
"""

import argparse
import ast
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coder import app
from coder.model.model import Reply, ReplyOptions, Tool, Turn, Watch, says
from coder.people.question import Answer, Choose, DraftReview, PlanReview, Question, Text
from coder.run.events import deaf
from coder.run.journal import Journal
from coder.settings import Settings
from memory.errors import CoderError

GOAL = "count vowels, find the word with the most of them, and rank words by them"

PLAN = """1. [ ] count_vowels(text: str) -> int
   Return how many vowels (a, e, i, o, u, either case) a text has.
   - count_vowels("Audio") == 4
   - count_vowels("") == 0
2. [ ] most_vowels(words: list[str]) -> str
   Return the first word with the most vowels; no words is an error.
   - most_vowels(["sky", "Audio", "tree"]) == "Audio"
   - most_vowels([]) raises ValueError
3. [ ] rank_by_vowels(words: list[str]) -> list[str]
   Return the words ordered by vowels, most first; equal ones keep their order.
   - rank_by_vowels(["sky", "tree", "Audio"]) == ["Audio", "tree", "sky"]
"""

CODE = {
    "count_vowels": '''def count_vowels(text: str) -> int:
    """Return how many vowels a text has.

    Args:
        text: any text.
    """
    return sum(character in "aeiou" for character in text.lower())
''',
    "most_vowels": '''def most_vowels(words: list[str]) -> str:
    """Return the first word with the most vowels.

    Raises:
        ValueError: there are no words.
    """
    if not words:
        raise ValueError("no words")
    return max(words, key=count_vowels)
''',
    "rank_by_vowels": '''def rank_by_vowels(words: list[str]) -> list[str]:
    """Return the words ordered by vowels, most first, equal ones in their order."""
    return sorted(words, key=count_vowels, reverse=True)
''',
}


class GoalModel:
    """Answers by the chat alone; notes each call in `log` before it answers, as a provider's bill would.

    Its first draft of count_vowels is red, so that a repair is part of the goal.
    """

    name = "scripted"

    def __init__(self, log: Path | None = None, prompt_tokens: Sequence[int] = ()) -> None:
        self.log = log
        self.chats: list[list[Turn]] = []

    def complete(
        self,
        purpose: str,
        chat: Sequence[Turn],
        tools: Sequence[Tool],
        watch: Watch,
        options: ReplyOptions = ReplyOptions(),
    ) -> Reply:
        """The one reply to this chat."""
        note(self.log, f"model:{_about(purpose, chat)}:{len(chat)}")
        self.chats.append(list(chat))
        reply = answer(purpose, chat)
        if reply.text:
            watch.on_text(reply.text)
        return reply


def answer(purpose: str, chat: Sequence[Turn]) -> Reply:
    """What the scripted model says to a chat."""
    said = " ".join(str(turn.get("content", "")) for turn in chat)
    if purpose == "plan":
        return says(PLAN)
    if purpose == "examples":
        asked = re.findall(r"^(\d+)\. (\w+\(.*\))$", said.partition("Calls:")[2], re.MULTILINE)
        return says(json.dumps({number: _result(call) for number, call in asked}))
    name = _about(purpose, chat)
    code = CODE[name]
    if name == "count_vowels" and "It is wrong" not in said:
        code = code.replace(".lower()", "")
    return says(f"```python\n{code}```\n")


def _about(purpose: str, chat: Sequence[Turn]) -> str:
    """What a chat is about: the plan, a function, or calls of one."""
    if purpose == "plan":
        return purpose
    names = re.findall(r"^(?:def |Function: )(\w+)", str(chat[1].get("content", "")), re.MULTILINE)
    assert names, chat
    return f"calls of {names[-1]}" if purpose == "examples" else names[-1]


def _result(call: str) -> str:
    """What a call of one of the goal's functions gives, by the code above."""
    known: dict[str, Any] = {}
    exec("\n".join(CODE.values()), known)
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call), call
    assert isinstance(node.func, ast.Name), call
    try:
        return f"{known[node.func.id](*map(ast.literal_eval, node.args))!r}"
    except Exception as error:
        return f"raises {type(error).__name__}"


class GoalPerson:
    """Answers by the question alone; gives feedback once, on the first plan that lacks the word "either"."""

    present = True

    def __init__(self, log: Path | None = None) -> None:
        self.log = log

    def ask(self, question: Question) -> Answer:
        """Accept, but most_vowels gets an edit first; the default of a choice, one sentence for a text."""
        match question:
            case PlanReview():
                note(self.log, "person:plan")
                return Answer("accept")
            case DraftReview(draft=draft):
                note(self.log, f"person:{draft.name}:{len(draft.code)}")
                if draft.name == "most_vowels" and "There are no words" not in draft.code:
                    return Answer("edit", draft.text.replace('"no words"', '"There are no words."'))
                return Answer("accept" if question.verdict.green else "reject")
            case Text(file=file):
                note(self.log, f"person:edit:{file}" if file else "person:ask")
                return Answer("edit", question.initial) if file else Answer("feedback", "as you like")
            case Choose(title=title):
                note(self.log, "person:choose:" + "_".join(title.split()))
                return Answer("choice", question.default)

    def interrupted(self, doing: str) -> Answer:
        """Go on."""
        return Answer("go_on")


def note(log: Path | None, what: str) -> None:
    """One line, there even if the process is killed in the next instant."""
    if log:
        with log.open("ab", buffering=0) as file:
            file.write(f"{what}\n".encode())


def main() -> int:
    """Start or resume the goal in a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    log = options.folder / "asked.log"
    settings = Settings(library=str(options.folder / "library"))
    parts = app.parts(settings, GoalModel(log), GoalPerson(log), deaf)
    note(log, "begin")
    try:
        if options.resume:
            journal = Journal.open(parts.memory.private / app.JOURNAL)
            return app.resume(journal, parts).exit_code
        return app.start(GOAL, parts).exit_code
    except CoderError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
