"""The tidy pass: duplicates made one, shared parts and functions that differ in literals made functions of their own.

It proposes steps. No two of them touch the same function, so any of them can be taken without the others. A step is
shown only if, done alone, all tests of what depends on it are green, and all calls that are written down and inputs
made for the functions give what they gave. All names that others may use stay, unless the person says otherwise.
That a library is refactored as it grows is an idea of DreamCoder and Stitch; there a grammar shrinks, here a person
reads a diff.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from library.change import Change
from library.duplicates.budget import ComparisonBudget
from library.duplicates.normalize import normal_digest
from library.duplicates.pairs import find_pairs
from library.editing.splice import Spliced
from library.errors import SourceError
from library.evidence.evidence import evidence_file
from library.evidence.evidence_files import Files, record
from library.sandbox import Sandbox
from library.save import Impact, SaveResult, impact, save_change
from library.source.closure import running
from library.source.function import Function, Parsed
from library.store import Library
from library.suite.suite import Suite
from library.tidy.extract_function import Shared, choices, step_of
from library.tidy.function_body import form_of, function_names, read_body
from library.tidy.merge_duplicates import Ground, groups, twin_step
from library.tidy.recurring_parts import recurring
from library.tidy.step import TidyStep, done
from library.tidy.verify import Comparison, compare, made, recorded

MOST_STEPS = 20  # shown at once; the next pass finds the next ones
MOST_TRIED = 60  # steps tried in the sandbox for one proposal
BEHAVIOUR = 400  # functions whose behaviour is compared; of a larger library the newest
NORMAL = 2000  # functions up to which ways of writing do not count; of a larger library only names do not
_DEPENDENTS = 40  # functions that depend on a step whose calls are compared, beside their tests


@dataclass(frozen=True)
class Checked:
    """A step that holds.

    Attributes:
        step: what it does.
        change: the library with this step alone.
        tests: how many tests ran, all green.
        calls: how many calls gave what they gave before.
    """

    step: TidyStep
    change: Change
    tests: int
    calls: int

    def to_json(self) -> dict[str, Any]:
        step = self.step
        return {
            "kind": step.kind,
            "title": step.title,
            "functions": list(step.names),
            "added": step.added,
            "removed": list(step.instead),
            "equal_text": step.proved,
            "tests": self.tests,
            "calls": self.calls,
            "diff": self.change.diff,
        }


@dataclass(frozen=True)
class Dropped:
    """A step that does not hold, and why."""

    step: TidyStep
    why: str


@dataclass(frozen=True)
class Proposal:
    """What there is to tidy.

    Attributes:
        steps: those that hold, the ones that save most first.
        dropped: those that do not.
        functions: how many functions were looked at.
        compared: how many of them also by what they give.
        more: there may be more; run it again.
        notes: what was left out because it took too long.
    """

    steps: tuple[Checked, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    functions: int = 0
    compared: int = 0
    more: bool = False
    notes: tuple[str, ...] = ()


@dataclass
class Tidy:
    """A tidy pass over one library.

    Args:
        library: whose functions they are.
        sandbox: where steps are checked.
        remove: duplicates with a public name go, instead of calling the one that stays; the person says so.
        effort: what comparing what functions give may cost; whoever waits is told by it how far that is.
    """

    library: Library
    sandbox: Sandbox
    remove: bool = False
    effort: ComparisonBudget = field(default_factory=ComparisonBudget)
    _read: tuple[Parsed, Suite] = field(init=False)

    def __post_init__(self) -> None:
        self._read = _both(self.library)

    def propose(self) -> Proposal:
        """Find steps and check each.

        Raises:
            SourceError: the library or its tests cannot be read.
        """
        parsed = self._read[0]
        functions = parsed.functions
        steps: list[Checked] = []
        dropped: list[Dropped] = []
        taken: set[str] = set()
        added: set[str] = set()
        more = False
        for step in self._found(functions, taken, added):
            if len(steps) == MOST_STEPS or len(steps) + len(dropped) == MOST_TRIED:
                more = True
                break
            self.effort.tell(f"trying step {len(steps) + len(dropped) + 1}")
            found = self.check(step)
            if isinstance(found, Checked):
                steps.append(found)
                taken |= step.texts.keys() | {step.above}
                added.add(step.added)
            else:
                dropped.append(found)
        compared, notes = min(len(functions), BEHAVIOUR), tuple(self.effort.notes)
        return Proposal(tuple(steps), tuple(dropped), len(functions), compared, more, notes)

    def check(self, step: TidyStep) -> Checked | Dropped:
        """Do a step alone, and look whether anything is another than before."""
        try:
            change, ran, told = self._tried([step])
        except SourceError as error:
            return Dropped(step, error.message)
        if ran.red:
            return Dropped(step, f"red: {ran.red[0]}")
        if told.differing:
            return Dropped(step, f"{told.differing[0]} would give something else")
        tested = self._read[1]
        rewritten = [name for name in step.names if step.texts[name]]
        untried = [name for name in rewritten if not told.equal.get(name) and not tested.tests({name})]
        if untried:
            return Dropped(
                step, f"there is nothing to check {untried[0]} by: neither a test nor a call that can be made"
            )
        return Checked(step, change, ran.ran, told.count)

    def keep(self, chosen: Sequence[Checked], why: str) -> SaveResult:
        """Save these steps as one commit, if together they hold as well.

        Raises:
            SourceError: the library has changed since in what the steps touch, or the steps do not go together.
        """
        steps = [one.step for one in chosen]
        change, ran, told = self._tried(steps, alone=False)
        if told.differing:
            return SaveResult(None, replace(ran, red=(f"{told.differing[0]} would give something else", *ran.red)))
        return save_change(
            self.library, lambda: change, self.sandbox, why, lambda change: self._evidence(change, steps)
        )

    def renamed(self, one: Checked, new: str, others: Sequence[Checked]) -> Checked | Dropped:
        """A step with another name for the function that it adds.

        Raises:
            SourceError: it adds none, or the name is taken.
        """
        taken = {*self._read[0].names, *(other.step.added for other in others if other is not one)}
        return self.check(one.step.renamed(new, taken))

    # -- inside

    def _found(self, functions: Sequence[Function], taken: set[str], added: set[str]) -> Iterator[TidyStep]:
        """Steps one after the other, duplicates first; what is taken meanwhile is left out of those that follow."""
        return chain(self._duplicates(functions, taken), self._shared(taken, added))

    def _duplicates(self, functions: Sequence[Function], taken: set[str]) -> Iterator[TidyStep]:
        parsed, suite = self._read
        forms = _forms(parsed)
        newest = functions[-BEHAVIOUR:]
        source = running(parsed, [function.name for function in newest])
        found = find_pairs(newest, source, self.sandbox, effort=self.effort) if len(newest) > 1 else []
        same = {frozenset({pair.a, pair.b}): pair.tried for pair in found if pair.kind == "same behaviour"}
        ground = Ground(parsed, suite, forms, same, self.remove)
        for group in groups(ground):
            step = twin_step(group, ground, taken)
            if step is not None:
                yield step

    def _shared(self, taken: set[str], added: set[str]) -> Iterator[TidyStep]:
        parsed = self._read[0]
        found = [shared for group in recurring(parsed) for shared in choices(group, ())]
        found.sort(key=lambda shared: (not _general(shared), -shared.saves))
        for shared in found:
            if taken.isdisjoint(shared.functions):
                step = step_of(shared, parsed, added)
            else:  # what is left of it
                left = next(choices([part for part in shared.parts if part.body.name not in taken], taken), None)
                step = step_of(left, parsed, added) if left is not None else None
            if step is not None and taken.isdisjoint(step.texts):
                yield step

    def _tried(self, steps: Sequence[TidyStep], *, alone: bool = True) -> tuple[Change, Impact, Comparison]:
        """The library with these steps, its tests, and its calls against those of today."""
        change = self.library.plan_edit(lambda parsed, suite: done(parsed, suite, steps))
        ran = impact(change, self.sandbox) if alone else Impact(0, ())
        if ran.red:
            return change, ran, Comparison({})
        return change, ran, self._compared(change, steps)

    def _compared(self, change: Change, steps: Sequence[TidyStep]) -> Comparison:
        parsed, suite = self._read
        touched = [name for step in steps for name in step.texts]
        names = [*touched, *(name for name in change.affected if name not in touched)][: len(touched) + _DEPENDENTS]
        new = change.state.parsed
        functions = [function for name in names if (function := parsed.get(name)) is not None and name in new.names]
        calls: dict[str, list[str]] = recorded(self.library, suite, functions)
        for function in functions:
            calls[function.name] = list(dict.fromkeys([*calls[function.name], *made(function)]))
        return compare(parsed, new, {name: rows for name, rows in calls.items() if rows}, self.sandbox)

    def _evidence(self, change: Change, steps: Sequence[TidyStep]) -> Files:
        """Evidence follows: that of rewritten functions is true of their new text, that of those which go goes."""
        files: Files = {}
        for name in {name for step in steps for name in step.texts}:
            before, after = self.library.get(name), change.state.parsed.get(name)
            found = record(self.library, name)
            if found is None or before is None:
                continue
            if after is None:
                files[evidence_file(name)] = None
            elif found.digest == before.digest:
                files[evidence_file(name)] = replace(found, digest=after.digest).text
        return files


def _general(shared: Shared) -> bool:
    return bool(shared.differing) and all(part.whole for part in shared.parts)


def _forms(parsed: Parsed) -> dict[str, str]:
    """For each function a text that those have in common that say the same."""
    if len(parsed.functions) <= NORMAL:
        return {function.name: normal_digest(function.source) for function in parsed.functions}
    return {name: form_of(body) for name in function_names(parsed) if (body := read_body(parsed, name)) is not None}


def _both(library: Library) -> tuple[Parsed, Suite]:
    """Library and tests, taken apart.

    Raises:
        SourceError: one of them cannot be read.
    """
    state = library.plan_edit(lambda parsed, suite: (Spliced(parsed), suite)).state
    return state.parsed, state.suite
