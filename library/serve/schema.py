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
from library.source.signature import Parameter, read_signature, signature_node

_SAID = re.compile(
    r"^[ \t]*(?:(?:Args|Arguments|Params|Parameters)\b|:(?:param|parameter|arg|argument|key|keyword)\b)", re.M
)
_STYLES: tuple[Literal["google", "numpy", "sphinx"], ...] = ("google", "numpy", "sphinx")


@dataclass(frozen=True)
class Argument:
    """One parameter and its form; `doc` is what the docstring says of it."""

    parameter: Parameter
    form: Form
    doc: str = ""

    @property
    def name(self) -> str:
        return self.parameter.name

    @property
    def required(self) -> bool:
        return not self.parameter.optional

    @property
    def listed(self) -> bool:
        """It takes a list of what is passed by place, as `*args` does."""
        return self.parameter.passed == "var-positional"

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of it, with what the docstring says and the default if JSON has it."""
        form, default = self.form.schema, self.parameter.default
        schema: dict[str, Any] = {"type": "array", "items": form} if self.listed else dict(form)
        if self.doc:
            schema["description"] = self.doc
        try:
            value = ast.literal_eval(default) if default else ...
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
        extra: form of what its `**kwargs` takes; None where it has none, or that cannot be said.
        waits: it is an `async def`.
    """

    name: str
    arguments: tuple[Argument, ...]
    result: Form | None
    extra: Form | None = None
    waits: bool = False

    @property
    def input(self) -> dict[str, Any]:
        """JSON Schema of the object that holds the arguments."""
        others = (self.extra.schema or True) if self.extra else False
        needed = [one.name for one in self.arguments if one.required]
        properties = {one.name: one.schema for one in self.arguments}
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
        known = {one.name for one in self.arguments}
        spare = {name: value for name, value in given.items() if name not in known}
        if spare and self.extra is None:
            wanted = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
            raise Misfit(f"there is no argument {', '.join(map(repr, spare))}; {wanted}")
        if missing := [one.name for one in self.arguments if one.required and one.name not in given]:
            raise Misfit(f"missing: {', '.join(missing)}")
        parts = list(self._parts(given))
        for name, value in spare.items():
            if not name.isidentifier():
                raise Misfit(f"{name!r} is no name for an argument")
            read = self.extra.read(value, name) if self.extra else ""
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
        rest = any(one.listed and given.get(one.name) for one in self.arguments)
        gap = ""
        for one in self.arguments:
            passed = one.parameter.passed
            by_place = passed == "positional-only" or (rest and passed == "positional-or-keyword")
            if one.name not in given:
                gap = one.name if by_place and not gap else gap
                continue
            if (by_place or one.listed) and gap and given[one.name] != []:
                raise Misfit(f"{one.name} can only be given together with {gap}")
            if one.listed:
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
    signature = read_signature(signature_node(function.signature), library.definitions)
    docs = parameter_docs(function.doc)
    arguments = [
        Argument(one, form, docs.get(one.name, ""))
        for one in signature.parameters
        if (form := _form(one, library)) is not None
    ]
    extra = _form(signature.extra, library) if signature.extra else None
    try:
        result = form_of(signature.result, library)
    except NotInJson:
        result = None
    return Schema(function.name, tuple(arguments), result, extra, signature.waits)


def _form(parameter: Parameter, library: Parsed) -> Form | None:
    """None for an argument that cannot be said but may be left away."""
    try:
        return form_of(parameter.type, library)
    except NotInJson as problem:
        if parameter.optional:
            return None
        raise NotInJson(f"its {parameter.name}: {problem.message}") from None


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
