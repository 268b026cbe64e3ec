"""Attacks that we try on ourselves before we call the sandbox safe: decoys on this side, hostile jobs on the other."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from library.sandbox.outcome import outcome
from library.sandbox.values import Canary, Job, JobOutcome, Limits
from library.sandbox.worker import Worker

NEEDED = frozenset({"memory", "processes"})  # without these two it is not even L1
MANY = 256  # well above the limit, which counts others of the same user who may leave meanwhile

CONNECT = "import socket\nsocket.create_connection(('127.0.0.1', {port}), 1).close()"
UNIX = "import socket\ns = socket.socket(socket.AF_UNIX)\ns.settimeout(1)\ns.connect({home!r} + '/door')"
READ = "text = open({home!r} + '/secret').read()"
WRITE = "open({home!r} + '/new', 'w').write('x')"
CHMOD = "import os\nos.chmod({home!r} + '/secret', 0o600)"
KILL = """
import fcntl, os, socket, time
left, right = socket.socketpair()
try:
    fcntl.fcntl(left, fcntl.F_SETOWN, {pid})
    fcntl.fcntl(left, 10, 9)
    fcntl.fcntl(left, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    right.send(b'x')
    time.sleep(0.05)
except OSError:
    pass
os.kill({pid}, 9)
"""
ENVIRON = """
import os
text = ''
for name in os.listdir('/proc'):
    if name.isdigit():
        try:
            text += open('/proc/' + name + '/environ').read()
        except OSError:
            pass
found = {mark!r} in text
"""
FORKS = """
import os, time
made = 0
try:
    while made < {many}:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
except OSError:
    pass
"""
MEMORY = "held = bytearray(1 << 30)"
DAEMON = """
import ctypes, os, time
ready, tell = os.pipe()
if os.fork() == 0:
    try:
        os.setsid()
    except OSError:
        pass
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, {name!r}, 0, 0, 0)
        os.write(tell, b'x')
        time.sleep(60)
    os._exit(0)
os.read(ready, 1)
"""
FILL = """
import os, time
block, held = bytes(1 << 20), []
for number in range({megabytes} // 8):
    file = open(str(number), 'wb', buffering=0)
    for _ in range(8):
        file.write(block)
    if number % 4:
        held.append(file)  # without a name it takes room all the same
        os.unlink(str(number))
time.sleep(0.1)
"""


@dataclass(frozen=True)
class Decoys:
    """What the attacks are aimed at: a home-like folder that everybody may use, a listener, a process with a secret."""

    home: Path
    secret: str
    listener: socket.socket
    door: socket.socket
    process: "subprocess.Popen[bytes]"

    def came(self, listener: socket.socket) -> bool:
        """Whether somebody has connected."""
        with contextlib.suppress(OSError):
            listener.accept()[0].close()
            return True
        return False


@contextmanager
def decoys() -> Generator[Decoys]:
    """Set the decoys out, take them in again."""
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="coder-decoy-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        home.chmod(0o777)  # as open as a folder can be: only the sandbox may stand in the way
        secret = secrets.token_hex(16)
        (home / "secret").write_text(secret)
        (home / "secret").chmod(0o666)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        door = stack.enter_context(socket.socket(socket.AF_UNIX))
        door.bind(str(home / "door"))
        (home / "door").chmod(0o777)
        door.listen()
        listener.setblocking(False)
        door.setblocking(False)
        sleep = [shutil.which("sleep") or sys.executable, "60"]
        process = subprocess.Popen(
            sleep if "sleep" in sleep[0] else [sys.executable, "-c", "import time; time.sleep(60)"],
            env={"CODER_DECOY": secret},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        yield Decoys(home, secret, listener, door, process)


def try_all(worker: Worker, scratch_mb: int) -> tuple[Canary, ...]:
    """Let the canaries out in a zygote that is ready; about 0.3 s. Nothing held means: the zygote cannot even add."""
    with decoys() as set_out:
        attacks = _attacks(set_out, scratch_mb)
        limits = asdict(Limits(wall_s=15.0, scratch_mb=scratch_mb))
        jobs = [Job(expression="6 * 7"), *(attack.job for attack in attacks)]
        frames = [asdict(job) | {"kind": "run", "limits": limits} for job in jobs]
        outcomes: list[JobOutcome] = []
        broken = worker.each(frames[:1], lambda report: outcomes.append(outcome(report)))
        if broken or outcomes[0].value != "42":
            reason = broken or outcomes[0].message or outcomes[0].error
            return tuple(Canary(attack.name, False, f"nothing runs here: {reason}") for attack in attacks)
        found: list[Canary] = []
        for attack, frame in zip(attacks, frames[1:], strict=True):
            found.append(_one(worker, attack, frame))
        return tuple(found)


@dataclass(frozen=True)
class _Attack:
    name: str
    job: Job
    through: Callable[[JobOutcome], bool]
    meaning: str


def _one(worker: Worker, attack: _Attack, frame: dict[str, Any]) -> Canary:
    seen: list[JobOutcome] = []
    broken = worker.each([frame], lambda report: seen.append(outcome(report)))
    if broken:
        return Canary(attack.name, False, f"the zygote was lost: {broken}")
    if attack.through(seen[0]):
        return Canary(attack.name, False, attack.meaning)
    if seen[0].error in ("ModuleNotFoundError", "SyntaxError", "NameError", "Died"):
        return Canary(attack.name, False, f"could not be tried: {seen[0].message}")
    return Canary(attack.name, True, seen[0].error or "stopped")


def _attacks(at: Decoys, scratch_mb: int) -> list[_Attack]:
    home, port = str(at.home), at.listener.getsockname()[1]
    name = "cy" + secrets.token_hex(6)
    return [
        _Attack(
            "network",
            Job(code=CONNECT.format(port=port)),
            lambda _: at.came(at.listener),
            "a job can connect to servers, of this machine and others",
        ),
        _Attack(
            "unix sockets",
            Job(code=UNIX.format(home=home)),
            lambda _: at.came(at.door),
            "a job can talk to local services through their sockets",
        ),
        _Attack(
            "reading",
            Job(code=READ.format(home=home), expression="text"),
            lambda seen: at.secret in seen.value,
            "a job can read files that are open to its user",
        ),
        _Attack(
            "writing",
            Job(code=WRITE.format(home=home)),
            lambda _: (at.home / "new").exists(),
            "a job can write files where its user may",
        ),
        _Attack(
            "metadata",
            Job(code=CHMOD.format(home=home)),
            lambda _: (at.home / "secret").stat().st_mode & 0o777 == 0o600,
            "a job can change permissions of files of its user",
        ),
        _Attack(
            "signals",
            Job(code=KILL.format(pid=at.process.pid)),
            lambda _: at.process.poll() is not None,
            "a job can end other processes of its user",
        ),
        _Attack(
            "environment",
            Job(code=ENVIRON.format(mark=at.secret), expression="found"),
            lambda seen: seen.value == "True" or not Path("/proc/self").exists(),
            "a job can read the environment of other processes of its user",
        ),
        _Attack(
            "processes",
            Job(code=FORKS.format(many=MANY), expression="made"),
            lambda seen: seen.value == str(MANY),
            "a job can start any number of processes",
        ),
        _Attack("memory", Job(code=MEMORY), lambda seen: seen.ok, "a job can take any amount of memory"),
        _Attack(
            "daemons",
            Job(code=DAEMON.format(name=name.encode())),
            lambda _: _named(name),
            "a process of a job can live on after it",
        ),
        _Attack(
            "scratch total",
            Job(code=FILL.format(megabytes=4 * scratch_mb)),
            lambda seen: seen.ok,
            "a job can fill the disk with many files",
        ),
    ]


def _named(name: str) -> bool:
    """Whether a process of this name lives; True as well where that cannot be seen."""
    if not Path("/proc/self/comm").exists():
        return True
    for pid in os.listdir("/proc"):  # noqa: PTH208 – a few hundred names, and no need of objects
        with contextlib.suppress(OSError):
            if pid.isdigit() and Path(f"/proc/{pid}/comm").read_text().strip() == name:
                return True
    return False
