"""Event: what happens in a run, told to whoever listens (screen, JSON lines, a test); docs/events.md is the schema."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal[
    # run, goal, resumed, model, library{path, functions}, sandbox{level, parts[], held, canaries, gaps[]},
    # budget{rounds, tokens, cost, seconds}
    "start",
    "memory",  # plan, open, done, log[], functions, relevant[{signature, summary}], problem
    "asking",  # purpose ("plan" | "control" | "code"): a model call begins
    "text",  # purpose, delta: text as the model writes it
    "restart",  # reason: the text since "asking" is void, the call is made again
    "wait",  # reason, seconds, attempt, left
    "reply",  # purpose, seconds, tokens_in, tokens_cached, tokens_out, counted, recorded
    "bad_reply",  # purpose, problem, attempt, of
    "plan",  # text, by ("person" | "--yes"), commit
    "round",  # number, of, branch, why
    "working",  # what, done, of, stops_after: something takes time
    "verdict",  # name, green, rows[], tests[], problems[], checks[], uses[], seconds, attempt
    "repair",  # attempt, of, problem
    "answer",  # verdict, text: what the person decided
    "result",  # branch, ok, result
    "saved",  # names[], commit, diff, marked
    "note",  # text, level ("info" | "warning")
    # run, status, exit_code, summary, saved[], open[], tests, calls, tokens_in, tokens_cached, tokens_out, cost,
    # seconds, sandbox_seconds, usage
    "finish",
    "error",  # message, hint, exit_code
]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Event:
    """One thing that happened; `data` is JSON."""

    kind: Kind
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


Listener = Callable[[Event], None]


def deaf(event: Event) -> None:
    """A listener that does nothing."""
