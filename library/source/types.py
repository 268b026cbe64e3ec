"""Types: what an annotation says, read once into one tree, with aliases made one; nothing is imported. Pure."""

import ast
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache

from library.source.literals import literal
from library.source.syntax_tree import expression

# Other names of one type.
_ALIASES = {
    "List": "list", "Dict": "dict", "Set": "set", "MutableSet": "set", "AbstractSet": "set", "FrozenSet": "frozenset",
    "Tuple": "tuple", "Type": "type", "Text": "str", "LiteralString": "str", "NoneType": "None", "object": "Any",
    "DefaultDict": "defaultdict", "Deque": "deque",
}  # fmt: skip
# The built-in type whose values are given where an abstract one is asked for.
BUILT_IN = {
    "Sequence": "list", "MutableSequence": "list", "Collection": "list", "Iterable": "list", "Iterator": "list",
    "Reversible": "list", "Mapping": "dict", "MutableMapping": "dict",
}  # fmt: skip
# What types are taken for where they are compared; also words that people write for them.
_TAKEN_FOR = {
    "ByteString": "bytes", "MutableSequence": "list", "MutableMapping": "dict", "OrderedDict": "dict", "deque": "list",
    "defaultdict": "dict", "Counter": "dict", "Generator": "Iterator", "AsyncIterator": "Iterator", "PathLike": "Path",
    "PurePath": "Path", "Real": "float", "Number": "float",
    "string": "str", "integer": "int", "boolean": "bool", "number": "float", "array": "list", "char": "str",
    "dictionary": "dict", "map": "dict", "function": "Callable", "nil": "None", "null": "None", "void": "None",
}  # fmt: skip
_QUALIFIERS = ("Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly")  # they say nothing of the type


@dataclass(frozen=True)
class Type:
    """A type: its name and its parts.

    `name` is "|" for a union, "Any" where anything goes, "" where nothing is said, "[]" or "()" for a bare list or
    tuple of types, "..." as in `tuple[int, ...]`; the parts of a "Literal" are named by its values as Python text.
    """

    name: str
    parts: tuple["Type", ...] = ()

    @property
    def text(self) -> str:
        if self.name == "|":
            return " | ".join(part.text for part in self.parts)
        inner = ", ".join(part.text for part in self.parts)
        if self.name in ("[]", "()"):
            return f"{self.name[0]}{inner}{self.name[1]}"
        return f"{self.name}[{inner}]" if inner else self.name or "Any"

    @property
    def options(self) -> tuple["Type", ...]:
        """The types of a union, each once; any other type alone."""
        found: dict[Type, None] = {}
        left: list[Type] = [self]
        while left:  # not by recursion: a union of hundreds is read as pairs within pairs
            one = left.pop()
            if one.name == "|":
                left += reversed(one.parts)
            else:
                found[one] = None
        return tuple(found)

    @property
    def endless(self) -> bool:
        """A tuple of any length, all of one type."""
        return self.parts[-1:] == (DOTS,)


ANY = Type("Any")
NONE = Type("None")
DOTS = Type("...")
UNSAID = Type("")


@lru_cache(maxsize=4096)
def read_type(text: str) -> Type:
    """The type in an annotation's text, "Optional[List[int]]" -> list[int] | None; what cannot be read names itself."""
    return _quoted(text, ())


def type_of(node: ast.expr | None, own: Container[str] = ()) -> Type:
    """The type that an annotation names.

    Args:
        node: the annotation; None where there is none.
        own: names that the text itself defines, which are not read as those of `typing`.
    """
    match node:
        case None:
            return UNSAID
        case ast.Constant(value=str() as text):
            return _quoted(text, own)
        case ast.Constant(value=value):
            return NONE if value is None else DOTS if value is ... else ANY
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return Type("|", (type_of(left, own), type_of(right, own)))
        case ast.Subscript(value=outer, slice=inner):
            return _generic(type_of(outer, own).name, inner.elts if isinstance(inner, ast.Tuple) else [inner], own)
        case ast.List(elts=elts) | ast.Tuple(elts=elts):
            return Type("[]" if isinstance(node, ast.List) else "()", tuple(type_of(part, own) for part in elts))
        case ast.Name(id=name) | ast.Attribute(attr=name):
            if name not in own:
                return Type(_ALIASES.get(name, name))
            return Type(ast.unparse(node))
        case _:
            return Type(ast.unparse(node))


def _quoted(text: str, own: Container[str]) -> Type:
    found = expression(text)
    return type_of(found, own) if found is not None else Type(repr(text))


def _generic(name: str, inner: list[ast.expr], own: Container[str]) -> Type:
    if name == "Literal":
        return Type(name, tuple(Type(ast.unparse(part)) for part in inner))
    parts = tuple(type_of(part, own) for part in inner) or (Type("()"),)
    if name == "Optional":
        return Type("|", (parts[0], NONE))
    if name == "Union":
        return Type("|", parts)
    return parts[0] if name in _QUALIFIERS else Type(name, parts)


@lru_cache(maxsize=32768)
def compared(found: Type) -> Type:
    """The type as it is compared with others: what is taken for another is that one, unions are flat, what nobody
    knows (a type variable, nothing said) is `Any`."""
    name = _TAKEN_FOR.get(found.name, found.name)
    if name == "Literal":
        values = [literal(part.name) for part in found.parts]
        return _union([Type(type(value[0]).__name__ if value[0] is not None else "None") for value in values if value])
    if name == "|":
        return _union([compared(part) for part in found.parts])
    if name == "Callable":
        return Type(name)
    if name == "[]" and len(found.parts) < 2:  # [int], as people write for a list of them
        name = "list"
    if name == "()":
        name = "tuple"
    # One letter, as in Hoogle, or T, KT, _T as in Python: a type variable.
    variable = len(name) == 1 or name in ("KT", "VT") or (name.startswith("_") and name.strip("_").isupper())
    if variable or not name.isidentifier():
        return ANY
    parts = found.parts[:1] if name in ("Iterator", "Iterable") else found.parts
    if name == "tuple" and found.endless:
        name, parts = "Sequence", parts[:-1]
    return Type(name, tuple(compared(part) for part in parts if part.name != "()"))


def _union(parts: list[Type]) -> Type:
    flat = tuple(dict.fromkeys(option for part in parts for option in part.options))
    return flat[0] if len(flat) == 1 else Type("|", flat) if flat and ANY not in flat else ANY
