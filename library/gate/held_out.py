"""Held-out examples: which ones the writer of the code is not shown, and what the verdict says of them. Pure.

Whoever writes code to examples may fit the code to them. One that was never shown tells whether it does more than that.
"""

from collections.abc import Sequence

from library.examples.example import Example
from library.gate.static_checks import Check

LEAST = 4  # examples from which on one is held out: with fewer, all are needed to say what is wanted
SHARE = 4  # one in so many


def held_out(examples: Sequence[Example]) -> list[Example]:
    """The examples that the writer is not shown: of each four one, of a model's own, no errors, the last first.

    An error is seldom what the words leave open, and the first examples are the plain ones that explain the step. What
    the goal or the person says is always shown: it is part of what is asked.
    """
    results = [example for example in examples if not example.raises]
    own = [example for example in results[1:] if example.source == "model"]
    return own[-(len(examples) // SHARE) :] if len(examples) >= LEAST else []


def line(held: Sequence[Example]) -> Check:
    """The verdict's line when they all hold."""
    shown = "; ".join(example.text for example in held)
    return Check("held-out examples", True, f"{len(held)} that the coder was not shown: {shown}", must=False)
