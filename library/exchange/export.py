"""Export: a library as an installable, typed, documented package with its tests; texts only. Pure."""

import ast
import inspect
import json
import keyword
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from library.errors import SourceError
from library.source.function import Function, Parsed, parse
from library.source.imports import imports_of
from library.source.statements import Piece, is_typing_only
from library.source.syntax_tree import BOM, read_tree, split_lines

MARK = "# written by: coder library export"
ORIGIN = re.compile(r"^# from: (.+?); licence: (.+)$", re.MULTILINE)
_LATEST = 20  # minor versions of Python 3 that a syntax may need


@dataclass(frozen=True)
class Package:
    """What is to be exported.

    Attributes:
        name: of the package, an identifier.
        version: "0.12".
        library: text of library.py.
        tests: text of test_library.py.
        module: the name under which the tests import the library.
        examples: one for each function, "f(1) == 2".
        requires: packages that the library imports, as pip wants them; by the name they are imported under.
        papers: texts of the licences under which functions came here, by file name.
        origins: for a function that came from elsewhere, from where, under which licence, and whose it is.
    """

    name: str
    version: str
    library: str
    tests: str = ""
    module: str = "library"
    examples: Mapping[str, str] = field(default_factory=dict[str, str])
    requires: Mapping[str, str] = field(default_factory=dict[str, str])
    papers: Mapping[str, str] = field(default_factory=dict[str, str])
    origins: Mapping[str, str] = field(default_factory=dict[str, str])

    def files(self) -> dict[str, str]:
        """Relative path -> text.

        Raises:
            SourceError: the library or its tests do not parse.
        """
        parsed = parse(self.library)
        found = {
            "pyproject.toml": self._project(parsed),
            "README.md": self._readme(parsed),
            f"src/{self.name}/__init__.py": listed(self.library, parsed),
            f"src/{self.name}/py.typed": "",
        }
        found |= {f"licences/{name}": text for name, text in self.papers.items()}
        if self.tests.strip():
            found[f"tests/test_{self.name}.py"] = reimported(self.tests, self.module, self.name)
        return found

    def _project(self, parsed: Parsed) -> str:
        needs = [self.requires.get(name, name) for name in packages(self.library)]
        dependencies = "".join(f"    {json.dumps(name)},\n" for name in needs)
        summary = f"{len(_public(parsed))} functions with their tests."
        return f"""\
{MARK}
[project]
name = {json.dumps(self.name.replace("_", "-"))}
version = {json.dumps(self.version)}
description = {json.dumps(summary)}
readme = "README.md"
requires-python = ">=3.{oldest(self.library)}"
dependencies = [{chr(10) + dependencies if dependencies else ""}]
{'license-files = ["licences/*"]' + chr(10) if self.papers else ""}classifiers = ["Typing :: Typed"]

[dependency-groups]
dev = ["pytest>=8.3"]

[build-system]
requires = ["hatchling>=1.27,<2"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["src/{self.name}"]

[tool.pytest.ini_options]
testpaths = ["tests"]
"""

    def _readme(self, parsed: Parsed) -> str:
        functions = _public(parsed)
        first = functions[0].name if functions else "…"
        doc = next((piece for piece in parsed.pieces if piece.kind == "docstring"), None)
        about = f"{_docstring(doc)}\n\n" if doc else ""
        parts = [
            f"# {self.name}\n\n{about}```python\nfrom {self.name} import {first}\n```\n",
            "| function | what it does |\n|---|---|\n"
            + "".join(
                f"| [`{one.name}`](#{one.name}) | {one.summary.replace('|', chr(92) + '|')} |\n" for one in functions
            ),
            *(self._section(function) for function in functions),
        ]
        origins = [(one.name, match) for one in functions for match in ORIGIN.findall(one.source)]
        if origins:
            lines = "".join(
                f"- `{name}`: from {where}; licence: {licence}{self._whose(name)}\n"
                for name, (where, licence) in origins
            )
            kept = "\nThe texts of their licences are in `licences/`.\n" if self.papers else ""
            parts.append(f"## Origins\n\nFunctions that somebody else wrote first:\n\n{lines}{kept}")
        return "\n\n".join(part.rstrip() for part in parts) + "\n"

    def _whose(self, name: str) -> str:
        return f" ({self.origins[name]})" if self.origins.get(name) else ""

    def _section(self, function: Function) -> str:
        text = f"## {function.name}\n\n```python\n{function.signature}\n```\n\n"
        if doc := inspect.cleandoc(function.doc):
            text += f"```text\n{doc}\n```\n\n" if ">>>" in doc or ":\n" in doc else f"{doc}\n\n"
        if ">>>" not in function.doc and (example := self.examples.get(function.name)):
            text += f"```python\n{example}\n```\n\n"
        return text


def check_name(name: str) -> str:
    """The name, if a package may be called so.

    Raises:
        SourceError: it is no identifier, a word of Python, or a module of Python itself.
    """
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name):
        raise SourceError(f"{name!r} is no name for a package.", "Take letters, digits and _; --name NAME.")
    if name in sys.stdlib_module_names or name in ("library", "test", "tests", "pytest"):
        raise SourceError(f"{name!r} would hide another module of that name.", "Take another: --name NAME.")
    return name


def packages(source: str) -> list[str]:
    """Top-level modules that the text imports, wherever, and that do not come with Python."""
    nodes = [node for node in read_tree(source, "the library").body if not is_typing_only(node)]
    items = [
        item for node in nodes for part in ast.walk(node) if isinstance(part, ast.stmt) for item in imports_of(part)
    ]
    tops = {item.module.split(".")[0] for item in items}
    return sorted(tops - set(sys.stdlib_module_names) - {""})


def oldest(source: str) -> int:
    """The oldest minor version of Python 3, from 11, whose syntax the text keeps to."""
    for minor in range(11, _LATEST):
        try:
            ast.parse(source.removeprefix(BOM), feature_version=(3, minor))
        except (SyntaxError, ValueError):
            continue
        return minor
    return sys.version_info.minor


def listed(source: str, parsed: Parsed) -> str:
    """The text with an `__all__` of its public definitions, unless it has one."""
    if "__all__" in parsed.names:
        return source
    names = [name for piece in parsed.pieces if piece.kind in ("function", "class", "other") for name in piece.names]
    public = sorted({name for name in names if not name.startswith("_")} & parsed.definitions)
    at = max(
        (parsed.number(piece) for piece in parsed.pieces if piece.kind in ("docstring", "future", "import")), default=-1
    )
    before, after = parsed.pieces[: at + 1], parsed.pieces[at + 1 :]
    head = "".join(piece.whole for piece in before)
    rest = "".join(piece.whole for piece in after) + parsed.tail
    listing = "__all__ = [\n" + "".join(f'    "{name}",\n' for name in public) + "]\n"
    return f"{head}{'' if head.endswith(chr(10)) or not head else chr(10)}{chr(10) if head else ''}{listing}{rest}"


def reimported(tests: str, module: str, name: str) -> str:
    """The tests, importing from the module `name` what they import from `module`; nothing else in them is touched."""
    tests = tests.removeprefix(BOM)
    lines = split_lines(tests)
    for node in ast.walk(read_tree(tests, "the tests")):
        if isinstance(node, ast.ImportFrom) and node.module == module and not node.level:
            at = node.lineno - 1
            lines[at] = re.sub(rf"\bfrom(\s+){re.escape(module)}\b", rf"from\g<1>{name}", lines[at], count=1)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == module:
                    at = alias.lineno - 1
                    bound = "" if alias.asname else f" as {module}"
                    line, column = lines[at].encode(), alias.col_offset
                    new = f"{name}{bound}".encode()
                    lines[at] = (line[:column] + new + line[column + len(module.encode()) :]).decode()
    return "".join(lines)


def _public(parsed: Parsed) -> list[Function]:
    return [function for function in parsed.functions if function.public]


def _docstring(piece: Piece) -> str:
    return inspect.cleandoc(str(ast.literal_eval(ast.unparse(piece.nodes[0]))))
