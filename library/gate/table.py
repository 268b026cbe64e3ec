"""Table: a draft, its variants and its rivals on many inputs: what each gave, and what may be asked of it. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from library.execution.marks import SLOW, UNKNOWN
from library.execution.variant_calls import VariantResults
from library.gate.askable import could_be_wanted, decided, effort, is_of_type, other_answer
from library.inputs.features import looks
from library.inputs.generate import Input
from library.mutation.mutants import Mutant
from library.source.types import UNSAID, Type

FAILS = ("!", SLOW)
NEVER_ENDS = "does not end"
_PLAIN = frozenset(("True", "False", "None", "[]", "()", "{}", "''", "0", "0.0", "set()"))


@dataclass(frozen=True)
class Variant:
    """Something that the draft might have been: what it is in words, how likely, and what its calls gave."""

    text: str
    weight: float
    tried: VariantResults
    change: Mutant | None = None


@dataclass(frozen=True)
class Table:
    """What was tried.

    Attributes:
        inputs: the calls.
        draft: what they gave for the draft.
        variants: what they gave for each variant.
        doc: the draft's docstring.
        returns: the type of its result, in the words of values.
        unread: parameters that the draft never reads, by their number in a call, as `features` has it.
    """

    inputs: tuple[Input, ...]
    draft: VariantResults
    variants: tuple[Variant, ...]
    doc: str = ""
    returns: Type = UNSAID
    unread: Mapping[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def classes(self) -> list[tuple[tuple[str, ...], float]]:
        """Variants alike in everything tried, as one, a little heavier for each: (marks, weight)."""
        together: dict[tuple[str, ...], list[float]] = {}
        for variant in self.variants:
            together.setdefault(variant.tried.marks, []).append(variant.weight)
        return [(marks, max(weights) + 0.2 * math.log2(len(weights))) for marks, weights in together.items()]

    @cached_property
    def apart(self) -> list[list[int]]:
        """For each input the numbers of the classes that it tells from the draft."""
        return [
            [at for at, (marks, _) in enumerate(self.classes) if marks[number] not in (mark, UNKNOWN)]
            for number, mark in enumerate(self.draft.marks)
        ]

    @cached_property
    def looks(self) -> list[frozenset[str]]:
        """What each input looks like."""
        return [looks(given.call) for given in self.inputs]

    def fails(self, number: int) -> bool:
        """The draft raises there, does not end, or gives what its signature does not name."""
        return self._fails[number]

    @cached_property
    def _fails(self) -> list[bool]:
        pairs = zip(self.draft.marks, self.draft.texts, strict=True)
        return [mark.startswith(FAILS) or not is_of_type(text, self.returns) for mark, text in pairs]

    def pairs(self, number: int) -> frozenset[tuple[str, str]]:
        """Each look of the input with the sort of result that the draft gave."""
        return self._pairs[number]

    @cached_property
    def _pairs(self) -> list[frozenset[tuple[str, str]]]:
        sorts = [_sort(text) for text in self.draft.texts]
        return [frozenset((look, sort) for look in seen) for seen, sort in zip(self.looks, sorts, strict=True)]

    def path(self, number: int) -> tuple[int, ...]:
        """The way that the draft took."""
        return self.draft.paths[number] if number < len(self.draft.paths) else ()

    @cached_property
    def efforts(self) -> list[float]:
        """How much work each input is to somebody who works it out in the head."""
        return [effort(given.call) for given in self.inputs]

    @cached_property
    def result_efforts(self) -> list[float]:
        """The same of what the draft gives: nobody says 0.7058823529411765 by heart."""
        return [effort(text) for text in self.draft.texts]

    @cached_property
    def askable(self) -> list[bool]:
        """For each input whether it is a question at all: within what signature and docstring say, decided by neither,
        with something readable that the draft gives, the same each time, and with more than one answer to choose."""
        return [self._is_askable(number) for number in range(len(self.inputs))]

    @cached_property
    def answerable(self) -> list[bool]:
        """The same of what somebody may be asked who is offered no answers to choose from."""
        return [self._is_answerable(number) for number in range(len(self.inputs))]

    def _is_answerable(self, number: int) -> bool:
        given, text = self.inputs[number], self.draft.texts[number]
        if not (given.fits and given.apt):
            return False
        if self.draft.marks[number] == SLOW:
            return True
        if not text or number in dict(self.draft.unsteady) or " at 0x" in text:
            return False
        return not decided(self.doc, self.looks[number], text)

    def _is_askable(self, number: int) -> bool:
        text, mark = self.draft.texts[number], self.draft.marks[number]
        if not self.answerable[number] or mark == SLOW:
            return self.answerable[number]
        others = [marks[number] for marks, _ in self.classes if marks[number] not in (mark, UNKNOWN)]
        if other_answer(text, self.returns, failed=self.fails(number)):
            return bool(others) or self.fails(number)
        return any(could_be_wanted(one, self.returns) for one in others)


NOTHING_TRIED = Table((), VariantResults(()), ())


def _sort(text: str) -> str:
    """The sort of a result: a short one itself, a longer one by how it begins."""
    return text if text in _PLAIN or text.startswith("raises ") else "number" if text[:1].isdigit() else text[:1]
