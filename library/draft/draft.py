"""Draft: a function and its tests before they are saved, read from a model's reply or a person's editor as text."""

import ast
import json
import re
import warnings
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from library.draft.code_and_tests import part
from library.draft.code_blocks import LONGEST, PYTHON, Block, dedent, is_python, parted, plain
from library.draft.mended import completed, renamed, silent
from library.draft.reply_text import added, defined, typeset, unquoted, unwrapped
from library.errors import SourceError
from library.source.signature import parameter_nodes
from library.source.syntax_tree import Definition, FunctionNode, find_function

_LOOKS_LIKE_CODE = ("def ", "class ", "async def ", "@")
_DIFFS = frozenset({"diff", "patch"})
_IN_MID_LINE = re.compile(r"^(.*\S[ \t]*)(```(?:python3?|py3?)[ \t]*)$", re.MULTILINE)


@dataclass(frozen=True)
class Draft:
    """A function that may be saved.

    Args:
        name: the function.
        code: it with what it needs: imports, constants, private helpers.
        tests: its tests with what only they need, or "".
        left_out: lines of the text that nothing needs: neither run nor saved.
    """

    name: str
    code: str
    tests: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Code and tests as one Python text, as a person edits it."""
        return f"{self.code.rstrip()}\n\n\n{self.tests.strip()}\n" if self.tests.strip() else f"{self.code.rstrip()}\n"


def read_reply(text: str, name: str, signature: str = "", known: Container[str] = (), does: str = "") -> Draft:
    """The draft in a model's reply: fenced blocks, or the whole text if it is Python without fences.

    A block that is no Python, or has nothing to do with the function, is passed over (calls that show it, a shell's
    output). Of several versions of the function the most complete counts, of equally complete ones the last.

    Args:
        text: the reply; prose around the blocks is passed over.
        name: the function that was asked for.
        signature: of the step that asked for it: what it says and the reply lacks is put in, a misnamed function gets
            its name, other public ones become private.
        known: names of the library's functions.
        does: the step's words, for a function that has none of its own.

    Raises:
        SourceError: what is wrong, in words for the model.
    """
    text = plain(text)
    found, _ = parted(text)
    blocks = [dedent(block.text) for block in found if block.language in PYTHON and block.text.strip()]
    if not any(_names(block, name) for block in blocks):
        blocks = _of_another_form(text, found, name) or blocks
    blocks = blocks or [code for block in found if block.language in _DIFFS and (code := added(block.text))]
    blocks = blocks or _from_json(found[0].text if len(found) == 1 else text)
    if not blocks:
        if "def " not in text:
            raise SourceError("There is no code in it: no block fenced with ```python.")
        blocks = [_checked(text)]
    codes = [unwrapped(block) for block in blocks]
    if not signature:
        return _draft(codes, name)
    quiet = [silent(text) if is_python(text := typeset(code)) else (code, list[str]()) for code in codes]
    draft = _draft(_renamed([code for code, _ in quiet], name), name)
    left_out = (*draft.left_out, *(line for _, lines in quiet for line in lines))
    return replace(draft, code=completed(draft.code, name, signature, known, does), left_out=left_out)


def read_text(text: str, name: str) -> Draft:
    """The draft in one Python text: tests with what only they need, the function with what it needs.

    Raises:
        SourceError: the text does not parse (names the line), or it has not exactly one public function called `name`.
    """
    return _draft([_checked(plain(text))], name)


def _renamed(blocks: Sequence[str], name: str) -> list[str]:
    """The blocks with the names that were meant, as far as they are Python."""
    texts = [typeset(block) for block in blocks]
    trees = [_parse(text) for text in texts if is_python(text)]
    public = list(dict.fromkeys(one for tree in trees for one in _public(tree)))
    if public == [name] or len(trees) < len(texts):
        return list(blocks)
    return renamed(texts, name, public)


def _names(text: str, name: str) -> bool:
    """Whether it defines the function, as far as can be told of what may be no Python."""
    return re.search(rf"\bdef {re.escape(name)}\b", text) is not None


def _of_another_form(text: str, found: Sequence[Block], name: str) -> list[str]:
    """The code of a reply that has the function in no block of Python: in blocks of another name or inside another
    block, behind a fence in mid-line, or quoted; [] if none of that is Python that defines it.
    """
    if not _names(text, name):
        return []
    inner = [one for block in found if "```" in block.text or "~~~" in block.text for one in parted(block.text)[0]]
    opened = _IN_MID_LINE.sub(r"\1\n\2", bare := unquoted(text))
    for blocks in (found, inner, parted(opened)[0] if opened != text else []):
        codes = [unwrapped(dedent(block.text)) for block in blocks if block.text.strip()]
        codes = [code for code in codes if is_python(code) and defined(code)]
        if any(name in defined(code) for code in codes):
            return codes
    return [code] if name in defined(code := unwrapped(_checked(bare))) else []


def _from_json(text: str) -> list[str]:
    """The code in a reply that is an object of JSON with code as its values, {"code": ..., "tests": ...}."""
    if not text.lstrip().startswith("{"):
        return []
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return []
    values = cast("dict[str, Any]", found).values() if isinstance(found, dict) else ()
    code = [value for value in values if isinstance(value, str)]
    return [_checked(text) for text in code if any(word in text for word in ("def ", "class ", "assert "))]


def _checked(text: str) -> str:
    if len(text) > LONGEST:
        raise SourceError(f"There are more than {LONGEST:,} characters of code in it: be shorter.")
    return text


def _draft(blocks: Sequence[str], name: str) -> Draft:
    trees: list[tuple[str, ast.Module]] = []
    for block in blocks:
        text = typeset(block)
        if len(blocks) == 1 or is_python(text) or any(line.startswith(_LOOKS_LIKE_CODE) for line in text.split("\n")):
            trees.append((text, _parse(text)))
    try:
        parts = part([text for text, _ in trees], name, _other_versions(trees, name))
    except RecursionError:
        raise SourceError("It is nested too deeply to be read.") from None
    public = parts.public
    if name not in public:
        there = [n for _, tree in trees for n in _public(tree)]
        shown = f"it defines {', '.join(dict.fromkeys(there))}" if there else "it defines no public function"
        raise SourceError(f"The function must be called {name!r}; {shown}.")
    if len(public) > 1:
        others = ", ".join(other for other in public if other != name)
        raise SourceError(f"There must be one public function, {name!r}; make private (_name) or drop: {others}.")
    return Draft(name, parts.code, parts.tests, parts.left_out)


def _parse(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 0
        lines = text.split("\n")
        shown = f": {lines[line - 1].strip()[:80]}" if 0 < line <= len(lines) else ""
        raise SourceError(f"It is not Python: {getattr(error, 'msg', error)} in line {line}{shown}") from None
    except (RecursionError, MemoryError):
        raise SourceError("It is nested too deeply to be parsed.") from None


def _public(tree: ast.Module) -> list[str]:
    """Public functions and classes, in order."""
    nodes = [node for node in tree.body if isinstance(node, Definition)]
    return [node.name for node in nodes if not node.name.startswith(("_", "test_", "Test"))]


def _other_versions(trees: Sequence[tuple[str, ast.Module]], name: str) -> set[int]:
    """Numbers of the blocks that hold another version of the function than the one that counts."""
    found = [(number, find_function(tree, name)) for number, (_, tree) in enumerate(trees)]
    versions = [(number, node) for number, node in found if node is not None]
    if len(versions) < 2:
        return set()
    best = max(versions, key=lambda version: (_complete(version[1]), version[0]))[0]
    return {number for number, _ in versions} - {best}


def _complete(node: FunctionNode) -> int:
    """How much of what a library wants it brings: a docstring, types, a body."""
    typed = node.returns is not None and all(one.node.annotation for one in parameter_nodes(node))
    stub = all(isinstance(n, ast.Pass | ast.Expr) for n in node.body)
    return 4 * (not stub) + 2 * (ast.get_docstring(node) is not None) + typed
