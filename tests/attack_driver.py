"""Runs the attacks of cases/attacks.yaml in one sandbox and says what came of each; started as a program of its own.

In: JSON on stdin {"level", "cache", "container", "attacks": [...], "honest": [...]}; in a "container" there are no
user namespaces and nothing can be mounted.
Out: JSON on stdout {"level", "parts", "gaps", "attacks": [...], "broken": [honest code that does not work]}.
Needs the standard library and our `library` on the path, nothing else, so that any user with any Python can run it.
"""

import contextlib
import importlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from library.sandbox import Job, JobOutcome, Limits, Sandbox
from library.sandbox.inside import calls

LAUNCHER = Path(calls.__file__).parent / "launcher.py"

KEY = "key-of-the-agent-4711"
ROOMY = Limits(cpu_s=5, wall_s=60.0)  # a busy machine may take long over honest work
BRISK = Limits(cpu_s=1, wall_s=0.3)
HELP = """
import ctypes, os, sys, time
LIBC = ctypes.CDLL(None, use_errno=True)
def call(name, *words):
    if LIBC.syscall(NUMBERS[name], *words) < 0:
        raise OSError(ctypes.get_errno(), "refused")
"""


class Decoys:
    """A folder open to everybody, listeners, a process with a key; and whether any of them was touched."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="coder-attacks-"))
        self.home.chmod(0o777)
        self.sockets = [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
        self.sockets += [socket.socket(socket.AF_UNIX, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
        self.sockets.append(socket.socket(socket.AF_UNIX))
        self.mark = f"at{os.getpid()}"
        names: list[Any] = [("127.0.0.1", 0), str(self.home / "door"), str(self.home / "gram"), f"\0{self.mark}"]
        for one, name in zip(self.sockets[1:], names, strict=True):
            one.bind(name)
        for one in self.sockets:
            one.setblocking(False)
            if one.type == socket.SOCK_STREAM:
                one.listen()
        (self.home / "door").chmod(0o777)
        (self.home / "gram").chmod(0o777)
        self.reset()
        self.victim = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        out = subprocess.DEVNULL
        return subprocess.Popen(["sleep", "300"], env={"CODER_API_KEY": KEY}, stdin=out, stdout=out, stderr=out)

    def reset(self) -> None:
        for path in self.home.iterdir():
            if path.name not in ("door", "gram"):
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        (self.home / "secret").write_text(KEY)
        (self.home / "secret").chmod(0o666)
        (self.home / "pointer").symlink_to(KEY)
        with contextlib.suppress(OSError):  # not every file system has them
            os.setxattr(self.home / "secret", "user.key", KEY.encode())
        os.utime(self.home / "secret", (1e9, 1e9))
        self.before = self.state()

    def state(self) -> list[Any]:
        found: list[Any] = []
        for path in sorted(self.home.iterdir()):
            state = path.lstat()
            attributes = os.listxattr(path, follow_symlinks=False)
            found.append([path.name, state.st_mode, state.st_uid, state.st_mtime, state.st_size, attributes])
        return found

    def touched(self) -> str:
        """What was touched since the last time, "" for nothing; everything is then as before."""
        reasons = ["files"] if self.state() != self.before or (self.home / "secret").read_text() != KEY else []
        for one in self.sockets:
            with contextlib.suppress(OSError):
                one.accept() if one.type == socket.SOCK_STREAM else one.recv(10)
                reasons.append("socket")
        if self.victim.poll() is not None:
            reasons.append("victim")
            self.victim = self.start()
        for process in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 (a thousand times, so quickly)
            with contextlib.suppress(OSError):  # one that has ended since
                reasons += ["daemon"] if _content(f"/proc/{process}/comm").strip() == self.mark.encode() else []
        if reasons:
            self.reset()
        return ", ".join(reasons)

    def constants(self) -> str:
        """The names that attacks are given, as Python."""
        column = list(calls.MACHINES).index(platform.machine())
        tables = calls.ALWAYS | calls.IN_A_JOB | calls.METADATA | calls.SIGNALS | calls.SCHEDULER
        tables |= {"clone": calls.CLONE, "clone3": calls.CLONE3}
        given = {
            "HOME": str(self.home),
            "PORT": self.sockets[0].getsockname()[1],
            "UDP_PORT": self.sockets[1].getsockname()[1],
            "DOOR": str(self.home / "door"),
            "GRAM": str(self.home / "gram"),
            "ABSTRACT": self.mark,
            "VICTIM": self.victim.pid,
            "AGENT": os.getpid(),
            "MARK": self.mark,
            "LAUNCHER": str(LAUNCHER),
            "NUMBERS": {name: numbers[column] for name, numbers in tables.items()},
        }
        return "\n".join(f"{name} = {value!r}" for name, value in given.items()) + HELP


def _content(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 1 << 12)
    finally:
        os.close(descriptor)


def enter_container() -> None:
    """Refuse this process and all below it the calls with which bubblewrap makes its rooms."""
    sys.path.insert(0, str(LAUNCHER.parent))
    filters: Any = importlib.import_module("filters")
    kernel: Any = importlib.import_module("kernel")
    column = filters.machine()
    names = ("mount", "unshare", "setns")
    lines = filters.guard() + filters.refuse({name: calls.ALWAYS[name] for name in names}, column)
    line, refused = filters.line, filters.line(filters.RETURN, filters.ERRNO | 1)
    lines += [line(filters.EQUAL, calls.CLONE3[column], no=1), line(filters.RETURN, filters.ERRNO | 38)]
    lines += [line(filters.EQUAL, calls.CLONE[column], no=4), line(filters.LOAD, filters.ARGUMENTS_AT)]
    lines += [line(filters.ANYBIT, filters.NEW_NAMESPACES, no=1), refused, line(filters.RETURN, filters.ALLOW)]
    kernel.prctl(kernel.NO_NEW_PRIVS, 1)
    filters.install(filters.program(lines))
    sys.path.remove(str(LAUNCHER.parent))


def main() -> None:
    asked = json.load(sys.stdin)
    if asked["container"]:
        enter_container()
    os.environ["CODER_API_KEY"] = KEY
    decoys = Decoys()
    cache = Path(asked["cache"])
    sandbox = Sandbox(ROOMY, level=asked["level"], cache=cache)
    try:
        with sandbox:
            level = sandbox.level
            told = [one(sandbox, attack, decoys) for attack in asked["attacks"]]
            broken = [f"{case['name']}: {why}" for case in asked["honest"] if (why := trouble(sandbox, case))]
    finally:
        decoys.victim.kill()
        shutil.rmtree(decoys.home)
    answer = {"level": level.name, "parts": level.parts, "gaps": level.gaps, "attacks": told, "broken": broken}
    json.dump(answer, sys.stdout)


def one(sandbox: Sandbox, attack: dict[str, Any], decoys: Decoys) -> dict[str, Any]:
    """Run one attack, then a job that must find everything as it should be."""
    sandbox.limits = BRISK if attack.get("brisk") else ROOMY
    outcome = sandbox.run([Job(setup=decoys.constants(), code=attack["code"])])[0]
    sandbox.limits = ROOMY
    next_job = Job(code="import json, os, re", expression="json.loads('41') + 1, os.listdir('.'), re.findall('.', 'a')")
    after = sandbox.run([next_job])[0]
    return {
        "name": attack["name"],
        "ended": outcome.error or "nothing stopped it",
        "message": outcome.message,
        "through": reason(outcome, after, decoys.touched()),
    }


def trouble(sandbox: Sandbox, case: dict[str, str]) -> str:
    """Why honest code does not work here; "" when it does."""
    outcome = sandbox.run([Job(code=case.get("code", ""), expression=case["expression"])])[0]
    return "" if (outcome.ok, outcome.value) == (True, case["value"]) else f"{outcome}"


def reason(outcome: JobOutcome, after: JobOutcome, touched: str) -> str:
    """Why an attack counts as having got through; "" when it was stopped."""
    reasons = [f"touched: {touched}"] if touched else []
    if outcome.ok:
        reasons.append("ended well")
    if KEY in f"{outcome.output}{outcome.value}{outcome.message}{outcome.traceback}":
        reasons.append("saw the secret")
    if "its process has died" in outcome.message or "no longer answers" in outcome.message:
        reasons.append("took the zygote with it")
    if after.value != "(42, [], ['a'])":
        reasons.append(f"harmed the next job: {after.error} {after.message} {after.value}")
    return ", ".join(reasons)


if __name__ == "__main__":
    main()
