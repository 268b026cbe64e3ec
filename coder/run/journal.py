"""Journal: every effect of a run (model reply, answer, verdict, commit) is on disk before it is used, and is replayed.

A run is a deterministic program around effects: the n-th effect at a place in the tree of flows is, in a resumed run,
the n-th recorded one there. So resuming, replaying, the recorded demo and the cost report are one mechanism, and what
goes on in parallel at different places may be recorded in any order. SQLite in WAL mode; one row an effect; FULL sync.
"""

import hashlib
import json
import os
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coder.errors import RefusedInput, WiringError
from coder.run.database import connect, explained, make_place
from coder.run.journal_values import (
    Effect,
    RunRow,
    checked_mapping,
    checked_text,
    hold,
    json_of,
    lock_file,
    run_row,
    text_or_empty,
)
from memory.clock import utc_now
from memory.git.trust import check
from memory.lock import is_held
from memory.secrets import discreet, without_secrets

JOURNAL = "journal.db"  # its name in the private folder of a library


# Made again at no cost: a kill never loses them, a loss of power may. All that was paid or decided is synced.
AT_HAND = frozenset({"memory", "search", "now", "exists", "asks", "reuse", "read", "log"})


class Stopped(Exception):
    """The person stopped this effect; `decision` is what they said instead (a JSON value)."""

    def __init__(self, decision: Any) -> None:
        super().__init__("the person stopped this")
        self.decision = decision

    @property
    def words(self) -> str:
        """What they said."""
        return str(self.decision.get("text", ""))


class Divergence(RefusedInput):
    """A resumed run asks for another effect than the recorded one; going on would mix two runs."""


class _UnderWay(threading.local):
    """What this thread is about to record: (place, name, digest), and the name while it is made."""

    begun: tuple[str, str, str] | None = None
    inside: str = ""


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
        self._had: Counter[str] = Counter()  # effects, at each place
        self._under_way = _UnderWay()
        self._one = threading.RLock()  # one thread at a time is at the database and the three below
        self._recorded: dict[tuple[str, int], int] = {}  # place and count -> seq, of what was not asked for yet
        self._resumed_at = 0
        self._unplaced: deque[int] = deque()  # the same of effects from before there were places: they come in order
        self._synced = "FULL"
        self._path = path
        self._lock = -1 if look else hold(path, run)
        try:
            with explained(path):
                self._db = connect(path, synchronous)
                row = self._db.execute("SELECT goal, settings, status FROM runs WHERE id = ?", (run,)).fetchone()
                self.goal: str = checked_text(row[0])
                self.settings: dict[str, Any] = checked_mapping(row[1])
                self.status: str = checked_text(row[2])
                wanted = "SELECT seq, place, nth FROM effects WHERE run = ? ORDER BY seq"
                for seq, at, nth in self._db.execute(wanted, (run,)):
                    self._resumed_at = int(seq) + 1
                    if at is None:
                        self._unplaced.append(int(seq))
                    else:
                        self._recorded[checked_text(at), int(nth)] = int(seq)
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
                (run, without_secrets(goal), json_of("settings", discreet(settings)), utc_now()),
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
            return [run_row(path, row) for row in rows]

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
            held = hold(path, row.id)
            try:
                with explained(path):
                    db = connect(path)
                    db.execute("UPDATE runs SET status = 'dropped', ended = ? WHERE id = ?", (utc_now(), row.id))
                    db.close()
            finally:
                lock_file(path, row.id).unlink(missing_ok=True)
                os.close(held)
        return row

    def effect(
        self, name: str, make: Callable[[], Any], *, request: str = "", place: str = "", strand: str = ""
    ) -> Any:
        """The value recorded next at this place, or the one that `make` makes now, on disk before it is returned.

        Args:
            name: what kind of effect; a replay must meet the same names in the same order.
            make: gives a JSON value. What it raises (KeyboardInterrupt too) passes through and nothing is recorded.
            request: what the value depends on; when given, a replay with another one is refused. Only its hash is kept.
            place: in the tree of flows.
            strand: the place below which effects come one after the other; threads have strands of their own.

        Returns:
            The value as JSON gives it back (tuples are lists then), the first time as in every replay.

        Raises:
            Stopped: the person interrupted the effect at this place.
            Divergence: another effect is recorded at this place, or elsewhere in the strand and none here.
            WiringError: effects are nested, the value is not JSON, or the journal was opened to look.
        """
        mine = self._under_way
        if mine.inside:
            raise WiringError(f"the effect {name!r} is asked for inside the effect {mine.inside!r}.")
        digest = hashlib.sha256(request.encode("utf-8", "replace")).hexdigest()[:16] if request else ""
        with self._one:
            self._look_for_what_appeared()
            mine.begun = (place, name, digest)
            seq = self._recorded.get((place, self.count(place))) or next(iter(self._unplaced), 0)
            if seq:
                return self._replay(seq, place, name, digest)
            if left := self._left(strand):
                self._diverge(min(left), f"was recorded elsewhere and is {name!r} at {place or 'no place'} now")
        mine.inside = name
        started = time.monotonic()
        try:
            value = make()
        finally:
            mine.inside = ""
        text = without_secrets(json_of(name, value))
        self._record((place, name, digest), text, time.monotonic() - started)
        return json.loads(text)

    def count(self, place: str) -> int:
        """Which of the effects at a place the next one is, from 1."""
        return self._had[place] + 1

    @property
    def resumed_at(self) -> int:
        """The number of the effect with which a resumed run goes on, as long as that is not recorded; else 0."""
        return 0 if self._recorded or self._unplaced else self._resumed_at

    def _look_for_what_appeared(self) -> None:
        """Where a Ctrl-C hit after a value was written and before it was used, it is there all the same."""
        if begun := self._under_way.begun:
            key = (begun[0], self.count(begun[0]))
            wanted = "SELECT seq FROM effects WHERE run = ? AND place = ? AND nth = ?"
            if row := self._db.execute(wanted, (self.run, *key)).fetchone():
                self._recorded[key] = row[0]

    def _replay(self, seq: int, place: str, name: str, digest: str) -> Any:
        row: tuple[str, str, str, str | None]
        with explained(self._path):
            wanted = "SELECT name, request, value, during FROM effects WHERE run = ? AND seq = ?"
            row = self._db.execute(wanted, (self.run, seq)).fetchone()
            value = json.loads(row[2])
        recorded = row[0] if row[3] is None else row[3]
        if recorded not in (name, ""):
            self._diverge(seq, f"was {recorded!r} when it was recorded and is {name!r} now")
        if row[1] and digest and row[1] != digest:
            self._diverge(seq, f"({name}) was recorded for another request than the one made now")
        if self._recorded.pop((place, self.count(place)), None) is None:
            self._place(self._unplaced.popleft(), place)
        self._had[place] += 1
        self._under_way.begun = None
        if row[3] is not None:
            raise Stopped(value)
        return value

    def _place(self, seq: int, place: str) -> None:
        """Give an effect from before there were places the one where it was asked for."""
        if self._lock >= 0:
            with explained(self._path):
                wanted = "UPDATE effects SET place = ?, nth = ? WHERE run = ? AND seq = ?"
                self._db.execute(wanted, (place, self.count(place), self.run, seq))

    def _diverge(self, seq: int, how: str) -> None:
        self._under_way.begun = None
        raise Divergence(
            f"run {self.run} cannot go on: its effect {seq} {how}.",
            "The program or its settings changed in between; start the goal again with: coder GOAL",
        )

    def interrupt(self, value: Any, place: str = "") -> None:
        """Record that the person stopped the effect under way, or the next at this place, with this decision (JSON)."""
        begun = self._under_way.begun or (place, "", "")
        with self._one, explained(self._path):  # its value may have been written in the very moment before
            wanted = "DELETE FROM effects WHERE run = ? AND place = ? AND nth = ?"
            self._db.execute(wanted, (self.run, begun[0], self.count(begun[0])))
        self._record(begun, without_secrets(json_of("interrupt", value)), 0.0, stopped=True)

    def _record(self, begun: tuple[str, str, str], text: str, seconds: float, *, stopped: bool = False) -> None:
        place, name, digest = begun
        kind, during = ("interrupt", name) if stopped else (name, None)
        if self._lock < 0:
            raise WiringError(f"run {self.run} was opened to look at; the effect {kind!r} cannot be recorded.")
        level = "NORMAL" if kind in AT_HAND else "FULL"
        with self._one, explained(self._path):
            if level != self._synced:
                self._db.execute(f"PRAGMA synchronous = {level}")
                self._synced = level
            self._db.execute(
                "INSERT INTO effects (run, seq, name, request, value, during, seconds, at, place, nth) VALUES"
                " (?1, (SELECT coalesce(max(seq), 0) + 1 FROM effects WHERE run = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                (self.run, kind, digest, text, during, round(seconds, 6), utc_now(), place, self.count(place)),
            )
            self._had[place] += 1
            self._resumed_at = 0
            self._under_way.begun = None

    def replaying(self, strand: str = "") -> bool:
        """Whether effects below this place are recorded that were not asked for yet."""
        with self._one:
            return bool(self._left(strand))

    def _left(self, strand: str) -> list[int]:
        """The effects below a place that were not asked for yet; one from before there were places may be anywhere."""
        inside = (strand and f"{strand}/") or ""
        return [*self._unplaced, *(seq for (at, _), seq in self._recorded.items() if f"{at}/".startswith(inside))]

    @property
    def result(self) -> dict[str, Any]:
        """What `finish` was given last; {} before."""
        row = self._db.execute("SELECT result FROM runs WHERE id = ?", (self.run,)).fetchone()
        with explained(self._path):
            return checked_mapping(row[0]) if row and row[0] else {}

    def finish(self, status: str, result: dict[str, Any]) -> None:
        """Mark the run with its status ("done", "unfinished", "interrupted", ...) and its result (JSON)."""
        with explained(self._path):
            self._db.execute(
                "UPDATE runs SET status = ?, ended = ?, result = ? WHERE id = ?",
                (status, utc_now(), json_of("result", discreet(result)), self.run),
            )
        self.status = status

    def effects(self) -> list[Effect]:
        """All recorded effects, in order."""
        wanted = "SELECT seq, name, value, seconds, at, during, place FROM effects WHERE run = ? ORDER BY seq"
        with self._one, explained(self._path):
            return [
                Effect(
                    int(row[0]), checked_text(row[1]), json.loads(row[2]), float(row[3]), *map(text_or_empty, row[4:])
                )
                for row in self._db.execute(wanted, (self.run,))
            ]

    def live(self) -> bool:
        """Whether a living process, this one or another, is at this run."""
        return self._lock >= 0 or is_held(lock_file(self._path, self.run))

    def close(self) -> None:
        """Let the run go; nothing can be recorded after this."""
        self._db.close()
        self._let_go()

    def _let_go(self) -> None:
        if self._lock >= 0:
            lock_file(self._path, self.run).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *stopped: object) -> None:
        self.close()
