"""The journal's database file: opened, made, brought up to date, and its faults explained.

It is for its owner only, and only data: what a foreign one could bring beside its two tables (triggers, views) is
refused.
"""

import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from coder.errors import Locked, MemoryFault
from memory.disk import check_below, open_below
from memory.git.trust import check, prepare

TABLES = {"runs", "effects"}
MARK = 0x636F6472  # "codr" as SQLite's application id: this file is a journal


def _create(db: sqlite3.Connection) -> None:
    db.execute("""CREATE TABLE runs (
        id TEXT PRIMARY KEY, goal TEXT NOT NULL, settings TEXT NOT NULL, status TEXT NOT NULL,
        started TEXT NOT NULL, ended TEXT, result TEXT)""")
    db.execute("""CREATE TABLE effects (
        run TEXT NOT NULL REFERENCES runs (id), seq INTEGER NOT NULL, name TEXT NOT NULL, request TEXT NOT NULL,
        value TEXT NOT NULL, during TEXT, seconds REAL NOT NULL, at TEXT NOT NULL, PRIMARY KEY (run, seq))""")
    db.execute(f"PRAGMA application_id = {MARK}")


def _add_places(db: sqlite3.Connection) -> None:
    """An effect of an older run gets its place when it is replayed for the first time."""
    db.execute("ALTER TABLE effects ADD COLUMN place TEXT")
    db.execute("ALTER TABLE effects ADD COLUMN nth INTEGER")


MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [
    _create,
    _add_places,
]  # the n-th leads from version n to n + 1


def connect(path: Path, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open the database; it is made, or brought up to this version, if need be.

    Args:
        path: the file, in a folder that exists.
        synchronous: FULL: what is recorded survives a loss of power; NORMAL: only a kill.

    Returns:
        A connection where every statement is a transaction of its own; any thread may use it, one at a time.

    Raises:
        Untrusted: the private folder of the library was not made here.
        MemoryFault: the file is of a newer version or of another program.
        OSError: it is a link or no ordinary file, or cannot be made.
        sqlite3.Error: it is damaged or locked; see `explained`.
    """
    check(path.parent)
    # Only a new one is opened here: to close a file ends all locks that the process has on it, SQLite's own among them,
    # and then another process takes the log away that this one goes on writing to (sqlite.org/howtocorrupt.html, 2.2).
    if not check_below(path.parent, path.name):
        with suppress(FileExistsError):  # another process was quicker
            os.close(open_below(path.parent, path.name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        check_below(path.parent, path.name)
    if path.lstat().st_mode & 0o077:
        path.chmod(0o600)
    db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise MemoryFault(
                f"the journal {path} is of a newer coder (version {version}, this one knows {len(MIGRATIONS)}).",
                "Update coder; the library itself can be used as before.",
            )
        db.execute(f"PRAGMA synchronous = {synchronous}")
        if version < len(MIGRATIONS):
            _migrate(db, path)
        elif db.execute("PRAGMA application_id").fetchone()[0] != MARK:
            raise _unusable(path, "it is a database of another program")
        _check_schema(db, path)
    except BaseException:
        db.close()
        raise
    return db


def make_place(path: Path) -> None:
    """The folder of a journal that is to be made."""
    prepare(path.parent)


def _check_schema(db: sqlite3.Connection, path: Path) -> None:
    """The two tables, and nothing that would act when they are read or written."""
    for kind, name in db.execute("SELECT type, name FROM sqlite_master"):
        if not ((kind == "table" and name in TABLES) or (kind == "index" and str(name).startswith("sqlite_auto"))):
            raise _unusable(path, f"it holds a {kind} {str(name)[:40]!r} that is not of coder")


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")  # two runs may start at once: the second one finds the work done
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise _unusable(path, "it is a database of another program")
        for number in range(version, len(MIGRATIONS)):
            MIGRATIONS[number](db)
            db.execute(f"PRAGMA user_version = {number + 1}")
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def _unusable(path: Path, why: str) -> MemoryFault:
    return MemoryFault(
        f"the journal {path} cannot be used: {why}.",
        "Move it away and a new one is made; only the record of past runs is in it, not the library.",
    )


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Turn what SQLite and the disk raise inside into a MemoryFault that says what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise Locked(f"another program keeps the journal {path} locked.", "Try again when it is done.") from error
        raise _unusable(path, str(error)) from error
    except RecursionError as error:
        raise _unusable(path, "something in it is nested too deeply") from error
    except (sqlite3.Error, ValueError, TypeError, IndexError, OverflowError) as error:
        raise _unusable(path, f"it is damaged ({error})") from error
    except OSError as error:
        raise MemoryFault(f"the journal {path} cannot be written: {error.strerror or error}.") from error
