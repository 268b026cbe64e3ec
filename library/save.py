"""Save: the one way into a library: a change is planned, all that depends on it tested in the sandbox, then written."""

from collections.abc import Callable
from dataclasses import dataclass

from library.change import Change
from library.editing.red_mark import MARK, is_marked
from library.editing.splice import Spliced
from library.sandbox import CaseResult, Job, PytestReport, Sandbox
from library.sandbox.values import RED
from library.source.function import Parsed, parse
from library.store import Library
from library.suite.suite import Suite, own_prefixes
from memory.errors import RefusedInput
from memory.git.commit import Commit, Reversal
from memory.store import Files

TRIES = 5  # against a person who edits the library by hand while its tests run


@dataclass(frozen=True)
class Impact:
    """How many tests ran, and which are red, one line each."""

    ran: int
    red: tuple[str, ...]


@dataclass(frozen=True)
class SaveResult:
    """What became of a change.

    Args:
        commit: None if something is red and nothing was written, or nothing changes.
        impact: what ran.
        change: as it was tested; None for a commit that was found by its key.
    """

    commit: Commit | None
    impact: Impact
    change: Change | None = None

    @property
    def sha(self) -> str:
        """Of the commit, "" without one."""
        return self.commit.sha if self.commit else ""

    def or_refused(self, hint: str, what: str = "this") -> "SaveResult":
        """The same. Raises RefusedInput if it was not written because something is red."""
        if self.impact.red:
            lines = "\n".join(f"  {line}" for line in self.impact.red[:8])
            raise RefusedInput(f"Not done, because {what} would break:\n{lines}", hint)
        return self


def impact(change: Change, sandbox: Sandbox, forgiven: str = "") -> Impact:
    """Run the tests that a planned change could break, in the library as it would be; nothing is written.

    Red may be, as is known, the own tests of a function that is marked so, and of one that is `forgiven` on a person's
    word.
    """
    jobs = change.jobs()
    imported, *outcomes = sandbox.run([Job(change.at_import()), *(Job(setup, code) for _, setup, code in jobs)])
    results = [(name, outcome.ok, outcome.reason) for (name, _, _), outcome in zip(jobs, outcomes, strict=True)]
    if change.by_pytest:
        files = {"library.py": change.library, "test_library.py": change.tests}
        report = sandbox.pytest(files, [f"test_library.py::{name}" for name in change.by_pytest])
        results += [(_name(test), test.outcome not in RED, test.message) for test in report.tests]
        told = {name.split("::")[0] for name, _, _ in results}
        results += [(name, False, _silent(report)) for name in change.by_pytest if name not in told]
    may_be = tuple(start for name in (forgiven, *_marked(change)) if name for start in own_prefixes(name))
    red = [f"{name}: {why}" for name, ok, why in results if not ok and not name.startswith(may_be)]
    if not imported.ok:
        red.insert(0, f"import of library.py: {imported.reason}")
    return Impact(len(results), tuple(red))


def _marked(change: Change) -> list[str]:
    """Functions of the library, as it would be, that are marked as red."""
    if MARK not in change.library:
        return []
    return [function.name for function in change.state.parsed.functions if is_marked(function.source)]


def would_be(library: Library, reversal: Reversal) -> Change:
    """What an undo or a redo does to library and tests, as a change; one above others says which tests are to run.

    Raises:
        SourceError: one of the texts, or the library as it is, does not parse.
        MemoryFault: the same lines were changed since.
    """
    names = library.names

    def edit(parsed: Parsed, suite: Suite) -> tuple[Spliced, Suite]:
        files = library.memory.without(reversal)
        new = parse(files.get(names.library, parsed.source) or "", names.library)
        tests = parse(files.get(names.tests, suite.parsed.source) or "", names.tests)
        both = {name for name in new.names if name in parsed.names}
        return Spliced(
            new,
            added=tuple(name for name in new.names if name not in parsed.names),
            replaced=tuple(name for name in new.names if name in both and _text(new, name) != _text(parsed, name)),
            removed=tuple(name for name in parsed.names if name not in both),
        ), Suite(tests, suite.module)

    return library.plan_edit(edit)


def _text(parsed: Parsed, name: str) -> str:
    return "".join(piece.text for piece in parsed.by_name.get(name, ()))


def save_change(
    library: Library,
    plan: Callable[[], Change],
    sandbox: Sandbox,
    why: str | Callable[[Impact], str] | Reversal,
    also: Callable[[Change], Files] = lambda _: {},
    *,
    key: str = "",
    forgiven: str = "",
) -> SaveResult:
    """Keep a change if nothing that depends on it breaks: the one way into a library that anybody depends on.

    Args:
        library: of which it is a change.
        plan: plans it, on what a process that was killed may have left to be finished.
        sandbox: where the tests run.
        why: the commit message, or makes it of what ran; or the undo or redo that the change comes from.
        also: other files of the same commit (Library.save), for the change as it is written; an undo has its own.
        key: a commit with the same key, of a process that was killed maybe, is found and not made again.
        forgiven: function whose own tests may be red, because a person said so; "" for none.

    Raises:
        NameTaken, SourceError: as the plan; or it no longer fits what the files have become.
    """
    with library.memory.lock():  # no other run changes the library between the tests and the commit
        library.memory.recover()
        if done := library.saved(key):
            return SaveResult(done, Impact(0, ()))
        found = impact(change := plan(), sandbox, forgiven)
        for _ in range(TRIES):
            newer = library.current(change)
            if found.red or newer is change:
                break
            found = impact(change := newer, sandbox, forgiven)
        if found.red:
            return SaveResult(None, found, change)
        if isinstance(why, Reversal):
            return SaveResult(library.memory.reverse(why), found, change)
        told = why if isinstance(why, str) else why(found)
        return SaveResult(library.save(change, told, key, also(change)), found, change)


def _name(test: CaseResult) -> str:
    """As the test stands in the text: without its file and its parameters, a method with its class."""
    return test.name.split("::", 1)[-1].split("[")[0]


def _silent(report: PytestReport) -> str:
    """Why a test that pytest was asked for never ran: the file could not be read to its end, or pytest was ended."""
    return report.error or report.text.strip().split("\n")[-1] or "pytest did not run it"
