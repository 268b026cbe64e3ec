"""Commit: what a person reads of one commit, and the message with our trailers behind it. Pure."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TITLE = 72  # letters of the first line of a message, as git shows it whole everywhere


@dataclass(frozen=True)
class Commit:
    """One commit as a person reads it.

    Args:
        sha: 40 hexadecimal digits.
        why: the message without our trailers.
        kind: "save", "plan", "log", "edit", "undo" or "redo"; "" for a commit that a person made with git.
        when: "2026-11-21T02:20:31Z".
        files: the files it changed, in the order of git.
        key: what made it happen exactly once; "" for most.
        undoes: shas of the commits that it takes back, with a blank between two; "" for most.
        redoes: sha of the undo that it takes back; "" for most.
    """

    sha: str
    why: str
    kind: str
    when: str
    files: tuple[str, ...]
    key: str = ""
    undoes: str = ""
    along: tuple[str, ...] = ()  # log files that went along and are no part of the change itself
    redoes: str = ""

    @property
    def title(self) -> str:
        """The first line of the why."""
        return self.why.partition("\n")[0]

    @property
    def own(self) -> tuple[str, ...]:
        """The files of the change itself, without the logs that went along."""
        return tuple(file for file in self.files if file not in self.along)


@dataclass(frozen=True)
class Reversal:
    """Commits that are to be taken back, the newest first: saves ("undo"), or the undo of some ("redo")."""

    kind: str
    commits: tuple[Commit, ...]
    why: str

    @property
    def trailers(self) -> dict[str, str]:
        """What the message of the commit says of it."""
        shas = " ".join(commit.sha for commit in self.commits)
        return {"Kind": self.kind, "Undoes" if self.kind == "undo" else "Redoes": shas}


def taken_back(newest_first: Iterable[Commit]) -> set[str]:
    """Shas of the commits that an undo has taken back and no redo has brought back since."""
    undone, undos = set[str](), dict[str, set[str]]()
    for commit in reversed(list(newest_first)):
        undos[commit.sha] = set(commit.undoes.split())
        undone = (undone | undos[commit.sha]) - undos.get(commit.redoes, set())
    return undone


def message(why: str, files: Iterable[str], trailers: Mapping[str, str]) -> str:
    """A commit message: the why, an empty line, a line "Coder-Name: value" for each trailer that has a value.

    A first line that is long, such as a whole goal, is cut for the title and stands whole below it.
    """
    words = "\n".join(line.rstrip() for line in why.strip().splitlines()) or f"Change {', '.join(files) or 'the log'}"
    title = words.partition("\n")[0]
    if len(title) > TITLE:
        cut = title[: TITLE - 1]
        words = f"{(cut.rpartition(' ')[0] or cut).rstrip()}…\n\n{words}"
    told = [f"Coder-{name}: {' '.join(value.split())}\n" for name, value in trailers.items() if value]
    return f"{words}\n\n{''.join(told)}"


def told(sha: str, text: str, at: float, files: Iterable[str]) -> Commit:
    """The Commit with this sha, message, time (seconds since 1970) and files.

    Trailers are the lines "Coder-Name: value" of the last paragraph that has any: hooks may add lines of their own.
    """
    parts = text.rstrip("\n").split("\n\n")
    ours = next((n for n in reversed(range(1, len(parts))) if parts[n].startswith("Coder-")), None)
    lines: list[tuple[str, str, str]] = []
    if ours is not None:
        lines = [line.partition(": ") for line in parts[ours].splitlines() if line.startswith("Coder-")]
        others = [line for line in parts[ours].splitlines() if not line.startswith("Coder-")]
        parts[ours : ours + 1] = ["\n".join(others)] if others else []
    if len(parts) > 1 and parts[0].endswith("…") and parts[1].startswith(parts[0][:-1]):
        del parts[0]  # a cut title; the whole first line follows
    values = {name: value for name, _, value in lines}
    return Commit(
        sha=sha,
        why="\n\n".join(parts),
        kind=values.get("Coder-Kind", ""),
        when=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
        files=tuple(sorted(files)),
        key=values.get("Coder-Key", ""),
        undoes=values.get("Coder-Undoes", ""),
        redoes=values.get("Coder-Redoes", ""),
        along=tuple(value for name, _, value in lines if name == "Coder-Along"),
    )
