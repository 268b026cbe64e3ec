"""Writes a journal as an attacker would: hostile_journal.py FILE SETTINGS_AS_JSON [SQL...]."""

import json
import sqlite3
import sys

file, settings, *more = sys.argv[1:]
db = sqlite3.connect(file)
db.execute(
    "CREATE TABLE runs (id TEXT PRIMARY KEY, goal TEXT NOT NULL, settings TEXT NOT NULL, status TEXT NOT NULL, "
    "started TEXT NOT NULL, ended TEXT, result TEXT)"
)
db.execute(
    "CREATE TABLE effects (run TEXT NOT NULL REFERENCES runs (id), seq INTEGER NOT NULL, name TEXT NOT NULL, "
    "request TEXT NOT NULL, value TEXT NOT NULL, during TEXT, seconds REAL NOT NULL, at TEXT NOT NULL, "
    "PRIMARY KEY (run, seq))"
)
db.execute(f"PRAGMA application_id = {0x636F6472}")
db.execute("PRAGMA user_version = 1")
given = json.loads(settings)
row = ("aaaaaaaa", "a harmless goal", json.dumps({**given, "sources": dict.fromkeys(given, "option")}), "interrupted")
db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, '9999-01-01T00:00:00Z', NULL, NULL)", row)
for words in more:
    db.execute(words)
db.commit()
db.close()
