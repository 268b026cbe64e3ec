"""Impact: the tests of what a change touches and of all that depends on it, run in the sandbox before it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from library.change import Change
from library.gate import said
from library.sandbox import Job, Sandbox
from library.store import Library


@dataclass(frozen=True)
class Impact:
    """How many tests ran, and which are red, one line each."""

    ran: int
    red: tuple[str, ...]


def impact(change: Change, sandbox: Sandbox, forgiven: str = "") -> Impact:
    """Run the tests that a change could break, in the library as it would be; nothing is written.

    Args:
        change: a planned change of the library.
        sandbox: where the tests run.
        forgiven: function whose own tests may be red, because a person said so; "" for none.
    """
    jobs = change.jobs()
    outcomes = sandbox.run([Job(setup=setup, code=code) for _, setup, code in jobs])
    results = [(name, outcome.ok, said(outcome)) for (name, _, _), outcome in zip(jobs, outcomes, strict=True)]
    if change.by_pytest:
        files = {"library.py": change.library, "test_library.py": change.tests}
        report = sandbox.pytest(files, [f"test_library.py::{name}" for name in change.by_pytest])
        results += [(test.name.split("::")[-1], test.outcome == "passed", test.message) for test in report.tests]
    own = f"test_{forgiven}__"
    red = [f"{name}: {why}" for name, ok, why in results if not ok and not (forgiven and name.startswith(own))]
    return Impact(len(results), tuple(red))


def kept(
    library: Library, change: Change, sandbox: Sandbox, why: str, also: Mapping[str, str | None] | None = None
) -> tuple[str, Impact]:
    """Keep a change if nothing that depends on it breaks; `also`: other files of the same commit (Library.save).

    Returns:
        The commit's sha, "" if something is red and nothing was written; and what ran.
    """
    with library.memory.lock():  # nobody changes the library between the tests and the commit
        found = impact(change, sandbox)
        if found.red:
            return "", found
        commit = library.save(change, why, also=also)
        return (commit.sha if commit else ""), found
