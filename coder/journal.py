"""Journal: every effect of a run (model reply, person's answer, verdict, commit) on disk before it is used.

One SQLite file for all runs of a library, in WAL mode with every transaction synced. A resumed run goes through its
flow from the start and gets the recorded values back in order; where they end, it is live again. The idea is that of
durable execution engines (DBOS, Temporal); one process needs only this file.
"""

import hashlib
import json
import os
import sqlite3
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from coder.errors import Locked, MemoryFault, RefusedInput, WiringError

try:
    import fcntl
except ImportError:  # Windows has none: runs there are not kept apart
    fcntl = None  # type: ignore[assignment]

INTERRUPT = "interrupt"
CAN_GO_ON = ("running", "interrupted", "unfinished", "no_model")

_MIGRATIONS = (
    """CREATE TABLE runs (
         id TEXT PRIMARY KEY, goal TEXT NOT NULL, settings TEXT NOT NULL, status TEXT NOT NULL,
         started TEXT NOT NULL, ended TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '{}');
       CREATE TABLE effects (
         run TEXT NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL, request TEXT NOT NULL,
         value TEXT NOT NULL, seconds REAL NOT NULL, at TEXT NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID;""",
)


class Stopped(Exception):
    """The person interrupted an effect and decided something; `decision` is JSON."""

    def __init__(self, decision: Any) -> None:
        super().__init__(decision)
        self.decision: Any = decision


class Divergence(RefusedInput):
    """A replay came to another effect than the recorded one, as after a change of the program."""


@dataclass(frozen=True)
class Effect:
    """One recorded effect; `seconds` is how long it took to make, `at` when it was recorded (UTC)."""

    seq: int
    name: str
    value: Any
    seconds: float
    at: str
    request: str = ""


@dataclass(frozen=True)
class RunRow:
    """One run as a list shows it."""

    id: str
    goal: str
    status: str
    started: str
    ended: str
    effects: int
    settings: dict[str, Any]


class Journal:
    """The effects of one run. Made by `create` or `open`; closed by `close`."""

    def __init__(self, connection: sqlite3.Connection, run: str, hold: IO[str] | None) -> None:
        row = connection.execute("SELECT goal, settings, status FROM runs WHERE id = ?", (run,)).fetchone()
        self.run = run
        self.goal: str = row[0]
        self.settings: dict[str, Any] = json.loads(row[1])
        self.status: str = row[2]
        self._connection = connection
        self._hold = hold
        self._inside = False
        self._recorded = _effects(connection, run)
        self._next = 0

    @classmethod
    def create(cls, path: Path, goal: str, settings: dict[str, Any]) -> "Journal":
        """Begin a run of `goal` in the journal file at `path`, which is made if it is not there."""
        connection, run = _connect(path, make=True), uuid.uuid4().hex[:8]
        hold = _hold(path, run)
        with connection:
            connection.execute(
                "INSERT INTO runs (id, goal, settings, status, started) VALUES (?, ?, ?, 'running', ?)",
                (run, goal, json.dumps(settings), _now()),
            )
        return cls(connection, run, hold)

    @classmethod
    def open(cls, path: Path, run: str | None = None, *, look: bool = False) -> "Journal":
        """A run that is there: the one named, or the newest that can go on.

        Args:
            path: the journal file.
            run: id of the run or the beginning of one; None for the newest that has not come to its end.
            look: only read; then it may be finished, or held by another process.

        Raises:
            RefusedInput: there is none; lists the runs there are.
            Locked: the run is held by a living process.
        """
        rows = cls.runs(path)
        fit = [row for row in rows if (row.id.startswith(run) if run else row.status in CAN_GO_ON)]
        fit = fit if look else [row for row in fit if row.status in CAN_GO_ON]
        if not fit:
            asked = f"There is no run {run!r} that can go on." if run else "There is no run that could go on."
            there = "; ".join(f"{row.id} {row.status}: {row.goal[:50]}" for row in rows[:5]) or "none in this library"
            raise RefusedInput(asked, f"Runs: {there}.")
        hold = None if look else _hold(path, fit[0].id)
        return cls(_connect(path, make=False), fit[0].id, hold)

    @staticmethod
    def runs(path: Path) -> list[RunRow]:
        """All runs, newest first; none if there is no file."""
        if not path.exists():
            return []
        connection = _connect(path, make=False)
        try:
            rows = connection.execute(
                "SELECT id, goal, status, started, ended, (SELECT count(*) FROM effects WHERE run = id), settings"
                " FROM runs ORDER BY started DESC, rowid DESC"
            ).fetchall()
        finally:
            connection.close()
        return [RunRow(*row[:6], json.loads(row[6])) for row in rows]

    @property
    def place(self) -> int:
        """The number of the next effect; with the run's id it names that effect for ever."""
        return self._next

    @property
    def replaying(self) -> bool:
        """Whether recorded effects are left."""
        return self._next < len(self._recorded)

    def effect(self, name: str, make: Callable[[], Any], *, request: str = "") -> Any:
        """The recorded value at this place, or the value of `make()`, recorded before it is returned.

        Args:
            name: what kind of effect; a replay must meet the same names in the same order.
            make: makes the value, JSON; its exceptions pass through and nothing is recorded.
            request: what the value depends on; compared in a replay.

        Raises:
            Divergence: the recorded effect has another name or request.
            Stopped: what is recorded here is a decision of the person's.
            WiringError: an effect inside an effect.
        """
        if self._inside:
            raise WiringError(f"The effect {name!r} was asked for inside another effect.")
        if self.replaying:
            return self._replay(name, _digest(request))
        self._inside = True
        started = time.perf_counter()
        try:
            value = make()
        finally:
            self._inside = False
        return self._record(name, value, _digest(request), time.perf_counter() - started)

    def interrupt(self, decision: Any) -> None:
        """Record that the person stopped the effect at this place with `decision`; a replay raises Stopped here."""
        self._record(INTERRUPT, decision, "", 0.0)

    def finish(self, status: str, result: dict[str, Any]) -> None:
        """Mark how the run ended; all but "done" and "dropped" can go on later."""
        self.status = status
        with self._connection:
            self._connection.execute(
                "UPDATE runs SET status = ?, ended = ?, result = ? WHERE id = ?",
                (status, _now(), json.dumps(result), self.run),
            )

    def effects(self) -> list[Effect]:
        """All recorded effects in order."""
        return list(self._recorded)

    def close(self) -> None:
        """Let go of the file and of the run."""
        self._connection.close()
        if self._hold:
            self._hold.close()

    def _replay(self, name: str, request: str) -> Any:
        effect = self._recorded[self._next]
        if effect.name == INTERRUPT:
            self._next += 1
            raise Stopped(effect.value)
        if effect.name != name or (request and effect.request and effect.request != request):
            same = " with another request" if effect.name == name else ""
            raise Divergence(
                f"Run {self.run} recorded {effect.name!r} at place {self._next}, now {name!r} came{same}.",
                "It cannot be resumed, perhaps because the program or its flow changed; what was saved is in the library.",
            )
        self._next += 1
        return effect.value

    def _record(self, name: str, value: Any, request: str, seconds: float) -> Any:
        text = json.dumps(value, ensure_ascii=False)
        effect = Effect(self._next, name, json.loads(text), round(seconds, 6), _now(), request)
        try:
            with self._connection:
                self._connection.execute(
                    "INSERT INTO effects VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (self.run, effect.seq, name, request, text, effect.seconds, effect.at),
                )
        except sqlite3.Error as error:
            raise MemoryFault(f"The journal cannot be written: {error}.", "Is the disk full?") from error
        self._recorded.append(effect)
        self._next += 1
        return effect.value


def _connect(path: Path, *, make: bool) -> sqlite3.Connection:
    try:
        if make:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=30.0)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        _migrate(connection, path)
    except (OSError, sqlite3.Error) as error:
        raise MemoryFault(f"The journal {path} cannot be used: {error}.", "Move it away to begin a new one.") from error
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(_MIGRATIONS):
        raise MemoryFault(f"The journal {path} was written by a newer coder (format {version}).", "Use that one.")
    if version < len(_MIGRATIONS):
        # The lock comes first and the version is read again under it: another process may be doing the same.
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for number, statements in enumerate(_MIGRATIONS[version:], version + 1):
            for statement in statements.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.commit()


def _effects(connection: sqlite3.Connection, run: str) -> list[Effect]:
    rows = connection.execute(
        "SELECT seq, name, value, seconds, at, request FROM effects WHERE run = ? ORDER BY seq", (run,)
    )
    return [Effect(seq, name, json.loads(value), seconds, at, request) for seq, name, value, seconds, at, request in rows]


def _hold(path: Path, run: str) -> IO[str] | None:
    """Hold the run for this process; the hold dies with it."""
    if fcntl is None:
        return None
    file = (path.parent / f"run-{run}.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise Locked(f"Run {run} is going on in process {holder}.", "Wait for it, or end that process.") from None
    with suppress(OSError):
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
    return file


def _digest(request: str) -> str:
    return hashlib.sha256(request.encode()).hexdigest()[:16] if request else ""


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
