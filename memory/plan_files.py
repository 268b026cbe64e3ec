"""Plan files: every run keeps its own plan in `.coder/plans`; the visible file shows that of the goal worked on last.

The visible file is for the person: whatever they write into it counts for the run that it shows. `shown` says which
run that is, what was written for it and what stood there before, so that a hand edit is told from a write of ours,
also from one that a kill interrupted.
"""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TypeVar

from memory import plan as plans
from memory.disk import explained, put_below, read_below
from memory.errors import PlanError
from memory.git.commit import Commit
from memory.plan import Plan
from memory.store import Memory

T = TypeVar("T")
FOLDER = "plans"  # in the private folder


@dataclass(frozen=True)
class _Shown:
    """What the visible file shows: for which run, the text that was written, and the one that it replaced."""

    run: str
    text: str
    before: str


class Plans:
    """The plans of the runs of one folder.

    Args:
        memory: of the folder.
        file: name of the visible file.
    """

    def __init__(self, memory: Memory, file: str) -> None:
        self._memory = memory
        self.file = file

    def shown(self) -> str:
        """The run whose plan the visible file shows; "" if nobody knows."""
        shown = self._shown()
        return shown.run if shown else ""

    def read(self, run: str, goal: str = "") -> str:
        """A run's plan as it stands, with what the person wrote into the visible file; "" if it has none yet.

        Args:
            run: its id.
            goal: its goal, for a text that names none.

        Raises:
            PlanError: the person left a text that is no plan; names file and line.
        """
        with self._whole():
            self._take_over(run)
            text = self._own(run)
            if not text and self._shown() is None:  # a library from before runs had plans of their own
                text = plans.bare(self._memory.read(self.file))
            return self._settled(text, goal) if text.strip() else ""

    def raw(self, run: str) -> str:
        """A run's own plan as it was last kept, readable or not."""
        return self._own(run)

    def keep(self, run: str, text: str, why: str, key: str = "") -> Commit | None:
        """Make this the run's plan, show it in the visible file and commit that.

        Args:
            run: its id.
            text: the plan.
            why: the commit message.
            key: as for `Memory.write`.
        """
        with self._whole():
            return self._turn_to(
                run, text, lambda full: self._memory.write({self.file: full}, why, kind="plan", key=key)
            )

    def accept(self, run: str, text: str, why: str, key: str = "") -> Commit | None:
        """As `keep`, but committed along with the next write, so that a person's history is one of functions.

        What they wrote into the visible file and is in no commit is not overwritten but by a commit.
        """
        with self._whole():
            shown, there = self._shown(), self._memory.read(self.file)
            if there.strip() and (shown is None or there not in (shown.text, shown.before)):
                return self.keep(run, text, why, key)
            return self._turn_to(run, text, self._leave)

    def show(self, run: str) -> None:
        """Let the visible file show this run's plan, if it has one; it is committed along with the next write."""
        with self._whole():
            self._take_over(run)
            if (text := self._own(run)) and not self._is_shown(run):
                self._turn_to(run, text, self._leave)

    def change(self, run: str, how: Callable[[Plan], Plan], goal: str = "") -> str:
        """Change a run's plan as it stands by now, such as by a tick; committed along with the next write.

        Args:
            run: its id.
            how: from the plan to the new one.
            goal: as for `read`.

        Returns:
            The new text; "" if the run has no plan.

        Raises:
            PlanError: as `read`; nothing is changed then.
        """
        with self._whole():
            old = self.read(run, goal)
            if not old:
                return ""
            text = plans.render(how(plans.parse(old, goal)))
            if self.shown() not in (run, ""):
                self._put(run, text)
            elif text != old or not self._is_shown(run):
                self._turn_to(run, text, self._leave)
            return text

    # -- inside; all under the lock

    @contextmanager
    def _whole(self) -> Generator[None]:
        """With the lock, and with no write of another run half done: finished later, it would put that run's plan into
        the visible file, where it would pass for what the person wrote."""
        with self._memory.lock():
            self._memory.recover()
            yield

    def _turn_to(self, run: str, text: str, write: Callable[[str], T]) -> T:
        """Let the visible file show this plan of this run, by `write`. A kill on the way is told by what is noted."""
        shown = self._shown()
        if shown is not None and shown.run != run:
            self._take_over(shown.run)
        full = plans.explained(text)
        self._put(run, text)
        self._note(_Shown(run, full, self._memory.read(self.file)))
        done = write(full)
        self._note(_Shown(run, full, full))
        return done

    def _leave(self, full: str) -> None:
        """Put it there for the next write to commit."""
        self._memory.leave(self.file, full)

    def _is_shown(self, run: str) -> bool:
        """Whether the visible file holds what was written for this run last."""
        shown = self._shown()
        return shown is not None and shown.run == run and self._memory.read(self.file) == shown.text

    def _take_over(self, run: str) -> None:
        """What the person wrote into the visible file belongs to the run that it shows."""
        shown = self._shown()
        if shown is None or shown.run != run:
            return
        text = self._memory.read(self.file)
        if text.strip() and text not in (shown.text, shown.before):
            self._put(run, plans.bare(text))
            self._note(_Shown(run, text, text))

    def _settled(self, text: str, goal: str) -> str:
        try:
            return plans.render(plans.parse(text, goal, person=True))
        except PlanError as error:
            hint = f"{error.hint} Mend it with: coder plan --edit"
            raise PlanError(f"{self.file} cannot be read: {error.message}", hint) from None

    def _path(self, run: str) -> str:
        return f"{FOLDER}/{run}.txt"

    def _own(self, run: str) -> str:
        return self._load(self._path(run))

    def _load(self, path: str) -> str:
        with explained(f"read {path}"):
            return (read_below(self._memory.private, path) or b"").decode("utf-8", "replace")

    def _put(self, run: str, text: str) -> None:
        with explained("keep the plan"):
            put_below(self._memory.private, self._path(run), text.encode("utf-8", "replace"))

    def _shown(self) -> _Shown | None:
        try:
            return _Shown(**json.loads(self._load(f"{FOLDER}/shown")))
        except (ValueError, TypeError):
            return None

    def _note(self, shown: _Shown) -> None:
        with explained("keep the plan"):
            put_below(self._memory.private, f"{FOLDER}/shown", json.dumps(asdict(shown)).encode())
