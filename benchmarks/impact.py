"""Whether an edit that breaks a caller is ever kept, and how many tests it takes to know (issue 3, Shows 6).

    python -m benchmarks.impact [--edits N] [--pairs N] [--seed N] [--show]

Edits by chance to functions that others call, each through the branch `save_code` of the real flow, or through what
`coder library rename` and `archive` do: planned, tested, committed or stopped. What was kept is the ground of the next
edit. The truth is found apart: the edit is put into the text by its lines, and all tests of the library run on that, in
one process. At the end all tests run once more on every commit, out of git, and on the last one by pytest.
"""

import argparse
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.callers import build
from benchmarks.edits import KINDS, Edit, edit
from coder.drafting.acceptance import Accepted
from coder.flows.branches.save_code import SaveCode
from coder.flows.message import Message
from coder.model.model import ScriptedModel
from coder.people.unattended import Unattended
from coder.run.events import deaf
from coder.run.journal import JOURNAL, Journal
from coder.run.run import Run
from library.draft.draft import Draft
from library.errors import SourceError
from library.gate.verdict import Verdict
from library.sandbox import Job, JobOutcome, Limits, PytestReport, Sandbox
from library.save import save_change
from library.source.function import parse
from library.store import Library
from memory.store import Memory

MARK = "whole suite: "
LATE = 6  # tests without an end after which the rest is not tried
START_S = 0.015  # processor seconds; slower tests are left out at the start, or the bench would mostly run these
ALL_TESTS = f"""
def _late(*_):
    raise TimeoutError
def _whole(each_s, most_late):
    import signal
    signal.signal(signal.SIGVTALRM, _late)
    red, late = [], 0
    for name, test in [(n, t) for n, t in globals().items() if n.startswith("test_")]:
        signal.setitimer(signal.ITIMER_VIRTUAL, each_s)
        try:
            test()
        except BaseException as error:
            red.append(name)
            late += isinstance(error, TimeoutError)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if late >= most_late:
            break
    print("\\n{MARK}" + " ".join(red))
"""


class Counting(Sandbox):
    """A sandbox that notes the names of the tests it ran."""

    ran: set[str]

    def run(self, jobs: Sequence[Job], limits: Limits | None = None) -> list[JobOutcome]:
        """As the sandbox does."""
        self.ran |= {name for job in jobs for name in re.findall(r"def (test_\w+)", job.code)}
        return super().run(jobs, limits)

    def pytest(
        self, files: Mapping[str, str], arguments: Sequence[str] = (), *, limits: Limits | None = None
    ) -> PytestReport:
        """As the sandbox does."""
        self.ran |= {name.rpartition("::")[2].partition("[")[0] for name in arguments}
        return super().pytest(files, arguments, limits=limits)


@dataclass
class Figures:
    """What was counted for one kind of edit, or for all."""

    edits: int = 0
    breaking: int = 0  # fail a test of a function that depends on the edited one
    breaking_stopped: int = 0
    own: int = 0  # fail tests of the edited function only
    own_stopped: int = 0
    harmless: int = 0
    harmless_saved: int = 0
    not_run: int = 0  # red tests that were not among those run
    commits: int = 0
    shares: list[float] = field(default_factory=list[float])
    seconds: list[float] = field(default_factory=list[float])

    def line(self, kind: str) -> str:
        """One line of the table."""
        return (
            f"{kind:30} {self.edits:6} {self.breaking:9} {self.breaking_stopped:8} {self.own:9} {self.own_stopped:8}"
            f" {self.harmless:9} {self.harmless_saved:6}"
        )


def red_of(library: str, tests: str, sandbox: Sandbox, each_s: float = 0.3, most_late: int = LATE) -> set[str]:
    """All tests of a library in one process: the names of the red ones, {"all"} where it came to no end.

    Args:
        each_s: processor seconds after which a test counts as red.
        most_late: so many of those end the search.
    """
    setup = (
        "import sys, types\nlibrary = sys.modules['library'] = types.ModuleType('library')\n"
        f"exec(compile({library!r}, 'library.py', 'exec'), library.__dict__)\n"
    )
    outcome = sandbox.run([Job(setup=setup, code=f"{tests}{ALL_TESTS}_whole({each_s}, {most_late})")])[0]
    _, found, names = outcome.output.rpartition(MARK)
    return set(names.split()) if found and outcome.ok else {"all"}


def put_in(source: str, made: Edit) -> str:
    """The edited text by lines, with no part of the library's own splicing."""
    lines, there = source.splitlines(keepends=True), parse(source)
    new = {one.name: one.source for one in parse(made.code).functions} if made.code else {made.name: ""}
    for function in sorted(there.functions, key=lambda one: -one.line):
        if function.name in new:
            lines[function.line - 1 : function.end_line] = [new[function.name].rstrip("\n") + "\n"]
    return "".join(lines)


@dataclass
class Bench:
    """One library, edited again and again."""

    library: Library
    sandbox: Counting
    sure: Sandbox
    run: Run
    chance: random.Random

    def choose(self) -> Edit:
        """An edit to a public function that others depend on."""
        parsed = parse(self.library.source())
        functions = [one for one in parsed.functions if one.public]
        used = {name for one in parsed.functions if one.public for name in one.calls}
        called = [one for one in functions if one.name in used]
        while True:
            if made := edit(parsed, self.chance.choice(called), self.chance):
                return made

    def truth(self, made: Edit) -> tuple[set[str], set[str]]:
        """The names of the red tests if the edit were kept, and of those that belong to the edited function."""
        if made.new_name:
            change = self.library.plan_rename(made.name, made.new_name)
            library, tests = change.library, change.tests
        else:
            library, tests = put_in(self.library.source(), made), self.library.tests()
        if not made.code and not made.new_name:  # a removed function goes with its own tests
            tests = re.sub(rf"def test_{made.name}__\w+\(\) -> None:\n    .*\n", "", tests)
        red = red_of(library, tests, self.sure)
        return red, {name for name in red if name.startswith(f"test_{made.name}__")}

    def save(self, made: Edit, number: int) -> bool:
        """Through the flow's branch, or as the commands do it; whether it was kept."""
        if made.code:
            # as write_code leaves it, but that nobody has judged it: only the save can stop it
            draft = asdict(Accepted(Draft(made.name, made.code), (), Verdict()))
            branch = SaveCode(self.library, self.sandbox)
            message = Message({"arguments": {}, "goal": f"edit {number}: {made.kind}", "draft": draft})
            return branch.act(message, {"replace": True}, self.run.at(f"edit[{number}]")).ok
        try:
            plan = self.library.plan_rename(made.name, made.new_name) if made.new_name else None
            change = plan or self.library.plan_remove(made.name)
        except SourceError:
            return False
        return bool(save_change(self.library, lambda: change, self.sandbox, f"edit {number}: {made.kind}").sha)

    def one(self, made: Edit, number: int, figures: Sequence[Figures], tests: int) -> str:
        """One edit; what is worth a line of its own, "" mostly."""
        red, own = self.truth(made)
        self.sandbox.ran = set()
        started = time.perf_counter()
        saved = self.save(made, number)
        seconds = time.perf_counter() - started
        unseen: set[str] = set() if not made.code or "all" in red else red - self.sandbox.ran
        for counted in figures:
            counted.edits += 1
            counted.breaking += bool(red - own)
            counted.breaking_stopped += bool(red - own) and not saved
            counted.own += bool(red) and not red - own
            counted.own_stopped += bool(red) and not red - own and not saved
            counted.harmless += not red
            counted.harmless_saved += not red and saved
            counted.commits += saved
            counted.not_run += len(unseen)
            counted.shares.append(len(self.sandbox.ran) / tests)
            counted.seconds.append(seconds)
        if (bool(red) == saved) or unseen:
            told = f"{made.kind} of {made.name}: {'saved' if saved else 'stopped'}"
            return f"    {number} {told}, red {sorted(red)[:4]}, not run {sorted(unseen)[:4]}"
        return ""


def start(folder: Path, pairs: int, sure: Sandbox) -> tuple[Library, int]:
    """The library with its green tests in one commit; how many tests it has."""
    made = build(pairs)
    red = red_of(made.library, made.suite(), sure, START_S, 10**6)
    tests = made.suite(frozenset(red))
    library = Library(Memory(folder))
    library.memory.write({"library.py": made.library, "test_library.py": tests}, "the library to be edited")
    return library, tests.count("\ndef test_")


def red_commits(library: Library, sure: Sandbox) -> tuple[int, int]:
    """How many commits there are, and how many have a red test when all tests run."""
    red = 0
    commits = library.memory.history(library.names.library, 10**6)
    for commit in commits:
        texts = [library.memory.at(file, commit.sha) for file in (library.names.library, library.names.tests)]
        red += bool(red_of(texts[0], texts[1], sure))
    return len(commits), red


def report(totals: Figures, kinds: dict[str, Figures], functions: int, tests: int) -> None:
    """The table."""
    print(f"{functions} functions, {tests} tests")
    print(f"{'':30} {'edits':>6} {'break a':>9} {'':>8} {'break own':>9} {'':>8} {'break':>9}")
    print(f"{'':30} {'':6} {'dependent':>9} {'stopped':>8} {'tests':>9} {'stopped':>8} {'nothing':>9} {'saved':>6}")
    for kind in KINDS:
        if kinds[kind].edits:
            print(kinds[kind].line(kind))
    print(totals.line("all"))
    shares = totals.shares
    print(f"tests run an edit: {statistics.mean(shares):.2%} of all on average, {max(shares):.1%} at most")
    print(f"red tests that were not among those run: {totals.not_run}")
    print(f"seconds a save, tests included: median {statistics.median(totals.seconds):.3f}")


def measure(folder: Path, edits: int, pairs: int, seed: int, *, show: bool = False) -> tuple[Figures, int, int]:
    """All edits, then all commits.

    Returns:
        The figures of all kinds together, the number of commits, and how many of them have a red test.
    """
    totals, kinds = Figures(), {kind: Figures() for kind in KINDS}
    limits = Limits(cpu_s=1, wall_s=5.0)
    with Counting(limits) as sandbox, Sandbox(Limits(cpu_s=60, wall_s=120.0, memory_mb=1024, output_kb=1024)) as sure:
        library, tests = start(folder, pairs, sure)
        with Journal.create(library.memory.private / JOURNAL, "scripted edits", {}) as journal:
            run = Run(journal, ScriptedModel([]), Unattended(), deaf)
            bench = Bench(library, sandbox, sure, run, random.Random(seed))
            for number in range(1, edits + 1):
                made = bench.choose()
                told = bench.one(made, number, [totals, kinds[made.kind]], tests)
                if told and show:
                    print(told, flush=True)
        commits, red = red_commits(library, sure)
        whole = sandbox.pytest({"library.py": library.source(), "test_library.py": library.tests()})
        report(totals, kinds, len(library.functions()), tests)
        for test in whole.failed:
            print(f"    red by pytest: {test.name}: {test.message[-300:]}")
        print(f"{commits} commits, {red} of them with a red test; by pytest the last one has {len(whole.failed)}")
    return totals, commits, red


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=0, help="so many of the 164 pairs of functions; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="what was wrong, edit by edit")
    asked = parser.parse_args()
    os.nice(5)
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), asked.edits, asked.pairs, asked.seed, show=asked.show)


if __name__ == "__main__":
    main()
