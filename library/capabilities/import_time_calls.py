"""Import-time calls: statements of a text that run somebody's code when it is imported, found without running it. Pure.

Allowed is what only makes values: definitions, literals, calls that are known to do no more than that with values like
these. A function handed to `map`, a name that hides a builtin, a metaclass, an annotation: all run at import and count.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from library.capabilities.bound_names import Bound, bound_names, listed, names_in
from library.source.literals import words
from library.source.signature import POSITIONAL, parameter_names, parameter_nodes
from library.source.syntax_tree import FunctionNode

Found = tuple[int, str]
# Calls that only make a value out of their arguments.
_BUILTIN_MAKERS = words("""
    frozenset set dict list tuple range str int float bool bytes bytearray object complex sorted len min max sum
    enumerate zip map filter reversed abs round ord chr repr slice divmod pow hash any all iter property
    staticmethod classmethod type
""")
_OF_BUILTINS = frozenset(("str.maketrans", "bytes.maketrans", "dict.fromkeys", "int.from_bytes", "bytes.fromhex"))
_MAKERS = words("""
    re.compile re.escape collections.namedtuple typing.TypeVar typing.NewType typing.NamedTuple typing.TypedDict
    typing.ParamSpec typing.TypeVarTuple typing.cast decimal.Decimal decimal.Context fractions.Fraction
    dataclasses.field types.MappingProxyType types.SimpleNamespace datetime.timedelta datetime.date
    datetime.datetime datetime.time datetime.timezone collections.defaultdict collections.Counter
    collections.OrderedDict collections.deque collections.ChainMap operator.itemgetter operator.attrgetter
    operator.methodcaller functools.partial struct.Struct enum.Enum enum.IntEnum enum.auto enum.member
    enum.nonmember math.sqrt math.log math.radians math.exp math.pow math.log10 math.log2 math.factorial
    string.Template logging.getLogger contextvars.ContextVar itertools.chain itertools.product
    itertools.accumulate itertools.count itertools.repeat itertools.cycle itertools.islice itertools.zip_longest
    itertools.combinations itertools.permutations itertools.pairwise itertools.chain.from_iterable random.Random
    threading.Lock threading.RLock threading.local textwrap.dedent bisect.bisect uuid.UUID ipaddress.ip_network
    pathlib.PurePath pathlib.PurePosixPath weakref.WeakKeyDictionary weakref.WeakValueDictionary array.array
""")
_DECORATORS = words("""
    functools.cache functools.lru_cache functools.wraps dataclasses.dataclass typing.overload
    functools.total_ordering contextlib.contextmanager contextlib.asynccontextmanager functools.cached_property
    functools.singledispatch functools.singledispatchmethod typing.final typing.override abc.abstractmethod
    enum.unique typing.runtime_checkable typing.no_type_check types.coroutine functools.cmp_to_key
""")
_BUILTIN_DECORATORS = frozenset(("staticmethod", "classmethod", "property"))
_METACLASSES = frozenset(("abc.ABCMeta", "enum.EnumMeta", "enum.EnumType"))
# Methods of values that are written down in the text.
_METHODS = words("""
    split rsplit splitlines partition rpartition join strip lstrip rstrip lower upper title capitalize casefold
    swapcase replace encode decode format zfill ljust rjust center removeprefix removesuffix translate items
    keys values get copy union intersection difference symmetric_difference count index startswith endswith
    isdigit isalpha hex bit_length to_bytes most_common elements total_seconds groups finditer findall
""")
_CALLERS = frozenset(("map", "filter", "sorted", "min", "max", "iter", "reduce", "accumulate"))
# What a class may define that runs when it is made, derived from, subscripted or named.
_RUN_WITH_THE_CLASS = words("""
    __init_subclass__ __class_getitem__ __set_name__ __prepare__ _generate_next_value_ __mro_entries__
""")
_ENUMS = frozenset(("enum.Enum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "enum.StrEnum", "enum.ReprEnum"))


def import_work(tree: ast.Module) -> list[Found]:
    """What would be done when the module is imported, beyond defining things: (line, what), in the order of lines.

    Args:
        tree: the module.
    """
    return list(dict.fromkeys(_Work(tree).statements(tree.body)))


class _Work:
    def __init__(self, tree: ast.Module) -> None:
        self.bound: Bound = bound_names(tree)
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        self.own = self.bound.own.union(*map(names_in, classes))
        self.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        self.classes = {node.name: node for node in classes}
        futures = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
        self.lazy = any(alias.name == "annotations" for node in futures for alias in node.names)

    # -- statements

    def statements(self, body: Sequence[ast.stmt], inside: ast.ClassDef | None = None) -> Iterator[Found]:
        for node in body:
            yield from self._statement(node, inside)

    def _statement(self, node: ast.stmt, inside: ast.ClassDef | None) -> Iterator[Found]:
        if isinstance(node, FunctionNode):
            yield from self._definition(node, inside)
        elif isinstance(node, ast.ClassDef):
            yield from self._class(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            yield from self._assignment(node)
        elif isinstance(node, ast.If):
            yield from self._made(node.test)
            yield from self.statements([*node.body, *node.orelse], inside)
        elif isinstance(node, ast.Try):
            kinds = [handler.type for handler in node.handlers if handler.type is not None]
            for kind in kinds:
                yield from self._made(kind)
            handlers = [inner for handler in node.handlers for inner in handler.body]
            yield from self.statements([*node.body, *handlers, *node.orelse, *node.finalbody], inside)
        elif isinstance(node, ast.Delete):
            yield from (_told(node) for target in node.targets if not isinstance(target, ast.Name))
        elif not _is_idle(node):
            yield _told(node)

    def _assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Iterator[Found]:
        if isinstance(node, ast.AnnAssign) and not self.lazy:
            yield from self._made(node.annotation)
        if node.value is not None:
            yield from self._made(node.value)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            yield from self._target(target)

    def _target(self, target: ast.expr) -> Iterator[Found]:
        if isinstance(target, ast.Tuple | ast.List):
            for inner in target.elts:
                yield from self._target(inner)
        elif isinstance(target, ast.Subscript):
            yield from self._made(target.slice)
            if not (isinstance(target.value, ast.Name) and self._is_plain_value(target.value)):
                yield _told(target)
        elif isinstance(target, ast.Attribute) and not (
            isinstance(target.value, ast.Name) and target.value.id in self.functions
        ):
            yield _told(target)

    def _definition(self, node: FunctionNode, inside: ast.ClassDef | None) -> Iterator[Found]:
        for decorator in node.decorator_list:
            yield from self._decorator(decorator, inside)
        yield from self._defaults(node)
        if not self.lazy:
            for note in [*(one.node.annotation for one in parameter_nodes(node)), node.returns]:
                yield from self._made(note) if note is not None else ()

    def _defaults(self, function: FunctionNode | ast.Lambda) -> Iterator[Found]:
        for one in parameter_nodes(function):
            yield from self._made(one.default) if one.default is not None else ()

    def _class(self, node: ast.ClassDef) -> Iterator[Found]:
        for decorator in node.decorator_list:
            yield from self._decorator(decorator, None)
        for base in node.bases:
            yield from self._made(base)
            if isinstance(base, ast.Name) and base.id in self.classes and not self._is_plain(base.id):
                yield base.lineno, f"class {node.name}({base.id}): {base.id} runs code when it is derived from"
        for keyword in node.keywords:
            yield from self._made(keyword.value)
            if keyword.arg == "metaclass" and not listed(self.bound.of(keyword.value, self.own)) & _METACLASSES:
                yield node.lineno, f"class {node.name}(metaclass={ast.unparse(keyword.value)})"
        defined = {inner.name for inner in node.body if isinstance(inner, FunctionNode) and not _only_keeps(inner)}
        if self._is_enum(node) and defined & {"__new__", "__init__", "_generate_next_value_"}:
            yield node.lineno, f"class {node.name}: its members are made by code of its own"
        yield from self.statements(node.body, node)

    def _decorator(self, node: ast.expr, inside: ast.ClassDef | None) -> Iterator[Found]:
        function = node.func if isinstance(node, ast.Call) else node
        if isinstance(node, ast.Call):
            for value in [*node.args, *(keyword.value for keyword in node.keywords)]:
                yield from self._made(value)
        if not self._may_decorate(function, inside, depth=1 if isinstance(node, ast.Call) else 0):
            yield node.lineno, f"@{ast.unparse(function)[:60]}"

    def _may_decorate(self, function: ast.expr, inside: ast.ClassDef | None, depth: int) -> bool:
        places = self.bound.of(function, self.own)
        if places:
            return all(listed({place}) & _DECORATORS for place in places)
        if isinstance(function, ast.Name):
            if function.id in self.functions:
                return _only_wraps(self.functions[function.id], depth)
            return (
                function.id in _BUILTIN_DECORATORS
                and self.bound.is_builtin(function.id)
                and function.id not in self.own
            )
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            root = function.value.id
            if function.attr in ("setter", "getter", "deleter") and inside is not None:
                return any(isinstance(node, ast.FunctionDef) and node.name == root for node in inside.body)
            dispatched = self.functions.get(root)
            return function.attr == "register" and dispatched is not None and self._dispatches(dispatched)
        return False

    def _dispatches(self, function: ast.FunctionDef) -> bool:
        return any(
            listed(self.bound.of(decorator, self.own)) & {"functools.singledispatch"}
            for decorator in function.decorator_list
        )

    # -- expressions

    def _made(self, value: ast.expr) -> Iterator[Found]:
        """What would run besides making a value; what is inside a lambda runs later."""
        queue: list[ast.AST] = [value]
        while queue:
            node = queue.pop(0)
            if isinstance(node, ast.Lambda):
                yield from self._defaults(node)
                continue
            if self._runs(node):
                yield _told(node)
            queue += ast.iter_child_nodes(node)

    def _runs(self, node: ast.AST) -> TypeGuard[ast.expr]:
        if isinstance(node, ast.Call):
            return not self._only_makes(node)
        if isinstance(node, ast.Attribute | ast.Subscript | ast.BinOp | ast.Compare | ast.UnaryOp | ast.BoolOp):
            parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.Name)]
            return not all(self._is_plain(part.id) for part in parts)
        return isinstance(node, ast.Await | ast.Yield | ast.YieldFrom)

    def _only_makes(self, call: ast.Call) -> bool:
        function, name = call.func, ast.unparse(call.func)
        if isinstance(function, ast.Name) and name in _BUILTIN_MAKERS:
            known = self.bound.is_builtin(name) and name not in self.own and (name != "type" or len(call.args) == 1)
        elif isinstance(function, ast.Attribute) and name in _OF_BUILTINS:
            known = self.bound.is_builtin(name.split(".")[0]) and name.split(".")[0] not in self.own
        elif places := self.bound.of(function, self.own):
            known = all(listed({place}) & _MAKERS for place in places)
        else:
            known = (
                isinstance(function, ast.Attribute)
                and function.attr in _METHODS
                and self._is_plain_value(function.value)
            )
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        plain = all(not isinstance(part, ast.Name) or self._is_plain(part.id) for part in arguments)
        return known and plain and self._calls_nothing(call, name.rpartition(".")[2])

    def _calls_nothing(self, call: ast.Call, name: str) -> bool:
        """Whether what is handed over to be called is known: `map(str.lower, …)`, `sorted(…, key=len)`."""
        if name not in _CALLERS:
            return True
        handed = [keyword.value for keyword in call.keywords if keyword.arg in ("key", "func", "function", None)]
        handed += call.args[:1] if name in ("map", "filter", "iter", "reduce") else []
        handed += call.args[1:2] if name == "accumulate" else []
        return all(self._is_known_function(node) for node in handed)

    def _is_known_function(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set):
            return True  # map(None, …) fails, iter([…]) is none to be called
        if isinstance(node, ast.Lambda):
            return not list(self._made(node.body))
        if isinstance(node, ast.Name):
            return self.bound.is_builtin(node.id) and node.id in _BUILTIN_MAKERS and node.id not in self.own
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            of_type = node.value.id in _BUILTIN_MAKERS and self.bound.is_builtin(node.value.id)
            return (of_type and node.attr in _METHODS) or bool(listed(self.bound.of(node, self.own)) & _MAKERS)
        return isinstance(node, ast.Call) and self._only_makes(node)

    def _is_plain_value(self, node: ast.expr) -> bool:
        """Whether a value was made by what only makes values, so that its methods are Python's own."""
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.Dict | ast.List | ast.Set | ast.Tuple | ast.DictComp):
            return True
        if isinstance(node, ast.Call):
            return self._only_makes(node)
        if isinstance(node, ast.Name):
            return node.id in self.bound.sure and node.id not in self.functions and node.id not in self.classes
        return isinstance(node, ast.BinOp | ast.Subscript) and not list(self._made(node))

    def _is_plain(self, name: str, depth: int = 0) -> bool:
        """Whether using a name runs no code of the text: anything but a class that does when it is touched."""
        node = self.classes.get(name)
        if node is None:
            return True
        if depth > 20 or any(keyword.arg == "metaclass" for keyword in node.keywords):
            return all(
                listed(self.bound.of(keyword.value, self.own)) & _METACLASSES
                for keyword in node.keywords
                if keyword.arg == "metaclass"
            )
        if names_in(node) & _RUN_WITH_THE_CLASS:
            return False
        bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
        return "type" not in bases and all(self._is_plain(base, depth + 1) for base in bases if base != name)

    def _is_enum(self, node: ast.ClassDef) -> bool:
        return any(listed(self.bound.of(base, self.own)) & _ENUMS for base in node.bases)


def _only_wraps(function: ast.FunctionDef, depth: int) -> bool:
    """Whether a decorator of the text's own does nothing but define a function and return it; `depth` times more."""
    inner: dict[str, FunctionNode] = {}
    arguments = parameter_names(function, POSITIONAL)
    for node in function.body:
        if isinstance(node, FunctionNode):
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            if not all(text.startswith(("functools.wraps(", "wraps(")) and text.endswith(")") for text in decorators):
                return False
            if any(one.default for one in parameter_nodes(node)):
                return False
            inner[node.name] = node
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
            returned = inner.get(node.value.id)
            if returned is None:
                return node.value.id in arguments and depth == 0
            return depth == 0 or (isinstance(returned, ast.FunctionDef) and _only_wraps(returned, depth - 1))
        elif not (_is_idle(node) or (isinstance(node, ast.Assign | ast.AnnAssign) and _is_literal(node.value))):
            return False
    return False


def _only_keeps(function: FunctionNode) -> bool:
    """Whether an `__init__` does nothing but keep what it is given: `self.mass = mass`."""
    own = "".join(parameter_names(function, POSITIONAL)[:1])
    kept = (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Name)
        and all(isinstance(target, ast.Attribute) and ast.unparse(target.value) == own for target in node.targets)
        for node in function.body
        if not _is_idle(node)
    )
    return function.name == "__init__" and not function.decorator_list and all(kept)


def _is_literal(node: ast.expr | None) -> bool:
    """Whether a value is written down, and none is made by running anything."""
    parts = ast.Constant | ast.Dict | ast.List | ast.Set | ast.Tuple | ast.expr_context
    return node is None or all(isinstance(part, parts) for part in ast.walk(node))


def _is_idle(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Pass | ast.Global | getattr(ast, "TypeAlias", ast.Pass))


def _told(node: ast.stmt | ast.expr) -> Found:
    return node.lineno, ast.unparse(node).split("\n")[0][:60]
