"""Uses: whether a function of the library, put to each item of an argument, gives the examples of a step.

Much of what is asked for does to many what a function does to one: all of a list, those for which it holds, their sum.
A small model that is shown the function alone often cannot say so. Such an expression is a draft, and costs no request.
"""

from collections.abc import Sequence

from coder.drafting.reuse import fitting
from coder.drafting.sampling import Sample, Sampling, read_draft
from coder.drafting.to_complete import to_complete
from coder.drafting.work import Work
from coder.errors import FormatError
from coder.model.model import Reply, Turn
from library.errors import SourceError
from library.examples.example import Example
from library.sandbox import Sandbox
from library.source.closure import running
from library.source.function import parse
from library.source.signature import signature_of
from library.store import Library

_EACH = (
    "[{f}(x{rest}) for x in {a}]",
    "sum({f}(x{rest}) for x in {a})",
    "all({f}(x{rest}) for x in {a})",
    "any({f}(x{rest}) for x in {a})",
    "[x for x in {a} if {f}(x{rest})]",
    "[i for i, x in enumerate({a}) if {f}(x{rest})]",
    "{{x: {f}(x{rest}) for x in {a}}}",
    "sorted(y for x in {a} for y in {f}(x{rest}))",
    "sorted({{y for x in {a} for y in {f}(x{rest})}})",
    "{f}([y for x in {a} for y in x]{rest})",
    "[{f}(*x{rest}) for x in {a}]",
    "sum({f}(*x{rest}) for x in {a})",
)
_MOST = ("max({f}(x{rest}) for x in {a})", "min({f}(x{rest}) for x in {a})")  # one example may fit by chance
_PAIRS = ("[{f}(x, y) for x, y in zip({a}, {b})]", "all({f}(x, y) for x, y in zip({a}, {b}))")
_VAGUE = frozenset({"True", "False", "0", "1", "[]"})  # many uses give it
_NAME = "coder_use_{number}"


def with_uses(
    offers: Sequence[dict[str, str]], library: Library, signature: str, examples: Sequence[Example], sandbox: Sandbox
) -> list[dict[str, str]]:
    """Those of the offers with a `use` that gives all examples; all of them if none has; call it inside an effect.

    Where examples tell little, as `True` does, a use is told only if no other of its function gives them as well.

    Args:
        offers: what `shown_functions.offers` gives.
        library: where they are from.
        signature: of the function that is to be written.
        examples: that it must fulfil.
        sandbox: where the uses are tried.
    """
    plain = [example for example in examples if not example.raises]
    try:
        names = [one.name for one in signature_of(signature).positional]
    except SourceError:
        return list(offers)
    several = len({example.expected for example in plain}) > 1
    forms = [*_EACH, *(_PAIRS if len(names) == 2 else ()), *(_MOST if several else ())]
    ways = [(at, way) for at, offered in enumerate(offers) for way in _ways(_name(offered), names, forms)]
    if not plain or not ways:
        return list(offers)
    arguments = ", ".join(names)
    code = "".join(
        f"def {_NAME.format(number=at)}({arguments}):\n    return {way}\n\n\n" for at, (_, way) in enumerate(ways)
    )
    source = f"{running(library.parsed(), map(_name, offers))}\n\n\n{code}"
    found = fitting(plain, parse(code).functions, source, sandbox, limit=len(ways), compositions=False)
    fits = {one.names[0] for one in found if one.way == "direct"}
    said: dict[int, list[str]] = {}
    for at, (number, way) in enumerate(ways):
        if _NAME.format(number=at) in fits:
            said.setdefault(number, []).append(way)
    vague = not several and plain[0].expected in _VAGUE
    told = {number: uses[0] for number, uses in said.items() if len(uses) == 1 or not vague}
    return [{**offers[number], "use": use} for number, use in sorted(told.items())] or list(offers)


def composed(
    work: Work, sampling: Sampling, opening: Sequence[Turn], offers: Sequence[dict[str, str]]
) -> Sample | None:
    """The draft that the best use makes, judged as any other; None if no use is known or it is red.

    Args:
        work: on the step.
        sampling: judges it.
        opening: the chat that drafts are written from, which it then goes on.
        offers: as `with_uses` gives them.
    """
    uses = [offered["use"] for offered in offers if "use" in offered]
    if not uses:
        return None
    text = f"```python\n{to_complete(work.step, work.shown)}\n    return {uses[0]}\n```"
    try:
        draft = read_draft(work.step, {_name(offered) for offered in offers})(Reply(text))
    except FormatError:
        return None
    sample = sampling.judged(work, draft, [*opening, Reply(text).turn()], 0, fresh=True)
    if not sample.verdict.green:
        return None
    work.run.tell("note", level="info", text=f"{work.step.name}: {uses[0]} gives the examples.")
    return sample


def without_uses(offers: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The same functions, and nothing of what gives the examples: it was found to be red for another reason."""
    return [{key: text for key, text in offered.items() if key != "use"} for offered in offers]


def _name(offered: dict[str, str]) -> str:
    return offered["signature"].removeprefix("async ").partition("(")[0]


def _ways(function: str, names: Sequence[str], forms: Sequence[str]) -> list[str]:
    if not names:
        return []
    rest = "".join(f", {name}" for name in names[1:])
    return [form.format(f=function, a=names[0], b=names[-1], rest=rest) for form in forms]
