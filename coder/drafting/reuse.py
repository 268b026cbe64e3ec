"""Reuse: what of the library might do already, before a function is written and again with the draft's body."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from coder.drafting.second_opinion import same_words
from coder.people.question import Choose, Option
from coder.run.run import Run
from library.draft.draft import Draft
from library.duplicates.pairs import Pair, find_pairs
from library.editing.rename import rename_names
from library.errors import SourceError
from library.examples.example import Example
from library.gate.gate import Gate
from library.sandbox import Sandbox
from library.search.by_example import Finder, Found
from library.search.by_signature import find as find_signature
from library.source.function import Function
from library.store import Library
from memory.plan import Step

BY_WORDS, BY_SIGNATURE, SHOWN = 5, 3, 8
FEW = 200  # in a larger library only those that a search finds are compared with a draft


@dataclass(frozen=True)
class Twin:
    """A function of the library that is the same as a draft, or nearly.

    Attributes:
        name: of it.
        code: its text.
        same: equal in text, or in behaviour on every input tried.
        tried: inputs on which the two were compared; 0 if their texts are the same.
        agreed: how many of those were equal.
        differences: a few inputs where they differ: (arguments, what the draft gives, what this one gives).
        passed: how many of the draft's examples it gives.
        examples: how many there are.
        called: the draft calls it.
    """

    name: str
    code: str
    same: bool
    tried: int
    agreed: int
    differences: tuple[tuple[str, str, str], ...]
    passed: int
    examples: int
    called: bool = False

    @property
    def line(self) -> str:
        """How they compare, in a few words."""
        if not self.tried:
            return "the same text up to names and order"
        if not self.differences and self.agreed == self.tried:
            return f"equal on {self.tried} inputs"
        return f"equal on {self.agreed} of {self.tried} inputs"


def look(step: Step, examples: Sequence[Example], library: Library, sandbox: Sandbox) -> dict[str, Any]:
    """Search by words, by signature and by the examples; call it inside an effect.

    Returns:
        `gives`: names that give every expected result; `looked`: names that were looked at; `there`: whether one of
        this name exists; `functions`: how many public ones there are.
    """
    functions = [function for function in library.functions() if function.public]
    found = fitting(examples, functions, library.good_source(), sandbox, compositions=False)
    gives = [one.names[0] for one in found if one.way == "direct" and one.names[0] != step.name]
    near = [function.name for function in _near(step, functions, library, (BY_WORDS, BY_SIGNATURE))]
    looked = [name for name in dict.fromkeys([*gives, *near]) if name != step.name]
    there = library.get(step.name) is not None
    return {"gives": gives, "looked": looked[:SHOWN], "there": there, "functions": len(functions)}


def line(found: dict[str, Any], reused: str, examples: int) -> str:
    """What came of the search, on one line: reuse, extend or new, and why."""
    if reused:
        return f"reuse: {reused} gives all {examples} examples"
    looked, gives = found["looked"], found["gives"]
    if found["there"]:
        return f"extend: it is in the library and is written anew ({len(looked)} others compared)"
    if not found["functions"]:
        return "new: the library has no function yet"
    if not looked:
        return "new: none in the library is near by words, signature or examples"
    at = f"{len(looked)} compared ({', '.join(looked)})"
    if not gives:
        return f"new: {at}, none gives the examples" if examples else f"new: {at}, there are no examples to try"
    why = "it was declined" if examples > 1 else "one example is too few to go by"
    return f"new: {at}, {gives[0]} gives the examples but {why}"


def twins(draft: Draft, examples: Sequence[Example], library: Library, sandbox: Sandbox) -> list[Twin]:
    """Functions of the library that are the same as a draft or nearly, the closest first; call it inside an effect.

    Those that agree on less than half of the inputs are left out: they look alike, but do something else.
    """
    try:
        parsed = library.with_draft(draft.code)
    except SourceError:
        return []
    functions = [f for f in parsed.functions if f.public and f.name != draft.name]
    mine = parsed.get(draft.name)
    if mine is None or not functions:
        return []
    if len(functions) > FEW:
        wanted = Step(0, draft.name, mine.signature, mine.summary, ())
        fits = fitting(examples, functions, library.good_source(), sandbox, limit=20, compositions=False)
        names = {one.names[0] for one in fits} | {f.name for f in _near(wanted, functions, library, (20, 20))}
        functions = [function for function in functions if function.name in names]
    found = find_pairs([*functions, mine], parsed.source, sandbox, only={draft.name})
    close = [pair for pair in found if pair.close]
    close.sort(key=lambda pair: (pair.kind == "near", -pair.agreed / max(1, pair.tried)))
    named = {function.name: function for function in functions}
    source = library.good_source()
    made = [_twin(pair, draft, named[pair.a if pair.b == draft.name else pair.b]) for pair in close[:3]]
    return [_tried(twin, draft, examples, source, sandbox) for twin in made]


def _near(wanted: Step, functions: Sequence[Function], library: Library, limits: tuple[int, int]) -> list[Function]:
    """By words, then by signature."""
    hits = [hit.function for hit in library.search(f"{wanted.name} {wanted.does}", limits[0])]
    with suppress(SourceError):
        hits += [hit.function for hit in find_signature(wanted.signature, functions, limits[1])]
    return hits


def _twin(pair: Pair, draft: Draft, other: Function) -> Twin:
    first = pair.a == draft.name
    shown = [(one.arguments, one.a if first else one.b, one.b if first else one.a) for one in pair.differences]
    called = rename_names(draft.code, {other.name: f"{other.name}_"}) != draft.code
    same = pair.kind != "near"
    return Twin(other.name, other.source, same, pair.tried, pair.agreed, tuple(shown), 0, 0, called)


def _tried(twin: Twin, draft: Draft, examples: Sequence[Example], source: str, sandbox: Sandbox) -> Twin:
    """The twin with how many of the draft's examples it gives."""
    asked = [replace(one, call=rename_names(one.call, {draft.name: twin.name})) for one in examples]
    verdict = Gate(sandbox).judge(Draft(twin.name, twin.code), asked, source)
    return replace(twin, passed=sum(row.ok for row in verdict.rows), examples=len(asked))


def fitting(
    examples: Sequence[Example],
    functions: Sequence[Function],
    source: str,
    sandbox: Sandbox,
    *,
    limit: int = 10,
    compositions: bool | None = None,
) -> list[Found]:
    """What of the library gives the expected results already; nothing if the examples cannot be searched by."""
    if not examples or not functions:
        return []
    try:
        return Finder(sandbox).find(examples, functions, source, limit=limit, compositions=compositions)
    except SourceError:
        return []


def used_instead(
    run: Run, library: Library, sandbox: Sandbox, step: Step, examples: Sequence[Example], goal: str, *, ask_model: bool
) -> tuple[str, str, list[str]]:
    """Search before writing: the function that is used instead, "" if none; the search's line; what was declined.

    A function that gives every expected result is offered, docstring and code beside the goal: that examples coincide
    is not enough. Where nobody is there, a model compares the two, if it may be asked.
    """
    found = run.effect("reuse", lambda: look(step, examples, library, sandbox))
    reused, declined = "", list[str]()
    if len(examples) > 1 and found["gives"] and not found["there"]:
        name = found["gives"][0]
        reused = name if _does_the_same(run, library, name, step, len(examples), goal, ask_model) else ""
        declined = [] if reused else [name]
    told = line(found, reused, len(examples))
    run.tell("note", level="info", text=f"{step.name}: {told}")
    return reused, told, declined


def _does_the_same(run: Run, library: Library, name: str, step: Step, count: int, goal: str, ask_model: bool) -> bool:
    """Whether a function that gives the examples also does what the step says: the person compares, or a model."""
    function = library.get(name)
    if function is None:
        return False
    # recorded, since whoever resumes the run may be somebody else, or nobody
    if not run.effect("reuse by", lambda: run.person.present):
        return ask_model and same_words(run, step, function, goal)
    says = step.does or step.signature
    told = "" if " ".join(says.split()) in " ".join(goal.split()) else f"The step: {says}\n"
    question = (
        f"{name} in the library already gives all {count} expected results of {step.name}.\n"
        f"The goal: {goal}\n{told}\n{function.source.strip()}"
    )
    options = (
        Option("u", "use it", "write nothing; the step counts as done"),
        Option("w", "write anyway", "a new function beside it"),
    )
    return run.ask("reuse", Choose(question, options, "w")).text == "u"
