"""Trials of a draft against its variants: which inputs, which mutants and rivals, what each gave."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from library.draft.draft import Draft
from library.errors import SourceError
from library.examples.as_test import is_coroutine
from library.examples.example import Example
from library.examples.judging import runnable
from library.execution.marks import SLOW, UNKNOWN
from library.execution.pace import Pace, TimeBudget
from library.execution.variant_calls import (
    CALL_STEPS,
    CLOCK_S,
    DRAFT_STEPS,
    VARIANT,
    VariantResults,
    try_draft,
    try_variants,
)
from library.gate.joined import join
from library.gate.table import NOTHING_TRIED, Table, Variant
from library.inputs.generate import Input, inputs_for
from library.inputs.value_types import value_type
from library.mutation.mutants import mutants
from library.sandbox import Job, Sandbox
from library.source.syntax_tree import find_function, read_tree
from library.source.types import UNSAID, Type, type_of

MUTANT, ALTERNATIVE = 1.0, 4.0  # how much it weighs to tell one apart
STEPS = 2_500_000  # that all variants together may take: about half a second
FEWEST = 8  # inputs that are kept however long they take
MANY, OFTEN = 4000, 300_000  # calls of the draft in one process; no more than so many steps for that
DRAFT_SHARE, AGAIN_SHARE = 0.4, 0.2  # of a person's time, for the draft itself and for its calls in another order
PATIENCE = 1_000_000  # steps after which a call is said not to end
SPARE = 20_000  # steps that a call of a variant may take, however few the draft takes


@dataclass(frozen=True)
class Trials:
    """A draft's calls and what they gave, for the draft and for each of its variants.

    Attributes:
        setup: the draft and all that it needs, as text.
        table: the calls and what they gave, for the choice of questions.
        codes: text of each variant.
        pace: how much each variant may cost.
        known: of the calls, those of the examples, as they are run: "date(2024, 1, 1)" for "datetime.date(2024, 1, 1)".
        problem: why nothing could be tried; else "".
        clock: what the clock had to stop, or there was no time for, and what was left out for that; else "".
    """

    setup: str
    table: Table = NOTHING_TRIED
    codes: tuple[str, ...] = ()
    pace: Pace = VARIANT
    known: frozenset[str] = frozenset()
    problem: str = ""
    clock: str = ""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The calls."""
        return self.table.inputs

    @property
    def draft(self) -> VariantResults:
        """What they gave."""
        return self.table.draft

    @property
    def variants(self) -> tuple[Variant, ...]:
        """What they gave for mutants and rivals."""
        return self.table.variants


def make_trials(
    sandbox: Sandbox,
    draft: Draft,
    examples: Sequence[Example],
    alternatives: Sequence[Draft] = (),
    library: str = "",
    budget: TimeBudget | None = None,
) -> Trials:
    """Try a draft, its mutants and its rivals for the same purpose on many inputs, the examples' calls among them."""
    budget = budget or TimeBudget()
    try:
        joined = join(draft, library, [text for one in examples for text in (one.call, one.expected)])
        awaited = is_coroutine(draft.code, draft.name)
        examples = runnable(examples, draft.name, joined.setup, awaited=awaited)
        setup = joined.setup + joined.granted([example.call for example in examples])
    except SourceError as error:
        return Trials("", problem=error.message)
    loaded = sandbox.run([Job(setup=setup)])[0]
    if not loaded.ok:
        return Trials(setup, problem=loaded.reason)
    made = inputs_for(draft.code, draft.name, examples)
    budget.tell(f"trying {draft.name} on {len(made)} inputs", 0, 0)
    first = _steadied(sandbox, setup, [given.call for given in made], budget)
    clock = first.over
    if clock:  # from now on only what is no larger than what is known to be done in time
        made = _no_larger(made, examples)
        clock += f": tried only {len(made)} inputs no larger than the examples'"
        first = _steadied(sandbox, setup, [given.call for given in made], budget)
    if first.over:
        return Trials(setup, clock=f"{first.over}: nothing was tried, and nothing is asked about it")
    slips = mutants(draft.code)
    keep = _quick(first, STEPS // (len(slips) + 1))
    if first.left_out:  # then there is no time for many of the others either
        keep = keep[:FEWEST]
    inputs, tried = [made[number] for number in keep], _only(first, keep)
    codes = (*(rival.code for rival in alternatives), *(slip.function for slip in slips))
    pace = _pace(tried)
    results = _tried(sandbox, setup, codes, [given.call for given in inputs], pace, budget)
    endless = _endless(sandbox, setup, made, first, examples) if budget.left_s() else None
    if endless is not None:
        inputs.append(endless)
        tried = replace(
            tried,
            marks=(*tried.marks, SLOW),
            texts=(*tried.texts, ""),
            paths=(*tried.paths, ()),
            steps=(*tried.steps, 0),
        )
        results = [replace(result, marks=(*result.marks, UNKNOWN)) for result in results]
    variants = [
        Variant(f"another draft, {n}", ALTERNATIVE, one) for n, one in enumerate(results[: len(alternatives)], 1)
    ]
    mutated = zip(slips, results[len(alternatives) :], strict=True)
    variants += [Variant(slip.text, MUTANT, result, slip) for slip, result in mutated]
    known = frozenset(example.call for example in examples)
    table = Table(tuple(inputs), tried, tuple(variants), *_promise(draft))
    told = "; ".join(filter(None, (_clock(clock, results), budget.note)))
    return Trials(setup, table, codes, pace, known, clock=told)


def _promise(draft: Draft) -> tuple[str, Type, dict[str, str]]:
    """What a draft says of itself: its docstring, the type of what it gives, and the parameters that it never reads."""
    function = find_function(read_tree(draft.code, "the draft"), draft.name)
    if function is None:
        return "", UNSAID, {}
    read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    unread = {str(n): name for n, name in enumerate(names, 1) if name not in read and not name.startswith("_")}
    return ast.get_docstring(function) or "", value_type(type_of(function.returns)), unread


def _tried(
    sandbox: Sandbox, setup: str, codes: Sequence[str], calls: Sequence[str], pace: Pace, budget: TimeBudget
) -> list[VariantResults]:
    """What the variants give, as long as there is time."""

    def tell(done: int, of: int) -> None:
        budget.tell("trying small changes to the code", done, of)

    results = try_variants(sandbox, setup, codes, calls, pace=pace, seconds=budget.left_s(), tell=tell)
    if missed := sum(result.left_out for result in results):
        done = len(results) - missed
        budget.left_out.append(f"{done} of {len(results)} small changes to the code were tried")
    return results


def _steadied(sandbox: Sandbox, setup: str, calls: Sequence[str], budget: TimeBudget) -> VariantResults:
    """What the draft gives, and where it gives something else in a fresh process, with the calls in another order, or
    with the texts of sets in another order."""
    first = try_draft(sandbox, setup, calls, seconds=budget.left_s(DRAFT_SHARE))
    if first.left_out:
        done = sum(mark != UNKNOWN for mark in first.marks)
        budget.left_out.append(f"it was tried on {done} of {len(calls)} inputs")
    at = [number for number, mark in enumerate(first.marks) if mark not in (SLOW, UNKNOWN)][::-1]
    if first.over or not at:
        return first
    # Often, too: what keeps count of its calls may well give something else after the thousandth.
    at *= max(1, min(MANY // len(at), OFTEN // (sum(first.steps) + 1)))
    turned = [calls[number] for number in at]
    pace = Pace(CALL_STEPS, DRAFT_STEPS, clock_s=CLOCK_S)
    other = try_variants(sandbox.other, setup, [""], turned, pace=pace, seconds=budget.left_s(AGAIN_SHARE))[0]
    if other.left_out or (first.left_out and UNKNOWN in other.marks):
        budget.left_out.append("it was not tried in another order")
        return first
    wrong = _unlike(first, at, other)
    if not wrong:
        return first
    same_order_of_sets = set(_unlike(first, at, try_variants(sandbox, setup, [""], turned, pace=pace)[0]))
    told = dict(first.unsteady)
    for number in dict.fromkeys(wrong):
        called, seeded = "when the calls come in another order", "when sets are in another order, as in another process"
        told.setdefault(number, called if number in same_order_of_sets else seeded)
    return replace(first, unsteady=tuple(sorted(told.items())))


def _unlike(first: VariantResults, at: Sequence[int], other: VariantResults) -> list[int]:
    """Numbers of the calls that gave something else the other time."""
    pairs = zip(at, other.marks, strict=True)
    return [number for number, mark in pairs if mark not in (SLOW, UNKNOWN, first.marks[number])]


def _no_larger(made: Sequence[Input], examples: Sequence[Example]) -> tuple[Input, ...]:
    """The inputs no larger than the largest of the examples, which were done in time."""
    most = max((_size(example.call) for example in examples), default=1.0)
    return tuple(given for given in made if _size(given.call) <= most)


def _size(call: str) -> float:
    """The letters and items of a call and its numbers, all added up."""
    size = 0.0
    for node in ast.walk(ast.parse(call.strip(), mode="eval")):
        if isinstance(node, ast.Constant):
            value = node.value
            size += (
                len(value) if isinstance(value, str | bytes) else abs(value) if isinstance(value, int | float) else 1
            )
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            size += len(node.elts)
    return size


def _clock(first: str, results: Sequence[VariantResults]) -> str:
    """What the clock was needed for, and what was left out for that; "" if it was not needed."""
    over = [result.over for result in results if result.over]
    if not over:
        return first
    many = len(over) == len(results)
    told = (
        f"{over[0]}: none of the small changes to it counts"
        if many
        else f"{len(over)} small changes to it took too long: left out"
    )
    return "; ".join(filter(None, (first, told)))


def _endless(
    sandbox: Sandbox, setup: str, made: Sequence[Input], first: VariantResults, examples: Sequence[Example]
) -> Input | None:
    """A call that the draft does not get done with even in PATIENCE: the shortest, or one about as short.

    Only of those no larger than the examples: to count all primes below a million takes long, and is done all the same.
    """
    found = [made[number] for number, mark in enumerate(first.marks) if mark == SLOW]
    slow = sorted(_no_larger(found, examples), key=lambda given: len(given.call))
    if not slow:
        return None
    short = [given for given in slow if len(given.call) <= len(slow[0].call) + 1]
    for given in dict.fromkeys((short[0], short[len(short) // 2], short[-1])):
        if try_draft(sandbox, setup, [given.call], steps=PATIENCE).marks == (SLOW,):
            return given
    return None


def _quick(tried: VariantResults, budget: int) -> list[int]:
    """Numbers of the calls that the draft was not too slow for, and no more than a budget of steps for all of them."""
    left = budget
    keep: list[int] = []
    done = [number for number, mark in enumerate(tried.marks) if mark not in (SLOW, UNKNOWN)]
    for number in sorted(done, key=lambda number: (tried.steps[number] > budget // 20, number)):
        if left >= tried.steps[number] or len(keep) < FEWEST:
            keep.append(number)
            left -= tried.steps[number]
    return sorted(keep)


def _only(tried: VariantResults, keep: Sequence[int]) -> VariantResults:
    """What was tried, for some of the calls."""
    place = {number: at for at, number in enumerate(keep)}
    return VariantResults(
        tuple(tried.marks[number] for number in keep),
        tuple(tried.texts[number] for number in keep),
        tuple(tried.paths[number] for number in keep),
        tuple(tried.steps[number] for number in keep),
        tuple(place[number] for number in tried.changed if number in place),
        tuple((place[number], when) for number, when in tried.unsteady if number in place),
    )


def _pace(tried: VariantResults) -> Pace:
    """A variant may take a few times what the draft takes, for each call and for all."""
    return Pace(max(SPARE, 4 * max(tried.steps, default=0)), max(SPARE * 3 // 2, 5 * sum(tried.steps) // 2))
