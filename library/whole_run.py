"""The whole suite of a library, run once as plain pytest would: what no single save could see is seen here."""

from collections.abc import Sequence
from dataclasses import dataclass

from library.sandbox import PytestReport, Sandbox
from library.sandbox.values import RED
from library.store import Library
from memory.git.commit import Commit

_LOOKED_AT = 1000  # commits


@dataclass(frozen=True)
class WholeRun:
    """What came of it.

    Args:
        ran: how many tests ran.
        red: the red ones, "test_x: why" each.
        error: why the suite could not be run to its end; "" if it could.
        since: for a red test, by its name, the commit that turned it red, where it is one of those asked about.
    """

    ran: int = 0
    red: tuple[str, ...] = ()
    error: str = ""
    since: tuple[tuple[str, Commit], ...] = ()

    @property
    def green(self) -> bool:
        """Nothing is red and all was run."""
        return not self.red and not self.error


def whole_suite(library: Library, sandbox: Sandbox, saves: Sequence[Commit] = ()) -> WholeRun:
    """Run all tests of a library as its files are now; of the saves, oldest first, say which turned a test red."""
    if not library.tests().strip():
        return WholeRun()
    report = _run(library, sandbox, library.source(), library.tests())
    red = {_plain(test.name): test.message for test in report.tests if test.outcome in RED}
    lines = tuple(f"{name}: {_last(why)}" for name, why in red.items())
    if not report.tests or (report.error and not red):
        return WholeRun(len(report.tests), lines, report.error or _last(report.text) or "no test ran")
    return WholeRun(len(report.tests), lines, "", _since(library, sandbox, saves, set(red)) if red else ())


def saves_of(library: Library, start: str) -> list[Commit]:
    """The saves whose keys begin so, oldest first: those of one run."""
    commits = library.memory.history(limit=_LOOKED_AT)
    return [commit for commit in reversed(commits) if commit.kind == "save" and commit.key.startswith(start)]


def _since(
    library: Library, sandbox: Sandbox, saves: Sequence[Commit], red: set[str]
) -> tuple[tuple[str, Commit], ...]:
    """For each red test the first of the commits at which it was red and before which it was not."""
    found: dict[str, Commit] = {}
    there = library.memory.history(limit=_LOOKED_AT)
    for number, commit in enumerate(saves):
        if not red - found.keys():
            break
        if number == 0:  # what was red when all this began is no save's fault
            older = [one.sha for one in there[1 + [one.sha for one in there].index(commit.sha) :]]
            red = red - (_red_at(library, sandbox, older[0]) if older else set[str]())
        now = _red_at(library, sandbox, commit.sha) if red else set[str]()
        found |= {name: commit for name in now & red if name not in found}
    return tuple(sorted(found.items(), key=lambda one: one[0]))


def _red_at(library: Library, sandbox: Sandbox, sha: str) -> set[str]:
    """Names of the tests that were red as of a commit."""
    source, tests = (library.memory.at(file, sha) for file in (library.names.library, library.names.tests))
    if not tests.strip():
        return set()
    return {_plain(test.name) for test in _run(library, sandbox, source, tests).tests if test.outcome in RED}


def _run(library: Library, sandbox: Sandbox, source: str, tests: str) -> PytestReport:
    return sandbox.pytest({library.names.library: source, library.names.tests: tests})


def _plain(name: str) -> str:
    return name.split("::", 1)[-1]


def _last(text: str) -> str:
    """The line of pytest's text that says what was wrong."""
    lines = [line for line in text.strip().split("\n") if line.strip()]
    told = [line[1:].strip() for line in lines if line.startswith("E ")]
    return (told or lines or [""])[0 if told else -1][:200]
