"""Sandbox: runs untrusted jobs at the best level that holds here."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from library.errors import SandboxError
from library.sandbox import layout
from library.sandbox.choose import Choice
from library.sandbox.outcome import died, outcome, pytest_report
from library.sandbox.values import Job, JobOutcome, Level, Limits, PytestReport
from library.sandbox.worker import Worker

AHEAD = 32  # jobs sent before the first report is awaited
SUITE = Limits(cpu_s=60, wall_s=120.0, memory_mb=1024, processes=32, output_kb=1024)


class Sandbox:
    """The only place where untrusted code runs. One zygote at a time; start it early, it waits.

    Args:
        limits: what each job may use.
        level: "best", or one by name: L3, L2, L1; L0 (no protection) only when asked for by name.
        cache: folder in which the result of trying is kept; None for the user's cache folder.
        hash_seed: of every job's `hash(str)`, always the same so that the same draft gives the same; `other` is a
            sandbox with another. None for one drawn anew.

    To be used by one thread at a time, best the main one: the kernel ends the zygote with the thread that started it,
    and the next `run` would start it anew.
    """

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008
        *,
        level: str = "best",
        cache: Path | None = None,
        hash_seed: int | None = 1,
    ) -> None:
        self.limits = limits
        self._given = level, cache, hash_seed
        self._other: Sandbox | None = None
        self._choice = Choice(level, cache, limits.scratch_mb, hash_seed)
        self._worker: Worker | None = None
        self.seconds = 0.0  # spent in jobs and pytest runs so far

    def start(self) -> None:
        """Begin to start the zygote without waiting for it. Raises nothing; `run` tells what went wrong."""
        if self._worker is None:
            try:
                self._worker = self._choice.begin()
            except SandboxError:
                self._worker = None

    @property
    def level(self) -> Level:
        """How safe it is here. The first time after a boot this tries about ten attacks, 0.3 s.

        Raises SandboxError when not even limits hold here.
        """
        self.start()
        level, self._worker = self._choice.settle(self._worker)
        return level

    def run(self, jobs: Sequence[Job], limits: Limits | None = None) -> list[JobOutcome]:
        """Run each job in a process of its own; outcomes in order. Never raises for what the code does.

        Args:
            jobs: what to run.
            limits: of each of these jobs; None for the sandbox's own.

        Raises SandboxError when there is no sandbox to be had.
        """
        frames = [_frame("run", limits or self.limits, job) for job in jobs]
        return [outcome(report) for report in self._reports(frames)]

    def pytest(
        self, files: Mapping[str, str], arguments: Sequence[str] = (), *, limits: Limits | None = None
    ) -> PytestReport:
        """Run real pytest on these files in one process.

        Args:
            files: relative path -> text; they lie in the working folder, which is on sys.path.
            arguments: further arguments of pytest's command line.
            limits: for the whole run; by default far more than for one job. `self.limits.wall_s` bounds each test.

        Raises SandboxError when there is no sandbox to be had, or no pytest beside this interpreter.
        """
        if "pytest" not in layout.packages():
            raise SandboxError("pytest is not installed beside this Python.", "Install it into the same environment.")
        wanted = limits or replace(SUITE, scratch_mb=self.limits.scratch_mb)
        frame = _frame("pytest", wanted, Job())
        frame |= {"files": dict(files), "arguments": list(arguments), "test_s": self.limits.wall_s}
        return pytest_report(self._reports([frame])[0])

    @property
    def other(self) -> "Sandbox":
        """A sandbox like this one under another hash seed, for what must not depend on it; closed with this one."""
        if self._other is None:
            level, cache, hash_seed = self._given
            seed = None if hash_seed is None else hash_seed + 1
            self._other = Sandbox(self.limits, level=level, cache=cache, hash_seed=seed)
        return self._other

    def close(self) -> None:
        """End the zygote. The sandbox can be used again; it then starts a new one."""
        if self._other is not None:
            self._other.close()
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _reports(self, frames: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        started = time.perf_counter()
        try:
            return self._all_reports(frames)
        finally:
            self.seconds += time.perf_counter() - started

    def _all_reports(self, frames: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        reports: list[dict[str, Any]] = []
        while len(reports) < len(frames):
            worker = self._ready()
            before = len(reports)
            try:
                trouble = worker.each(frames[before : before + AHEAD], reports.append)
            except BaseException:
                self.close()  # Ctrl-C in the middle: what is under way must not be taken for the next job's report
                raise
            if trouble:
                self.close()
                reports.append(died(trouble))
        return reports

    def _ready(self) -> Worker:
        """A zygote that waits for jobs; a new one if the last has died meanwhile."""
        if self._worker is not None and not self._worker.alive():
            self.close()
        self.start()
        _level, self._worker = self._choice.settle(self._worker)
        return self._worker


def _frame(kind: str, limits: Limits, job: Job) -> dict[str, Any]:
    parts = {"setup": job.setup, "code": job.code, "expression": job.expression, "data": job.data}
    return {"kind": kind, "limits": asdict(limits), **parts}
