"""Journal: every effect of a run (model reply, answer, verdict, commit) is on disk before it is used, and is replayed.

A run is a deterministic program around effects: the n-th effect of a resumed run is the n-th recorded one. So resuming,
replaying, the recorded demo and the cost report are one mechanism. SQLite in WAL mode; one row an effect; FULL sync.
"""

import hashlib
import json
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from coder.errors import Locked, RefusedInput, WiringError
from coder.run.database import connect, explained, make_place
from memory.clock import utc_now
from memory.git.trust import check
from memory.lock import holder, is_held, take
from memory.secrets import discreet, without_secrets

JOURNAL = "journal.db"  # its name in the private folder of a library


OVER = ("done", "ended", "dropped")  # what a run is called that nothing more can come of

# Made again at no cost: a kill never loses them, a loss of power may. All that was paid or decided is synced.
AT_HAND = frozenset({"memory", "search", "now", "exists", "asks", "reuse", "read", "log"})


class Stopped(Exception):
    """The person stopped this effect; `decision` is what they said instead (a JSON value)."""

    def __init__(self, decision: Any) -> None:
        super().__init__("the person stopped this")
        self.decision = decision


class Divergence(RefusedInput):
    """A resumed run asks for another effect than the recorded one; going on would mix two runs."""


@dataclass(frozen=True)
class Effect:
    """One recorded effect.

    Args:
        seq: 1-based place in the run.
        name: such as "model:plan"; "interrupt" where the person stopped an effect.
        value: the JSON value; for an interrupt the decision.
        seconds: what it took to make.
        at: when it was recorded, "2026-11-21T02:20:31Z".
        during: for an interrupt the name of the effect that was stopped.
    """

    seq: int
    name: str
    value: Any
    seconds: float
    at: str
    during: str = ""


@dataclass(frozen=True)
class RunRow:
    """One run as the list shows it; `effects` counts them, `live` says whether a living process is at it."""

    id: str
    goal: str
    status: str
    started: str
    ended: str
    effects: int
    settings: dict[str, Any]
    live: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether it can go on: it is neither done, nor ended by the person, nor dropped."""
        return self.status not in OVER


class Journal:
    """One run of one goal. Use `create` or `open`; close it, also as a context manager.

    Args:
        path: the database.
        run: id of a run that is in it.
        look: only look at it: nothing can be recorded, and a live run may be opened.
        synchronous: "FULL": a loss of power loses nothing; "NORMAL": only a kill does not (for benchmarks).
    """

    def __init__(self, path: Path, run: str, *, look: bool = False, synchronous: str = "FULL") -> None:
        self.run = run
        self.place = 1  # of the next effect
        self._synced = "FULL"
        self._path = path
        self._lock = -1 if look else _hold(path, run)
        self._inside = ""
        self._begun = ("", "")
        try:
            with explained(path):
                self._db = connect(path, synchronous)
                row = self._db.execute("SELECT goal, settings, status FROM runs WHERE id = ?", (run,)).fetchone()
                self.goal: str = _text(row[0])
                self.settings: dict[str, Any] = _mapping(row[1])
                self.status: str = _text(row[2])
                count = "SELECT coalesce(max(seq), 0) FROM effects WHERE run = ?"
                self._recorded: int = self._db.execute(count, (run,)).fetchone()[0]
        except BaseException:
            self._let_go()
            raise

    @classmethod
    def create(cls, path: Path, goal: str, settings: dict[str, Any]) -> "Journal":
        """Begin a new run.

        Raises:
            MemoryFault: the journal cannot be written, is damaged, or is of a newer version.
        """
        run = uuid.uuid4().hex[:8]
        with explained(path):
            make_place(path)
            db = connect(path)
            db.execute(
                "INSERT INTO runs (id, goal, settings, status, started) VALUES (?, ?, ?, 'running', ?)",
                (run, without_secrets(goal), _json("settings", discreet(settings)), utc_now()),
            )
            db.close()
        return cls(path, run)

    @classmethod
    def open(cls, path: Path, run: str | None = None, *, look: bool = False) -> "Journal":
        """Go on with a run.

        Args:
            path: the database.
            run: its id or the beginning of it; None for the newest run that can go on.
            look: only look at it (see the class).

        Raises:
            RefusedInput: there is no such run; lists those there are.
            Locked: a living process is at it; names its pid.
            MemoryFault: the journal is damaged or of a newer version.
        """
        rows = cls.runs(path)
        if run is None:
            able = [row for row in rows if row.goes_on]
            fitting = sorted(able, key=lambda row: row.live)[:1]  # one that nobody is at, if there is one
            asked = "there is no run that could go on"
        else:
            named = [row for row in rows if run and row.id.startswith(run)]
            fitting = [row for row in named if look or row.goes_on]
            asked = f"there is no run {run!r}" + ("" if look else " that could go on")
            if len(named) > 1:
                asked = f"more than one run begins with {run!r}"
        if len(fitting) != 1:
            there = "; ".join(f"{row.id} {row.status} {row.goal[:40]!r}" for row in rows[:10]) or "none"
            raise RefusedInput(f"{asked}. The runs there are: {there}.", "Start one with: coder GOAL")
        journal = cls(path, fitting[0].id, look=look)
        if not look and journal.status != "running":
            with explained(path):
                journal._db.execute("UPDATE runs SET status = 'running', ended = NULL WHERE id = ?", (journal.run,))
            journal.status = "running"
        return journal

    @staticmethod
    def runs(path: Path) -> list[RunRow]:
        """All runs, the newest first; none if there is no journal yet.

        Raises:
            MemoryFault: the journal is damaged or of a newer version.
        """
        if not check(path.parent) or not os.path.lexists(path):
            return []
        # In the order in which they came, not by the times that stand there: those anybody can write.
        wanted = """SELECT id, goal, status, started, coalesce(ended, ''), settings,
                    (SELECT count(*) FROM effects WHERE run = runs.id),
                    (SELECT during IS NOT NULL AND value LIKE '%"verdict": "finish"%' FROM effects
                     WHERE run = runs.id ORDER BY seq DESC LIMIT 1) FROM runs ORDER BY rowid DESC"""
        with explained(path):
            db = connect(path)
            rows = db.execute(wanted).fetchall()
            db.close()
            return [_row(path, row) for row in rows]

    @staticmethod
    def drop(path: Path, run: str) -> RunRow:
        """Let nobody go on with a run; what is recorded of it stays.

        Args:
            path: the database.
            run: its id or the beginning of it.

        Raises:
            RefusedInput: there is no such run, or more than one.
            Locked: a living process is at it.
        """
        with Journal.open(path, run, look=True) as journal:
            row = next(row for row in Journal.runs(path) if row.id == journal.run)
        if row.goes_on:
            held = _hold(path, row.id)
            try:
                with explained(path):
                    db = connect(path)
                    db.execute("UPDATE runs SET status = 'dropped', ended = ? WHERE id = ?", (utc_now(), row.id))
                    db.close()
            finally:
                _lock(path, row.id).unlink(missing_ok=True)
                os.close(held)
        return row

    def effect(self, name: str, make: Callable[[], Any], *, request: str = "") -> Any:
        """The value recorded at this place, or the one that `make` makes now, on disk before it is returned.

        Args:
            name: what kind of effect; a replay must meet the same names in the same order.
            make: gives a JSON value. What it raises (KeyboardInterrupt too) passes through and nothing is recorded.
            request: what the value depends on; when given, a replay with another one is refused. Only its hash is kept.

        Returns:
            The value as JSON gives it back (tuples are lists then), the first time as in every replay.

        Raises:
            Stopped: the person interrupted the effect at this place.
            Divergence: another effect is recorded at this place.
            WiringError: effects are nested, the value is not JSON, or the journal was opened to look.
        """
        if self._inside:
            raise WiringError(f"the effect {name!r} is asked for inside the effect {self._inside!r}.")
        digest = hashlib.sha256(request.encode("utf-8", "replace")).hexdigest()[:16] if request else ""
        if self.replaying or self._appeared():
            return self._replay(name, digest)
        self._inside, self._begun = name, (name, digest)
        started = time.monotonic()
        try:
            value = make()
        finally:
            self._inside = ""
        text = without_secrets(_json(name, value))
        self._record(name, digest, text, time.monotonic() - started)
        return json.loads(text)

    def _appeared(self) -> bool:
        """Whether a Ctrl-C hit after the value was written and before it was used: then it is there all the same."""
        if self._begun[0]:
            row = self._db.execute("SELECT 1 FROM effects WHERE run = ? AND seq = ?", (self.run, self.place)).fetchone()
            self._recorded += row is not None
            return row is not None
        return False

    def _replay(self, name: str, digest: str) -> Any:
        row: tuple[str, str, str, str | None]
        with explained(self._path):
            wanted = "SELECT name, request, value, during FROM effects WHERE run = ? AND seq = ?"
            row = self._db.execute(wanted, (self.run, self.place)).fetchone()
            value = json.loads(row[2])
        recorded = row[0] if row[3] is None else row[3]
        if recorded not in (name, ""):
            self._diverge(f"was {recorded!r} when it was recorded and is {name!r} now")
        if row[1] and digest and row[1] != digest:
            self._diverge(f"({name}) was recorded for another request than the one made now")
        self.place += 1
        if row[3] is not None:
            raise Stopped(value)
        return value

    def _diverge(self, how: str) -> None:
        raise Divergence(
            f"run {self.run} cannot go on: its effect {self.place} {how}.",
            "The program or its settings changed in between; start the goal again with: coder GOAL",
        )

    def interrupt(self, value: Any) -> None:
        """Record that the person stopped the effect at this place, with this decision (a JSON value)."""
        name, digest = self._begun
        self._record("interrupt", digest, without_secrets(_json("interrupt", value)), 0.0, during=name)

    def _record(self, name: str, digest: str, text: str, seconds: float, during: str | None = None) -> None:
        if self._lock < 0:
            raise WiringError(f"run {self.run} was opened to look at; the effect {name!r} cannot be recorded.")
        level = "NORMAL" if name in AT_HAND else "FULL"
        with explained(self._path):
            if level != self._synced:
                self._db.execute(f"PRAGMA synchronous = {level}")
                self._synced = level
            self._db.execute(
                "INSERT OR REPLACE INTO effects (run, seq, name, request, value, during, seconds, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (self.run, self.place, name, digest, text, during, round(seconds, 6), utc_now()),
            )
        self._recorded = self.place
        self.place += 1
        self._begun = ("", "")

    @property
    def replaying(self) -> bool:
        """Whether the next effect is a recorded one."""
        return self.place <= self._recorded

    @property
    def result(self) -> dict[str, Any]:
        """What `finish` was given last; {} before."""
        row = self._db.execute("SELECT result FROM runs WHERE id = ?", (self.run,)).fetchone()
        with explained(self._path):
            return _mapping(row[0]) if row and row[0] else {}

    def finish(self, status: str, result: dict[str, Any]) -> None:
        """Mark the run with its status ("done", "unfinished", "interrupted", ...) and its result (JSON)."""
        with explained(self._path):
            self._db.execute(
                "UPDATE runs SET status = ?, ended = ?, result = ? WHERE id = ?",
                (status, utc_now(), _json("result", discreet(result)), self.run),
            )
        self.status = status

    def effects(self) -> list[Effect]:
        """All recorded effects, in order."""
        wanted = "SELECT seq, name, value, seconds, at, during FROM effects WHERE run = ? ORDER BY seq"
        with explained(self._path):
            return [
                Effect(int(seq), _text(name), json.loads(value), float(seconds), _text(at), _text(during or ""))
                for seq, name, value, seconds, at, during in self._db.execute(wanted, (self.run,))
            ]

    def live(self) -> bool:
        """Whether a living process, this one or another, is at this run."""
        return self._lock >= 0 or is_held(_lock(self._path, self.run))

    def close(self) -> None:
        """Let the run go; nothing can be recorded after this."""
        self._db.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._lock >= 0:
            _lock(self._path, self.run).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *stopped: object) -> None:
        self.close()


def _json(name: str, value: Any) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as error:
        raise WiringError(f"the effect {name!r} gave what JSON cannot hold: {error}.") from error


def _row(path: Path, row: tuple[Any, ...]) -> RunRow:
    """A row as it was written by this program. Raises ValueError for one that was not."""
    run, goal, status, started, ended = map(_text, row[:5])
    status = "ended" if row[7] and status == "unfinished" else status  # older versions did not tell the two apart
    if not (run.isascii() and run.isalnum() and len(run) <= 40):  # it becomes the name of a file
        raise ValueError(f"no id of a run: {run[:40]!r}")
    return RunRow(run, goal, status, started, ended, int(row[6]), _mapping(row[5]), is_held(_lock(path, run)))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is expected where there is {type(value).__name__}")
    return value


def _mapping(text: Any) -> dict[str, Any]:
    value: Any = json.loads(_text(text))
    if not isinstance(value, dict):
        raise TypeError(f"a mapping is expected where there is {type(value).__name__}")
    return cast(dict[str, Any], value)


def _lock(path: Path, run: str) -> Path:
    return path.parent / f"run-{run}.lock"


def _hold(path: Path, run: str) -> int:
    file = _lock(path, run)
    try:
        with explained(path):
            return take(file, 0, f"run {run}")
    except Locked:
        raise Locked(f"run {run} is still going on: {holder(file)}.", "Go on there, or end it first.") from None
