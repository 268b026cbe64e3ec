"""Types in signatures: read from text, aliases made one, and what it costs to take one for another. Pure."""

import ast
from dataclasses import dataclass
from functools import lru_cache

NEVER = 99.0
_ALIASES = {
    "List": "list", "Dict": "dict", "Set": "set", "FrozenSet": "frozenset", "Tuple": "tuple", "Type": "type",
    "Text": "str", "ByteString": "bytes", "MutableSequence": "list", "MutableMapping": "dict", "MutableSet": "set",
    "AbstractSet": "set", "DefaultDict": "dict", "OrderedDict": "dict", "defaultdict": "dict", "Counter": "dict",
    "Generator": "Iterator", "AsyncIterator": "Iterator", "NoneType": "None", "object": "Any", "PathLike": "Path",
    "PurePath": "Path", "Real": "float", "Number": "float", "Pattern": "Pattern", "deque": "list", "Deque": "list",
    "string": "str", "integer": "int", "boolean": "bool", "number": "float", "array": "list", "char": "str",
    "dictionary": "dict", "map": "dict", "function": "Callable", "nil": "None", "null": "None", "void": "None",
}  # fmt: skip
# What a value of the one (left) costs where the other (right) is wanted; the other way round it costs _TURNED as much.
_NEAR = {
    ("bool", "int"): 0.5, ("int", "float"): 0.4, ("bool", "float"): 0.8, ("float", "Decimal"): 0.8,
    ("int", "Decimal"): 0.6, ("float", "complex"): 0.6, ("float", "Fraction"): 0.8, ("int", "Fraction"): 0.6,
    ("list", "Sequence"): 0.2, ("tuple", "Sequence"): 0.2, ("str", "Sequence"): 1.0, ("list", "Iterable"): 0.2,
    ("tuple", "Iterable"): 0.2, ("set", "Iterable"): 0.2, ("frozenset", "Iterable"): 0.2, ("dict", "Iterable"): 0.8,
    ("str", "Iterable"): 1.0, ("Sequence", "Iterable"): 0.2, ("Iterator", "Iterable"): 0.2, ("list", "Iterator"): 0.6,
    ("list", "Collection"): 0.2, ("tuple", "Collection"): 0.2, ("set", "Collection"): 0.2, ("list", "tuple"): 0.8,
    ("set", "frozenset"): 0.3, ("list", "set"): 1.2, ("dict", "Mapping"): 0.2, ("bytes", "bytearray"): 0.4,
    ("str", "bytes"): 1.5, ("str", "Path"): 1.0, ("date", "datetime"): 0.8, ("Sequence", "Collection"): 0.2,
    ("tuple", "set"): 1.2, ("Iterable", "Collection"): 0.2, ("Iterator", "Collection"): 0.4,
}  # fmt: skip
_TURNED = 1.5
_OF_LETTERS = ("Sequence", "Iterable", "Collection", "Iterator")  # of which a text is one
_UNKNOWN = 0.8  # Any, a type variable, or no annotation, against a type that is known


@dataclass(frozen=True)
class Type:
    """A type: `name` ("list", "|" for a union, "Any" where nothing is known) and its parts."""

    name: str
    parts: tuple["Type", ...] = ()

    @property
    def text(self) -> str:
        if self.name == "|":
            return " | ".join(part.text for part in self.parts)
        return f"{self.name}[{', '.join(part.text for part in self.parts)}]" if self.parts else self.name

    @property
    def options(self) -> tuple["Type", ...]:
        """The types of a union; any other type alone."""
        return self.parts if self.name == "|" else (self,)


ANY = Type("Any")
NONE = Type("None")


@lru_cache(maxsize=4096)
def read_type(text: str) -> Type:
    """The type in an annotation's text; `Any` for what cannot be read. "Optional[List[int]]" -> list[int] | None."""
    try:
        return type_of(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ANY


def type_of(node: ast.expr | None) -> Type:
    """The type that an annotation's tree names."""
    if node is None:
        return ANY
    if isinstance(node, ast.Constant):
        return NONE if node.value is None else read_type(node.value) if isinstance(node.value, str) else ANY
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([type_of(node.left), type_of(node.right)])
    if isinstance(node, ast.Subscript):
        return _generic(node)
    if isinstance(node, ast.List) and len(node.elts) <= 1:  # [int], as people write for a list of them
        return Type("list", tuple(map(type_of, node.elts)))
    if isinstance(node, ast.Tuple):
        return Type("tuple", tuple(map(type_of, node.elts)))
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "Any"
    # One letter, as in Hoogle, or T, KT, _T as in Python: a type variable.
    variable = len(name) == 1 or name in ("KT", "VT") or (name.startswith("_") and name.strip("_").isupper())
    return ANY if variable else Type(_ALIASES.get(name, name))


def _generic(node: ast.Subscript) -> Type:
    outer = type_of(node.value)
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if outer.name == "Optional":
        return _union([type_of(inner[0]), NONE])
    if outer.name == "Union":
        return _union([type_of(part) for part in inner])
    if outer.name in ("Annotated", "Final", "ClassVar", "Required", "NotRequired"):
        return type_of(inner[0])
    if outer.name == "Literal":
        return _union([Type(type(part.value).__name__) for part in inner if isinstance(part, ast.Constant)])
    if outer.name == "Callable":
        return Type("Callable")
    if outer.name == "tuple" and len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is ...:
        return Type("Sequence", (type_of(inner[0]),))
    if outer.name in ("Iterator", "Iterable"):
        inner = inner[:1]
    return Type(outer.name, tuple(type_of(part) for part in inner))


def _union(parts: list[Type]) -> Type:
    flat = [option for part in parts for option in part.options]
    if ANY in flat:
        return ANY
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else Type("|", unique) if unique else ANY


@lru_cache(maxsize=65536)
def cost(given: Type, wanted: Type) -> float:
    """What it costs to use a value of one type where another is wanted: 0 for the same, NEVER if it makes no sense."""
    if given == wanted:
        return 0.0
    if given.name == "Any" or wanted.name == "Any":
        return _UNKNOWN
    if "|" in (given.name, wanted.name):
        return _union_cost(given, wanted)
    if given.name == wanted.name:
        return _parts_cost(given, wanted)
    near = _NEAR.get((given.name, wanted.name))
    if near is None:
        turned = _NEAR.get((wanted.name, given.name))
        near = NEVER if turned is None else turned * _TURNED
    if given.name == "str" and wanted.name in _OF_LETTERS:
        given = Type("str", (given,))
    return near if near == NEVER else min(NEVER, near + _parts_cost(given, wanted))


def _union_cost(given: Type, wanted: Type) -> float:
    """None beside a type costs little, as `Maybe a ~> a` does in Hoogle; other choices a little more."""
    best = min(cost(one, other) for one in given.options for other in wanted.options)
    extra = set(given.options) ^ set(wanted.options)
    return best if best >= NEVER else best + min(1.0, sum(0.3 if option == NONE else 0.4 for option in extra) / 1.5)


def _parts_cost(given: Type, wanted: Type) -> float:
    if not given.parts or not wanted.parts:
        return 0.15 if given.parts or wanted.parts else 0.0
    if given.name == wanted.name == "tuple" and len(given.parts) != len(wanted.parts):
        return 1.5
    costs = [cost(one, other) for one, other in zip(given.parts, wanted.parts, strict=False)]
    return NEVER if max(costs) >= NEVER else sum(costs) * 0.8
