"""Variant calls: many calls of many variants of one draft in the sandbox; what each gives, as short marks and as texts.

What a call may cost is counted in steps (see `counting`), so that the same text gives the same result on any machine
and beside any load. The clock only guards against what takes no steps: see `Tried.over`.
"""

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from library.execution.marks import UNKNOWN
from library.execution.pace import Pace
from library.execution.shipped import importing, run_inside
from library.sandbox import JobOutcome, Sandbox

GROUP = 16  # variants tried in one process
CALL_STEPS = 50_000  # of one call of the draft: about ten milliseconds
DRAFT_STEPS = 2_000_000  # of all its calls
DEATHS = 40  # calls of a draft that may end their process
STRIKES = 5  # variants that the clock may stop before it is given up
# Processor seconds of one call of the draft, if it takes no steps: one is done in a tenth of a microsecond, one with
# much in it in ten.
CLOCK_S = 2.0
VARIANT = Pace(call=200_000)
_UNTRIED: list[Any] = [UNKNOWN, "", [], 0, False, False]
_IMPORTS = re.compile(r"^\s*(?:from\s+(\w+)|import\s+(\w+))", re.MULTILINE)


@dataclass(frozen=True)
class VariantResults:
    """What the calls of one variant gave.

    Attributes:
        marks: one a call: "=" and a short hash of the value, "!" and the name of the exception, "~" when it took too
            many steps, "?" when it was not tried or not to its end. Equal marks mean equal results; set order,
            addresses and the last digits of floats do not count.
        texts: the results as text, where they were asked for; else empty.
        paths: a number for each step from line to line that a call took, where that was asked for.
        steps: how many steps each call took, where that was asked for.
        changed: numbers of the calls that changed their own arguments.
        unsteady: numbers of the calls that gave something else another time, each with when that was.
        over: the clock had to be used, so that another machine might find something else: what it was needed for. Then
            all marks are "?". Else "".
        left_out: there was no time for some of the calls of a draft, or for this variant.
    """

    marks: tuple[str, ...]
    texts: tuple[str, ...] = ()
    paths: tuple[tuple[int, ...], ...] = ()
    steps: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    unsteady: tuple[tuple[int, str], ...] = ()
    over: str = ""
    left_out: bool = False


def try_draft(
    sandbox: Sandbox, setup: str, calls: Sequence[str], *, steps: int = CALL_STEPS, seconds: float = math.inf
) -> VariantResults:
    """Run the calls of a draft itself, with the texts of the results and the ways taken; each twice.

    Args:
        sandbox: where it runs.
        setup: the draft and all that it needs (gate.together).
        calls: Python expressions.
        steps: of one call; those that take more are marked "~"; after forty times as many the rest is marked "?".
        seconds: a person's time for it; when it is used up, the rest is marked "?".
    """
    until = time.monotonic() + seconds
    order = _order(setup, [], calls, Pace(steps, steps * (DRAFT_STEPS // CALL_STEPS), clock_s=CLOCK_S))
    told: list[list[Any]] = []
    deaths = 0
    while len(told) < len(calls):
        lines, outcome = _run(sandbox, {**order, "look": True, "from": len(told)}, until)
        told += lines[: len(calls) - len(told)]
        if len(told) == len(calls):
            break
        if _by_clock(outcome):
            return replace(_nothing(calls), over=f"{calls[len(told)]} took longer than {CLOCK_S} s")
        if time.monotonic() >= until:
            return replace(_tried([*told, *[_UNTRIED] * (len(calls) - len(told))]), left_out=True)
        if outcome.ok:  # it has stopped by itself
            return replace(_nothing(calls), over=f"all calls together took longer than {order['process_s']:.0f} s")
        deaths += 1
        told.append(_UNTRIED)
        if deaths > DEATHS:
            told += [_UNTRIED] * (len(calls) - len(told))
    return _tried(told)


def try_variants(
    sandbox: Sandbox,
    setup: str,
    variants: Sequence[str],
    calls: Sequence[str],
    *,
    texts: bool = False,
    pace: Pace = VARIANT,
    seconds: float = math.inf,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[VariantResults]:
    """Run the calls of each variant. One that the clock has to stop is left out as a whole: all its marks are "?".

    Args:
        sandbox: where they run; sixteen to a process.
        setup: the draft and all that it needs.
        variants: text that is executed after the setup: a function that takes the place of the draft's.
        calls: Python expressions.
        texts: results as text too.
        pace: how much each may cost.
        seconds: a person's time for all of them; those that there is no time for are left out.
        tell: is told how many are tried, and of how many.

    Returns: one for each variant; all of them with `over` when the clock was needed too often.
    """
    found: list[VariantResults] = []
    strikes, until = 0, time.monotonic() + seconds
    while len(found) < len(variants):
        tell(len(found), len(variants))
        if time.monotonic() >= until:
            return found + [replace(_nothing(calls), left_out=True)] * (len(variants) - len(found))
        group = list(variants[len(found) : len(found) + GROUP])
        lines, outcome = _run(sandbox, _order(setup, group, calls, pace, texts=texts), until)
        found += [
            VariantResults(tuple(map(str, marks)), tuple(map(str, shown))) for marks, shown in lines[: len(group)]
        ]
        if len(lines) >= len(group) or time.monotonic() >= until:
            continue
        strikes += outcome.ok or _by_clock(outcome)
        if (outcome.ok and not lines) or strikes > STRIKES:
            over = f"{strikes} of {len(found) + 1} took longer than {pace.clock_s} s a call"
            return [replace(_nothing(calls), over=over)] * len(variants)
        if not outcome.ok:
            over = f"a call took longer than {pace.clock_s} s" if _by_clock(outcome) else ""
            found.append(replace(_nothing(calls), over=over))
    return found


def _order(setup: str, variants: list[str], calls: Sequence[str], pace: Pace, *, texts: bool = False) -> dict[str, Any]:
    return {
        "setup": setup,
        "variants": variants,
        "calls": list(calls),
        "texts": texts,
        "look": False,
        "from": 0,
        "steps": pace.call,
        "all_steps": pace.slow,
        "clock_s": pace.clock_s,
        "process_s": pace.process_s,
    }


def _nothing(calls: Sequence[str]) -> VariantResults:
    """Not tried."""
    count = len(calls)
    return VariantResults((UNKNOWN,) * count, ("",) * count, ((),) * count, (0,) * count)


def _by_clock(outcome: JobOutcome) -> bool:
    """Whether time has ended a process, and not what the code did."""
    return outcome.error == "TimeLimit" or "SIGPROF" in outcome.message or "SIGXCPU" in outcome.message


def _run(sandbox: Sandbox, order: dict[str, Any], until: float) -> tuple[list[list[Any]], JobOutcome]:
    """The lines that a process could tell until then, of the monotonic clock, and how it ended."""
    if until < math.inf:
        order["wall_s"] = until - time.monotonic()
    imports = _IMPORTS.findall("\n".join([order["setup"], *order["variants"]]))
    return run_inside(
        sandbox, "variant_calls_inside", order, importing([name for pair in imports for name in pair if name])
    )


def _tried(told: Sequence[Sequence[Any]]) -> VariantResults:
    return VariantResults(
        tuple(str(one[0]) for one in told),
        tuple(str(one[1]) for one in told),
        tuple(tuple(one[2]) for one in told),
        tuple(int(one[3]) for one in told),
        tuple(at for at, one in enumerate(told) if one[5]),
        tuple((at, "the second time") for at, one in enumerate(told) if one[4]),
    )
