"""Which level: tried out once after each boot, then remembered in a small file."""

import contextlib
import hashlib
import json
import os
import platform
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from library.errors import SandboxError
from library.sandbox import canaries, layout
from library.sandbox.values import Canary, Level
from library.sandbox.worker import Worker
from memory.disk import put

LEVELS = ("L3", "L2", "L1")
WEEK_S = 7 * 86_400.0


class Choice:
    """The choice of one Sandbox.

    Args:
        wanted: "best" or a level's name.
        cache: folder of the remembered results; None for the user's cache folder.
        scratch_mb: size of the scratch folder.
        hash_seed: of every job, None for a new one each time.
    Raises SandboxError for a name that is no level.
    """

    def __init__(self, wanted: str, cache: Path | None, scratch_mb: int, hash_seed: int | None = None) -> None:
        if wanted not in ("best", *LEVELS, "L0"):
            raise SandboxError(f"There is no sandbox level {wanted!r}, only best, L3, L2, L1 and L0.")
        self.wanted, self.scratch_mb, self.known = wanted, scratch_mb, LevelCache(cache)
        self.hash_seed = hash_seed
        self.level: Level | None = Level("L0") if wanted == "L0" else None

    def begin(self) -> Worker:
        """Start a zygote at the level that is known or likely, without waiting. Raises SandboxError."""
        if self.level is None:
            self.level = self.known.get(self.wanted)
        name = self.level.name if self.level else self.wanted if self.wanted != "best" else _likely()
        return self._start(name, sized=self.level is None or "tmpfs" in self.level.parts)

    def settle(self, worker: Worker | None) -> tuple[Level, Worker]:
        """A level and a zygote of that level that is ready. Raises SandboxError when there is none."""
        if worker is not None and self.level is not None and worker.level == self.level.name:
            try:
                worker.ready()
                return self.level, worker
            except SandboxError:
                if self.wanted in ("L0", "L1"):
                    raise
                self.level = None  # what is remembered no longer holds: try again
                worker = None
        self.level, worker = self._try(worker)
        self.known.put(self.wanted, self.level)
        return self.level, worker

    def _try(self, first: Worker | None) -> tuple[Level, Worker]:
        """Go down the levels to the first at which every canary is held; else the one that holds most."""
        found: list[Level] = []
        reasons: list[str] = []
        for name in LEVELS if self.wanted == "best" else (self.wanted,):
            worker = first if first is not None and first.level == name else None
            try:
                worker = self._open(name, worker)
            except SandboxError as error:
                reasons.append(error.message)
                continue
            level = Level(name, worker.parts, canaries.try_all(worker, self.scratch_mb))
            if not level.canaries or all(canary.held for canary in level.canaries) or self.wanted != "best":
                return level, worker if worker.alive() else self._open(name, None)
            worker.stop()
            found.append(level)
        usable = [level for level in found if _held(level) >= canaries.NEEDED]
        if not usable:
            reasons += [f"At {level.name} {gap}." for level in found for gap in level.gaps]
            raise SandboxError(
                "There is no safe way to run code here. " + " ".join(reasons),
                "Install bubblewrap, or accept the risk with the sandbox level L0.",
            )
        best = max(usable, key=lambda level: len(_held(level)))
        return best, self._open(best.name, None)

    def _open(self, name: str, worker: Worker | None) -> Worker:
        try:
            worker = worker or self._start(name)
            worker.ready()
        except SandboxError as error:
            if name != "L3" or "--size" not in error.message:
                raise
            worker = self._start(name, sized=False)  # bubblewrap before 0.7
            worker.ready()
        return worker

    def _start(self, name: str, *, sized: bool = True) -> Worker:
        return Worker(name, self.scratch_mb, sized=sized, hash_seed=self.hash_seed)


def _held(level: Level) -> set[str]:
    return {canary.name for canary in level.canaries if canary.held}


def _likely() -> str:
    if not sys.platform.startswith("linux"):
        return "L1"
    return "L3" if shutil.which("bwrap") else "L2"


class LevelCache:
    """The remembered results: a file for each combination of boot, user, kernel, bubblewrap, Python and our code."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def get(self, wanted: str) -> Level | None:
        """What was found for "best" or for a level's name; None when it must be tried."""
        try:
            data = json.loads(self._path().read_text())[wanted]
            found = tuple(Canary(str(name), held is True, str(detail)) for name, held, detail in data["canaries"])
            return Level(str(data["name"]), tuple(str(part) for part in data["parts"]), found)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, wanted: str, level: Level) -> None:
        """Remember; silently not, where the folder cannot be written."""
        with contextlib.suppress(OSError):
            path = self._path()
            kept: dict[str, Any] = {}
            with contextlib.suppress(OSError, ValueError):
                kept = json.loads(path.read_text())
            tried = [[canary.name, canary.held, canary.detail] for canary in level.canaries]
            kept[wanted] = {"name": level.name, "parts": level.parts, "canaries": tried}
            put(path, json.dumps(kept).encode())
            for old in path.parent.glob("sandbox-*"):
                if time.time() - old.stat().st_mtime > WEEK_S:
                    old.unlink(missing_ok=True)

    def _path(self) -> Path:
        if self.folder is None:
            from platformdirs import user_cache_path  # only where no folder is given

            self.folder = user_cache_path("coder")
        return self.folder / f"sandbox-{fingerprint()}.json"


def fingerprint() -> str:
    """Changes whenever the answer might: boot, kernel, user and rights, bubblewrap, Python, our own code."""
    digest = hashlib.sha256()
    bwrap = shutil.which("bwrap")
    status = _text("/proc/self/status").splitlines()
    rights = [line for line in status if line.startswith(("Uid", "CapEff", "NoNewPrivs", "Seccomp"))]
    names = [*rights, _text("/proc/sys/kernel/random/boot_id"), platform.release(), str(os.getuid())]
    names += [_text("/proc/self/attr/current"), sys.version, layout.executable()]
    if Path("/proc/self/ns/user").is_symlink():
        names.append(str(Path("/proc/self/ns/user").readlink()))
    if bwrap:
        state = Path(bwrap).stat()
        names.append(f"{bwrap} {state.st_size} {state.st_mtime_ns}")  # tells versions apart without starting it
    digest.update("\n".join(names).encode())
    for file in sorted(Path(__file__).parent.glob("**/*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _text(path: str) -> str:
    with contextlib.suppress(OSError):
        return Path(path).read_text(errors="replace").strip("\0\n ")
    return ""
