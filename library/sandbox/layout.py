"""What a zygote of each level is started with: the command, the launcher's plan, the few places that it may see."""

import functools
import importlib.util
import itertools
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INSIDE = Path(__file__).resolve().parent / "inside"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/etc/ld.so.cache")
# Packages that jobs may import; each is left out where it is not installed. What pytest needs, nothing else.
PACKAGES = (
    "pytest",
    "_pytest",
    "py",
    "pluggy",
    "iniconfig",
    "packaging",
    "pygments",
    "exceptiongroup",
    "tomli",
    "colorama",
)
SCRATCH = "/scratch"
UIDS = range(61_200, 65_200)  # below 65,536, for containers that know no more; not handed out by distributions
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}

SETGID, SETUID, SYS_ADMIN = 6, 7, 21  # linux/capability.h

_number = itertools.count(os.getpid() * 7)


@dataclass(frozen=True)
class Start:
    """How to start one zygote: `command` and `environment` for the process, `plan` for its launcher."""

    command: tuple[str, ...]
    environment: dict[str, str]
    plan: dict[str, Any]


def start(level: str, scratch: str, scratch_mb: int, *, sized: bool = True, hash_seed: int | None = None) -> Start:
    """The start of a level L3, L2, L1 or L0.

    Args:
        level: the level's name.
        scratch: a folder of ours that jobs may write to; not used at L3, which has its own.
        scratch_mb: total size of L3's own scratch folder.
        sized: False for a bubblewrap too old to limit that.
        hash_seed: of the zygote and so of every job; None for a new one.
    """
    own_mounts = level == "L3"
    powers = {"L3": (SETGID, SETUID, SYS_ADMIN), "L0": (64,)}.get(level, (SETGID, SETUID))
    uid = next(_number) % len(UIDS) + UIDS.start if may(*powers) else None
    closed = uid is not None and not own_mounts and not all(open_to_others(path) for path in python_places())
    if closed and level == "L1":
        uid, closed = None, False  # without Landlock the capability would open everything; the canaries tell
    parts = {
        "L3": ["landlock", "seccomp", "rlimits"],
        "L2": ["landlock", "seccomp", "rlimits"],
        "L1": ["seccomp", "rlimits"],
    }
    plan: dict[str, Any] = {
        "uid": uid,
        "keep_reading": closed,
        "own_mounts": own_mounts,
        "sized": own_mounts and sized,
        "scratch": SCRATCH if own_mounts else scratch,
        "parts": parts.get(level, []),
        "demanded": {"L2": ["landlock", "seccomp"], "L1": ["rlimits"]}.get(level, []),
        "readable": [*SYSTEM, *python_places(), *packages().values()],
        "packages": packages(),
    }
    # Isolated, but for the one variable: nobody else has put anything into this environment.
    alone = ("-I",) if hash_seed is None else ("-P", "-s")
    python = (executable(), *alone, "-S", str(INSIDE / "launcher.py"))
    command = (*bubblewrap(scratch_mb if sized else 0), *python) if own_mounts else python
    environment = ENVIRONMENT | {"HOME": plan["scratch"], "TMPDIR": plan["scratch"]}
    environment |= {} if hash_seed is None else {"PYTHONHASHSEED": str(hash_seed)}
    return Start(command, environment, plan)


def bubblewrap(scratch_mb: int) -> tuple[str, ...]:
    """The bwrap command: the system's and the interpreter's files, read-only, a scratch folder in memory, nothing else.

    As root it needs no user namespace; there it keeps the two capabilities with which the launcher becomes a user that
    nobody else is, since the limit of processes does not bind root.
    """
    words = [shutil.which("bwrap") or "bwrap", "--die-with-parent", "--cap-drop", "ALL"]
    if may(SETGID, SETUID, SYS_ADMIN):
        words += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
        words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        words += ["--unshare-all"]
    for place in SYSTEM:
        path = Path(place)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), place]
        elif path.exists():
            words += ["--ro-bind", place, place]
    for place in [*python_places(), *packages().values(), str(INSIDE)]:
        if not place.startswith("/usr/"):
            for parent in reversed(Path(place).parents[:-1]):
                words += ["--dir", str(parent)]  # by itself bubblewrap would close the parents to others
            words += ["--ro-bind", place, place]
    words += ["--proc", "/proc", "--dev", "/dev"]
    words += ["--size", str(scratch_mb << 20)] if scratch_mb else []
    return (*words, "--tmpfs", SCRATCH, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/")


def may(*capabilities: int) -> bool:
    """Whether we are root and have these powers of root; in a container root may lack some."""
    if os.geteuid() != 0:
        return False
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    held = next((int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")), 0)
    return all(held >> capability & 1 for capability in capabilities)


@functools.cache
def executable() -> str:
    """The interpreter itself, not a virtual environment's link to it."""
    return os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)


@functools.cache
def python_places() -> tuple[str, ...]:
    """Files and folders that the interpreter needs: itself, its standard library, its shared libraries."""
    names = ("stdlib", "platstdlib")
    folders = {
        sysconfig.get_path(name, vars={"base": sys.base_prefix, "platbase": sys.base_exec_prefix}) for name in names
    }
    libraries = {str(path) for path in Path(sys.base_prefix, "lib").glob("*.so*")}
    return tuple(sorted({executable(), *folders, *(libraries if sys.base_prefix != "/usr" else ())}))


@functools.cache
def packages() -> dict[str, str]:
    """Where the packages lie that jobs may import; looked up without importing them."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin:
            place = Path(spec.origin).resolve()
            found[name] = str(place.parent if place.name == "__init__.py" else place)
    return found


def open_to_others(place: str) -> bool:
    """Whether a user who owns nothing can reach and read it."""
    path = Path(place)
    bits = 0o5 if path.is_dir() else 0o4
    return path.stat().st_mode & bits == bits and all(parent.stat().st_mode & 0o1 for parent in path.parents)
