"""Weak tests: what speaks against relying on a function's tests, from the tests' text and the evidence beside it."""

import re

from library.errors import SourceError
from library.evidence.evidence import Evidence, evidence_file, read_evidence
from library.source.function import Function
from library.store import Library

FEW = 2  # tests below which there are few
_SOURCE = re.compile(r"# from: (\w+)")


def weakness(library: Library, function: Function, tests: int) -> list[str]:
    """What is weak about the tests of a function, so many of which mention it, a short line each; [] for good ones."""
    found = [f"{tests} test{'s' if tests != 1 else ''}" if tests else "no test"] if tests < FEW else []
    try:
        evidence = read_evidence(library.memory.read(evidence_file(function.name)), function.name)
    except SourceError as error:
        return [*found, error.message]
    sources = _sources(evidence, library.test_texts(function.name))
    if len(sources) == 1:
        found.append(f"nobody but the {next(iter(sources))} says what is right")
    return found + _unnoticed(evidence, function)


def _sources(evidence: Evidence | None, tests: list[str]) -> set[str]:
    """Who said what the function should give: the person, the goal, the model."""
    shown = {one.source for one in evidence.results} if evidence else set[str]()
    return shown | {match[1] for text in tests for match in _SOURCE.finditer(text)}


def _unnoticed(evidence: Evidence | None, function: Function) -> list[str]:
    if evidence is None:
        return []
    if evidence.digest != function.digest:
        return ["judged in an earlier version"]
    found: list[str] = []
    if surviving := list(evidence.surviving):
        more = f", and {len(surviving) - 1} more" if len(surviving) > 1 else ""
        found.append(
            f"{evidence.mutants - evidence.killed} of {evidence.mutants} small changes would not be noticed: "
            f"{surviving[0]}{more}"
        )
    if evidence.characterisation and not evidence.results:
        found.append("its tests were made from its own code")
    return found
