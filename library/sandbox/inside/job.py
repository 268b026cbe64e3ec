"""What the forked process of one job does: lock itself up, run the untrusted text, say how it went, and leave at once.

The verdict goes through a pipe of its own, each line marked with a nonce that only this process and the zygote know, so
that printing, `os._exit(0)` or writing into every descriptor is never a success. Who reads this process's memory can
still find the nonce: a test and the function that it tests share one process. That is why the agent compares the value
of an expression on its own side.
"""

import contextlib
import importlib.util
import json
import linecache
import os
import resource
import signal
import sys
import traceback
import types
from types import FrameType, TracebackType
from typing import Any, NamedTuple, NoReturn

import described
import filters
import kernel
import suite
import wire

VALUE_CHARS, MESSAGE_CHARS, TRACE_CHARS = 4096, 4096, 8192
SPARE_BYTES = 48 << 20
MODULE = "library"
# What a class is called and made of, whatever its own class says of that.
NAME: Any = type.__dict__["__name__"].__get__
MRO: Any = type.__dict__["__mro__"].__get__
READ = b"r"  # said before any untrusted text is compiled, if the zygote waits for it: the job was read to its end


class Box(NamedTuple):
    """What the launcher has put in place.

    Attributes:
        scratch: the one folder in which a job may write; emptied after each.
        sized: the scratch folder has a total size by itself (tmpfs), so it need not be measured.
        own_mounts: bubblewrap gave us a file system and process numbers of our own.
        shared_user: other processes run under our user, so the limit of processes counts them too.
        abi: version of Landlock, 0 for none.
        rules: descriptor of the Landlock rules that each job enters, or None.
        job_filter: seccomp program that each job adds; b"" when it must be built there; None when there is no seccomp.
        parts: what is in force, by name.
        watched: the processes of a job can be looked into, and by nobody else who matters.
        lock: descriptor by which the scratch folder is known to be in use, or None.
    """

    scratch: str
    sized: bool
    own_mounts: bool
    shared_user: bool
    abi: int
    rules: int | None
    job_filter: bytes | None
    parts: tuple[str, ...]
    watched: bool
    lock: int | None


class VerdictPipe:
    """The private way out: one line a message, the last one ends the job."""

    def __init__(self, descriptor: int, nonce: str) -> None:
        self.descriptor, self.nonce, self.pid = descriptor, nonce, os.getpid()

    def say(self, message: dict[str, Any], *, last: bool = False) -> None:
        """Write one line. A process that the job has forked has no say."""
        if os.getpid() != self.pid:
            os._exit(0)
        line = memoryview(f"{self.nonce}{'.' if last else '+'}{json.dumps(message)}\n".encode())
        while line:
            line = line[os.write(self.descriptor, line) :]


def start(
    order: dict[str, Any], commands: int, box: Box, verdict: VerdictPipe, output: int, processes: int
) -> NoReturn:
    """Never returns. Called in the fresh child, which reads the job from the agent's pipe itself."""
    try:  # whatever happens, this process must never go on as if it were the zygote
        verdict.pid = os.getpid()
        text = wire.exactly(commands, order["size"])
        os.close(commands)
        if text:  # else the agent has gone
            if order["slow"]:
                os.write(verdict.descriptor, READ)
            verdict.say(tried(order, text, box, verdict, output, processes), last=True)
    finally:
        os._exit(0)


def tried(
    order: dict[str, Any], text: bytes, box: Box, verdict: VerdictPipe, output: int, processes: int
) -> dict[str, Any]:
    """Lock this process up and run the job; returns the last message."""
    try:
        job = json.loads(text)
        lock(order["limits"], box, output, processes)
        message = suite.run(job, verdict) if order["kind"] == "pytest" else run(job)
    except BaseException as error:
        message = failure(error)
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    return message


def lock(limits: dict[str, Any], box: Box, output: int, processes: int) -> None:
    """Put on what is fresh for each job: a process group, a folder, limits, a Landlock domain, the second filter."""
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.chdir(box.scratch)
    if box.lock is not None:
        os.close(box.lock)
    with contextlib.suppress(OSError):
        kernel.prctl(kernel.PDEATHSIG, 9)
        if box.watched:
            kernel.prctl(kernel.DUMPABLE, 1)
    if "rlimits" in box.parts:
        limit(limits, processes)
    signal.signal(signal.SIGALRM, out_of_time)
    signal.setitimer(signal.ITIMER_REAL, limits["wall_s"])
    if box.rules is not None:
        kernel.landlock_enter(box.rules)
        os.close(box.rules)
    if box.job_filter is not None:
        filters.install(box.job_filter or filters.for_a_job(box.own_mounts, box.abi, False))


def limit(limits: dict[str, Any], processes: int) -> None:
    """The kernel's limits for this process. The soft ones leave a little room to say what happened."""
    signal.signal(signal.SIGXCPU, out_of_time)
    memory = limits["memory_mb"] << 20
    size = limits["file_mb"] << 20
    pairs = [
        (resource.RLIMIT_CPU, limits["cpu_s"], limits["cpu_s"] + 1),
        (resource.RLIMIT_AS, memory, memory + SPARE_BYTES),
        (resource.RLIMIT_FSIZE, size, size),
        (resource.RLIMIT_NOFILE, 64, 64),
        (resource.RLIMIT_NPROC, processes, processes),
    ]
    for what, soft, hard in pairs:
        with contextlib.suppress(OSError, ValueError):  # macOS refuses some
            resource.setrlimit(what, (soft, hard))


def out_of_time(_number: int, _frame: FrameType | None) -> None:
    raise suite.TimeLimit("the time allowed was used up here")


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Execute setup and code, evaluate the expression, in one fresh module; returns the message for the agent."""
    text = f"{job['setup']}\n{job['code']}\n{job['expression']}"
    known = described.KnownTypes(text) if job["data"] else None
    tell = described.describe
    del text
    for name in ("described", "job"):  # what tells the value is not to be had by its name
        sys.modules.pop(name, None)
    module = fresh_module()
    sys.modules[MODULE] = module  # dataclasses, pickle and typing look a definition's module up
    space = module.__dict__
    try:
        for part in ("setup", "code"):
            if job[part]:
                exec(compiled(job[part], part, "exec"), space)
        value = eval(compiled(job["expression"].strip(), "expression", "eval"), space) if job["expression"] else None
        message: dict[str, Any] = {"ok": True, "value": shown(value) if job["expression"] else ""}
        if known is not None:
            message["data"] = tell(value, known)
    except BaseException as error:
        return failure(error, known)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return message


def shown(value: Any) -> str:
    """The value's repr, cut; a whole number of any length has one here, though not in the code that was run."""
    most = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return cut(repr(value), VALUE_CHARS)
    finally:
        sys.set_int_max_str_digits(most)


def cut(text: str, most: int) -> str:
    """At most so many characters of a text; its class may have methods of its own, which are not asked."""
    short = str.__getitem__(text, slice(0, most))
    return short if str.__len__(text) <= most else short + "…"


def fresh_module() -> types.ModuleType:
    """An empty module with the names that the saved library has, so that code cannot tell the two apart by them."""
    spec = importlib.util.spec_from_file_location(MODULE, f"{os.getcwd()}/{MODULE}.py")  # noqa: PTH109 – see the launcher
    if spec is None:
        return types.ModuleType(MODULE)
    return importlib.util.module_from_spec(spec)


def compiled(text: str, part: str, mode: str) -> types.CodeType:
    """The text as code whose lines a traceback can show."""
    name = f"<{part}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    return compile(text, name, mode, dont_inherit=True)


def failure(error: BaseException, known: described.KnownTypes | None = None) -> dict[str, Any]:
    """What the agent is told of an exception; must not fail however odd the exception is."""
    with contextlib.suppress(Exception):
        signal.setitimer(signal.ITIMER_REAL, 0)
        _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    kinds = [kind for kind in MRO(type(error)) if kind is not object]
    every: list[str] = [NAME(kind) for kind in kinds]
    bases = known.names(type(error)) if known else every
    name = "MemoryLimit" if any(kind is MemoryError for kind in kinds) else every[0]
    told: dict[str, Any] = {"ok": False, "error": name, "bases": bases}
    try:
        told["message"] = str.__getitem__(str(error), slice(0, MESSAGE_CHARS))
        told["traceback"] = trace(error)
    except BaseException as second:
        told.setdefault("message", f"(its text cannot be shown: {type(second).__name__})")
    return told


def trace(error: BaseException) -> str:
    """The traceback without our own frames."""
    shown: TracebackType | None = error.__traceback__
    while shown and not shown.tb_frame.f_code.co_filename.startswith("<"):
        shown = shown.tb_next
    text = "".join(traceback.format_exception(type(error), error, shown, limit=-20))
    return text if len(text) <= TRACE_CHARS else "…" + text[-TRACE_CHARS:]
