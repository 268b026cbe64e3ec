"""Trial: many calls of many variants of one draft in the sandbox; what each gives, as short marks and as texts."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from library.harness import HARNESS
from library.sandbox import Job, Sandbox

GROUP = 16  # variants tried in one process
TEXT = 200  # letters of a result that are shown
HALVES = 24  # processes that may be spent on finding the calls that end theirs
SLOW, UNKNOWN = "~", "?"


@dataclass(frozen=True)
class Tried:
    """What the calls of one variant gave.

    Attributes:
        marks: one a call: "=" and a short hash of the value, "!" and the name of the exception, "~" when it took too
            long, "?" when it was not tried. Equal marks mean equal results; set order, addresses and the last digits of
            floats do not count.
        texts: the results as text, where they were asked for; else empty.
        paths: a number for each call that stands for the way it took through the code, where that was asked for.
        lines: how many lines each call ran through, where that was asked for.
        changed: numbers of the calls that changed their own arguments.
        unsteady: numbers of the calls that gave something else the second time.
    """

    marks: tuple[str, ...]
    texts: tuple[str, ...] = ()
    paths: tuple[tuple[int, ...], ...] = ()
    lines: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    unsteady: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pace:
    """Processor seconds: of one call, of all calls of one variant that are too slow together, of a whole group."""

    call_s: float = 0.02
    slow_s: float = 0.03
    group_s: float = 1.5


def try_draft(sandbox: Sandbox, setup: str, calls: Sequence[str], *, call_s: float = 0.02) -> Tried:
    """Run the calls of a draft itself, with the texts of the results and the ways taken; each twice.

    Args:
        sandbox: where it runs.
        setup: the draft and all that it needs (gate.together).
        calls: Python expressions.
        call_s: processor seconds of one call; slower ones are marked "~"; after ten of them
            the rest is marked "?".
    """
    pace = Pace(call_s, call_s * 10, 1.8)
    left = [HALVES]

    def part(calls: list[str]) -> Tried:
        """A call that takes its whole process with it is found by halves."""
        left[0] -= 1
        if not calls or left[0] < 0:
            return _nothing(calls)
        report = _reports(sandbox, setup, [{**_order([""], calls, False, pace), "look": True}])[0]
        if report is not None:
            return _tried(report[0])
        if len(calls) == 1:
            return Tried((SLOW,), ("",), ((),), (0,))
        middle = len(calls) // 2
        return _joined(part(calls[:middle]), part(calls[middle:]))

    return part(list(calls))


def _joined(first: Tried, second: Tried) -> Tried:
    middle = len(first.marks)
    return Tried(
        first.marks + second.marks,
        first.texts + second.texts,
        first.paths + second.paths,
        first.lines + second.lines,
        first.changed + tuple(at + middle for at in second.changed),
        first.unsteady + tuple(at + middle for at in second.unsteady),
    )


def try_variants(
    sandbox: Sandbox,
    setup: str,
    variants: Sequence[str],
    calls: Sequence[str],
    *,
    texts: bool = False,
    pace: Pace = Pace(),
) -> list[Tried]:
    """Run the calls of each variant.

    Args:
        sandbox: where they run; sixteen to a process.
        setup: the draft and all that it needs.
        variants: text that is executed after the setup: a function that takes the place of the draft's.
        calls: Python expressions.
        texts: results as text too.
        pace: how long each may take.
    """
    groups = [list(variants[at : at + GROUP]) for at in range(0, len(variants), GROUP)]
    reports = _reports(sandbox, setup, [_order(group, calls, texts, pace) for group in groups])
    alone = replace(pace, group_s=pace.group_s / 4)
    found: list[Tried] = []
    for group, report in zip(groups, reports, strict=True):
        if report is None and len(group) > 1:  # one of them took the others with it
            single = _reports(sandbox, setup, [_order([variant], calls, texts, alone) for variant in group])
            found += [_tried(one[0]) if one else _nothing(calls) for one in single]
        else:
            found += [_tried(one) for one in report] if report else [_nothing(calls)] * len(group)
    return found


def _order(variants: list[str], calls: Sequence[str], texts: bool, pace: Pace) -> dict[str, Any]:
    numbers = [pace.call_s, pace.slow_s, pace.group_s]
    return {"variants": variants, "calls": list(calls), "texts": texts, "pace": numbers}


def _nothing(calls: Sequence[str]) -> Tried:
    """Not tried."""
    count = len(calls)
    return Tried((UNKNOWN,) * count, ("",) * count, ((),) * count, (0,) * count)


def _reports(sandbox: Sandbox, setup: str, orders: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]] | None]:
    """What each order came to; None where its process ended before it could tell."""
    mark = secrets.token_hex(8)
    jobs = [
        Job(setup=setup, code=f"{HARNESS}\n_try({json.dumps(json.dumps({**order, 'mark': mark}))})") for order in orders
    ]
    return [_read(outcome.output, mark) for outcome in sandbox.run(jobs)]


def _read(output: str, mark: str) -> list[dict[str, Any]] | None:
    """The report in what was printed. It is untrusted: a draft that forges it only fools the choice of questions."""
    _, found, report = output.rpartition(mark)
    if not found:
        return None
    try:
        data = json.loads(report)
    except (ValueError, RecursionError):
        return None
    return cast("list[dict[str, Any]]", data) if isinstance(data, list) else None


def _tried(report: dict[str, Any]) -> Tried:
    return Tried(
        tuple(map(str, report["marks"])),
        tuple(map(str, report.get("texts", ()))),
        tuple(tuple(path) for path in report.get("paths", ())),
        tuple(report.get("lines", ())),
        tuple(report.get("changed", ())),
        tuple(report.get("unsteady", ())),
    )
