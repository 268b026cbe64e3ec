"""A draft put into a library as a save would put it there, made ready to run. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from library.draft.draft import Draft
from library.editing.rename import rename_names
from library.editing.splice import splice_parsed
from library.examples.implied_imports import free_names, obvious, with_names
from library.source.closure import running
from library.source.function import Parsed, parse
from library.source.imports import Import
from library.source.statements import Piece, is_test
from library.suite.additions import add_tests
from library.suite.jobs import jobs_of, needs_pytest, shared_code
from library.suite.suite import Suite


@dataclass(frozen=True)
class JoinedDraft:
    """What runs is what would be saved: the draft's text, whatever it changes of the library and whatever changes it.

    Args:
        parsed: the library with the draft in it.
        setup: as much of that text as the draft, its tests and the expressions need, and all that may change those.
        suite: the draft's tests as they would be saved in an empty file.
        uses: library functions that the draft calls.
        written: for each test's name the one under which it was written.
        brought: what the draft imports itself, needed by its code or not.
    """

    parsed: Parsed
    setup: str
    suite: Suite
    uses: tuple[str, ...]
    written: dict[str, str]
    brought: Parsed

    @property
    def tests(self) -> list[Piece]:
        """The tests, in order."""
        return [piece for piece in self.suite.parsed.pieces if is_test(piece)]

    def expression(self, text: str) -> str:
        """An example's call or result as it can be asked of `setup`: names it takes for granted come along."""
        return with_names(text, self._bound, self._imported)

    def granted(self, calls: Sequence[str]) -> str:
        """Imports of what calls take for granted and the module does not have, as lines to put below it."""
        wanted = {name: text for text in calls for name in free_names(text) if name not in self._bound}
        items = {name: self._imported(name) or obvious(name, text) for name, text in wanted.items()}
        return "".join(f"{item.line}\n" for item in items.values() if item is not None)

    def plain(self) -> list[tuple[str, str]]:
        """(name as written, code) of each test that needs no pytest."""
        jobs = jobs_of(self.suite, [piece for piece in self.tests if not _for_pytest(piece)])
        return [(self.name(name), code) for name, code in jobs]

    def shared(self) -> str:
        """Code that makes what the tests share, to look at their expressions."""
        return shared_code(self.suite, self.tests)

    def for_pytest(self) -> list[str]:
        """Names in the suite of the tests that only pytest can run."""
        return [piece.name for piece in self.tests if _for_pytest(piece)]

    def name(self, test: str) -> str:
        """A test's name as it was written, with its parameters."""
        head = re.split(r"\[|::", test, maxsplit=1)[0]
        return self.written.get(head, head) + test[len(head) :]

    @property
    def _bound(self) -> frozenset[str]:
        return frozenset(parse(self.setup).names)

    def _imported(self, name: str) -> Import | None:
        found = [*self.parsed.importing(name), *self.brought.importing(name)]
        return found[-1] if found else None


def _for_pytest(piece: Piece) -> bool:
    """pytest is asked too where it tells more: which row of the parameters is red."""
    return needs_pytest(piece) or "parametrize" in piece.text.split("def ")[0]


def _own_imports(brought: Parsed, names: set[str]) -> str:
    """What the draft imports for its examples alone: nothing of its code is helped by that."""
    items = [found[-1] for name in sorted(names) if (found := brought.importing(name))]
    return "".join(f"{item.line}\n" for item in items)


def join(draft: Draft, library: str, expressions: Sequence[str] = ()) -> JoinedDraft:
    """Put a draft into the text of a library, with the library functions that the expressions asked of it use.

    Raises:
        SourceError: they do not fit together.
    """
    brought = parse(draft.code, "the draft")
    spliced = splice_parsed(parse(library), draft.code, replacing=True)
    parsed = spliced.parsed
    tests = rename_names(draft.tests, dict(spliced.renamed), imported=True) if draft.tests.strip() else ""
    added = add_tests(Suite(parse("")), tests, (), draft.name, parsed, brought)
    pieces = added.suite.parsed.pieces
    own = {draft.name, *spliced.added, *spliced.replaced}
    names = own | added.suite.mentioned(pieces) | {name for text in expressions for name in free_names(text)}
    setup = parsed.source if added.suite.whole(pieces) else running(parsed, sorted(names & parsed.definitions))
    setup += _own_imports(brought, names - set(parse(setup).names))
    there = {function.name for function in parsed.functions}
    called = {call for name in own if (function := parsed.get(name)) for call in function.calls}
    uses = tuple(sorted((called & there) - own))
    return JoinedDraft(parsed, setup, added.suite, uses, dict(added.written), brought)
