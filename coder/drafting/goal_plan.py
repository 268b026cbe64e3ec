"""Goal plan: what a goal spells out becomes the plan, or is held against the plan that a model drafted. Pure.

Examples and signatures of the goal are never lost and never outvoted; what a model says beside them has to fit.
"""

import ast
import builtins
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from library.errors import SourceError
from library.examples.example import Example, parse_example
from library.examples.goal_facts import (
    StatedFunction,
    examples_of,
    head_of,
    stated_functions,
    type_text,
    words_of,
)
from library.inputs.preconditions import fits
from library.inputs.value_types import value_type
from library.source.literals import literal
from library.source.signature import parameter_nodes, read_signature, signature_node
from library.source.syntax_tree import expression
from library.source.types import Type
from memory.plan import Plan, Step

ASSUMED, BUILDS = "Assumed:", "Builds on:"
_NAMED = re.compile(r"\w+(?=\()|(?<=`)\w+(?=`)|\w+_\w+")  # a function, and not a word that is one's name too
_ONE = r"`?\w+`?(?:\(\))?"
_BUILT_ON = re.compile(rf"\bbuil(?:t|ds?|ding) (?:up)?on:? ({_ONE}(?:(?:, and|,| and) {_ONE})*)", re.IGNORECASE)
MOST_EXAMPLES = 8  # of a model's and the goal's together; the goal's all stay


def plan_of_goal(goal: str, known: Collection[str] = ()) -> Plan | None:
    """The plan that a goal is by itself, when it states one function with its types and with examples; else None.

    Args:
        goal: what the person typed.
        known: functions that there are; a goal that states one of those speaks of it and asks for another.
    """
    stated = [one for one in stated_functions(goal) if one.name not in known]
    if len(stated) != 1 or not (stated[0].complete and stated[0].examples):
        return None
    one = stated[0]
    examples = tuple(example.text for example in one.examples)
    return Plan(" ".join(goal.split()), (Step(1, one.name, one.signature, words_of(goal, stated), examples),))


@dataclass(frozen=True)
class Held:
    """A plan after it was held against its goal: `dropped` says which examples of the model's do not fit, and why."""

    plan: Plan
    dropped: tuple[str, ...] = ()


def held_to_goal(plan: Plan, goal: str, known: Collection[str] = ()) -> Held:
    """The plan with the goal's own signatures, examples and, for a single function, words.

    Args:
        plan: as a model drafted it.
        goal: what the person typed.
        known: functions that there are already.
    """
    stated = {one.name: one for one in stated_functions(goal) if one.name not in known}
    steps = list(plan.steps)
    open_steps = [step for step in steps if not step.done]
    if len(open_steps) == 1 and len(stated) == 1 and open_steps[0].name not in stated:
        steps[steps.index(open_steps[0])] = _renamed(open_steps[0], next(iter(stated)))
    dropped: list[str] = []
    held = [step if step.done else _held(step, stated.get(step.name), goal, dropped) for step in steps]
    if len(held) == 1 and not held[0].done:
        held = [replace(held[0], does=_words(held[0], goal, list(stated.values()), known))]
    return Held(replace(plan, steps=tuple(held)), tuple(dropped))


def sources_of(plan: Plan, drafted: Collection[str], goal: str) -> dict[str, str]:
    """Who said each example of a plan: the goal if it spells it out, the person if no draft had it, else the model."""
    flat = "".join(goal.split())
    stated = {one.name: one.examples for one in stated_functions(goal)}
    found: dict[str, str] = {}
    for step in plan.steps:
        said = {_key(one) for one in (*examples_of(goal, step.name), *stated.get(step.name, ()))}
        for text in step.examples:
            one = _read(text)
            from_goal = (one is not None and _key(one) in said) or "".join(text.split()) in flat
            found[text] = "goal" if from_goal else "person" if text not in drafted else "model"
    return dict(sorted(found.items()))


def lacking(plan: Plan) -> list[str]:
    """What the open steps of a plan lack before anybody can write them: a sentence each."""
    found: list[str] = []
    for step in plan.open:
        if "->" not in step.signature:
            found.append(f"{step.name} has no result type: write `{step.signature} -> type`.")
        if not any(_read(text) for text in step.examples):
            found.append(f"{step.name} has no example: give two to four calls with their exact results.")
    return found


def _held(step: Step, stated: StatedFunction | None, goal: str, dropped: list[str]) -> Step:
    given = [example.text for example in (stated.examples if stated else examples_of(goal, step.name))]
    signature = _signature(step, stated)
    wanted = _result(signature)
    fitting = [text for text in given if _fits(text, wanted)]
    given = fitting or given  # f(1) = 3 in a formula is no example beside f(2) == [1, 3]
    calls = {_call(text) for text in given}
    kept: list[str] = []
    for text in step.examples:
        if _call(text) in calls:
            if _key(_read(text)) not in {_key(_read(one)) for one in given}:
                dropped.append(f"`{text}`: the goal says otherwise")
        elif not _fits(text, wanted):
            dropped.append(f"`{text}`: its result is no {wanted.text if wanted else ''}")
        else:
            kept.append(text)
    room = max(0, MOST_EXAMPLES - len(given))
    examples = (*given, *kept[:room])
    if "->" not in signature and (result := _type_of_results(examples)):
        signature = f"{signature} -> {result}"
    return replace(step, signature=signature, examples=examples)


def _signature(step: Step, stated: StatedFunction | None) -> str:
    """The goal's signature if it has all types; else the model's, which has to give those that are missing."""
    if stated is None:
        return step.signature
    try:
        mine, theirs = signature_node(stated.signature), signature_node(step.signature)
    except SourceError:
        return stated.signature
    if stated.complete:
        return stated.signature
    given = {one.node.arg: one.node.annotation for one in parameter_nodes(theirs)}
    for parameter in parameter_nodes(mine):
        if parameter.node.annotation is None:
            parameter.node.annotation = given.get(parameter.node.arg)
    mine.returns = mine.returns or theirs.returns
    return head_of(mine)


def _words(step: Step, goal: str, stated: Sequence[StatedFunction], known: Collection[str]) -> str:
    """The goal's own words, and below them what the model assumed where these leave something open, and built on."""
    words = words_of(goal, [one for one in stated if one.name == step.name])
    _, found, assumed = step.does.partition(ASSUMED)
    built = [name for name in built_on(step.does, known) if name not in _NAMED.findall(words)]
    lines = [words]
    lines += [f"{ASSUMED} {assumed.strip()}"] if found and assumed.strip() else []
    lines += [f"{BUILDS} {', '.join(built)}."] if built else []
    return "\n".join(lines)


def built_on(words: str, known: Collection[str]) -> list[str]:
    """The functions that the words of a step build on by name, in the order of their names there.

    Args:
        words: what the step does.
        known: functions that there are. One whose name is a usual word too ("words", "sentences") counts where it is
            written as a function, or as what is built on.
    """
    clauses = " ".join(_BUILT_ON.findall(words))
    named = {*_NAMED.findall(words), *re.findall(r"\w+", clauses)}.intersection(known)
    return sorted(named, key=lambda name: re.search(rf"\b{name}\b", words).start())  # type: ignore[union-attr]


def _renamed(step: Step, name: str) -> Step:
    def again(text: str) -> str:
        return text.replace(f"{step.name}(", f"{name}(")

    return replace(
        step, name=name, signature=again(step.signature), examples=tuple(again(text) for text in step.examples)
    )


def _read(text: str) -> Example | None:
    try:
        return parse_example(text)
    except SourceError:
        return None


def _key(example: Example | None) -> tuple[str, str, bool] | None:
    return ("".join(example.call.split()), "".join(example.expected.split()), example.raises) if example else None


def _call(text: str) -> str:
    example = _read(text)
    return "".join(example.call.split()) if example else text


def _result(signature: str) -> Type | None:
    try:
        return value_type(read_signature(signature_node(signature)).result)
    except SourceError:
        return None


def fits_signature(example: Example, signature: str) -> bool:
    """Whether what an example expects can be what a signature says that comes out; what cannot be told fits."""
    return _fits(example, _result(signature))


def _fits(said: str | Example, wanted: Type | None) -> bool:
    example = _read(said) if isinstance(said, str) else said
    if example is None or example.raises or wanted is None or example.condition or not _is_plain(example.call):
        return True
    value = literal(example.expected)
    return value is None or fits(value[0], wanted)


def _is_plain(call: str) -> bool:
    """`f(1)`, and not `f(1)[0]` or `len(f(1))`, whose result is of another type."""
    tree = expression(call)
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not hasattr(builtins, tree.func.id)


def _type_of_results(examples: Sequence[str]) -> str:
    found = [one for text in examples if (one := _read(text)) is not None and not one.raises and _is_plain(one.call)]
    text = type_text([value[0] for one in found if (value := literal(one.expected)) is not None])
    return "" if text == "None" else text
