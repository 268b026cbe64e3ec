"""What the gate benchmark has found: a record for each candidate, kept as JSON lines, and the figures made of them."""

import json
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.wrong import STRANGE
from library.gate.choose_questions import DONT_CARE

PEOPLE = (
    "answers everything",
    "minds the contract",
    "minds the contract, after a model",
    "is not there: a model decides",
)
REFERENCE = "EvalPlus's"  # the solution that answers
SAMPLE = "other solution"  # not made here, but written by somebody


@dataclass(frozen=True)
class Interview:
    """One sort of person before one candidate: what refused it ("examples", "checks", "questions", ""), how many
    questions, how many of them nobody cared for, how many calls a model was asked about in one request before."""

    by: str
    questions: int = 0
    dont_care: int = 0
    model: int = 0


@dataclass(frozen=True)
class Judged:
    """One candidate.

    Attributes:
        task: number.
        right: must be accepted; else it must be refused.
        kind: what made it.
        found: an interview for each of `PEOPLE`.
        seconds: for the first of them.
        noticed: shares of the slips that the examples notice before and after the questions of the second; () if it
            was refused.
    """

    task: int
    right: bool
    kind: str
    found: tuple[Interview, ...]
    seconds: float
    noticed: tuple[float, ...] = field(default=())

    @property
    def asked_about(self) -> bool:
        """Neither the docstring's examples nor the checks refused it, and it is not the solution that answers."""
        return self.found[0].by in ("", "questions") and self.kind != REFERENCE

    @property
    def sample(self) -> bool:
        """Somebody wrote it."""
        return self.kind == SAMPLE


def write(path: Path, task: int, judged: Sequence[Judged]) -> None:
    """Add a task that is done; a run that goes on later passes it over."""
    with path.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"task": task, "judged": [asdict(one) for one in judged]}) + "\n")


def read(paths: Iterable[Path]) -> dict[int, list[Judged]]:
    """The tasks that are done, of all files together; half a line, left by a killed run, is none."""
    found: dict[int, list[Judged]] = {}
    for path in paths:
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            try:
                data = json.loads(line)
            except ValueError:
                continue
            found.setdefault(data["task"], []).extend(_judged(one) for one in data["judged"])
    return found


def _judged(data: dict[str, Any]) -> Judged:
    return Judged(
        data["task"],
        data["right"],
        data["kind"],
        tuple(Interview(**each) for each in data["found"]),
        data["seconds"],
        tuple(data["noticed"]),
    )


def report(done: dict[int, list[Judged]]) -> None:
    """Print all figures: of made and of sampled candidates, apart and together, of each half and of all tasks."""
    judged = [one for found in done.values() for one in found]
    print(
        f"\n{len(done)} tasks, {sum(not j.right for j in judged)} wrong ones, {sum(j.right for j in judged)} right ones"
    )
    halves: dict[str, Callable[[Judged], bool]] = {
        "all tasks": lambda one: True,
        "even tasks": lambda one: one.task % 2 == 0,
        "odd tasks": lambda one: one.task % 2 == 1,
    }
    for at, person in enumerate(PEOPLE):
        print(f"\nThe person {person}")
        for name, belongs in halves.items():
            _sets(name, [one for one in judged if belongs(one)], at)
        _questions([one for one in judged if one.asked_about], at)
    _kinds(judged)
    _times(judged)


def _questions(judged: Sequence[Judged], person: int) -> None:
    """How many questions, of those that neither an example nor a check had refused."""
    for what, some in (
        ("right", [one for one in judged if one.right]),
        ("wrong", [one for one in judged if not one.right]),
    ):
        found = [one.found[person] for one in some]
        print(f"  questions a {what} one: {_mean([each.questions for each in found])}", end="")
    found = [one.found[person] for one in judged]
    print(
        f"; all {_mean([each.questions for each in found])}, {sum(each.dont_care for each in found)} times {DONT_CARE}"
    )
    if any(each.model for each in found):
        share = sum(each.model > 0 for each in found) / len(found)
        print(f"  the model was asked about {share:.0%} of them, {_mean([each.model for each in found])} calls each")


def _mean(numbers: Sequence[int]) -> str:
    return f"{statistics.mean(numbers or [0]):.2f}"


def _sets(name: str, judged: Sequence[Judged], person: int) -> None:
    wrong = [one for one in judged if not one.right]
    for what, some in (
        ("made", [one for one in wrong if not one.sample]),
        ("written by others", [one for one in wrong if one.sample]),
        ("both", wrong),
    ):
        by = {how: sum(one.found[person].by == how for one in some) for how in ("examples", "checks", "questions")}
        refused, count = sum(by.values()), max(1, len(some))
        shares = ", ".join(f"{how} {number / count:.1%}" for how, number in by.items())
        print(f"  {name:11} wrong refused, {what:18} {refused:4}/{len(some):<4} = {refused / count:6.1%}  ({shares})")
    for what, some in (
        ("the two references", [one for one in judged if one.right and not one.sample]),
        ("written by others", [one for one in judged if one.right and one.sample]),
    ):
        refused = [one for one in some if one.found[person].by]
        told = ", ".join(f"{one.task} by {one.found[person].by}" for one in refused)
        print(f"  {name:11} right refused, {what:18} {len(refused):4}/{len(some):<4} {told}")


def _kinds(judged: Sequence[Judged]) -> None:
    wrong = [one for one in judged if not one.right]
    print("\nrefused, by what made them (" + " / ".join(PEOPLE) + ")")
    for kind in sorted({one.kind for one in wrong}):
        some = [one for one in wrong if one.kind == kind]
        sort = "strange" if kind in STRANGE or " " in kind else "classic"
        refused = " / ".join(str(sum(bool(one.found[at].by) for one in some)) for at in range(len(PEOPLE)))
        print(f"    {kind:26} {sort:10} {refused} of {len(some)}")


def _times(judged: Sequence[Judged]) -> None:
    noticed = [one.noticed for one in judged if one.noticed]
    if noticed:
        before, after = (statistics.median(column) for column in zip(*noticed, strict=True))
        print(f"\nof the accepted ones' slips the examples notice {before:.0%}, with the answers {after:.0%} (medians)")
    for what, some in (("all", judged), ("those that were asked about", [one for one in judged if one.asked_about])):
        times = sorted(one.seconds for one in some) or [0.0]
        print(f"seconds a function, {what}: median {statistics.median(times):.2f}, "
              f"95% under {times[int(len(times) * 0.95)]:.2f}, most {times[-1]:.2f}")  # fmt: skip
