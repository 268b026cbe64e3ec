"""Batch calls: many functions of a library called on the same inputs in the sandbox, in as few processes as can be.

A function that hangs is cut off after so many steps (`counting`); one that hangs inside a C function takes its process
with it, is noted, and the rest go on in the next process. What comes back is text, compared by whoever asked. The
library's definitions are compiled here (never run) and sent as code, so that nobody compiles them for each question.
"""

import __future__

import base64
import marshal
import sys
import time
import warnings
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from library.capabilities.effects import HARMLESS_IN_BULK, effects_of
from library.execution.pace import Pace
from library.execution.shipped import importing, run_inside
from library.execution.step_count import counted
from library.sandbox import Sandbox
from library.source.function import Parsed, needed, parse
from library.source.imports import imported
from library.source.syntax_tree import read_tree

ALL_TOGETHER = 1500  # up to so many definitions are sent whole, packed once; of larger libraries only what is needed
QUICK = Pace()
_FLAGS = __future__.annotations.compiler_flag
_LOST = 3_000_000  # steps that a process counts for which could not tell
# What the text that runs inside imports: done once by the sandbox, not for every question.
_OWN_MODULES = {"base64", "collections", "copy", "hashlib", "io", "json", "signal", "time", "types", "typing", "zlib"}


@dataclass
class BatchResults:
    """What came of the tasks: results by their number, numbers of the slow ones, whether it was cut short."""

    got: dict[int, Any] = field(default_factory=dict[int, Any])
    slow: set[int] = field(default_factory=set[int])
    used: int = 0
    cut: bool = False


class Stage:
    """A library's text made ready to be run piece by piece. Made by `stage`, which keeps the last few."""

    def __init__(self, source: str) -> None:
        self.parsed: Parsed = parse(source)
        self._calm = {name for name, effects in effects_of(self.parsed).items() if effects <= HARMLESS_IN_BULK}
        self._pieces: dict[int, bytes] = {}
        self._packed: dict[frozenset[str], tuple[str, str]] = {}

    def runs(self, name: str) -> bool:
        """Whether the function is there and, as far as its text tells, touches nothing outside."""
        return name in self._calm

    def packed(self, names: Iterable[str]) -> tuple[str, str]:
        """The definitions that these functions need, as code in base64; and setup that imports what they import.

        A small library is packed whole, so that the next question finds it done.
        """
        wanted = frozenset(names)
        if len(self.parsed.functions) <= ALL_TOGETHER:
            wanted = frozenset(function.name for function in self.parsed.functions if self.runs(function.name))
        if wanted not in self._packed:
            if len(self._packed) >= 4:
                self._packed.clear()
            self._packed[wanted] = self._pack(wanted)
        return self._packed[wanted]

    def _pack(self, names: frozenset[str]) -> tuple[str, str]:
        numbers = sorted(needed(self.parsed, sorted(names)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            codes = [code for number in numbers if (code := self._piece(number))]
        modules = {item.module.split(".")[0] for number in numbers for item in imported(self.parsed.pieces[number])}
        known = (modules & sys.stdlib_module_names) | _OWN_MODULES
        blob = base64.b64encode(zlib.compress(marshal.dumps(codes), 1)).decode()
        return blob, importing(list(known))

    def _piece(self, number: int) -> bytes:
        if number not in self._pieces:
            piece = self.parsed.pieces[number]
            try:
                # Annotations stay text: a type that is not there is no reason to lose the function.
                tree = read_tree(piece.text, "library.py")
                code = compile(counted(tree), "<library>", "exec", flags=_FLAGS, dont_inherit=True)
                self._pieces[number] = b"" if piece.kind == "future" else marshal.dumps(code)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                self._pieces[number] = b""
        return self._pieces[number]


@lru_cache(maxsize=4)
def stage(source: str) -> Stage:
    """The stage for a library's text.

    Raises:
        SourceError: the text does not parse.
    """
    return Stage(source)


def call_roll(
    sandbox: Sandbox, on: Stage, names: Iterable[str], order: dict[str, Any], pace: Pace = QUICK
) -> BatchResults:
    """Do all tasks of an order (batch_calls_inside tells what they are).

    Args:
        sandbox: where they run.
        on: the library.
        names: the functions that the order needs.
        order: "what", "tasks", "inputs" and so on.
        pace: how much it may cost.
    """
    blob, first = on.packed(names)
    roll = BatchResults()
    until = time.monotonic() + pace.total_s
    at, count = 0, len(cast("Sequence[Any]", order["tasks"]))
    order = {**order, "inner": list(order.get("inner", ())), "blob": blob}
    order |= {"steps": pace.call, "whole": pace.process, "clock_s": pace.clock_s}
    while at < count:
        if time.monotonic() > until:  # how far it has come must not decide what is found
            return BatchResults(cut=True)
        if roll.used > pace.total:
            roll.cut = True
            break
        order |= {"from": at}
        following = _read(run_inside(sandbox, "batch_calls_inside", order, first)[0], roll, order)
        if following is None:
            break
        at = following
    return roll


def _read(told: Sequence[Any], roll: BatchResults, order: dict[str, Any]) -> int | None:
    """Take over what a process has said; the number of the task to go on with, or None if there is none."""
    begun: int | None = None
    for line in told:
        try:
            word, value = next(iter(line.items()))
            if word == "used":
                roll.used += int(value)
            if word == "end":
                return None
            if word == "stop":
                return int(value)
            if word == "begin":
                begun = int(value)
            elif word == "slow":
                roll.slow.add(int(value))
            elif word == "got":
                roll.got[int(value[0])] = value[1]
        except (ValueError, TypeError, IndexError, StopIteration, AttributeError):
            continue
    if begun is None:
        return None  # it died without a word
    roll.used += _LOST
    if begun < 0:  # an inner function of a composition has killed it: once more without that one
        order["inner"][-1 - begun] = ""
        return int(order["from"])
    roll.slow.add(begun)
    return begun + 1
