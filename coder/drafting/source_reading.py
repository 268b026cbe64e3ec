"""Source reading: before it plans or writes, a model may ask for the code of functions that it was shown a line of."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import prompts
from coder.model.model import Reply, Turn
from coder.run.chat import from_user
from coder.run.run import Run
from library.source.function import Function, parse
from library.store import Library

ROUNDS, NAMES = 2, 5  # so often in one step, so many functions at once
LONGEST = 6000  # letters of all bodies of one answer
_WORDS = 1000  # letters of a wish; whoever writes more has written something else
_WISH = re.compile(r"READ:?[ \t]+([\w, \t]*\w)\.?")


T = TypeVar("T")
Check = Callable[[Reply], T | list[str]]


def asked(
    run: Run,
    library: Library,
    chat: list[Turn],
    ask: Callable[[list[Turn], Check[T]], tuple[T | list[str], list[Turn]]],
    read: Callable[[Reply], T],
    rounds: int = 0,
) -> tuple[T, list[Turn], int]:
    """What a model answers once it has read what it wants to: the answer, the chat, the rounds of reading so far.

    Args:
        run: of the goal.
        library: what may be read.
        chat: the turns so far.
        ask: puts a chat to the model and has its reply read, as `Run.ask_model` does.
        read: reads a reply that is an answer.
        rounds: of reading before.
    """
    while True:
        said, chat = ask(chat, reader(read, rounds))
        if not isinstance(said, list):
            return said, chat, rounds
        chat = [*chat, answer(run, library, cast(list[str], said), rounds)]
        rounds += 1


def reader(read: Callable[[Reply], T], rounds: int) -> Check[T]:
    """A reader of replies that are nothing but names of functions to be shown, or else what `read` reads.

    Args:
        rounds: how often this step was answered before; whoever goes on asking after "enough" has not answered.
    """

    def either(reply: Reply) -> T | list[str]:
        text = reply.text.strip().strip("`").strip()
        names = _wished(text) if rounds <= ROUNDS and len(text) <= _WORDS else []
        return names or read(reply)

    return either


def _wished(text: str) -> list[str]:
    """The names in a reply that asks for code: `READ name, name`, or JSON with `read` and no steps; else none."""
    if match := _WISH.fullmatch(text):
        return re.findall(r"\w+", match[1])
    try:
        data: Any = json.loads(text[text.find("{") :])
    except (ValueError, RecursionError):
        return []
    row = cast(dict[str, Any], data) if isinstance(data, dict) else {}
    names = row.get("read")
    if row.get("steps") or not isinstance(names, list):
        return []
    return [name for name in cast(list[Any], names) if isinstance(name, str) and name.isidentifier()]


def _with_constants(library: Library, function: Function) -> str:
    """A function's code below the constants that it names, such as its pattern, without the functions that it calls."""
    names = {name for name in function.calls if library.get(name) is None}
    found = [piece.text.strip() for piece in parse(library.good_source()).pieces if names.intersection(piece.names)]
    return "\n".join([*found, function.source.strip()])


def answer(run: Run, library: Library, names: Sequence[str], rounds: int) -> Turn:
    """The turn with the code that was asked for; the journal keeps which functions were read.

    Args:
        run: of the goal.
        library: what they are in.
        names: of the functions asked for.
        rounds: how often this step was answered before.
    """
    if rounds >= ROUNDS:
        return from_user(prompts.render("read", "enough"))

    def look() -> dict[str, Any]:
        there = {name: function for name in names[:NAMES] if (function := library.get(name))}
        told = [_with_constants(library, function) for function in there.values()]
        told += [f"# There is no function {name} in the library." for name in names if name not in there]
        return {"names": list(there), "text": "\n\n".join(told)[:LONGEST]}

    found = run.effect("read", look)
    run.tell("note", level="info", text=f"The model reads {', '.join(found['names']) or 'nothing that is there'}.")
    return from_user(prompts.render("read", "bodies", bodies=found["text"]))
