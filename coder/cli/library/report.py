"""`coder library report`: honest reuse, what nobody uses, what is there twice, what a change concerns, weak tests."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from coder.run.function_use import UseCount, use_counts_or_nothing
from coder.run.journal import JOURNAL
from coder.settings import Settings
from coder.terminal.progress import effort_shown
from library.duplicates.pairs import Pair, find_pairs, same_texts
from library.evidence.usage import Usage, usage
from library.evidence.weak_tests import weakness
from library.sandbox import Sandbox
from library.source.function import Function
from library.store import Library

COMPARED = 40  # functions up to which a report runs all of them against each other without being asked to
SHOWN = 12  # lines of a part that are printed; --json has all


@dataclass(frozen=True)
class FunctionReport:
    """One function: from the history, from the journal, from its tests."""

    usage: Usage
    told: UseCount
    weak: list[str] = field(default_factory=list[str])
    breaks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.usage.name

    @property
    def unused(self) -> bool:
        """Never called by another function, never read, never taken."""
        return not (self.usage.callers or self.usage.tidied or self.told.read or self.told.taken)

    def to_json(self) -> dict[str, Any]:
        """As data."""
        worked_out = {"same_day": self.usage.same_day, "later": self.usage.later, "unused": self.unused}
        return {**vars(self.usage), **worked_out, **vars(self.told), "weak": self.weak, "breaks": self.breaks}


def rows_of(library: Library) -> tuple[list[FunctionReport], str]:
    """Every public function, and what is wrong with the journal, "" mostly."""
    told, problem = use_counts_or_nothing(library.memory.private / JOURNAL)
    functions, breaks = {function.name: function for function in library.functions()}, library.used_by()
    found: list[FunctionReport] = []
    for one in usage(library):
        known = UseCount()
        for name in (one.name, *one.former):
            known = known.plus(told.get(name, UseCount()))
        weak = weakness(library, functions[one.name], one.tests)
        found.append(FunctionReport(one, known, weak, breaks.get(one.name, ())))
    return found, problem


def report(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """What is used, by whom and when; what is not; what is there twice; what a change concerns; weak tests."""
    rows, problem = rows_of(library)
    if problem:
        print(f"coder: without what was offered and read: {problem}", file=sys.stderr)
    functions = [function for function in library.functions() if function.public]
    compared = options.duplicates or len(functions) <= COMPARED
    pairs, notes = _duplicates(functions, library, settings.sandbox, run=compared)
    if options.json:
        data = {"functions": [row.to_json() for row in rows], "duplicates": [asdict(pair) for pair in pairs]}
        print(json.dumps({**data, "behaviour_compared": compared, "notes": notes}))
        return 0
    print("\n".join(_lines(rows)))
    _part("There twice, or nearly", [_pair_line(pair) for pair in pairs])
    if options.duplicates and not pairs:
        print("\nThere twice, or nearly: none")
    print("".join(f"  {note}\n" for note in notes), end="")
    if not compared:
        print(f"  ({len(functions)} functions were compared by their texts only; --duplicates runs them too)")
    _part("A change concerns", [f"{row.name}: {', '.join(row.breaks)}" for row in rows if row.breaks])
    _part("Weak tests", [f"{row.name}: {'; '.join(row.weak)}" for row in rows if row.weak])
    unused = [row.name for row in rows if row.unused]
    _part("Never called, read or taken (coder library archive --unused)", unused)
    return 0


def _lines(rows: Sequence[FunctionReport]) -> list[str]:
    """The table, the most used first."""
    called = [row for row in rows if row.usage.callers]
    later = [row for row in rows if row.usage.later]
    calls, on_later_days = sum(len(row.usage.callers) for row in rows), sum(row.usage.later for row in rows)
    lines = [
        f"{len(rows)} functions; {len(called)} called by others, {len(later)} of them on a later day than their own",
        f"{calls} calls in accepted code, {on_later_days} of them on a later day; as of {datetime.now(UTC):%Y-%m-%d}",
        f"{'':32} {'offered':>7} {'read':>5} {'taken':>5} | calls {'later':>5} {'same day':>8} {'reverted':>8} | tests",
    ]
    for row in sorted(rows, key=lambda row: (-row.usage.later, -row.usage.same_day, row.name)):
        one, told = row.usage, row.told
        lines.append(
            f"{row.name:<32} {told.offered:7} {told.read:5} {told.taken:5} |       {one.later:5} {one.same_day:8}"
            f" {one.reverted:8} | {one.tests:5}  by: {', '.join(one.callers) or '-'}{_by_tidy(one)}"
        )
    return lines


def _by_tidy(one: Usage) -> str:
    return f" (and, made so by tidy, {', '.join(one.tidied)})" if one.tidied else ""


def _part(title: str, lines: Sequence[str]) -> None:
    if lines:
        print(f"\n{title}: {len(lines)}")
        print("\n".join(f"  {line}" for line in lines[:SHOWN]))
        if len(lines) > SHOWN:
            print(f"  and {len(lines) - SHOWN} more; --json has all")


def _duplicates(
    functions: Sequence[Function], library: Library, level: str, *, run: bool
) -> tuple[list[Pair], list[str]]:
    """Pairs, and what was left out because it took too long."""
    if not run:
        return same_texts(functions), []
    with Sandbox(level=level) as sandbox, effort_shown("Looking for duplicates") as effort:
        pairs = find_pairs(functions, library.good_source(), sandbox, effort=effort)
    told = [pair for pair in pairs if pair.close]
    return sorted(told, key=lambda pair: pair.kind == "near"), effort.notes


def _pair_line(pair: Pair) -> str:
    shown = "; ".join(f"{one.arguments}: {one.a} / {one.b}" for one in pair.differences[:2])
    return f"{pair.a} ~ {pair.b}: {pair.kind}, {pair.why}{f' ({shown})' if shown else ''}"
