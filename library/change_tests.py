"""What a new text of the library and its tests comes to as a change: which tests must be run for it, and how. Pure."""

from collections.abc import Collection

from library.change import Basis, Change, functions_among, reach
from library.editing.splice import Spliced
from library.source.change_scope import moved, reflecting
from library.source.diff import diff
from library.source.function import Parsed
from library.source.statements import Piece, is_test
from library.suite.jobs import needs_pytest
from library.suite.suite import Suite


def change_of(
    old: tuple[Parsed, Suite],
    spliced: Spliced,
    suite: Suite,
    new_tests: Collection[str],
    files: tuple[str, str],
    explicit: Collection[str] = (),
) -> Change:
    """The change from one state of both files to another.

    Args:
        old: the library and its tests as they are.
        spliced: the library as it would be.
        suite: its tests as they would be.
        new_tests: names of those that are new.
        files: names of the library's file and of the tests'.
        explicit: what goes because it was named; where more goes, such as a helper, all tests are run.
    """
    parsed, made_up = spliced.parsed, reflecting(spliced.parsed)
    different = {*spliced.added, *spliced.replaced, *spliced.removed}
    turned, turned_tests = moved(old[0], parsed), moved(old[1].parsed, suite.parsed)
    reached = reach(parsed, different | turned.names)
    if reached:
        reached |= reach(parsed, made_up)
    affected = functions_among(parsed, reached)
    everything = turned.everything or bool(set(spliced.removed) - set(explicit))
    if everything:
        reached |= parsed.definitions
    if everything or turned_tests.everything:
        tests = [piece for piece in suite.parsed.pieces if is_test(piece)]
    else:
        tests = _tests(suite, different | turned.names | reached, turned_tests.names)
    # what gets at names in a way of its own needs the whole library, as a module
    whole = {piece.name for piece in suite.tests(reach(parsed, made_up))} if made_up else suite.roundabout_tests()
    found = {piece.name for piece in tests}
    tests += [piece for name in sorted(set(new_tests) - found) if (piece := suite.parsed.definition(name)) is not None]
    return Change(
        library=parsed.source,
        tests=suite.parsed.source,
        diff=diff(old[0], parsed, files[0]) + diff(old[1].parsed, suite.parsed, files[1]),
        added=spliced.added,
        replaced=spliced.replaced,
        renamed=spliced.renamed,
        removed=spliced.removed,
        affected=tuple(name for name in affected if name not in different),
        run=tuple(piece.name for piece in tests),
        by_pytest=tuple(piece.name for piece in tests if piece.name in whole or needs_pytest(piece)),
        notes=spliced.notes,
        state=Basis(parsed, suite, (old[0].source, old[1].parsed.source), frozenset(reached)),
    )


def _tests(suite: Suite, names: Collection[str], own: Collection[str]) -> list[Piece]:
    """Tests that mention these names of the library, then those that use these names of the tests' own file."""
    found = {id(piece): piece for piece in (*suite.tests(names), *suite.using(own))}
    return list(found.values())
