"""Static checks of a draft: what can be said of its text before anything runs, a line each. Pure."""

import ast
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from library.capabilities.import_time_calls import import_work
from library.capabilities.kept_state import kept_between_calls
from library.capabilities.scan import Capability, capabilities, may_reach
from library.capabilities.tables import CLOCK, RANDOMNESS, STATE
from library.draft.draft import Draft
from library.errors import SourceError
from library.examples.docstring_examples import examples_in
from library.gate.naming import Neighbour, nearest, quantity_in, task_literals, task_noun_in
from library.source.signature import parameter_nodes
from library.source.syntax_tree import Definition, FunctionNode, find_function, read_tree

OF_TESTS = ("library", "pytest")  # what tests may import
_MUST, _SHOULD = True, False
_TURNING = frozenset(map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))


@dataclass(frozen=True)
class Check:
    """One line of the verdict.

    Attributes:
        name: what was looked at.
        ok: whether it holds.
        detail: what was found; with a check that does not hold, what to do.
        must: a draft is refused when this does not hold; else it is a remark for the person.
    """

    name: str
    ok: bool
    detail: str = ""
    must: bool = True


@dataclass(frozen=True)
class Subject:
    """What is checked: a draft that parses, its public function, what it was written for and what stands beside it."""

    draft: Draft
    tree: ast.Module
    function: FunctionNode
    neighbours: tuple[Neighbour, ...]
    goal: str
    accepted: frozenset[str]
    capabilities: tuple[Capability, ...]
    uncertain: tuple[Capability, ...] = ()


def check(
    draft: Draft, neighbours: Sequence[Neighbour] = (), goal: str = "", accepted: Collection[str] = ()
) -> tuple[Check, ...]:
    """Every static check of a draft, in the order in which a person reads them; never raises for what the draft is.

    Args:
        neighbours: the nearest functions of the library.
        goal: the words it was written for.
        accepted: capabilities that the person allows this function, by name.
    """
    try:
        tree = read_tree(draft.code, "the draft")
        found = reached(draft)
        uncertain = may_reach(draft.code)
    except SourceError as error:
        return (Check("parses", False, error.message),)
    public = _public(tree)
    parses = Check("parses", True, f"{len(draft.code.splitlines())} lines")
    function = find_function(tree, draft.name)
    if function is None or public != [draft.name]:
        there = ", ".join(public) or "none"
        return (parses, Check("one public function", False, f"it should be {draft.name!r} alone; there is: {there}"))
    subject = Subject(draft, tree, function, tuple(neighbours), goal, frozenset(accepted), found, uncertain)
    return (parses, Check("one public function", True, draft.name), *(look(subject) for look in _LOOKS))


def reached(draft: Draft) -> tuple[Capability, ...]:
    """What a draft could reach beyond its arguments, or keeps for the next call; of its tests only what a test has no
    reason for by itself.

    Raises:
        SourceError: the code does not parse. Tests that do not are the gate's to tell.
    """
    kept = kept_between_calls(read_tree(draft.code, "the draft"))
    state = (Capability(STATE, line, f"{name} lives on between calls") for line, name in kept)
    found = (*capabilities(draft.code), *state)
    try:
        tests = capabilities(draft.tests, OF_TESTS)
    except SourceError:
        return found
    own = [one for one in tests if one.name not in (CLOCK, RANDOMNESS) and not one.what.startswith(".")]
    return (*found, *(replace(one, where=" of the tests") for one in own))


def _public(tree: ast.Module) -> list[str]:
    names = [n.name for n in tree.body if isinstance(n, Definition)]
    return list(dict.fromkeys(name for name in names if not name.startswith("_")))


def _typed(subject: Subject) -> Check:
    every = parameter_nodes(subject.function)
    bare = [one.node.arg for one in every if one.node.annotation is None]
    if subject.function.returns is None:
        bare.append("the result")
    if bare:
        return Check("typed signature", False, f"no type for {', '.join(bare)}")
    return Check("typed signature", True, f"{len(every)} parameters")


def _documented(subject: Subject) -> Check:
    doc = (ast.get_docstring(subject.function) or "").strip()
    return Check("docstring", bool(doc), doc.splitlines()[0][:80] if doc else "say in one line what it does")


def _shows_examples(subject: Subject) -> Check:
    doc = ast.get_docstring(subject.function) or ""
    count = len(examples_in(doc, subject.draft.name))
    detail = f"{count} in the docstring" if count else f"add one as >>> {subject.draft.name}(...)"
    return Check("docstring's examples", bool(count), detail, _SHOULD)


def _reads_as_it_runs(subject: Subject) -> Check:
    """Characters that turn the order of a line round, or rule the terminal, make a person read other code than runs."""
    for number, line in enumerate(f"{subject.draft.code}\n{subject.draft.tests}".split("\n"), 1):
        for letter in line:
            if letter in _TURNING or (unicodedata.category(letter) == "Cc" and letter not in "\t\f\r"):
                code = f"\\x{ord(letter):02x}" if ord(letter) < 256 else f"\\u{ord(letter):04x}"
                return Check("reads as it runs", False, f"line {number} holds U+{ord(letter):04X}: write {code}")
    return Check("reads as it runs", True)


def _idle_at_import(subject: Subject) -> Check:
    work = [f"line {line}: {what}" for line, what in import_work(subject.tree)]
    return Check("no work at import", not work, "; ".join(work[:3]))


def _within_bounds(subject: Subject) -> Check:
    refused = [found for found in subject.capabilities if found.name not in subject.accepted]
    names = list(dict.fromkeys(found.name for found in refused))
    if refused:
        shown = "; ".join(found.text for found in refused[:4])
        return Check("capabilities", False, f"it reaches for {', '.join(names)}, which nobody allowed: {shown}")
    told = [f"allowed: {'; '.join(found.text for found in subject.capabilities[:4])}"] if subject.capabilities else []
    told += [f"may reach: {'; '.join(found.text for found in subject.uncertain[:3])}"] if subject.uncertain else []
    return Check("capabilities", True, "; ".join(told) or "none")


def _general(subject: Subject) -> Check:
    found = task_literals(subject.function, subject.goal)
    detail = f"of this one task: {', '.join(found[:4])}; better as parameters with these as defaults" if found else ""
    return Check("literals", not found, detail, _SHOULD)


def _named_well(subject: Subject) -> Check:
    name = subject.draft.name
    if quantity := quantity_in(name):
        return Check("name", False, f"{quantity!r} in the name belongs into a parameter", _SHOULD)
    if noun := task_noun_in(name, subject.goal):
        return Check("name", False, f"{noun!r} in the name speaks of one task", _SHOULD)
    return Check("name", True, name, _SHOULD)


def _apart(subject: Subject) -> Check:
    doc = (ast.get_docstring(subject.function) or "").strip().splitlines()
    close = nearest(subject.draft.name, doc[0] if doc else "", subject.neighbours)
    if not close:
        return Check("distinct", True, f"from {len(subject.neighbours)} neighbours", _SHOULD)
    other = close[0][1]
    shown = other.signature or other.name
    return Check("distinct", False, f"hard to tell from {shown}: say in the first line what is different", _SHOULD)


_LOOKS: tuple[Callable[[Subject], Check], ...] = (
    _typed,
    _documented,
    _shows_examples,
    _reads_as_it_runs,
    _idle_at_import,
    _within_bounds,
    _general,
    _named_well,
    _apart,
)


__all__ = ["Capability", "Check", "Neighbour", "check"]
