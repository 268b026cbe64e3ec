"""Usage: what of the library is really used, worked out from its git history alone: who calls what, since when.

A call counts when a function that was saved calls another that was there before it, in saves that were not taken
back. Calls written on the day on which the called function was saved are told apart from later ones, since most
libraries that agents grow are only ever used in the session that made them. Calls that the tidy pass wrote are told
apart too, since nobody chose to use the function.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from library.errors import SourceError
from library.source.function import Function, Parsed
from library.source.incremental import reparse
from library.store import Library
from memory.git.commit import Commit, taken_back

_RENAME = re.compile(r"rename (\w+) to (\w+)")
_TIDY = "tidy: "  # how the title of a commit of the tidy pass begins
_BACK = re.compile(r"restore (\w+) as of ")


@dataclass
class Usage:
    """One function.

    Attributes:
        name: its name today.
        saved: UTC time of its first save; "" if a person put it there before there was a history.
        there: UTC time since when it has been there without a break; coming back from the archive begins it anew.
        since: saves of the library after that, whatever they saved.
        callers: functions that call it in accepted work, each with the time at which the call was saved.
        tidied: functions whose call of it was written by the tidy pass, with the time; none of them is in `callers`.
        reverted: calls of it that were taken back: by `coder undo`, or as a caller went back to an earlier version.
        tests: how many tests mention it.
        former: names that it had before.
    """

    name: str
    saved: str = ""
    there: str = ""
    since: int = 0
    callers: dict[str, str] = field(default_factory=dict[str, str])
    tidied: dict[str, str] = field(default_factory=dict[str, str])
    reverted: int = 0
    tests: int = 0
    former: tuple[str, ...] = ()

    @property
    def same_day(self) -> int:
        """Calls saved on the day of its own save."""
        return sum(when[:10] == self.saved[:10] for when in self.callers.values())

    @property
    def later(self) -> int:
        """Calls saved on a later day: the reuse that counts."""
        return len(self.callers) - self.same_day


def usage(library: Library, limit: int = 10_000) -> list[Usage]:
    """The usage of every public function, in the order of the text, by the last `limit` commits."""
    commits = list(reversed(library.memory.history(library.names.library, limit)))
    undone = taken_back(reversed(commits))
    found: dict[str, Usage] = {}
    known = Parsed(())
    for number, commit in enumerate(commits, 1):
        text = library.memory.at(library.names.library, commit.sha)
        try:
            newer = reparse(known, text) if text else Parsed(())
        except SourceError:
            continue
        renamed = _count(known, newer, commit, commit.sha in undone, found)
        for name in set(newer.names) - set(known.names) - {renamed}:
            one = found.setdefault(name, Usage(name))
            one.there, one.since = commit.when, len(commits) - number
        known = newer
    now = {function.name: function for function in library.functions()}
    tests = library.tests_by_name()
    rows = [found.get(function.name) or Usage(function.name) for function in now.values() if function.public]
    for row in rows:  # a call that is gone again does not count
        row.tests = len(tests.get(row.name, ()))
        row.callers = {c: when for c, when in row.callers.items() if c in now and row.name in now[c].calls}
        row.tidied = {c: when for c, when in row.tidied.items() if c in now and row.name in now[c].calls}
    return rows


def _count(older: Parsed, newer: Parsed, commit: Commit, taken_back: bool, found: dict[str, Usage]) -> str:
    """Add what one commit brought: functions first saved, and calls of functions that were there before.

    Returns:
        The new name if it was a new name that it brought, else "".
    """
    before = {piece.name for piece in older.pieces if piece.kind == "function"}
    if (match := _RENAME.match(commit.title)) and match[1] in before and match[2] not in before:
        _rename(match[1], match[2], found)
        return match[2]
    for function in _changed(older, newer):
        if function.name not in before:
            one = found.setdefault(function.name, Usage(function.name))
            one.saved = one.saved or commit.when
        for called in _new_calls(function, older):
            if called not in before:
                continue  # both came with the same save: one function in two parts
            one = found.setdefault(called, Usage(called))
            if commit.title.startswith(_TIDY):
                if not taken_back:
                    one.callers.pop(function.name, None)  # of a call that was gone meanwhile
                    one.tidied[function.name] = commit.when
            elif taken_back:
                one.reverted += 1
            else:
                one.tidied.pop(function.name, None)
                one.callers.setdefault(function.name, commit.when)
    if match := _BACK.match(commit.title):
        for called in _new_calls(older.get(match[1]), newer):
            found.setdefault(called, Usage(called)).reverted += 1
    return ""


def _changed(older: Parsed, newer: Parsed) -> list[Function]:
    """Functions whose text is not the one it was; what is unchanged is the same piece in both (library/reparse)."""
    there = {id(piece) for piece in older.pieces}
    names = {piece.name for piece in newer.pieces if id(piece) not in there and piece.kind == "function"}
    return [function for name in sorted(names) if (function := newer.get(name))]


def _rename(old: str, new: str, found: dict[str, Usage]) -> None:
    """What is known of a function goes on under its new name."""
    one = found.pop(old, None) or Usage(old)
    found[new] = one
    one.name, one.former = new, (*one.former, old)
    for other in found.values():
        for calls in (other.callers, other.tidied):
            if old in calls:
                calls[new] = calls.pop(old)


def _new_calls(function: Function | None, older: Parsed) -> Iterable[str]:
    """What a function calls that it did not call in another text."""
    was = older.get(function.name) if function else None
    return set(function.calls if function else ()) - set(was.calls if was else ())
