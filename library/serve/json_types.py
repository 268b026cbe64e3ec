"""Forms of the types in a signature, generic ones and those that the library defines, out of annotations. Pure."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from library.serve.json_type import ANY, SIMPLE, Form, Misfit, NotInJson, misfit, shown
from library.source.function import Parsed
from library.source.literals import literal
from library.source.types import BUILT_IN, Type, read_type, type_of

_DICTS = {"dict", "OrderedDict", "defaultdict", "Counter"}
# Types of many alike, and how one is written in Python.
_WRITTEN = {
    "list": "[{}]", "tuple": "tuple([{}])", "set": "set([{}])", "frozenset": "frozenset([{}])",
    "Iterator": "iter([{}])", "Generator": "iter([{}])",
}  # fmt: skip


def form_of(found: Type, library: Parsed, seen: frozenset[str] = frozenset()) -> Form:
    """The form of a type.

    Args:
        found: the type, read with the names that the library defines as its own.
        library: the text in which it stands; its aliases, enumerations, dataclasses and so on are followed.
        seen: names that are being followed, so that a type may contain itself.

    Raises:
        NotInJson: it cannot be said in JSON; names the type.
    """
    if found.name == "|":
        return _union([form_of(option, library, seen) for option in found.options])
    if found.name == "Literal":
        return _literal(found.parts)
    parts = [part for part in found.parts if part.name != "()"]
    if not found.parts and (piece := library.definition(found.name)) and piece.kind in ("class", "other"):
        if found.name in seen:
            return ANY  # a type that contains itself
        return _own(found.name, piece.nodes, library, seen | {found.name})
    # What the library's text only imports is Python's own all the same.
    name = found.name if found.name in SIMPLE else read_type(found.name).name
    if name in ("Awaitable", "Coroutine") and parts:
        return form_of(parts[-1], library, seen)
    if not parts and name in SIMPLE:
        return SIMPLE[name]
    kind = name if name in _WRITTEN else BUILT_IN.get(name, name)
    if kind not in _DICTS and kind not in _WRITTEN:
        raise NotInJson(f"{found.text} cannot be said in JSON")
    forms = [form_of(part, library, seen) for part in parts]
    if kind in _DICTS:
        counts = kind == "Counter"
        value = forms[1] if len(forms) > 1 else SIMPLE["int"] if counts else ANY
        written = "__import__('collections').Counter({})" if counts else "{}"
        return _dict(forms[0] if forms else SIMPLE["str"], value, written)
    if kind == "tuple" and found.parts and not found.endless:
        return _tuple(forms)
    return _list(forms[0] if forms else ANY, _WRITTEN[kind], unique=kind in ("set", "frozenset"))


# -- types made of types ----------------------------------------------------------------------------------------------


def _union(options: Sequence[Form]) -> Form:
    if not all(option.schema for option in options):
        return ANY

    def read(value: Any, where: str) -> str:
        problems: list[str] = []
        for option in options:
            try:
                return option.read(value, where)
            except Misfit as problem:
                problems.append(problem.message)
        raise Misfit(problems[0] if len(problems) == 1 else "; or ".join(dict.fromkeys(problems)))

    schemas: list[dict[str, Any]] = []
    for option in options:
        inner = option.schema.get("anyOf")
        schemas += [one for one in inner or [option.schema] if one not in schemas]
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    return Form(schema, read, all(option.whole for option in options))


def _literal(parts: Sequence[Type]) -> Form:
    values = [literal(part.name) for part in parts]
    if None in values or not values:
        raise NotInJson("a Literal of an enumeration, or of nothing, cannot be said in JSON")
    return _choice([(value[0], repr(value[0])) for value in values if value])


def _choice(options: Sequence[tuple[Any, str]]) -> Form:
    """One of some values; each with its Python expression."""

    def read(value: Any, where: str) -> str:
        for known, expression in options:
            if type(known) is type(value) and known == value:
                return expression
        raise misfit(where, "one of " + ", ".join(shown(known) for known, _ in options), value)

    if any(isinstance(value, bytes) for value, _ in options):
        raise NotInJson("a Literal of bytes cannot be said in JSON")
    kinds = {"str": "string", "bool": "boolean", "int": "integer", "float": "number"}
    types = list(dict.fromkeys(kinds.get(type(value).__name__, "null") for value, _ in options))
    schema: dict[str, Any] = {"enum": [value for value, _ in options]}
    return Form({"type": types[0], **schema} if len(types) == 1 else schema, read)


def _items(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise misfit(where, "a list", value)
    return cast(list[Any], value)


def _list(item: Form, written: str, *, unique: bool = False) -> Form:
    def read(value: Any, where: str) -> str:
        parts = [item.read(one, f"{where}[{number}]") for number, one in enumerate(_items(value, where))]
        return written.replace("{}", ", ".join(parts), 1)

    schema: dict[str, Any] = {"type": "array", "items": item.schema}
    return Form({**schema, "uniqueItems": True} if unique else schema, read, item.whole)


def _tuple(parts: Sequence[Form]) -> Form:
    def read(value: Any, where: str) -> str:
        items = _items(value, where)
        if len(items) != len(parts):
            raise misfit(where, f"a list of {len(parts)}", items)
        texts = [part.read(one, f"{where}[{at}]") for at, (part, one) in enumerate(zip(parts, items, strict=True))]
        return f"({', '.join(texts)},)" if texts else "()"

    sizes = {"minItems": len(parts), "maxItems": len(parts)}
    listed = {"prefixItems": [part.schema for part in parts]} if parts else {}
    return Form({"type": "array", **listed, **sizes}, read, all(part.whole for part in parts))


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise misfit(where, "an object", value)
    return cast(dict[str, Any], value)


def _dict(key: Form, item: Form, written: str) -> Form:
    if key.schema.get("type") not in ("string", "integer", None):
        raise NotInJson("a dictionary whose keys are neither texts nor whole numbers cannot be said in JSON")
    numbers = key.schema.get("type") == "integer"

    def read(value: Any, where: str) -> str:
        parts: list[str] = []
        for name, one in _mapping(value, where).items():
            try:
                known = key.read(int(name) if numbers else name, f"{where}'s key")
            except ValueError:
                raise misfit(f"{where}'s key", "a whole number", name) from None
            parts.append(f"{known}: {item.read(one, f'{where}[{name!r}]')}")
        return written.replace("{}", "{" + ", ".join(parts) + "}", 1)

    named = {"propertyNames": {"pattern": "^-?[0-9]+$"}} if numbers else {}
    if key.schema.get("enum"):
        named = {"propertyNames": {"enum": key.schema["enum"]}}
    return Form({"type": "object", "additionalProperties": item.schema or True, **named}, read, item.whole)


# -- types that the library defines -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Record:
    """Fields of a class that only holds values, and how one is written in Python."""

    name: str
    fields: Mapping[str, Form]
    optional: frozenset[str] = field(default_factory=frozenset[str])
    dictionary: bool = False

    def form(self) -> Form:
        needed = [name for name in self.fields if name not in self.optional]
        schema: dict[str, Any] = {
            "type": "object",
            "title": self.name,
            "properties": {name: form.schema for name, form in self.fields.items()},
            "additionalProperties": False,
        }
        return Form({**schema, "required": needed} if needed else schema, self._read)

    def _read(self, value: Any, where: str) -> str:
        given = _mapping(value, where)
        for name in given:
            if name not in self.fields:
                raise Misfit(f"{where}: {self.name} has no {name!r}, only {', '.join(self.fields)}")
        for name in self.fields:
            if name not in given and name not in self.optional:
                raise Misfit(f"{where}: {self.name} needs {name!r}")
        texts = {name: self.fields[name].read(one, f"{where}.{name}") for name, one in given.items()}
        if self.dictionary:
            return "{" + ", ".join(f"{name!r}: {text}" for name, text in texts.items()) + "}"
        return f"{self.name}({', '.join(f'{name}={text}' for name, text in texts.items())})"


def _own(name: str, nodes: Sequence[ast.stmt], library: Parsed, seen: frozenset[str]) -> Form:
    """A name that the library binds: an alias, or a class that only holds values."""
    node = nodes[-1]
    if isinstance(node, ast.ClassDef):
        return _class(node, library, seen)
    alias = getattr(ast, "TypeAlias", None)
    if isinstance(node, ast.Assign | ast.AnnAssign) or (alias and isinstance(node, alias)):
        value: ast.expr | None = getattr(node, "value", None)
        called = ast.unparse(value.func).split(".")[-1] if isinstance(value, ast.Call) else ""
        if called in ("TypeVar", "ParamSpec"):
            return ANY
        if called == "NewType" and isinstance(value, ast.Call) and len(value.args) == 2:
            value, called = value.args[1], ""
        if value is not None and not called:
            return form_of(type_of(value, library.definitions), library, seen)
    raise NotInJson(f"{name} cannot be said in JSON")


def _class(node: ast.ClassDef, library: Parsed, seen: frozenset[str]) -> Form:
    bases = [ast.unparse(base).split(".")[-1] for base in node.bases]
    if any(base in ("Enum", "StrEnum", "IntEnum") for base in bases):
        return _enumeration(node)
    marks = {ast.unparse(mark).split("(")[0].split(".")[-1] for mark in node.decorator_list}
    typed, named = bases == ["TypedDict"], bases == ["NamedTuple"]
    if not (typed or named or (marks == {"dataclass"} and not bases)):
        raise NotInJson(f"the class {node.name} cannot be said in JSON")
    found = [part for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)]
    names = {ast.unparse(part.target): part for part in found if "ClassVar" not in ast.unparse(part.annotation)}
    loose = any(word.arg == "total" and ast.unparse(word.value) == "False" for word in node.keywords)
    optional = {
        name
        for name, part in names.items()
        if part.value is not None or (typed and (loose or "NotRequired" in ast.unparse(part.annotation)))
    }
    forms = {
        name: form_of(type_of(part.annotation, library.definitions), library, seen) for name, part in names.items()
    }
    return _Record(node.name, forms, frozenset(optional), typed).form()


def _enumeration(node: ast.ClassDef) -> Form:
    """By value; members whose value is worked out (auto, calls) cannot be said."""
    options: list[tuple[Any, str]] = []
    for part in node.body:
        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
            if not isinstance(part.value, ast.Constant) or not isinstance(part.value.value, str | int | float):
                raise NotInJson(f"the enumeration {node.name} has values that cannot be said in JSON")
            options.append((part.value.value, f"{node.name}.{part.targets[0].id}"))
    if not options:
        raise NotInJson(f"the enumeration {node.name} has no members")
    return _choice(options)
