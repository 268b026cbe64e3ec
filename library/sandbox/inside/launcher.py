"""Started by the agent in a clean process: reads the plan, locks this process up for good, then serves jobs.

Everything here happens before any untrusted code is near. What can be locked once is locked here; what must be fresh
for each job (process group, limits, Landlock domain, a second filter) is prepared here and put on in job.py.
"""

# pathlib would take the zygote several milliseconds to load
# ruff: noqa: PTH100, PTH101, PTH120, PTH123

import contextlib
import importlib.machinery
import importlib.util
import os
import resource
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import filters
import folder
import job
import kernel
import wire
import zygote

OWN = (
    "aside", "calls", "filters", "folder", "hold", "job", "kernel", "processes", "suite", "watch", "wire", "zygote",
)  # fmt: skip


class Packages:
    """For sys.meta_path: finds a fixed set of packages at fixed places, so that no whole site-packages is exposed."""

    def __init__(self, places: dict[str, str]) -> None:
        self.places = places

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        place = self.places.get(fullname)
        if place is None:
            return None
        if place.endswith(".py"):
            return importlib.util.spec_from_file_location(fullname, place)
        return importlib.util.spec_from_file_location(
            fullname, f"{place}/__init__.py", submodule_search_locations=[place]
        )


def private_descriptors() -> tuple[int, int]:
    """Move the two pipes to the agent away from 0 and 1, so that no job ever holds them by accident."""
    commands, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return commands, replies


def lock(plan: dict[str, Any]) -> job.Box:
    """Apply what the plan asks for; returns what there is for the jobs. Raises OSError for a part that is demanded."""
    parts: list[str] = []
    demanded = set(plan["demanded"])
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # when memory runs out, out here comes first
    if plan["uid"] is not None:
        with contextlib.suppress(OSError):  # root of a container may know no other user; the canaries tell
            _drop(plan["uid"], plan["keep_reading"])
            parts.append("uid")
    with contextlib.suppress(OSError):
        kernel.prctl(kernel.SUBREAPER, 1)
    abi = kernel.landlock_abi() if "landlock" in plan["parts"] else 0
    rules = job_filter = None
    with contextlib.suppress(OSError):
        kernel.prctl(kernel.NO_NEW_PRIVS, 1)
    if abi:
        rules = kernel.landlock_rules(
            plan["readable"], [plan["scratch"]], ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"]
        )
        parts.append("landlock")
    if "seccomp" in plan["parts"] and filters.machine() >= 0:
        with contextlib.suppress(OSError):
            filters.install(filters.for_everything())
            job_filter = filters.for_a_job(plan["own_mounts"], abi, True) if abi >= 6 else b""
            parts.append("seccomp")
    if "rlimits" in plan["parts"]:
        parts.append("rlimits")
    if missing := demanded - set(parts):
        raise OSError(f"this kernel has no {' and no '.join(sorted(missing))}")
    with contextlib.suppress(OSError):
        kernel.prctl(kernel.DUMPABLE, 0)  # nobody of the same user may look into the zygote
    return job.Box(
        scratch=plan["scratch"],
        sized=plan["sized"],
        own_mounts=plan["own_mounts"],
        shared_user="uid" not in parts and not plan["own_mounts"],
        abi=abi,
        rules=rules,
        job_filter=job_filter,
        parts=tuple(parts),
        # Otherwise other processes of our user could look into it too.
        watched=plan["own_mounts"] or "landlock" in parts or "uid" in parts,
        lock=None if plan["own_mounts"] else folder.claim(plan["scratch"]),
    )


def _drop(uid: int, keep_reading: bool) -> None:
    for capability in range(64):
        if capability != kernel.CAP_DAC_READ_SEARCH or not keep_reading:
            with contextlib.suppress(OSError):
                kernel.prctl(kernel.BOUNDING_DROP, capability)
    kernel.become(uid, keep_reading)


def main() -> int:
    commands, replies = private_descriptors()
    plan = wire.receive(commands)
    if plan is None:
        return 0
    if plan["uid"] is not None and plan["own_mounts"]:
        os.chmod(plan["scratch"], 0o1777)  # made by bubblewrap for root, used by the new user
    try:
        box = lock(plan)
    except OSError as error:
        wire.send(replies, {"failed": str(error)})
        return 3
    sys.path[:] = [folder for folder in sys.path if folder != os.path.dirname(os.path.abspath(__file__))]
    sys.meta_path.append(Packages(plan["packages"]))
    sys.dont_write_bytecode = True
    os.environ.pop("PYTHONHASHSEED", None)  # has done its work; programs that a job starts draw their own
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in OWN:
        sys.modules.pop(name, None)  # a job's own module of such a name must be found
    wire.send(replies, {"ready": box.parts, "abi": box.abi})
    os.dup2(0, 2)
    zygote.serve(commands, replies, box)
    return 0


if __name__ == "__main__":
    os._exit(main())
