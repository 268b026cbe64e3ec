"""Judging: whether an example holds, found out where the draft cannot have a say.

The draft's process only calls the function and tells the results as data (sandbox/inside/described.py). What is
expected is evaluated, and compared, in another process that has Python's own library and the library as saved, but not
the draft. Where that cannot be said without a class of the draft's own, the draft's own `==` decides, and it is told.
"""

import ast
import json
import marshal
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from library.examples.as_test import is_asynchronous, spelt
from library.examples.example import Example, called
from library.examples.implied_imports import free_names
from library.examples.known_names import import_of, imports_for, without_modules
from library.sandbox import Job, JobOutcome, Sandbox
from library.source.closure import running
from library.source.function import parse
from library.source.imports import imported
from library.source.syntax_tree import expression

NEXT = "_coder_next"
KEPT = "_coder_kept"
_HEAD = f"""
def {KEPT}(value, _all=[]):
    if hasattr(type(value), "__next__"):
        value = [*__import__("itertools").islice(value, 10001)]
        _all.append(iter(value))
        return iter(value)
    _all.append(value)
    return value
"""
Word = Literal["yes", "no", "open", "unknown"]
Bring = Callable[[str], str]


@dataclass(frozen=True)
class SplitExample:
    """An example taken apart.

    Attributes:
        parts: what the draft's process evaluates: the calls of the function, as they stand in the example.
        call: the example with `_coder_next()` in the place of each part.
        expected: what should come out; None if `call` has to be true.
        whole: the example's call, as one part.
        loose: a part stands in a comprehension or the like, so that the whole must be evaluated to come by them.
    """

    example: Example
    parts: tuple[str, ...]
    call: str
    expected: str | None
    whole: str
    loose: str = ""

    def job(self, setup: str, bring: Bring) -> Job:
        """What the draft's process has to do."""
        if self.loose:
            return _job(setup, _HEAD, f"({self.loose}, tuple({KEPT}.__defaults__[0]))[1]", bring)
        return _job(setup, "", "".join(("(", *(f"{part}, " for part in self.parts), ")")), bring)


@dataclass(frozen=True)
class Judged:
    """Whether an example holds.

    Attributes:
        ok: it does.
        got: what came out, as Python; or what went wrong.
        expected: what should, as Python, where it had to be worked out.
        own: the draft's own `==`, `<` and so on have decided.
    """

    ok: bool
    got: str
    expected: str = ""
    own: bool = False


def _job(setup: str, code: str, expression: str, bring: Bring) -> Job:
    """Evaluate an expression beside a draft; `bring` adds what it takes for granted without putting it there."""
    if is_asynchronous(expression):
        tree = _tree(expression)
        lines = [f"    {line}\n" for line in imports_for(tree, names_of(setup))]
        body = f"\nasync def _coder_part():\n{''.join(lines)}    return {ast.unparse(tree)}\n"
        expression = "__import__('asyncio').run(_coder_part())"
        return Job(setup=setup, code=code + body, expression=expression, data=True)
    return Job(setup=setup, code=code, expression=bring(expression), data=True)


def take_apart(example: Example, name: str, taken: Collection[str] = (), *, awaited: bool = False) -> SplitExample:
    """The calls of the function, and what is around them.

    Args:
        example: one that expects no exception.
        name: the function.
        taken: names that the draft defines.
        awaited: it is a coroutine function.
    """
    text, expected = example.call, None if example.condition else example.expected
    other = expression(expected or "")
    if other is not None and name in called(other):
        text, expected = f"({text}) == ({expected})", None
    whole = _plain(spelt(text, name, awaited=awaited), taken)
    finder = _Parts(name)
    changed = finder.visit(_tree(whole))
    if not finder.parts or is_asynchronous(whole):
        return SplitExample(example, (whole,), f"{NEXT}()", expected, whole)
    loose = ""
    if finder.loose:
        loose = ast.unparse(ast.fix_missing_locations(_Parts(name, keep=True).visit(_tree(whole))))
    call = ast.unparse(ast.fix_missing_locations(changed))
    return SplitExample(example, tuple(finder.parts), call, expected, whole, loose)


def _tree(text: str) -> ast.expr:
    return ast.parse(text.strip(), mode="eval").body


def _plain(text: str, taken: Collection[str] = ()) -> str:
    """Without the names of modules: `datetime.date(…)` as `date(…)`."""
    tree = expression(text)
    if tree is None:
        return text
    before = ast.dump(tree)
    new = without_modules(tree, taken=taken)
    return text.strip() if ast.dump(new) == before else ast.unparse(new)


class _Parts(ast.NodeTransformer):
    """Puts `_coder_next()` in the place of each call of a function, or keeps what each call gives."""

    def __init__(self, name: str, *, keep: bool = False) -> None:
        self.name, self.keep = name, keep
        self.parts: list[str] = []
        self.loose = False
        self.depth = 0

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not self._is_part(node):
            return self.generic_visit(node)
        self.parts.append(ast.unparse(node))
        self.loose = self.loose or self.depth > 0
        arguments: list[ast.expr] = [node] if self.keep else []
        return ast.Call(ast.Name(KEPT if self.keep else NEXT, ast.Load()), arguments, [])

    def _is_part(self, node: ast.Call) -> bool:
        if isinstance(node.func, ast.Name):
            return node.func.id == self.name
        return ast.unparse(node.func) == "asyncio.run" and self.name in called(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        lazy = isinstance(node, ast.comprehension | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp)
        lazy = lazy or isinstance(node, ast.Lambda | ast.IfExp | ast.NamedExpr)
        lazy = lazy or (isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or))
        self.depth += lazy and not self._only_first(node)
        try:
            return super().generic_visit(node)
        finally:
            self.depth -= lazy and not self._only_first(node)

    def _only_first(self, node: ast.AST) -> bool:
        """A comprehension whose only part is what it goes through: evaluated once, and first."""
        if not isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp | ast.comprehension):
            return False
        if isinstance(node, ast.comprehension):
            return not any(self.name in called(one) for one in node.ifs)
        rest = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        rest += [one.iter for one in node.generators[1:]] + [test for one in node.generators for test in one.ifs]
        return not any(self.name in called(one) for one in rest)


def runnable(examples: Sequence[Example], name: str, setup: str, *, awaited: bool) -> list[Example]:
    """Examples whose calls can be evaluated after a draft.

    Args:
        examples: as they are written.
        name: the function.
        setup: the draft, and what it needs.
        awaited: it is a coroutine function.
    """
    taken = _defined(setup)
    return [replace(one, call=_plain(spelt(one.call, name, awaited=awaited), taken)) for one in examples]


def names_of(setup: str) -> frozenset[str]:
    """Names that a text binds: its definitions and its imports."""
    parsed = parse(setup, "the draft")
    return frozenset(parsed.definitions) | {item.bound for piece in parsed.importers for item in imported(piece)}


@dataclass(frozen=True)
class Judge:
    """Judges the results of one draft.

    Args:
        sandbox: where all is evaluated.
        library: text of the library as saved.
        setup: the draft, and what it needs, as its own process has it.
        name: the function.
        bring: an expression with what it takes for granted and the draft does not have.
        awaited: it is a coroutine function.
    """

    sandbox: Sandbox
    library: str
    setup: str
    name: str
    bring: Bring
    awaited: bool = False

    @cached_property
    def bound(self) -> frozenset[str]:
        """Names that the draft's process has."""
        return names_of(self.setup)

    def jobs(self, examples: Sequence[Example]) -> list[Job]:
        """What the draft's process has to do for each example."""
        return [self._job(example) for example in examples]

    def _job(self, example: Example) -> Job:
        if example.raises:
            call = _plain(spelt(example.call, self.name, awaited=self.awaited), _defined(self.setup))
            return _job(self.setup, "", call, self.bring)
        asked = take_apart(example, self.name, _defined(self.setup), awaited=self.awaited)
        return asked.job(self.setup, self.bring)

    def judged(self, examples: Sequence[Example], outcomes: Sequence[JobOutcome]) -> list[Judged | None]:
        """Whether each example holds, by the outcome of its job; None for one whose job failed, or that should fail."""
        found: list[Judged | None] = [None] * len(examples)
        open_ones = [at for at, one in enumerate(examples) if not one.raises and outcomes[at].ok]
        asked = {
            at: take_apart(examples[at], self.name, _defined(self.setup), awaited=self.awaited) for at in open_ones
        }
        values = {at: _parts_of(outcomes[at].data) for at in open_ones}
        own = {at for at in open_ones if self._needs_draft(asked[at])}
        said = self._decided([(at, asked[at], values[at]) for at in open_ones if at not in own], own=False)
        said |= self._decided([(at, asked[at], values[at]) for at in sorted(own)], own=True)
        for at in open_ones:
            found[at] = self._settled(asked[at], said[at], outcomes[at], own=at in own)
        return found

    def _needs_draft(self, asked: SplitExample) -> bool:
        """What is around the calls, or expected, has a name that only the draft can explain."""
        texts = (asked.call, asked.expected or "")
        names = {name for text in texts if (tree := expression(text)) is not None for name in free_names(tree)}
        unknown = {name for name in names if name in self.bound and name not in _defined(self.library)}
        return bool({name for name in unknown if not _importable(name)} - {NEXT, self.name})

    def _decided(self, cases: Sequence[tuple[int, SplitExample, Any]], *, own: bool) -> dict[int, list[str]]:
        if not cases:
            return {}
        data = [{"values": values, "call": asked.call, "expected": asked.expected} for _, asked, values in cases]
        texts = [text for _, asked, _ in cases for text in (asked.call, asked.expected or "")]
        made = decide(self.sandbox, data, self._context(texts, own=own), own=own)
        return {at: said for (at, _, _), said in zip(cases, made, strict=True)}

    def _context(self, texts: Iterable[str], *, own: bool) -> str:
        """The library as saved, as far as the texts use it; with `own` the draft, loaded but never called."""
        if own:
            return self.setup
        return needed_of(self.library, texts, but=self.name)

    def _settled(self, asked: SplitExample, said: list[str], outcome: JobOutcome, *, own: bool) -> Judged:
        word, got, expected, why = said
        if word == "open":
            return self._by_the_draft(asked, outcome)
        if word == "unknown":
            return Judged(False, f"{got}; what is expected cannot be worked out: {why}")
        whole = got if not why else f"{got}; {why}"
        return Judged(word == "yes", whole, expected, own=own)

    def _by_the_draft(self, asked: SplitExample, outcome: JobOutcome) -> Judged:
        """What cannot be told apart without the draft: first the whole call there, then the comparison too."""
        shown = outcome.value.removeprefix("(").removesuffix(",)")
        if asked.expected is None:
            made = self.sandbox.run([_job(self.setup, "", f"bool({asked.whole})", self.bring)])[0]
            return Judged(made.ok and made.data is True, shown, own=True)
        made = self.sandbox.run([_job(self.setup, "", asked.whole, self.bring)])[0]
        again = replace(asked, call=f"{NEXT}()")
        said = self._decided([(0, again, [made.data])], own=False)[0] if made.ok else ["no", made.message, "", ""]
        if said[0] != "open":
            return Judged(said[0] == "yes", said[1], said[2])
        if not self._needs_draft(asked):
            return Judged(False, made.value or shown)
        both = _job(self.setup, "", f"bool(({asked.whole}) == ({asked.expected}))", self.bring)
        last = self.sandbox.run([both])[0]
        return Judged(last.ok and last.data is True, made.value or shown, own=True)


def _parts_of(data: Any) -> list[Any]:
    """The results that a job has told, one a part."""
    match data:
        case ["tuple", [*parts]]:
            return parts
        case _:
            return [data]


def needed_of(library: str, texts: Iterable[str], but: str = "") -> str:
    """What of the library these expressions use."""
    there = _defined(library)
    trees = [tree for text in texts if (tree := expression(text)) is not None]
    names = {name for tree in trees for name in free_names(tree)} & there - {but}
    return running(parse(library), sorted(names)) if names else ""


@lru_cache(maxsize=16)
def _defined(library: str) -> frozenset[str]:
    return frozenset(parse(library).definitions)


def _importable(name: str) -> bool:
    return bool(import_of(name, name))


def decide(
    sandbox: Sandbox, cases: Sequence[Mapping[str, Any]], context: str = "", *, own: bool = False
) -> list[list[str]]:
    """What `judge_inside.decide` says of cases, all in one process; in one each if that fails.

    Args:
        sandbox: where.
        cases: as there.
        context: definitions that they need.
        own: they are a draft's, which may not say what `Fraction` is.
    """
    try:
        job = _judge_job(cases, context, own=own)
    except RecursionError:  # no honest result is nested so deeply
        made = JobOutcome(False, message="the result is nested too deeply")
    else:
        made = sandbox.run([job])[0]
    said = _said(made, len(cases))
    if said is not None:
        return said
    if len(cases) == 1:
        return [["unknown", "", "", f"{made.error}: {made.message}".strip(": ")]]
    return [decide(sandbox, [case], context, own=own)[0] for case in cases]


def _judge_job(cases: Sequence[Mapping[str, Any]], context: str, *, own: bool) -> Job:
    taken = _defined(context)
    plain = [{**case, **{key: _plain_or(case[key], taken) for key in ("call", "expected")}} for case in cases]
    trees = [tree for case in plain for text in (case["call"], case["expected"]) if (tree := expression(text or ""))]
    bound = {NEXT} | {name for name in taken if not (own and _importable(name))}
    lines = sorted({line for tree in trees for line in imports_for(tree, bound)})
    told = json.dumps(plain)
    head = "".join(f"{line}\n" for line in (*lines, *_needs_import(told)))
    mark = f"_coder_{secrets.token_hex(4)}"
    made = f"{mark} = {{}}\nexec(__import__('marshal').loads({_inside()!r}), {mark})\n"
    code = f"{head}{made}pytest = {mark}['Pytest']\napprox = pytest.approx\n"
    return Job(setup=context, code=code, expression=f"{mark}['decide']({told!r}, globals())", data=True)


def _plain_or(text: str | None, taken: Collection[str]) -> str | None:
    return None if text is None else _plain(text, taken)


def _needs_import(text: str) -> Iterator[str]:
    """Modules of the types that have been told: loaded before, so that the values can be made again."""
    yield "import json as _coder_json, typing as _coder_typing"  # once for all later jobs
    for name in ("collections", "datetime", "decimal", "fractions", "ipaddress", "pathlib", "re", "uuid", "zoneinfo"):
        if f'"{name}.' in text:
            yield f"import {name} as _coder_{name}"


def _said(outcome: JobOutcome, count: int) -> list[list[str]] | None:
    match outcome.data:
        case ["list", [*rows]] if outcome.ok and len(rows) == count:
            return [[str(text) for text in row[1]] for row in rows]
        case _:
            return None


@cache
def _inside() -> bytes:
    """What compares, compiled: the sandbox runs the same Python."""
    here = Path(__file__).parent
    text = (here / "same_value.py").read_text("utf-8") + "\n" + (here / "judge_inside.py").read_text("utf-8")
    return marshal.dumps(compile(text, "<judge>", "exec", dont_inherit=True))
