"""Change: what a save would do to library.py and test_library.py, and which functions and tests it concerns. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from library.editing.rename import rename_names
from library.editing.splice import Spliced
from library.errors import NameTaken, SourceError
from library.examples.example import Example
from library.source.closure import running
from library.source.function import Parsed, parse
from library.suite.jobs import prepared
from library.suite.suite import Suite


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
        notes: what the person must look at, in words.
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
    notes: tuple[str, ...] = ()
    state: "Basis" = field(default_factory=lambda: Basis(Parsed(()), Suite(Parsed(()))), repr=False, compare=False)

    def jobs(self) -> list[tuple[str, str, str]]:
        """The tests to run as (name, setup, code), against the library as it would be; not those of `by_pytest`."""
        suite = self.state.suite.parsed
        plain = [name for name in self.run if name not in self.by_pytest]
        tests = [piece for name in plain if (piece := suite.definition(name)) is not None]
        setup, jobs = prepared(self.state.parsed, self.state.suite, tests)
        return [(name, setup, code) for name, code in jobs]

    def at_import(self) -> str:
        """What changes and all that depends on it, without any test: a constant that cannot be made stops every test,
        also those of functions that have nothing to do with it."""
        return running(self.state.parsed, self.state.reached)


@dataclass(frozen=True)
class Basis:
    """Behind a change: both texts taken apart, what they were planned on, what it reaches, how to plan anew."""

    parsed: Parsed
    suite: Suite
    before: tuple[str, str] = ("", "")
    reached: frozenset[str] = frozenset()
    again: "Callable[[], Change] | None" = None


def dependents(parsed: Parsed, names: set[str]) -> tuple[str, ...]:
    """Functions that use any of these definitions, directly or through others, in the order of the text."""
    return functions_among(parsed, reach(parsed, names) - names)


def functions_among(parsed: Parsed, names: Collection[str]) -> tuple[str, ...]:
    """Those of these names that are functions, in the order of the text."""
    found = [piece for name in names for piece in parsed.by_name.get(name, ()) if piece.kind == "function"]
    return tuple(dict.fromkeys(piece.name for piece in sorted(found, key=parsed.number)))


def reach(parsed: Parsed, names: Collection[str]) -> set[str]:
    """These definitions, and functions, classes and constants that use any of them, directly or through others."""
    reached, fresh = set(names), set(names)
    while fresh:
        new = {name for piece in parsed.using(fresh) for name in piece.names}
        for piece in {id(piece): piece for name in fresh for piece in parsed.by_name.get(name, ())}.values():
            if piece.kind not in ("import", "future", "docstring"):
                new.update(piece.touches)
        fresh = new - reached
        reached |= fresh
    return reached


def all_dependents(parsed: Parsed) -> dict[str, tuple[str, ...]]:
    """As `dependents`, for every definition that has any, in one walk through the text."""
    users: dict[str, set[str]] = {}
    for piece in parsed.pieces:
        if piece.kind not in ("import", "future", "docstring"):
            uses, touches = piece.facts
            for name in (uses | touches) & parsed.definitions:
                users.setdefault(name, set()).update(piece.names)
            for name in piece.names if touches else ():
                users.setdefault(name, set()).update(touches)
    found = {name: functions_among(parsed, _all_users(name, users)) for name in users}
    return {name: functions for name, functions in found.items() if functions}


def _all_users(name: str, users: Mapping[str, set[str]]) -> set[str]:
    reached, fresh = {name}, {name}
    while fresh:
        fresh = {user for one in fresh for user in users.get(one, ())} - reached
        reached |= fresh
    return reached - {name}


def follow_renamed(tests: str, examples: Sequence[Example], spliced: Spliced) -> tuple[str, Sequence[Example]]:
    """Tests and examples that speak of private names of the draft, which have others in the library."""
    names = dict(spliced.renamed)
    if not names:
        return tests, examples
    followed = [
        replace(one, call=rename_names(one.call, names), expected=rename_names(one.expected, names)) for one in examples
    ]
    return rename_names(tests, names, imported=True) if tests.strip() else tests, followed


def main_function(code: str) -> str:
    """The function that a text is there for: its first public one."""
    functions = parse(code, "the draft").functions
    public = [function.name for function in functions if function.public]
    return (public or [function.name for function in functions] or [""])[0]


def check_rename(parsed: Parsed, old: str, new: str) -> None:
    """Raises SourceError or NameTaken where a function cannot be renamed so."""
    if parsed.get(old) is None:
        raise SourceError(f"There is no function {old!r} to rename.")
    if not new.isidentifier():
        raise SourceError(f"{new!r} is no name for a function.")
    if new.startswith("_") and not old.startswith("_"):
        raise SourceError(
            f"{new!r} would hide {old}: what begins with _ is neither listed nor offered.",
            "Choose a name without it; out of the way it comes with: coder library archive",
        )
    if new in parsed.names:
        raise NameTaken(f"The library already has {new!r}.", "Choose another name.", (new,))
