"""Trials of a draft against its variants: which inputs, which mutants and rivals, what each gave."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from library.draft import Draft
from library.errors import SourceError
from library.example import Example
from library.gate import said
from library.inputs import Input, inputs_for
from library.joined import join
from library.mutants import mutants
from library.questions import Table, Variant
from library.sandbox import Job, Sandbox
from library.trial import GROUP, SLOW, UNKNOWN, Pace, Tried, try_draft, try_variants

MUTANT, ALTERNATIVE = 1.0, 4.0  # how much it weighs to tell one apart
LINES = 4_000_000  # of Python that all variants together may run through: about half a second
FEWEST = 8  # inputs that are kept however long they take
PATIENCE = 0.4  # processor seconds after which a call is said not to end


@dataclass(frozen=True)
class Trials:
    """A draft's calls and what they gave, for the draft and for each of its variants.

    Attributes:
        setup: the draft and all that it needs, as text.
        inputs: the calls.
        draft: what they gave.
        variants: what they gave for mutants and rivals.
        codes: text of each variant.
        given: calls of the examples that they were made from.
        pace: how long each variant may take.
        problem: why nothing could be tried; else "".
    """

    setup: str
    inputs: tuple[Input, ...] = ()
    draft: Tried = field(default_factory=lambda: Tried(()))
    variants: tuple[Variant, ...] = ()
    codes: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    pace: Pace = field(default_factory=Pace)
    problem: str = ""

    @cached_property
    def table(self) -> Table:
        """For the choice of questions."""
        return Table(self.inputs, self.draft, self.variants)

    @cached_property
    def calls(self) -> frozenset[str]:
        """The calls as text, those that were too slow as well."""
        return frozenset(given.call for given in self.inputs) | frozenset(self.given)


def make_trials(
    sandbox: Sandbox, draft: Draft, examples: Sequence[Example], alternatives: Sequence[Draft] = (), library: str = ""
) -> Trials:
    """Try a draft, its mutants and its rivals on many inputs.

    Args:
        sandbox: where they run.
        draft: what was written.
        examples: what is known of it; their calls are among the inputs.
        alternatives: other drafts for the same purpose.
        library: text of library.py, in which they may call functions.
    """
    try:
        joined = join(draft, library, [text for one in examples for text in (one.call, one.expected)])
        setup = joined.setup + joined.granted([example.call for example in examples])
    except SourceError as error:
        return Trials("", problem=error.message)
    loaded = sandbox.run([Job(setup=setup)])[0]
    if not loaded.ok:
        return Trials(setup, problem=said(loaded))
    made = inputs_for(draft.code, draft.name, examples)
    first = try_draft(sandbox, setup, [given.call for given in made])
    slips = mutants(draft.code)
    keep = _quick(first, LINES // (len(slips) + 1))
    inputs, tried = [made[number] for number in keep], _only(first, keep)
    others = [(ALTERNATIVE, f"another draft, {number}", d.code) for number, d in enumerate(alternatives, 1)]
    others += [(MUTANT, mutant.text, mutant.function) for mutant in slips]
    codes = tuple(code for _, _, code in others)
    pace = _pace(tried)
    results = try_variants(sandbox, setup, codes, [given.call for given in inputs], pace=pace)
    endless = _endless(sandbox, setup, made, first)
    if endless is not None:
        inputs.append(endless)
        tried = replace(
            tried,
            marks=(*tried.marks, SLOW),
            texts=(*tried.texts, ""),
            paths=(*tried.paths, ()),
            lines=(*tried.lines, 0),
        )
        results = [replace(result, marks=(*result.marks, UNKNOWN)) for result in results]
    variants = tuple(Variant(text, weight, result) for (weight, text, _), result in zip(others, results, strict=True))
    return Trials(setup, tuple(inputs), tried, variants, codes, tuple(example.call for example in examples), pace)


def _endless(sandbox: Sandbox, setup: str, made: Sequence[Input], first: Tried) -> Input | None:
    """A call that the draft does not get done with even in PATIENCE: the shortest, or one about as short."""
    slow = sorted((made[number] for number, mark in enumerate(first.marks) if mark == SLOW), key=lambda g: len(g.call))
    if not slow:
        return None
    short = [given for given in slow if len(given.call) <= len(slow[0].call) + 1]
    for given in dict.fromkeys((short[0], short[len(short) // 2], short[-1])):
        if try_draft(sandbox, setup, [given.call], call_s=PATIENCE).marks == (SLOW,):
            return given
    return None


def _quick(tried: Tried, budget: int) -> list[int]:
    """Numbers of the calls that the draft was not too slow for, and no more than a budget of lines for all of them."""
    left = budget
    keep: list[int] = []
    done = [number for number, mark in enumerate(tried.marks) if mark not in (SLOW, UNKNOWN)]
    for number in sorted(done, key=lambda number: (tried.lines[number] > budget // 20, number)):
        if left >= tried.lines[number] or len(keep) < FEWEST:
            keep.append(number)
            left -= tried.lines[number]
    return sorted(keep)


def _only(tried: Tried, keep: Sequence[int]) -> Tried:
    """What was tried, for some of the calls."""
    place = {number: at for at, number in enumerate(keep)}
    return Tried(
        tuple(tried.marks[number] for number in keep),
        tuple(tried.texts[number] for number in keep),
        tuple(tried.paths[number] for number in keep),
        tuple(tried.lines[number] for number in keep),
        tuple(place[number] for number in tried.changed if number in place),
        tuple(place[number] for number in tried.unsteady if number in place),
    )


def _pace(tried: Tried) -> Pace:
    """A variant may take a few times what the draft takes, for each call and for all."""
    usual = [lines * 1e-7 for lines in tried.lines]
    all_s = max(0.006, 2.5 * sum(usual))
    return Pace(max(0.004, 4 * max(usual, default=0)), all_s, 0.2 + 2 * GROUP * all_s)
