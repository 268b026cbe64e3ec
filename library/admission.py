"""Admission: what is known of a draft before it may be saved: checks, mutants that no example kills, questions for the person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from library.draft import Draft
from library.example import Example
from library.gate import together
from library.inputs import Input, inputs_for
from library.mutants import mutants
from library.questions import Question, Variant, answer, choose, question
from library.sandbox import Sandbox
from library.trial import SLOW, UNKNOWN, Pace, Tried, try_draft, try_variants

MUTANT, ALTERNATIVE = 1.0, 4.0
LINES = 6_000_000  # of Python that all variants together may run through: about half a second
FEWEST = 30
PATIENCE = 0.5  # processor seconds


@dataclass(frozen=True)
class Trials:
    """A draft's calls and what they gave, for the draft and for each of its variants."""

    setup: str
    inputs: tuple[Input, ...]
    draft: Tried
    variants: tuple[Variant, ...]
    codes: tuple[str, ...]
    known: tuple[int, ...]


class Admission:
    """Finds out about drafts. Nothing is run but in the sandbox; the same draft gives the same answers.

    Args:
        sandbox: where drafts run.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def questions(
        self, draft: Draft, examples: Sequence[Example], alternatives: Sequence[Draft] = (), library: str = "", most: int = 5
    ) -> list[Question]:
        """At most five calls whose result would tell most about the draft, each with the results seen.

        Args:
            draft: what was written.
            examples: what is known already.
            alternatives: other drafts for the same purpose.
            library: text of library.py, in which the draft may call functions.
            most: how many at most.
        """
        trials = self.trials(draft, examples, alternatives, library)
        chosen = choose(trials.inputs, trials.draft, trials.variants, trials.known, most)
        if not chosen:
            return []
        calls = [trials.inputs[number].call for number in chosen]
        # A handful of variants is enough to show what else might come out.
        telling = sorted(
            range(len(trials.variants)),
            key=lambda at: -sum(trials.variants[at].tried.marks[n] != trials.draft.marks[n] for n in chosen),
        )[:48]
        shown = try_variants(self.sandbox, trials.setup, [trials.codes[at] for at in telling], calls, texts=True)
        texts = {at: tried.texts for at, tried in zip(telling, shown, strict=True)}
        return [
            question(
                number,
                trials.inputs[number].call,
                trials.draft,
                trials.variants,
                [texts[at][place] if at in texts and texts[at] else "" for at in range(len(trials.variants))],
            )
            for place, number in enumerate(chosen)
        ]

    @staticmethod
    def answer(asked: Question, result: str, when: str = "") -> Example | None:
        """The example that a person's answer makes; None for "don't care". Raises SourceError for what is no value."""
        return answer(asked, result, when)

    def trials(
        self, draft: Draft, examples: Sequence[Example], alternatives: Sequence[Draft] = (), library: str = ""
    ) -> Trials:
        """Try the draft, its mutants and its rivals on many inputs.

        Raises:
            SourceError: the draft does not parse or does not fit into the library.
        """
        setup, _ = together(draft, library)
        made = inputs_for(draft.code, draft.name, examples)
        first = try_draft(self.sandbox, setup, [given.call for given in made])
        slips = mutants(draft.code)
        keep = _quick(first, LINES // (len(slips) + 1))
        inputs, tried = [made[number] for number in keep], _only(first, keep)
        others = [(ALTERNATIVE, f"another draft, {number}", d.code) for number, d in enumerate(alternatives, 1)]
        slipped = [(MUTANT, mutant.text, mutant.function) for mutant in slips]
        codes = tuple(code for _, _, code in others + slipped)
        results = try_variants(self.sandbox, setup, codes, [given.call for given in inputs], pace=_pace(tried))
        endless = self._endless(setup, made, first)
        if endless is not None:
            inputs.append(endless)
            tried = _and_endless(tried)
            results = [replace(result, marks=(*result.marks, UNKNOWN)) for result in results]
        variants = tuple(
            Variant(text, weight, result) for (weight, text, _), result in zip(others + slipped, results, strict=True)
        )
        known_calls = {example.call for example in examples}
        known = tuple(number for number, given in enumerate(inputs) if given.call in known_calls)
        return Trials(setup, tuple(inputs), tried, variants, codes, known)

    def _endless(self, setup: str, made: Sequence[Input], first: Tried) -> Input | None:
        """The shortest call that the draft does not get done with even in half a second."""
        slow = [made[number] for number, mark in enumerate(first.marks) if mark == SLOW]
        shortest = min(slow, key=lambda given: len(given.call), default=None)
        if shortest is None or try_draft(self.sandbox, setup, [shortest.call], call_s=PATIENCE).marks != (SLOW,):
            return None
        return shortest


def _quick(tried: Tried, budget: int) -> list[int]:
    """Numbers of the calls that the draft was not too slow for, and no more than a budget of lines for all of them."""
    left = budget
    usual = sorted(tried.lines)[len(tried.lines) // 2] if tried.lines else 0
    keep: list[int] = []
    for number in sorted(range(len(tried.marks)), key=lambda number: (tried.lines[number] > 10 * usual + 100, number)):
        if tried.marks[number] not in (SLOW, UNKNOWN) and (left > 0 or len(keep) < FEWEST):
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


def _and_endless(tried: Tried) -> Tried:
    return replace(
        tried, marks=(*tried.marks, SLOW), texts=(*tried.texts, ""), paths=(*tried.paths, ()), lines=(*tried.lines, 0)
    )


def _pace(tried: Tried) -> Pace:
    """A variant may take a few times what the draft takes, for each call and for all."""
    usual = [lines * 1e-7 for lines in tried.lines]
    return Pace(max(0.004, 4 * max(usual, default=0)), max(0.006, 2.5 * sum(usual)))
