"""Report: what of the library is really used, worked out from its git history alone: honest reuse, unused, weak tests.

A call counts when a function that was saved calls another that was there before it, in saves that were not taken
back. Calls written on the day on which the called function was saved are told apart from later ones, since most
libraries that agents grow are only ever used in the session that made them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from library.errors import SourceError
from library.function import Function, Parsed
from library.reparse import reparse
from library.store import Library
from memory.commit import Commit


@dataclass
class Usage:
    """One function: when it was saved, who calls it in accepted work and when, how many tests mention it."""

    name: str
    saved: str = ""  # UTC time of its first save; "" if a person put it there
    callers: dict[str, str] = field(default_factory=dict[str, str])  # caller -> time at which the call was saved
    reverted: int = 0  # calls in saves that were taken back
    tests: int = 0

    @property
    def same_day(self) -> int:
        """Calls saved on the day of its own save."""
        return sum(when[:10] == self.saved[:10] for when in self.callers.values())

    @property
    def later(self) -> int:
        """Calls saved on a later day: the reuse that counts."""
        return len(self.callers) - self.same_day


def usage(library: Library, limit: int = 1000) -> list[Usage]:
    """The usage of every public function, in the order of the text.

    Args:
        library: whose history is read, oldest save first.
        limit: at most so many commits.
    """
    commits = list(reversed(library.memory.history(library.names.library, limit)))
    undone = {commit.undoes for commit in commits if commit.undoes}
    found: dict[str, Usage] = {}
    known: Parsed = Parsed(())
    for commit in commits:
        text = library.memory.at(library.names.library, commit.sha)
        try:
            newer = reparse(known, text) if text else Parsed(())
        except SourceError:
            continue
        _count(known, newer, commit, commit.sha in undone, found)
        known = newer
    public = [function for function in library.functions() if function.public]
    for function in public:
        found.setdefault(function.name, Usage(function.name)).tests = len(library.test_job([function.name])[1])
    now = {function.name: function for function in library.functions()}
    for function in public:  # a call that is gone again does not count
        one = found[function.name]
        one.callers = {c: when for c, when in one.callers.items() if c in now and function.name in now[c].calls}
    return [found[function.name] for function in public]


def _count(older: Parsed, newer: Parsed, commit: Commit, taken_back: bool, found: dict[str, Usage]) -> None:
    """Add what one commit brought: functions first saved, and calls of functions that were there before."""
    before = {function.name for function in older.functions}
    for function in newer.functions:
        if function.name not in before:
            one = found.setdefault(function.name, Usage(function.name))
            one.saved = one.saved or commit.when
        for called in _new_calls(function, older):
            if called not in before:
                continue  # both came with the same save: one function in two parts
            one = found.setdefault(called, Usage(called))
            if taken_back:
                one.reverted += 1
            else:
                one.callers.setdefault(function.name, commit.when)


def _new_calls(function: Function, older: Parsed) -> Iterable[str]:
    was = older.get(function.name)
    return set(function.calls) - set(was.calls if was else ())
