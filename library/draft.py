"""Draft: a function and its tests before they are saved, read from a model's reply or a person's editor as text."""

import ast
import re
from dataclasses import asdict, dataclass
from typing import Any

from library.errors import SourceError

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.S | re.M)
_PYTHON = {"", "python", "py", "python3", "pycon", "text"}


@dataclass(frozen=True)
class Draft:
    """`code`: imports, one public function, private helpers; `tests`: test functions or ""; `name`: the function."""

    name: str
    code: str
    tests: str = ""

    def to_json(self) -> dict[str, str]:
        """As data for the journal."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Draft":
        """The draft that `to_json` wrote."""
        return Draft(data["name"], data["code"], data["tests"])

    @property
    def text(self) -> str:
        """Code and tests as one Python text, as a person edits it."""
        return f"{self.code.rstrip()}\n\n\n{self.tests.strip()}\n" if self.tests.strip() else f"{self.code.rstrip()}\n"


def read_reply(text: str, name: str) -> Draft:
    """The draft in a model's reply: fenced blocks, or the whole text if it is Python without fences.

    Args:
        text: the reply; prose around the blocks is passed over.
        name: the function that was asked for.

    Raises:
        SourceError: what is wrong, in words for the model.
    """
    text = text.replace("\r\n", "\n")
    blocks = [body for _, language, body in _FENCE.findall(text) if language.lower() in _PYTHON and body.strip()]
    if not blocks:
        if "def " not in text:
            raise SourceError("There is no code in it: no block fenced with ```python.")
        blocks = [text]
    return read_text("\n\n".join(_dedent(block) for block in blocks), name)


def read_text(text: str, name: str) -> Draft:
    """The draft in one Python text: what is named test_… are the tests, the rest is the code.

    Raises:
        SourceError: the text does not parse (names the line), or it has not exactly one public function called `name`.
    """
    text = text.replace("\r\n", "\n")
    tree = _parse(text)
    code, tests = _split(text, tree)
    public = _public(tree)
    if name not in public:
        there = f"it defines {', '.join(public)}" if public else "it defines no public function"
        raise SourceError(f"The function must be called {name!r}; {there}.")
    if len(public) > 1:
        others = ", ".join(other for other in public if other != name)
        raise SourceError(f"There must be one public function, {name!r}; make private (_name) or drop: {others}.")
    if "pytest." in tests and "import pytest" not in tests:
        tests = f"import pytest\n\n\n{tests}"  # which is often forgotten
    return Draft(name, code, tests)


def _parse(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 0
        lines = text.splitlines()
        shown = f": {lines[line - 1].strip()[:80]}" if 0 < line <= len(lines) else ""
        raise SourceError(f"It is not Python: {getattr(error, 'msg', error)} in line {line}{shown}") from None
    except (RecursionError, MemoryError):
        raise SourceError("It is nested too deeply to be parsed.") from None


def _public(tree: ast.Module) -> list[str]:
    """Public functions and classes, in order, each once."""
    found = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not _is_test(node)
    ]
    return list(dict.fromkeys(name for name in found if not name.startswith("_")))


def _is_test(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name.startswith("test_")
    return isinstance(node, ast.ClassDef) and node.name.startswith("Test")


def _for_tests(node: ast.stmt) -> bool:
    """Imports that only tests need, and the habit of importing the library or the draft itself."""
    if isinstance(node, ast.ImportFrom):
        return node.module in {"library", "pytest", "solution", "main", "your_module", "module"} or node.level > 0
    return isinstance(node, ast.Import) and all(alias.name in {"pytest", "library", "unittest"} for alias in node.names)


def _is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _split(text: str, tree: ast.Module) -> tuple[str, str]:
    """The text without its tests, and the tests; comments stay with what follows them."""
    lines = text.splitlines()
    code: list[str] = []
    tests: list[str] = []
    last = 0
    for node in tree.body:
        decorators = getattr(node, "decorator_list", [])
        start = min([node.lineno, *(d.lineno for d in decorators)]) - 1
        end = node.end_lineno or node.lineno
        chunk = lines[max(last, 0) : start] + lines[start:end]
        last = end
        if _is_main_guard(node):
            continue
        if _is_test(node):
            tests += [*_trim(chunk), "", ""]
        elif _for_tests(node):
            tests = [*(line for line in _trim(chunk) if "pytest" in line and "import" in line), *tests]
        else:
            code += chunk
    tail = lines[last:]
    (tests if tests else code).extend(tail)
    return "\n".join(code).strip("\n") + "\n", ("\n".join(tests).strip("\n") + "\n" if tests else "")


def _trim(lines: list[str]) -> list[str]:
    while lines and not lines[0].strip():
        lines = lines[1:]
    return lines


def _dedent(block: str) -> str:
    lines = block.replace("\r\n", "\n").splitlines()
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins, default=0)
    return "\n".join(line[margin:] for line in lines)
