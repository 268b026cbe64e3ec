"""Library: the functions in library.py and their tests, read, found, changed and kept. Nothing of them is run here."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from library.change import Change, all_dependents, check_rename, dependents, follow_renamed, main_function
from library.change_tests import change_of
from library.editing.splice import Spliced, remove_parsed, splice_parsed
from library.errors import SourceError
from library.examples.example import Example
from library.search.by_words import Hit, search_all
from library.search.index import Index
from library.source.function import Function, Parsed, parse
from library.source.incremental import reparse
from library.source.syntax_tree import quickly
from library.source.whole_word import OtherUses, beside
from library.suite.additions import add_tests
from library.suite.jobs import tests_by_name
from library.suite.suite import Suite, drop_function, drop_own, example_of, rename_in, rename_parsed
from memory.git.commit import Commit
from memory.store import Memory


@dataclass(frozen=True)
class Names:
    """The files' names."""

    library: str = "library.py"
    tests: str = "test_library.py"

    @property
    def module(self) -> str:
        """As which the tests import the library."""
        return self.library.removesuffix(".py")


DEFAULT = Names()
_SETTLED = 1.0  # seconds after which a file's time tells it from the next change


class Library:
    """A folder's library.

    Args:
        memory: where the files live.
        names: what they are called.
    """

    def __init__(self, memory: Memory, names: Names = DEFAULT) -> None:
        self.memory = memory
        self.names = names
        self.index = Index(memory.private / "index.db", names.library)
        self._known: dict[str, tuple[str, Parsed]] = {}
        self._problem: tuple[str, SourceError] | None = None

    # -- reading

    @property
    def path(self) -> Path:
        return self.memory.root / self.names.library

    def source(self) -> str:
        """The library's text as it is, good or not."""
        return self.memory.read(self.names.library)

    def tests(self) -> str:
        """The tests' text as it is."""
        return self.memory.read(self.names.tests)

    def good_source(self) -> str:
        """The library's text; while it does not parse, as it was when it last did."""
        return self.parsed().source

    def parsed(self) -> Parsed:
        """The library taken apart; while it does not parse, as it was when it last did."""
        file, source = self.names.library, self.source()
        if self._problem and self._problem[0] == source:
            return self._known[file][1]
        try:
            parsed = self._read(file, source)
            self._problem = None
        except SourceError as error:
            parsed = self._last_good(file)
            self._known[file] = (parsed.source, parsed)
            self._problem = (source, error)
        return parsed

    def problem(self) -> SourceError | None:
        """Why library.py cannot be read, with the line; None if it can. All else goes on with what was last good."""
        self.parsed()
        return self._problem[1] if self._problem else None

    def trouble(self) -> SourceError | None:
        """Why nothing can be saved: the library or its tests do not parse; None if both do."""
        if problem := self.problem():
            return problem
        try:
            self._read(self.names.tests, self.tests())
        except SourceError as error:
            return error
        return None

    def functions(self) -> tuple[Function, ...]:
        """All functions in the order of the text."""
        with quickly():
            return self.parsed().functions

    def get(self, name: str) -> Function | None:
        """The function of this name."""
        return self.index.get(name) if self._index_will_do() else self.parsed().get(name)

    def has(self, name: str) -> bool:
        """Whether the text defines this name, be it a function, under a condition, a class or a constant."""
        return self.get(name) is not None or name in self.parsed().definitions

    def search(self, words: str, limit: int = 10) -> list[Hit]:
        """Public functions that fit a question or a task, best first."""
        if not self._index_will_do():
            parsed = self.parsed()
            file = self.names.library
            if not self.index.holds(file, parsed) and not self.index.fresh(file, parsed.source):
                self.index = Index(None, file)  # the disk refuses: do without it
                self.index.keep(file, parsed)
        return search_all(self.index, words, limit, self.functions)

    def dependents(self, name: str) -> tuple[str, ...]:
        """Functions that use a definition, directly or through others."""
        return dependents(self.parsed(), {name})

    def example(self, name: str) -> str:
        """The plainest example of a function out of its tests and its docstring, "" if there is none."""
        function = self.get(name)
        return example_of(self._suite(), name, function.doc if function else "")

    def tests_for(self, names: Sequence[str]) -> str:
        """The tests that mention any of these functions, as text."""
        return "\n\n".join(piece.text for piece in self._suite().tests(set(names)))

    def tests_by_name(self) -> dict[str, list[str]]:
        """For each definition that tests mention by name the names of these tests, a class as often as it has tests."""
        return tests_by_name(self._suite())

    def test_texts(self, name: str) -> list[str]:
        """The tests that were written for a function, each as text."""
        return [piece.text for piece in self._suite().own(name)]

    def used_by(self) -> dict[str, tuple[str, ...]]:
        """For each definition that others use, the functions that a change of it concerns, in the order of the text."""
        return all_dependents(self.parsed())

    def with_draft(self, code: str) -> Parsed:
        """The library with a draft in it, in the place of what has its name; to look at, nothing is planned.

        Raises:
            SourceError: the draft cannot be read, or be put in.
        """
        with quickly():
            return splice_parsed(self.parsed(), code, replacing=True, module=self.names.module).parsed

    def saved(self, key: str) -> Commit | None:
        """The commit made with this key, if it is still in the history."""
        return self.memory.made(key) if key else None

    # -- changing

    def plan_save(
        self,
        code: str,
        tests: str = "",
        *,
        examples: Sequence[Example] = (),
        name: str = "",
        replace: bool = False,
        keep_tests: bool = True,
    ) -> Change:
        """What saving a draft would do.

        Args:
            code: one public function with what it needs: imports, constants, private helpers.
            tests: its tests; they get names of the form `test_<function>__...`.
            examples: each becomes a test.
            name: the function that the tests are named after; by default the draft's first public one.
            replace: a function of this name may be replaced.
            keep_tests: earlier tests of a replaced function stay.

        Raises:
            NameTaken: the library has a public definition of that name and `replace` is off.
            SourceError: the draft, the library or the tests cannot be read or put together.
        """

        def plan() -> Change:
            parsed, suite = self._both()
            spliced = splice_parsed(
                parsed, code, replacing=replace, keep=self._elsewhere(suite), module=self.names.module
            )
            function = name or main_function(code)
            grown = drop_own(suite, function) if function in spliced.replaced and not keep_tests else suite
            texts, given = follow_renamed(tests, examples, spliced)
            added = add_tests(grown, texts, given, function, spliced.parsed, parse(code))
            return self._change((parsed, suite), spliced, added.suite, set(added.names))

        return self._planned(plan)

    def plan_remove(self, name: str) -> Change:
        """What removing a definition would do: it goes with its own tests and the private helpers that only it needed.

        Raises:
            SourceError: there is none of this name, or functions or a person's tests still use it.
        """

        def plan() -> Change:
            parsed, suite = self._both()
            left = drop_function(suite, name)
            spliced = remove_parsed(parsed, name, keep=self._elsewhere(left))
            callers = dependents(parsed, {name})
            if callers:
                raise SourceError(f"{name!r} is used by {', '.join(callers[:5])}.", "Change or remove those first.")
            using = [piece for piece in suite.tests({name}) if piece.name in left.parsed.names]
            still = [piece.name for piece in using if suite.speaks_of(piece, name)]
            if still:
                raise SourceError(f"{name!r} is used by the tests {', '.join(still[:5])}.", "Change those first.")
            return self._change((parsed, suite), spliced, left, set(), [name])

        return self._planned(plan)

    def plan_rename(self, old: str, new: str) -> Change:
        """What a new name would do; callers, tests and doctests are rewritten.

        Raises:
            NameTaken: the new name is taken.
            SourceError: there is no such function, or it is used in a way that cannot be followed.
        """

        def plan() -> Change:
            parsed, suite = self._both()
            check_rename(parsed, old, new)
            renamed = rename_parsed(parsed, {old: new})
            spliced = Spliced(renamed, added=(new,), renamed=((old, new),), removed=(old,))
            return self._change((parsed, suite), spliced, rename_in(suite, old, new), set(), [old])

        return self._planned(plan)

    def plan_edit(self, edit: Callable[[Parsed, Suite], tuple[Spliced, Suite]]) -> Change:
        """What an edit of both texts would do, such as steps of the tidy pass; done anew if they change meanwhile.

        Raises:
            SourceError: the files cannot be read, or the edit refuses.
        """

        def plan() -> Change:
            parsed, suite = self._both()
            return self._change((parsed, suite), *edit(parsed, suite), set())

        return self._planned(plan)

    def current(self, change: Change) -> Change:
        """The change itself while the files are what it was planned on, else planned anew on what they have become.

        Raises:
            NameTaken, SourceError: it no longer fits.
        """
        if (self.source(), self.tests()) == change.state.before or change.state.again is None:
            return change
        return self._planned(change.state.again)

    def save(
        self, change: Change, why: str, key: str = "", also: Mapping[str, str | None] | None = None
    ) -> Commit | None:
        """Write a planned change as one commit. If somebody changed the files meanwhile, it is planned anew on theirs.

        Args:
            change: from one of the plans.
            why: the commit message.
            key: the same key again writes nothing and returns the commit made before.
            also: other files that go into the same commit, such as evidence: file -> text, None to delete it.

        Returns:
            The commit; None if nothing changes.

        Raises:
            NameTaken, SourceError: it no longer fits what the files have become.
        """

        def files() -> dict[str, str | None]:
            nonlocal change
            change = self.current(change)
            texts = (change.library, change.tests)
            pairs = zip((self.names.library, self.names.tests), texts, change.state.before, strict=True)
            return {file: text for file, text, old in pairs if text != old} | dict(also or {})

        with quickly():
            commit = self.memory.write(files, why, kind="save", key=key)
        self._keep(self.names.library, change.library, change.state.parsed)
        self._keep(self.names.tests, change.tests, change.state.suite.parsed)
        return commit

    # -- inside

    def _planned(self, plan: Callable[[], Change]) -> Change:
        with quickly():
            change = plan()
        return replace(change, state=replace(change.state, again=plan))

    def _change(
        self,
        old: tuple[Parsed, Suite],
        spliced: Spliced,
        suite: Suite,
        new_tests: set[str],
        explicit: Sequence[str] = (),
    ) -> Change:
        files = (self.names.library, self.names.tests)
        return change_of(old, spliced, suite, frozenset(new_tests), files, frozenset(explicit))

    def _elsewhere(self, suite: Suite) -> OtherUses:
        """Where else names of the library may be used: its tests, and other Python files of the folder."""
        taken = frozenset(name for name in suite.imports.values() if name)
        made_up = bool(suite.roundabout) or suite.whole(suite.parsed.pieces)
        texts = beside(self.memory.root, {self.names.library, self.names.tests})
        return OtherUses(suite.parsed.source, taken, tuple(texts), made_up)

    def _both(self) -> tuple[Parsed, Suite]:
        """Both files as they are, which must be readable to be changed."""
        parsed = self.parsed()
        if self._problem:
            raise self._problem[1]
        return parsed, Suite(self._read(self.names.tests, self.tests()), self.names.module)

    def _suite(self) -> Suite:
        """The tests; as they were last good if they cannot be read."""
        file = self.names.tests
        try:
            return Suite(self._read(file, self.tests()), self.names.module)
        except SourceError:
            return Suite(self._last_good(file), self.names.module)

    def _read(self, file: str, source: str) -> Parsed:
        known = self._known.get(file)
        if known is not None and known[0] == source:
            return known[1]
        if known is None:
            parsed = self.index.read(file, source)
        else:
            parsed = reparse(known[1], source, file)
            self.index.keep(file, parsed)
        self._known[file] = (source, parsed)
        return parsed

    def _keep(self, file: str, source: str, parsed: Parsed) -> None:
        self._known[file] = (source, parsed)
        self.index.keep(file, parsed)

    def _last_good(self, file: str) -> Parsed:
        """From this process's memory, the index, or the history.

        The index holds what was read last. Where a commit after that brought another text (an undo), the commit counts.
        """
        known = self._known.get(file)
        parsed = known[1] if known else self.index.load(file)
        found: Parsed | None = None
        for commit in self.memory.history(file):
            text = self.memory.at(file, commit.sha)
            if parsed is not None and text == parsed.source:
                return found or parsed
            try:
                found = found or parse(text, file)
            except SourceError:
                continue
            if parsed is None:
                return found
        return parsed or found or Parsed(())

    def _index_will_do(self) -> bool:
        """The index on disk is right and nothing is in memory yet: a look-up need not load everything."""
        file = self.names.library
        if file in self._known:
            return False
        seen = self._seen()
        if seen and self.index.stamp(file) == seen[0]:
            return True
        if not self.index.fresh(file, self.source()):
            return False
        # A file touched just now might be touched again within the clock's tick and look the same.
        if seen and time.time() - seen[1] > _SETTLED and self._seen() == seen:
            self.index.put_stamp(file, seen[0])
        return True

    def _seen(self) -> tuple[str, float] | None:
        """How the library's file looks from outside, and when it was changed."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return f"{found.st_mtime_ns} {found.st_size} {found.st_ino}", found.st_mtime
