"""An origin's functions as drafts with their examples and tests, in the order of their need. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from library.draft.draft import Draft
from library.editing.rename import rename_names
from library.errors import SourceError
from library.examples.docstring_examples import examples_in
from library.examples.example import Example
from library.exchange.dependencies import Gathered, Sources
from library.exchange.origin import Origin
from library.exchange.test_selection import carried
from library.source.function import Parsed, parse


@dataclass(frozen=True)
class Candidate:
    """One function that may be brought in.

    Attributes:
        name: the function.
        module: where it stands.
        draft: its code, and its tests once they are carried; None where `problem` says why there is none.
        examples: out of its docstring.
        needs: functions of the same origin that must be brought in before.
        renamed: what it needs and what is private from now on: (old, new).
        tests: names of the origin's tests that come along.
        left: those that cannot, each with the reason.
        problem: why it cannot be a draft; "" if it can.
    """

    name: str
    module: str
    draft: Draft | None = None
    examples: tuple[Example, ...] = ()
    needs: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    tests: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    problem: str = ""


def candidates(
    origin: Origin, names: Collection[str] = (), when: str = "", library: Parsed | None = None
) -> list[Candidate]:
    """What an origin has to offer; what a function needs comes before it.

    Args:
        origin: where they are.
        names: only these, and what they need; all public functions if empty.
        when: ISO date-time for the examples.
        library: where they are to go. What it has another function for cannot be called there: it comes along as a
            private helper of those that need it.

    Raises:
        SourceError: one of the names is not among its public functions.
    """
    sources = Sources(origin.modules)
    places, problems = _places(origin, sources)
    unknown = sorted(set(names) - places.keys())
    if unknown:
        there = ", ".join(sorted(places)[:20]) or "none"
        raise SourceError(f"{origin.name} has no public function {', '.join(unknown)}.", f"It has: {there}.")
    found: dict[str, Candidate] = {}
    stop = {
        (module, name) for name, module in places.items() if library is None or _same(name, module, origin, library)
    }
    for name in sorted(names) or places:
        _visit(name, origin, sources, places, stop, found, when)
    return [*found.values(), *problems]


def _same(name: str, module: str, origin: Origin, library: Parsed) -> bool:
    """The library has no other function of this name: none, this very one, or one that came from here."""
    there = library.get(name)
    if there is None:
        return name not in library.names
    own = parse(origin.modules[module], module).get(name)
    return _mark(origin, module) in there.source or (own is not None and own.digest == there.digest)


def _places(origin: Origin, sources: Sources) -> tuple[dict[str, str], list[Candidate]]:
    """The module of each public function, and what cannot be read or is there twice."""
    places: dict[str, str] = {}
    problems: list[Candidate] = []
    for module in origin.wanted:
        try:
            functions = sources.parsed(module).functions
        except SourceError as error:
            problems.append(Candidate(f"{module} (the whole file)", module, problem=error.message))
            continue
        for function in functions:
            if not function.public or function.name.startswith("test_"):
                continue
            other = places.setdefault(function.name, module)
            if other != module:
                problem = f"{other} has a function of this name too, which is taken"
                problems.append(Candidate(function.name, module, problem=problem))
    return places, problems


def _visit(
    name: str,
    origin: Origin,
    sources: Sources,
    places: dict[str, str],
    stop: Collection[tuple[str, str]],
    found: dict[str, Candidate],
    when: str,
) -> None:
    if name in found:
        return
    module = places[name]
    found[name] = Candidate(name, module)  # so that two that need each other do not go on for ever
    try:
        gathered = sources.gather(module, name, stop)
        mutual = [need for need in gathered.needs if need in found and _open(found[need])]
        if mutual:
            raise SourceError(f"it and {', '.join(mutual)} need each other")
        for need in gathered.needs:
            _visit(need, origin, sources, places, stop, found, when)
        made = _candidate(name, module, gathered, origin, when)
    except SourceError as error:
        made = Candidate(name, module, problem=error.message)
    del found[name]  # after what it needs
    found[name] = made


def _open(candidate: Candidate) -> bool:
    """It is being made at this moment."""
    return candidate.draft is None and not candidate.problem


def _candidate(name: str, module: str, gathered: Gathered, origin: Origin, when: str) -> Candidate:
    new = {old: f"_{old}" for old in _public_others(gathered.code, name)}
    code = _marked(rename_names(gathered.code, new), name, origin, module)
    doc = next(function.doc for function in parse(code).functions if function.name == name)
    examples = tuple(_renamed(example, new) for example in examples_in(doc, name, "origin", when))
    return Candidate(name, module, Draft(name, code), examples, gathered.needs, tuple(new.items()))


def with_tests(candidate: Candidate, origin: Origin, known: Collection[str]) -> Candidate:
    """A candidate with a draft, with those of its origin's tests that can come along.

    What they need beside the functions of the origin that are `known` to the library by now keeps them away.
    """
    assert candidate.draft is not None
    parts = [
        carried(text, candidate.name, origin.modules, {candidate.name, *known}, candidate.module)
        for text in origin.tests
    ]
    text = "\n\n\n".join(part.text for part in parts if part.text)
    return replace(
        candidate,
        draft=replace(candidate.draft, tests=rename_names(text, dict(candidate.renamed)) + "\n" if text else ""),
        tests=tuple(name for part in parts for name in part.names),
        left=tuple(left for part in parts for left in part.left),
    )


def _public_others(code: str, name: str) -> list[str]:
    """Public functions and classes beside the one that is meant: a draft has one."""
    pieces = parse(code, "the draft").pieces
    found = [piece.name for piece in pieces if piece.kind in ("function", "class") and piece.name != name]
    return list(dict.fromkeys(one for one in found if not one.startswith("_")))


def _renamed(example: Example, names: Mapping[str, str]) -> Example:
    """The example with the new names in its call and in its result, which shows the classes of its module."""
    if not names:
        return example
    if example.raises:
        last = example.expected.rsplit(".", 1)[-1]
        example = replace(example, expected=names[last]) if last in names else example
    try:
        expected = example.expected if example.raises else rename_names(example.expected, names)
        return replace(example, call=rename_names(example.call, names), expected=expected)
    except SourceError:
        return example


def under_names(candidate: Candidate, names: Mapping[str, str]) -> Candidate:
    """A candidate with a draft, with the new name for each of these that it brings beside its function."""
    assert candidate.draft is not None
    code, tests = rename_names(candidate.draft.code, names), candidate.draft.tests
    return replace(
        candidate,
        draft=replace(candidate.draft, code=code, tests=rename_names(tests, names)),
        examples=tuple(_renamed(example, names) for example in candidate.examples),
        renamed=(*candidate.renamed, *names.items()),
    )


def _mark(origin: Origin, module: str) -> str:
    where = ", ".join(dict.fromkeys((origin.name, origin.files[module])))
    return f"# from: {where}; licence: {origin.licence}"


def _marked(code: str, name: str, origin: Origin, module: str) -> str:
    """The code with a comment above the function that says where it comes from and under which licence."""
    parsed = parse(code, "the draft")
    mark = f"{_mark(origin, module)}\n"
    texts = [
        piece.gap + (mark if piece.kind == "function" and piece.name == name else "") + piece.text
        for piece in parsed.pieces
    ]
    return "".join(texts) + parsed.tail
