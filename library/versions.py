"""A function and its tests as they were: the commits that changed it, and its text as of each. Pure but for git."""

from library.errors import SourceError
from library.source.closure import closure_of
from library.source.function import Parsed, parse
from library.source.incremental import reparse
from library.store import Library
from library.suite.suite import Suite, own_prefixes
from memory.git.commit import Commit


def versions(library: Library, name: str, limit: int = 200) -> list[Commit]:
    """Commits in which a function's text changed, newest first, among the last `limit` that changed the library."""
    commits = library.memory.history(library.names.library, limit)
    found: list[Commit] = []
    newer, known = None, library.parsed()
    for commit in [*commits, None]:
        text = library.memory.at(library.names.library, commit.sha) if commit else ""
        try:
            known = reparse(known, text) if text else Parsed(())
        except SourceError:
            continue
        function = known.get(name)
        older = function.source if function else ""
        if newer is not None and newer[1] != older:
            found.append(newer[0])
        newer = (commit, older) if commit else None
    return found


def source_at(library: Library, name: str, commit: Commit) -> str:
    """A function's text as of a commit; "" if it was not there, or the library could not be read."""
    try:
        function = reparse(library.parsed(), library.memory.at(library.names.library, commit.sha)).get(name)
    except SourceError:
        return ""
    return function.source if function else ""


def own_tests_at(library: Library, name: str, commit: Commit) -> str:
    """The tests that were written for a function, as of a commit, with what they use of their file."""
    text = library.memory.at(library.names.tests, commit.sha)
    try:
        parsed = parse(text, library.names.tests)
    except SourceError:
        return ""
    return closure_of(parsed, [piece.name for piece in Suite(parsed, library.names.module).own(name)])


def former_tests(library: Library, name: str, limit: int = 1000) -> str:
    """The tests that were written for a function, as they were last before it went; "" if there were none."""
    for commit in library.memory.history(library.names.tests, limit):
        text = library.memory.at(library.names.tests, commit.sha)
        if not any(start in text for start in own_prefixes(name)):
            continue
        try:
            suite = Suite(parse(text, library.names.tests), library.names.module)
        except SourceError:
            continue
        if own := suite.own(name):
            return suite.with_needs(own)
    return ""
