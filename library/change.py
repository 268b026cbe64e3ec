"""Change: what a save would do to library.py and test_library.py, and which functions and tests it concerns. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field

from library.function import Parsed
from library.ready import prepared
from library.suite import Suite


@dataclass(frozen=True)
class Change:
    """What a save would do; nothing is written yet.

    Args:
        library: the library's new text.
        tests: the tests' new text.
        diff: of both files.
        added: names that the library did not have.
        replaced: names that get a new definition.
        renamed: private names of the draft, each with the free name that it was given.
        removed: what goes: the removed name, private helpers and imports that only what goes needed.
        affected: functions that depend on what changes, directly or not.
        run: names of the tests to run: of what changes and of all that depends on it.
        by_pytest: those of them that only pytest itself can run.
    """

    library: str
    tests: str
    diff: str
    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    affected: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    by_pytest: tuple[str, ...] = ()
    state: "Basis" = field(default_factory=lambda: Basis(Parsed(()), Suite(Parsed(()))), repr=False, compare=False)

    def jobs(self) -> list[tuple[str, str, str]]:
        """The tests to run as (name, setup, code), against the library as it would be; not those of `by_pytest`."""
        tests = [piece for piece in self.state.suite.parsed.pieces if piece.name in set(self.run)]
        setup, jobs = prepared(self.state.parsed, self.state.suite, tests)
        return [(name, setup, code) for name, code in jobs]


@dataclass(frozen=True)
class Basis:
    """Behind a change: both texts taken apart, what they were planned on, how to plan anew."""

    parsed: Parsed
    suite: Suite
    before: tuple[str, str] = ("", "")
    again: "Callable[[], Change] | None" = None


def dependents(parsed: Parsed, names: set[str]) -> tuple[str, ...]:
    """Functions that use any of these definitions, directly or through others, in the order of the text."""
    reached, grown = set(names), -1
    while grown != len(reached):
        grown = len(reached)
        for piece in parsed.pieces:
            if piece.kind not in ("import", "future", "docstring"):
                if not reached.isdisjoint(piece.uses) or not reached.isdisjoint(piece.touches):
                    reached.update(piece.names)
                if not reached.isdisjoint(piece.names):
                    reached.update(piece.touches)
    found = [piece.name for piece in parsed.pieces if piece.kind == "function" and piece.name in reached - names]
    return tuple(dict.fromkeys(found))
