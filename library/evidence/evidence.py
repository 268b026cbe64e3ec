"""Evidence: why a function was let in, as a file beside the library that people can read: evidence/NAME.json. Pure."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, cast, get_args

from library.errors import SourceError
from library.examples.example import Example, Source, read_error
from memory.errors import RefusedInput
from memory.json_values import from_text

FOLDER = "evidence"
LICENCES = f"{FOLDER}/licences"  # the texts of those under which functions came here, which most of them ask to be kept
VERSION = 1


@dataclass(frozen=True)
class Shown:
    """One call that was judged: what was expected, what came out, who said so and when."""

    call: str
    expected: str
    got: str
    ok: bool
    source: str
    when: str = ""

    @property
    def example(self) -> Example:
        """What it was judged by; whoever is not among those that say examples now counts as the model."""
        raises, expected = self.expected.startswith("raises "), self.expected.removeprefix("raises ")
        name, message = (raises and read_error(expected)) or (expected, "")
        source = cast(Source, self.source if self.source in get_args(Source) else "model")
        return Example(self.call, name, raises, source, self.when, message)


@dataclass(frozen=True)
class Stamp:
    """When something was judged (ISO date-time in UTC), and by what: {"python": "3.11.7", "coder": "0.1.0", ...}."""

    when: str
    versions: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Evidence:
    """What was known of a function when it was saved.

    Attributes:
        name: of the function.
        digest: its content hash (library.function.digest), so that evidence of another version is noticed.
        when: ISO date-time in UTC of the verdict.
        results: the examples.
        asked: questions that were put to the person, with the answer: "parse('') -> 0", "parse(' ') -> don't care".
        checks: the layers, each {"name", "ok", "detail", "must"}.
        mutants: how many slips were tried; those that give the same on every input tried are not counted.
        killed: how many of them the examples tell from the function.
        surviving: those that no example tells apart, in words.
        capabilities: what it reaches for, which the person has accepted.
        tests: names of its tests that passed.
        seconds: that the judgement took.
        versions: of Python, of coder, of the sandbox's level.
        characterisation: tests were made from the finished code; they admit nothing, they only notice change.
        accepted: who let it in: "the person", "nobody was there (--yes)".
        origin: where it was imported from, under which licence and whose it is; "" if it was written here.
        licence: the file that holds the text of that licence; "" if there was none.
        searched: what was looked for before it was written, and what came of it: "new: 2 looked at (a, b), ...".
        unchecked: what was not checked, and why, a line each.
    """

    name: str
    digest: str
    when: str
    results: tuple[Shown, ...] = ()
    asked: tuple[str, ...] = ()
    checks: tuple[dict[str, Any], ...] = ()
    mutants: int = 0
    killed: int = 0
    surviving: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    seconds: float = 0.0
    versions: dict[str, str] = field(default_factory=dict[str, str])
    characterisation: tuple[str, ...] = ()
    accepted: str = ""
    origin: str = ""
    licence: str = ""
    searched: str = ""
    unchecked: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """Share of the mutants that the examples kill; 1.0 when there is none that could be told apart."""
        return self.killed / self.mutants if self.mutants else 1.0

    def to_json(self) -> dict[str, Any]:
        """As data."""
        return {"version": VERSION, **asdict(self)}

    @property
    def examples(self) -> tuple[Example, ...]:
        """What people and goals have said, to be asked of the next version of the function as well."""
        return tuple(one for one in self.shown_examples if one.source in ("person", "goal"))

    @property
    def shown_examples(self) -> tuple[Example, ...]:
        """All examples that held, whoever said them."""
        return tuple(one.example for one in self.results if one.ok)

    @property
    def text(self) -> str:
        """As the file: one thing a line, so that a diff shows what is new."""
        return json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n"

    @property
    def lines(self) -> list[str]:
        """For people, as `coder library show NAME` prints it."""
        day = self.when[:10] or "an unknown day"
        by = f", accepted by {self.accepted}" if self.accepted else ""
        versions = ", ".join(f"{k} {v}" for k, v in self.versions.items())
        found = [f"Judged on {day} in {self.seconds:.1f} s ({versions}){by}"]
        found += [f"  from {self.origin}"] if self.origin else []
        found += [f"  {self.searched}"] if self.searched else []
        for shown in self.results:
            mark = "ok " if shown.ok else "NOT"
            when = f", {shown.when[:10]}" if shown.when else ""
            found.append(f"  {mark} {shown.call} -> {shown.got}   (said by {shown.source}{when})")
            if not shown.ok:
                found.append(f"      expected {shown.expected}")
        found += [f"  asked {line}" for line in self.asked]
        if self.mutants:
            found.append(
                f"  {self.killed} of {self.mutants} small changes to the code would be noticed by these examples"
            )
        found += [f"    not noticed: {line}" for line in self.surviving[:5]]
        if len(self.surviving) > 5:
            found.append(f"    and {len(self.surviving) - 5} more")
        found += [
            f"  remark: {one.get('name', '')}: {one.get('detail', '')}"
            for one in self.checks
            if not one.get("ok", True)
        ]
        if self.capabilities:
            found.append(f"  may use: {', '.join(self.capabilities)}")
        if self.tests:
            found.append(f"  tests: {', '.join(self.tests)}")
        if self.characterisation:
            found.append(f"  made from the code, so they prove nothing: {', '.join(self.characterisation)}")
        found += [f"  not checked: {line}" for line in self.unchecked]
        return found


def evidence_file(name: str) -> str:
    """Where the evidence of a function lies, relative to the library's folder."""
    return f"{FOLDER}/{name}.json"


def read_evidence(text: str, name: str = "") -> Evidence | None:
    """The evidence in a file's text; None for an empty one. Fields that are not known are passed over.

    Raises:
        SourceError: it is no evidence.
    """
    if not text.strip():
        return None
    try:
        return from_text(Evidence, text, f"{evidence_file(name or 'NAME')} is no evidence")
    except RefusedInput as error:
        raise SourceError(error.message, "Take the file back from git, or save the function anew.") from None
