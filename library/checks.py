"""Static checks of a draft: what can be said of its text before anything runs, a line each. Pure."""

import ast
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from library.capabilities import Capability, capabilities
from library.doc_examples import examples_in
from library.draft import Draft
from library.errors import SourceError
from library.inputs import find_function
from library.naming import Neighbour, nearest, quantity_in, task_literals, task_noun_in
from library.tree import read_tree

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
# Calls that may stand at the top of a module: they only make a value out of their arguments.
_MAKERS_WORDS = """
    re.compile frozenset set dict list tuple range str int float bool bytes object complex sorted len min max
    sum enumerate zip map filter reversed abs round ord chr repr slice type str.maketrans namedtuple
    collections.namedtuple typing.TypeVar TypeVar typing.NewType NewType NamedTuple TypedDict ParamSpec Decimal
    decimal.Decimal Fraction fractions.Fraction field dataclasses.field MappingProxyType types.MappingProxyType
    timedelta datetime.timedelta date datetime.date datetime.datetime datetime.time defaultdict
    collections.defaultdict Counter collections.Counter OrderedDict collections.OrderedDict deque
    collections.deque itemgetter operator.itemgetter attrgetter operator.attrgetter methodcaller partial
    functools.partial struct.Struct Struct Enum enum.Enum auto enum.auto dict.fromkeys math.sqrt math.log
    math.radians string.Template Template logging.getLogger getLogger timezone datetime.timezone ContextVar
    contextvars.ContextVar cast typing.cast Context decimal.Context
"""
_MAKERS = frozenset(_MAKERS_WORDS.split())
_DECORATORS_WORDS = """
    cache functools.cache lru_cache functools.lru_cache wraps functools.wraps dataclass dataclasses.dataclass
    staticmethod classmethod property overload typing.overload total_ordering functools.total_ordering
    contextmanager contextlib.contextmanager cached_property functools.cached_property singledispatch
    functools.singledispatch final typing.final override typing.override abstractmethod abc.abstractmethod
    unique enum.unique runtime_checkable typing.runtime_checkable
"""
_DECORATORS = frozenset(_DECORATORS_WORDS.split())
_MUST, _SHOULD = True, False


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

    def to_json(self) -> dict[str, Any]:
        """As data for the journal."""
        return asdict(self)


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


def check(
    draft: Draft, neighbours: Sequence[Neighbour] = (), goal: str = "", accepted: Collection[str] = ()
) -> tuple[Check, ...]:
    """Every static check of a draft, in the order in which a person reads them; never raises for what the draft is.

    Args:
        draft: what was written.
        neighbours: the nearest functions of the library.
        goal: the words it was written for.
        accepted: capabilities that the person allows this function, by name.
    """
    try:
        tree = read_tree(draft.code, "the draft")
        found = capabilities(draft.code)
    except SourceError as error:
        return (Check("parses", False, error.message),)
    public = _public(tree)
    parses = Check("parses", True, f"{len(draft.code.splitlines())} lines")
    function = find_function(tree, draft.name)
    if function is None or public != [draft.name]:
        there = ", ".join(public) or "none"
        return (parses, Check("one public function", False, f"it should be {draft.name!r} alone; there is: {there}"))
    subject = Subject(draft, tree, function, tuple(neighbours), goal, frozenset(accepted), found)
    return (parses, Check("one public function", True, draft.name), *(look(subject) for look in _LOOKS))


def _public(tree: ast.Module) -> list[str]:
    names = [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    return list(dict.fromkeys(name for name in names if not name.startswith("_")))


def _typed(subject: Subject) -> Check:
    arguments = subject.function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
    bare = [argument.arg for argument in every if argument.annotation is None]
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


def _idle_at_import(subject: Subject) -> Check:
    work = [f"line {line}: {what}" for line, what in _work(subject.tree.body)]
    return Check("no work at import", not work, "; ".join(work[:3]))


def _within_bounds(subject: Subject) -> Check:
    refused = [found for found in subject.capabilities if found.name not in subject.accepted]
    names = list(dict.fromkeys(found.name for found in refused))
    if refused:
        shown = "; ".join(found.text for found in refused[:4])
        return Check("capabilities", False, f"it reaches for {', '.join(names)}, which nobody allowed: {shown}")
    used = sorted({found.name for found in subject.capabilities})
    return Check("capabilities", True, f"allowed: {', '.join(used)}" if used else "none")


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
        return Check("told apart", True, f"from {len(subject.neighbours)} neighbours", _SHOULD)
    other = close[0][1]
    shown = other.signature or other.name
    return Check("told apart", False, f"hard to tell from {shown}: say in the first line what is different", _SHOULD)


_LOOKS: tuple[Callable[[Subject], Check], ...] = (
    _typed,
    _documented,
    _shows_examples,
    _idle_at_import,
    _within_bounds,
    _general,
    _named_well,
    _apart,
)


def _work(body: Sequence[ast.stmt], inside: str = "") -> Iterator[tuple[int, str]]:
    """Statements that do something when the module is imported, beyond defining things."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _work_of_definition(node)
        elif isinstance(node, ast.ClassDef):
            yield from _strange_decorators(node)
            yield from _work(node.body, node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            yield from _strange_calls(node.value)
        elif isinstance(node, ast.Try):
            imports = all(isinstance(n, ast.Import | ast.ImportFrom) for n in node.body)
            yield from _work(
                [*(() if imports else node.body), *(n for h in node.handlers for n in h.body), *node.orelse]
            )
        elif isinstance(node, ast.If):
            yield from _strange_calls(node.test)
            yield from _work([*node.body, *node.orelse])
        elif not _is_idle(node):
            yield node.lineno, ast.unparse(node).split("\n")[0][:60]


def _is_idle(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Pass | ast.Delete | getattr(ast, "TypeAlias", ast.Pass))


def _work_of_definition(node: FunctionNode) -> Iterator[tuple[int, str]]:
    yield from _strange_decorators(node)
    for default in [*node.args.defaults, *node.args.kw_defaults]:
        yield from _strange_calls(default)


def _strange_decorators(node: FunctionNode | ast.ClassDef) -> Iterator[tuple[int, str]]:
    for decorator in node.decorator_list:
        name = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if name not in _DECORATORS and not name.endswith((".setter", ".getter", ".deleter", ".register")):
            yield decorator.lineno, f"@{name}"


def _strange_calls(value: ast.expr | None) -> Iterator[tuple[int, str]]:
    """Calls that may do more than make a value; what is inside a lambda runs later."""
    queue: list[ast.AST] = [value] if value is not None else []
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Call) and not _makes_a_value(node.func):
            yield node.lineno, ast.unparse(node)[:60]
        queue += ast.iter_child_nodes(node)


def _makes_a_value(function: ast.expr) -> bool:
    if ast.unparse(function) in _MAKERS:
        return True
    # "a b c".split(), ", ".join(...)
    return isinstance(function, ast.Attribute) and isinstance(
        function.value, ast.Constant | ast.JoinedStr | ast.Dict | ast.List
    )


__all__ = ["Capability", "Check", "Neighbour", "check"]
