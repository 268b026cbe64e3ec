"""What a top-level statement does when its module is imported, beyond giving its own names a value. Pure."""

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from library.source.literals import words
from library.source.signature import parameter_nodes
from library.source.syntax_tree import Definition, FunctionNode

# They make a value out of plain data and touch nothing else.
_MAKERS = words("""
    frozenset set dict list tuple range str int float bool bytes bytearray complex sorted len min max sum
    enumerate zip reversed abs round ord chr repr slice re.compile str.maketrans dict.fromkeys Decimal
    decimal.Decimal Fraction fractions.Fraction timedelta datetime.timedelta date datetime.date timezone
    datetime.timezone Path pathlib.Path TypeVar typing.TypeVar NewType typing.NewType ParamSpec typing.ParamSpec
    namedtuple collections.namedtuple Counter collections.Counter deque collections.deque OrderedDict
    collections.OrderedDict MappingProxyType types.MappingProxyType struct.Struct Struct field dataclasses.field
    auto enum.auto math.sqrt math.log math.pow math.radians string.Template object frozenset.union
    logging.getLogger
""")
# They make something that goes on living and can be used up, so it is no plain data, but making it does nothing.
_KEPT = words("""
    re.compile TypeVar typing.TypeVar object logging.getLogger enumerate zip reversed
""")
_METHODS = words("""
    split rsplit splitlines join strip lstrip rstrip lower upper title casefold replace encode decode format
    items keys values get copy union intersection difference count index startswith endswith zfill partition
""")
# Through these a statement may reach any name of the module, or of another one.
FAR = words("""
    globals locals vars exec eval compile __import__ setattr delattr sys builtins importlib gc inspect ctypes
    atexit breakpoint __builtins__
""")


@dataclass(frozen=True)
class ImportEffect:
    """What importing a statement does.

    Args:
        acts: it may do something to others whatever its names are: a call, a loop, a changed attribute.
        relies: names that it reads in a way that does nothing as long as they are plain data.
        data: what it binds is plain data (given those names), so that reading that does nothing either.
    """

    acts: bool = False
    relies: frozenset[str] = frozenset()
    data: bool = False


NONE = ImportEffect()


class _Acts(Exception):
    """The statement may do something."""


def effect_of(nodes: list[ast.stmt]) -> ImportEffect:
    """What the statements of one piece do when they are run."""
    look = _Look()
    try:
        for node in nodes:
            look.statement(node)
    except (_Acts, RecursionError):
        return ImportEffect(acts=True)
    return ImportEffect(relies=frozenset(look.relies), data=look.data and not look.kept)


class _Look:
    def __init__(self) -> None:
        self.relies: set[str] = set()
        self.data = True
        self.kept = False  # something that is no plain data is bound

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not all(map(_is_name, targets)):
                raise _Acts
            self.bound(node.value)
            if isinstance(node, ast.AnnAssign):
                self.annotation(node.annotation)
            if isinstance(node, ast.AugAssign):
                self.relies |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, FunctionNode):
            self.kept = True
            self.decorators(node)
            for one in parameter_nodes(node):
                self.bound(one.default)
                self.annotation(one.node.annotation)
            self.annotation(node.returns)
        elif isinstance(node, ast.ClassDef):
            self.kept = True
            self.class_(node)
        elif isinstance(node, ast.If):
            self.value(node.test)
            self.statements([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            self.statements([*node.body, *(n for h in node.handlers for n in h.body), *node.orelse, *node.finalbody])
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self.kept = True
        elif isinstance(node, ast.Expr):
            self.value(node.value)
        elif not isinstance(node, ast.Pass | ast.Delete | getattr(ast, "TypeAlias", ast.Pass)):
            raise _Acts

    def statements(self, nodes: list[ast.stmt]) -> None:
        for node in nodes:
            self.statement(node)

    def class_(self, node: ast.ClassDef) -> None:
        """A base of this module's may have an `__init_subclass__`, so it must be told from plain data: it never is."""
        self.decorators(node)
        if node.keywords:
            raise _Acts
        for base in node.bases:
            if not _plain_base(base):
                raise _Acts
        self.statements(node.body)

    def decorators(self, node: Definition) -> None:
        for decorator in node.decorator_list:
            name = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name not in _DECORATORS:
                raise _Acts
            if isinstance(decorator, ast.Call):
                for argument in [*decorator.args, *(keyword.value for keyword in decorator.keywords)]:
                    self.value(argument)

    def annotation(self, node: ast.expr | None) -> None:
        """An annotation is worked out at import too, unless a switch says otherwise."""
        if node is not None and any(isinstance(part, ast.Call | ast.NamedExpr) for part in ast.walk(node)):
            raise _Acts

    def bound(self, node: ast.expr | None) -> None:
        """A value that only gets a name: names, attributes of modules and lambdas will do as well as plain data."""
        if node is None:
            return
        if isinstance(node, ast.Name | ast.Lambda):
            self.kept = True
            if isinstance(node, ast.Lambda):
                for one in parameter_nodes(node):
                    self.bound(one.default)
            return
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            for item in node.elts:
                self.bound(item)
            return
        if isinstance(node, ast.Dict):
            for key in node.keys:
                self.value(key)
            for item in node.values:
                self.bound(item)
            return
        self.value(node)

    def value(self, node: ast.AST | None) -> None:
        """A value that is worked with."""
        if node is None or isinstance(node, ast.Constant):
            return
        if isinstance(node, ast.Name):
            self.relies.add(node.id)
        elif isinstance(node, ast.Lambda):
            self.kept = True
        elif isinstance(node, ast.Call):
            self.call(node)
        elif isinstance(node, ast.Attribute):
            self.attribute(node)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            self.comprehension(node)
        elif isinstance(node, _VALUES):
            for child in ast.iter_child_nodes(node):
                if not isinstance(child, ast.expr_context | ast.operator | ast.unaryop | ast.boolop | ast.cmpop):
                    self.value(child)
        else:
            raise _Acts

    def call(self, node: ast.Call) -> None:
        name = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
        if name in _MAKERS:
            self.kept = self.kept or name in _KEPT
            self.relies |= {f"={name}"}
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            self.value(node.func.value)
        else:
            raise _Acts
        if any(keyword.arg in (None, "key", "default_factory") for keyword in node.keywords):
            raise _Acts  # key=... is called
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            self.value(argument.value if isinstance(argument, ast.Starred) else argument)

    def attribute(self, node: ast.Attribute) -> None:
        """`math.pi`: of a module, which is told where the names are known."""
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name):
            raise _Acts
        self.relies.add(f"={root.id}")
        self.kept = True

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        if isinstance(node, ast.GeneratorExp):
            self.kept = True
        own = {name.id for part in node.generators for name in ast.walk(part.target) if isinstance(name, ast.Name)}
        if any(isinstance(part, ast.Attribute | ast.Subscript) for g in node.generators for part in ast.walk(g.target)):
            raise _Acts
        outside = set(self.relies)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for part in [*(p for g in node.generators for p in (g.iter, *g.ifs)), *parts]:
            self.value(part)
        self.relies -= own - outside


_VALUES = (
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.List, ast.Tuple, ast.Set, ast.Dict),
    *(ast.Subscript, ast.Slice, ast.JoinedStr, ast.FormattedValue, ast.Starred),
)
_DECORATORS = words("""
    cache functools.cache lru_cache functools.lru_cache wraps functools.wraps dataclass dataclasses.dataclass
    staticmethod classmethod property overload typing.overload total_ordering functools.total_ordering
    contextmanager contextlib.contextmanager cached_property functools.cached_property singledispatch
    functools.singledispatch final typing.final override typing.override abstractmethod abc.abstractmethod
    unique enum.unique runtime_checkable typing.runtime_checkable
""")
_BASES = words("""
    Enum IntEnum StrEnum Flag IntFlag NamedTuple TypedDict Protocol Generic ABC enum.Enum enum.IntEnum
    enum.StrEnum enum.Flag enum.IntFlag typing.NamedTuple typing.TypedDict typing.Protocol typing.Generic
    abc.ABC
""")


def _plain_base(node: ast.expr) -> bool:
    name = ast.unparse(node.value if isinstance(node, ast.Subscript) else node)
    return name in _BASES or isinstance(getattr(builtins, name, None), type)


def _is_name(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List):
        return all(map(_is_name, node.elts))
    return isinstance(node, ast.Name)


def quiet_names(relies: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """The names that must be something for the statement to do nothing, and whether an import or builtin is meant."""
    for name in relies:
        yield (name[1:].split(".")[0], True) if name.startswith("=") else (name, False)
