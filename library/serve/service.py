"""Served: a library's functions offered to other programs, called with JSON and run in the sandbox, never here."""

import secrets
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from library.execution.pool import SandboxPool
from library.sandbox import Job, Limits, Sandbox
from library.serve.json_type import NotInJson
from library.serve.result import SAY, CallResult, read_answer
from library.serve.schema import Misfit, Schema, schema_of
from library.source.closure import running
from library.source.function import Function, Parsed, parse
from library.source.incremental import reparse
from library.source.statements import Piece
from library.store import Library
from library.suite.suite import Suite, example_of, is_test
from memory.errors import RefusedInput

WORKERS = 4  # calls at the same time; each has a zygote of its own, started when it is first needed
LIMITS = Limits(cpu_s=10, wall_s=20.0, output_kb=2048)
_NAME_CHARS, _TEXT_CHARS = 64, 4000


@dataclass(frozen=True)
class Offer:
    """One function as others see it: its schema, and what it does in words with one example."""

    name: str
    title: str
    description: str
    schema: Schema


class LibraryService:
    """The public functions of one library, as they were when last looked at.

    One thread looks (`refresh`); any thread may call. Nothing of the library is ever run outside the sandbox.

    Args:
        library: where they live.
        names: only these; all public ones if empty.
        level: of the sandbox.
        limits: of each call.
    """

    def __init__(
        self, library: Library, names: Collection[str] = (), *, level: str = "best", limits: Limits = LIMITS
    ) -> None:
        self.library = library
        self.names = frozenset(names)
        self._crew = SandboxPool(lambda: Sandbox(limits, level=level), WORKERS)
        self._state: tuple[int, int] | None = None
        self._parsed = Parsed(())
        self._kept: dict[Function, Offer | str] = {}
        self._setups: dict[str, str] = {}
        self.offers: dict[str, Offer] = {}
        self.left_out: dict[str, str] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Look at library.py again if it has changed; True if what is offered is different now.

        While library.py cannot be parsed the functions stay as they were last good.
        """
        state = _state(self.library)
        if state == self._state:
            return False
        source = self.library.good_source()
        self._state = state
        if source == self._parsed.source and self.offers:
            return False
        before = self.offers
        parsed = reparse(self._parsed, source) if self._parsed.pieces else parse(source)
        if _types(parsed) != _types(self._parsed):
            self._kept = {}
        self._parsed, self._setups = parsed, {}
        self._look(parsed)
        return before != self.offers

    def warm(self) -> Future[str]:
        """Begin to start a sandbox; the result tells how safe it is, or raises SandboxError."""
        names = [line for line in self._parsed.imports if not line.startswith("from __future__")]
        names += ["import asyncio"] if any(offer.schema.waits for offer in self.offers.values()) else []
        # Naming them is enough for the zygote to load those that belong to Python; nothing is imported by this job.
        job = Job(setup="\n    ".join(["if 0:", "import json", *names]))

        def start(sandbox: Sandbox) -> str:
            sandbox.run([job])
            return sandbox.level.text

        return self._crew.submit(start)

    def submit(self, name: str, arguments: Mapping[str, Any]) -> Future[CallResult]:
        """Call a function; the answer comes later. Wrong arguments and errors of the function are answers too.

        Raises:
            RefusedInput: nothing of that name is offered.
        """
        offer = self.offers.get(name)
        if offer is None:
            why = self.left_out.get(name, "")
            raise RefusedInput(f"There is no function {name!r} here.", why)
        try:
            call = offer.schema.call(arguments)
        except Misfit as problem:
            done: Future[CallResult] = Future()
            done.set_result(CallResult(False, f"{name}: {problem.message}"))
            return done
        if name not in self._setups:
            self._setups[name] = running(self._parsed, [name])
        schema, mark = offer.schema, secrets.token_hex(8)
        job = Job(setup=self._setups[name], code=SAY, expression=f"__coder_say__({mark!r}, {call})")
        return self._crew.submit(lambda sandbox: read_answer(sandbox.run([job])[0], mark, schema))

    def call(self, name: str, arguments: Mapping[str, Any]) -> CallResult:
        """As `submit`, waiting for the answer."""
        return self.submit(name, arguments).result()

    def close(self) -> None:
        """End the sandboxes."""
        self._crew.close()

    # -- inside

    def _look(self, parsed: Parsed) -> None:
        tests = _tests_by_function(self.library)
        kept: dict[Function, Offer | str] = {}
        for function in parsed.functions:
            if not function.public or (self.names and function.name not in self.names):
                continue
            kept[function] = self._kept.get(function) or _offer(function, parsed, tests.get(function.name, []))
        self._kept = kept
        self.offers = {function.name: offer for function, offer in kept.items() if isinstance(offer, Offer)}
        self.left_out = {function.name: why for function, why in kept.items() if isinstance(why, str)}
        missing = sorted(self.names - {function.name for function in kept})
        self.left_out |= {name: f"the library has no public function {name!r}" for name in missing}


def _state(library: Library) -> tuple[int, int]:
    """When the file was written, and its size; it is read again only when these change."""
    try:
        found = library.path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _types(parsed: Parsed) -> list[str]:
    """The texts in which the types of a signature may be defined."""
    return [piece.text for piece in parsed.pieces if piece.kind in ("class", "other")]


def _tests_by_function(library: Library) -> dict[str, list[Piece]]:
    """The tests named `test_<function>__...`, each under its function."""
    found: dict[str, list[Piece]] = {}
    try:
        pieces = parse(library.tests(), "the tests").pieces
    except RefusedInput:
        return found
    for piece in pieces:
        if is_test(piece) and piece.kind == "function" and "__" in piece.name.removeprefix("test_"):
            found.setdefault(piece.name.removeprefix("test_").rsplit("__", 1)[0], []).append(piece)
    return found


def _offer(function: Function, parsed: Parsed, tests: list[Piece]) -> Offer | str:
    """What is offered, or why it is left out."""
    if not function.name.isascii() or len(function.name) > _NAME_CHARS:
        return "its name is not ASCII or too long for a tool"
    try:
        schema = schema_of(function, parsed)
    except NotInJson as problem:
        return problem.message
    except RecursionError:
        return "its types are nested too deep"
    return Offer(function.name, function.summary or function.name, _description(function, tests), schema)


def _description(function: Function, tests: list[Piece]) -> str:
    """The docstring, and an example if it shows none itself."""
    text = "\n".join(line.strip() if not line.strip() else line.rstrip() for line in function.doc.strip().splitlines())
    text = text or function.signature
    if ">>>" not in text and (example := example_of(Suite(Parsed(tuple(tests))), function.name)):
        text = f"{text}\n\nExample: {example}"
    return text if len(text) <= _TEXT_CHARS else text[: _TEXT_CHARS - 1] + "…"
