"""Schemas: what a function takes and gives in JSON Schema, out of its signature; and a call made of JSON. Pure."""

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from keyword import iskeyword
from typing import Any, Literal

from library.serve.json_type import Form, Misfit, NotInJson, shown
from library.serve.json_types import form_of
from library.source.function import Function, Parsed
from library.source.syntax_tree import read_tree

How = Literal["position", "either", "rest", "name", "others"]  # /, plain, *args, keyword-only, **kwargs
_SAID = re.compile(
    r"^[ \t]*(?:(?:Args|Arguments|Params|Parameters)\b|:(?:param|parameter|arg|argument|key|keyword)\b)", re.M
)
_STYLES: tuple[Literal["google", "numpy", "sphinx"], ...] = ("google", "numpy", "sphinx")


@dataclass(frozen=True)
class Argument:
    """One parameter. `default` is Python text, "" if there is none; `doc` what the docstring says of it."""

    name: str
    form: Form
    how: How
    default: str = ""
    doc: str = ""

    @property
    def required(self) -> bool:
        return not self.default and self.how not in ("rest", "others")

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of it, with what the docstring says and the default if JSON has it."""
        listed = self.how == "rest"
        schema: dict[str, Any] = {"type": "array", "items": self.form.schema} if listed else dict(self.form.schema)
        if self.doc:
            schema["description"] = self.doc
        try:
            value = ast.literal_eval(self.default) if self.default else ...
            # A default of another type is the function's own sign for "not given"; a schema cannot say that.
            self.form.read(json.loads(json.dumps(value)), "")
            return {**schema, "default": value}
        except (ValueError, SyntaxError, TypeError, Misfit):
            return schema


@dataclass(frozen=True)
class Schema:
    """A function's signature in JSON.

    Attributes:
        name: the function.
        arguments: in order.
        result: form of what it returns; None where that cannot be said.
        waits: it is an `async def`.
    """

    name: str
    arguments: tuple[Argument, ...]
    result: Form | None
    waits: bool = False

    @property
    def input(self) -> dict[str, Any]:
        """JSON Schema of the object that holds the arguments."""
        others = next((one.form.schema or True for one in self.arguments if one.how == "others"), False)
        needed = [one.name for one in self.arguments if one.required]
        properties = {one.name: one.schema for one in self.arguments if one.how != "others"}
        schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": others}
        return {**schema, "required": needed} if needed else schema

    @property
    def output(self) -> dict[str, Any] | None:
        """JSON Schema of `{"result": ...}`; None where nothing can be said of the result."""
        if self.result is None or not self.result.schema:
            return None
        return {"type": "object", "properties": {"result": self.result.schema}, "required": ["result"]}

    def call(self, given: Mapping[str, Any]) -> str:
        """The Python expression that calls the function with these arguments.

        Args:
            given: name -> JSON value.

        Raises:
            Misfit: one is missing, unknown or of the wrong form; the message says what is wanted.
        """
        known = {one.name for one in self.arguments if one.how != "others"}
        spare = {name: value for name, value in given.items() if name not in known}
        others = next((one for one in self.arguments if one.how == "others"), None)
        if spare and others is None:
            wanted = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
            raise Misfit(f"there is no argument {', '.join(map(repr, spare))}; {wanted}")
        if missing := [one.name for one in self.arguments if one.required and one.name not in given]:
            raise Misfit(f"missing: {', '.join(missing)}")
        parts = list(self._parts(given))
        for name, value in spare.items():
            if not name.isidentifier():
                raise Misfit(f"{name!r} is no name for an argument")
            read = others.form.read(value, name) if others else ""
            # As written in Python, "if" is no name there, and two spellings of a letter are one name.
            by_name = name.isascii() and not iskeyword(name)
            parts.append(f"{name}={read}" if by_name else f"**{{{name!r}: {read}}}")
        call = f"{self.name}({', '.join(parts)})"
        return f"__import__('asyncio').run({call})" if self.waits else call

    def misfit(self, value: Any) -> str:
        """Why a result in JSON is not what the signature says; "" if it is."""
        if self.result is None:
            return ""
        try:
            self.result.read(value, "the result")
        except Misfit as problem:
            return problem.message
        return ""

    def _parts(self, given: Mapping[str, Any]) -> Iterator[str]:
        rest = any(one.how == "rest" and given.get(one.name) for one in self.arguments)
        gap = ""
        for one in self.arguments:
            if one.how == "others":
                continue
            by_place = one.how == "position" or (rest and one.how == "either")
            if one.name not in given:
                gap = one.name if by_place and not gap else gap
                continue
            if (by_place or one.how == "rest") and gap and given[one.name] != []:
                raise Misfit(f"{one.name} can only be given together with {gap}")
            if one.how == "rest":
                if not isinstance(given[one.name], list):
                    raise Misfit(f"{one.name}: a list is wanted, not {shown(given[one.name])}")
                yield from (one.form.read(item, f"{one.name}[{at}]") for at, item in enumerate(given[one.name]))
            else:
                text = one.form.read(given[one.name], one.name)
                yield text if by_place else f"{one.name}={text}"


def schema_of(function: Function, library: Parsed) -> Schema:
    """The schema of a function.

    Args:
        function: what the library has.
        library: its text, in which the types of the signature are looked up.

    Raises:
        NotInJson: an argument that must be given cannot be said in JSON; names it and its type.
    """
    waits = function.signature.startswith("async ")
    node = read_tree(f"def {function.signature.removeprefix('async ')}: ...", function.name).body[0]
    assert isinstance(node, ast.FunctionDef)
    docs = parameter_docs(function.doc)
    arguments = [
        Argument(name, form, how, default, docs.get(name, ""))
        for name, annotation, how, default in _parameters(node.args)
        if (form := _form(name, annotation, default or how, library)) is not None
    ]
    try:
        result = form_of(node.returns, library)
    except NotInJson:
        result = None
    return Schema(function.name, tuple(arguments), result, waits)


def _form(name: str, annotation: ast.expr | None, optional: str, library: Parsed) -> Form | None:
    """None for an argument that cannot be said but may be left away."""
    try:
        return form_of(annotation, library)
    except NotInJson as problem:
        if optional not in ("either", "position", "name"):
            return None
        raise NotInJson(f"its {name}: {problem.message}") from None


def _parameters(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr | None, How, str]]:
    plain = [*arguments.posonlyargs, *arguments.args]
    first = len(plain) - len(arguments.defaults)
    for at, one in enumerate(plain):
        how: How = "position" if at < len(arguments.posonlyargs) else "either"
        yield one.arg, one.annotation, how, ast.unparse(arguments.defaults[at - first]) if at >= first else ""
    if arguments.vararg:
        yield arguments.vararg.arg, arguments.vararg.annotation, "rest", ""
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield one.arg, one.annotation, "name", ast.unparse(default) if default else ""
    if arguments.kwarg:
        yield arguments.kwarg.arg, arguments.kwarg.annotation, "others", ""


def parameter_docs(doc: str) -> dict[str, str]:
    """What a docstring says of each parameter, on one line, in the style of Google, NumPy or Sphinx."""
    if not _SAID.search(doc):
        return {}
    import griffe  # 85 ms: only where a docstring tells of parameters

    read = griffe.Docstring(inspect.cleandoc(doc))
    for style in _STYLES:
        sections = griffe.parse(read, style, warnings=False)
        found = [
            one
            for section in sections
            if isinstance(section, griffe.DocstringSectionParameters)
            for one in section.value
        ]
        if found:
            return {one.name.lstrip("*"): " ".join(one.description.split()) for one in found}
    return {}


__all__ = ["Argument", "Misfit", "NotInJson", "Schema", "parameter_docs", "schema_of"]
