"""The sandbox's values: Limits and Job go in, JobOutcome and PytestReport come out, Level says how safe it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Limits:
    """What one job may use.

    Attributes:
        cpu_s: processor seconds of each process.
        wall_s: seconds from start to end; well above `cpu_s`, as a job may get a small part of a busy processor.
        memory_mb: address space of each process.
        processes: processes and threads at the same time, its own first one included.
        file_mb: size of each file.
        scratch_mb: all files in its folder together.
        output_kb: what it may print.
    """

    cpu_s: int = 2
    wall_s: float = 10.0
    memory_mb: int = 512
    processes: int = 16
    file_mb: int = 10
    scratch_mb: int = 64
    output_kb: int = 64


@dataclass(frozen=True)
class Job:
    """Untrusted text to run: `setup` and `code` are executed, then `expression` is evaluated, all in one fresh module
    named `library`, in a process of its own. With `data`, its value is told as data as well (inside/described.py)."""

    setup: str = ""
    code: str = ""
    expression: str = ""
    data: bool = False


@dataclass(frozen=True)
class JobOutcome:
    """How a job ended.

    Attributes:
        ok: True only when everything ran to its end without an exception.
        value: repr of the expression's value, at most 4 KB.
        error: class name of the exception, or one of ours: TimeLimit, MemoryLimit, OutputLimit, ScratchLimit, Died.
        message: the exception's text, or what is known of the end.
        traceback: without the sandbox's own frames.
        output: what was printed, both streams together.
        seconds: from the fork to the end.
        bases: names of the exception's class and all its bases, so that "raises ValueError" also fits a subclass; of a
            job with `data` none that a class of the code's own has beside another base.
        data: what the value is, as JSON has it, if the job asked for it; untrusted like all else.
    """

    ok: bool
    value: str = ""
    error: str = ""
    message: str = ""
    traceback: str = ""
    output: str = ""
    seconds: float = 0.0
    bases: tuple[str, ...] = ()
    data: Any = None

    @property
    def reason(self) -> str:
        """What went wrong, on one line; "" if nothing did."""
        if self.ok:
            return ""
        if self.error == "AssertionError" and not self.message:
            lines = [line.strip() for line in self.traceback.splitlines() if line.strip().startswith("assert ")]
            return f"{lines[-1]} does not hold" if lines else "AssertionError"
        return f"{self.error}: {self.message}".strip(": ") or "failed"


@dataclass(frozen=True)
class Canary:
    """One attack that we try on ourselves: `held` says that the sandbox stopped it."""

    name: str
    held: bool
    detail: str


# Gaps that no canary need try, since nothing here could close them.
KNOWN = {
    "stat": "that a file or a process exists, its size and times, and where a link leads can be found out",
    "host name": "the name of the machine can be read",
    "account": "where Python lies can be seen, which may tell the name of the account",
    "verdict": "code that means to deceive can say that its own tests passed",
}
ANYWHERE = ("account", "verdict")  # at L3 too


@dataclass(frozen=True)
class Level:
    """How safe it is here, found out by trying.

    Attributes:
        name: L3 (own file system, network and process numbers), L2 (kernel filters), L1 (limits), L0 (time-outs only).
        parts: what is in force, by name: bubblewrap, uid, landlock, seccomp, rlimits, tmpfs.
        canaries: the attacks tried, with what came of each.
    """

    name: str
    parts: tuple[str, ...] = ()
    canaries: tuple[Canary, ...] = ()

    @property
    def gaps(self) -> tuple[str, ...]:
        """What this level does not stop, one sentence each: what the canaries found, then what is known of it."""
        if self.name == "L0":
            return ("everything: only time is limited, and the agent's environment is kept away",)
        found = [f"{canary.name}: {canary.detail}" for canary in self.canaries if not canary.held]
        if "tmpfs" not in self.parts and not any(gap.startswith("scratch total") for gap in found):
            found.append("scratch total: looked at every 20 ms, so it can be exceeded for that long")
        return (
            *found,
            *(f"{name}: {detail}" for name, detail in KNOWN.items() if self.name != "L3" or name in ANYWHERE),
        )

    @property
    def text(self) -> str:
        """One line for a person."""
        held = sum(canary.held for canary in self.canaries)
        return f"{self.name} ({' + '.join(self.parts) or 'time-outs only'}), {held}/{len(self.canaries)} canaries held"


RED = ("failed", "error")


@dataclass(frozen=True)
class CaseResult:
    """One test of a pytest run; `message` is pytest's own text of the failure."""

    name: str
    outcome: Literal["passed", "failed", "error", "skipped"]
    message: str = ""
    seconds: float = 0.0

    @property
    def reason(self) -> str:
        """The line of pytest's text that says what was wrong."""
        told = [line[1:].strip() for line in self.message.splitlines() if line.startswith("E ")]
        return (told[0] if told else self.message.strip().rpartition("\n")[2])[:200]


@dataclass(frozen=True)
class PytestReport:
    """A pytest run: `ok` only if pytest itself came to its end and found nothing red.

    Attributes:
        tests: each test that began, in order; one that took the process with it is failed.
        text: what pytest printed.
        error: "" or why the run did not come to its end (TimeLimit, Died, ...).
        seconds: of the whole run.
    """

    ok: bool
    tests: tuple[CaseResult, ...] = ()
    text: str = ""
    error: str = ""
    seconds: float = 0.0

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """The tests that are red."""
        return tuple(test for test in self.tests if test.outcome in RED)


OURS = {
    "time": ("TimeLimit", "the time allowed was used up"),
    "output": ("OutputLimit", "it printed more than allowed"),
    "scratch": ("ScratchLimit", "its files took more room than allowed"),
    "memory": ("MemoryLimit", "it took more memory than allowed"),
    "died": ("Died", "its process ended without a verdict"),
    "agent": ("Died", "the agent closed the sandbox"),
}


def clean(text: Any, most: int | None = None) -> str:
    """A plain value from inside as text without lone surrogates, cut to `most` characters; "" for no plain value."""
    plain = text if isinstance(text, str) else str(text) if isinstance(text, int | float) else ""
    return plain[:most].encode("utf-8", "replace").decode()


def ended(report: Mapping[str, Any]) -> tuple[str, str]:
    """Name and message of an end without a verdict; ("", "") when there is a verdict."""
    if report["end"] == "verdict":
        return "", ""
    name, message = OURS[report["end"]]
    return name, f"{message}: {clean(report['detail'])}" if report["detail"] else message
