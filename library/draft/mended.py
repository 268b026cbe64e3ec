"""Mended: a reply put right where what was meant is plain: its function's name, types, words and imports.

Small models write the right function under another name, leave out types or words that the step gives, or an import,
and give helpers public names. Sending that back costs a call and seldom comes back whole.
"""

import ast
import re
from collections.abc import Container, Sequence
from importlib import import_module
from itertools import pairwise
from textwrap import wrap

from library.editing.import_block import MODULE
from library.editing.rename import rename_names
from library.errors import SourceError
from library.examples.example import Example
from library.examples.implied_imports import BUILTINS
from library.examples.known_names import import_of
from library.examples.same_value import same_value
from library.source.literals import literal, written
from library.source.signature import parameter_nodes, signature_node
from library.source.statements import read_pieces
from library.source.syntax_tree import FunctionNode, find_function, read_tree, split_lines
from library.source.whole_word import occurs

_WIDTH = 90
_UNFIT = re.compile(r"\\|\"\"\"|'''")  # in a docstring it may mean something else, or end it
_STARRED = frozenset(("collections", "functools", "itertools", "math", "re", "string", "typing"))
_TYPING = frozenset(("Any", "Dict", "FrozenSet", "List", "Optional", "Set", "Tuple", "Type", "Union"))


def renamed(blocks: Sequence[str], name: str, public: Sequence[str]) -> list[str]:
    """The blocks with the one function that must be meant under its name, and every other public name as a private one.

    Args:
        blocks: Python texts.
        name: the function that was asked for.
        public: public functions and classes in them, in order.
    """
    names: dict[str, str] = {}
    functions = [one for one in public if _is_function(blocks, one)]
    if name not in public:
        if any(re.search(rf"(?m)^\s+(?:async )?def {re.escape(name)}\b", block) for block in blocks):
            return list(blocks)  # it stands inside another one, which is not it
        uncalled = [
            one for one in functions if not any(_calls(blocks, other, one) for other in functions if other != one)
        ]
        if len(uncalled) != 1:
            return list(blocks)
        names[uncalled[0]] = name
    names |= {one: f"_{one}" for one in public if one != name and one not in names}
    try:
        return [rename_names(block, names) for block in blocks] if names else list(blocks)
    except SourceError:
        return list(blocks)


def silent(block: str) -> tuple[str, list[str]]:
    """A text without the calls that stand alone at its margin, and these: what is printed or called to show it.

    None of it is ever run; a name that such a call should have set up is missed when the function is tried.
    """
    tree = read_tree(block, "the draft")
    calls = [one for one in tree.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call | ast.Await)]
    lines = split_lines(block)
    told = [lines[one.lineno - 1].strip() for one in calls]
    for one in reversed(calls):
        del lines[one.lineno - 1 : one.end_lineno or one.lineno]
    return "".join(lines), told


def completed(code: str, name: str, signature: str, known: Container[str] = (), does: str = "") -> str:
    """The code with types and words that the step gives and the function lacks, and imports that are plainly meant.

    Args:
        code: the function with what it needs.
        name: of the function.
        signature: of the step.
        known: names that the library has, so that they mean no import.
        does: the step's words.
    """
    code = _without_idle(_without_stars(_documented(_typed(code, name, signature), name, does)))
    pieces, _ = read_pieces(code, "the draft")
    if any(piece.kind in ("future", "docstring") for piece in pieces):
        return code  # what comes first has to stay first
    bound = {one for piece in pieces for one in piece.names} | BUILTINS
    missing = {one for piece in pieces for one in piece.uses if one not in bound and one not in known}
    typing = sorted(missing & _TYPING)
    found = {line for one in missing - _TYPING if (line := import_of(one, code)) and "pytest" not in line}
    lines = [*sorted(found), *([f"from typing import {', '.join(typing)}"] if typing else [])]
    apart = "" if pieces and pieces[0].kind == "import" else "\n\n"
    return "\n".join([*lines, apart + code]) if lines else code


def _without_stars(code: str) -> str:
    """The code with each `from typing import *` (math, re, ...) as an import of the names that it uses."""
    tree = read_tree(code, "the draft")
    stars = [one for one in tree.body if isinstance(one, ast.ImportFrom) and one.names[0].name == "*"]
    if not stars or any(one.module not in _STARRED for one in stars):
        return code
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = split_lines(code)
    for one in reversed(stars):
        names = sorted(used & _exports(str(one.module)))
        used -= set(names)
        text = f"from {one.module} import {', '.join(names)}\n" if names else ""
        lines[one.lineno - 1 : one.end_lineno or one.lineno] = [text]
    return "".join(lines)


def _without_idle(code: str) -> str:
    """The code without imports of the library's functions whose names stand nowhere else in it: they were on offer."""
    tree, lines = read_tree(code, "the draft"), split_lines(code)
    imports = [
        (one.names, slice(one.lineno - 1, one.end_lineno or one.lineno), ast.get_source_segment(code, one))
        for one in tree.body
        if isinstance(one, ast.ImportFrom) and one.module == MODULE and not one.level and one.names[0].name != "*"
    ]
    alone = [(names, place) for names, place, text in imports if "".join(lines[place]).strip() == text]
    taken = {number for _, place in alone for number in range(place.start, place.stop)}
    rest = "".join(line for number, line in enumerate(lines) if number not in taken)
    idle = [place for names, place in alone if not any(occurs(one.asname or one.name, rest) for one in names)]
    for place in reversed(idle):
        del lines[place]
    return "".join(lines).lstrip("\n") if idle else code


def _exports(module: str) -> set[str]:
    there = import_module(module)  # of the standard library, and named above
    return set(getattr(there, "__all__", [name for name in dir(there) if not name.startswith("_")]))


def _typed(code: str, name: str, signature: str) -> str:
    tree = read_tree(code, "the draft")
    mine, theirs = find_function(tree, name), signature_node(signature)
    if mine is None:
        return code
    given = {one.node.arg: one.node.annotation for one in parameter_nodes(theirs)}
    by_place = [one.node.annotation for one in parameter_nodes(theirs)]
    puts: list[tuple[int, int, str]] = []
    parameters = parameter_nodes(mine)
    for at, one in enumerate(parameters):
        there = given.get(one.node.arg) or (by_place[at] if len(by_place) == len(parameters) else None)
        if one.node.annotation is None and there is not None and one.node.end_lineno and one.node.end_col_offset:
            puts.append((one.node.end_lineno, one.node.end_col_offset, f": {ast.unparse(there)}"))
    lines = split_lines(code)
    if mine.returns is None and theirs.returns is not None and (end := _colon(lines, mine)):
        puts.append((*end, f" -> {ast.unparse(theirs.returns)}"))
    for number, column, text in sorted(puts, reverse=True):
        line = lines[number - 1].encode()
        lines[number - 1] = (line[:column] + text.encode() + line[column:]).decode()
    return "".join(lines)


def _documented(code: str, name: str, does: str) -> str:
    node = find_function(read_tree(code, "the draft"), name)
    if node is None or ast.get_docstring(node) is not None or not does.strip() or '"""' in does:
        return code
    first = min(one.lineno for one in [node.body[0], *getattr(node.body[0], "decorator_list", ())]) - 1
    lines = split_lines(code)
    indent = lines[first][: node.body[0].col_offset]
    if indent.strip():  # the body stands on the line of the head
        return code
    words = [line for one in does.strip().split("\n") for line in wrap(one, _WIDTH, break_long_words=False) or [""]]
    alone = len(words) == 1 and words[0][-1] not in ('"', "\\")
    text = f"\n{indent}".join([*words, *([] if alone else [""])])
    raw = "r" if "\\" in does else ""
    lines.insert(first, f'{indent}{raw}"""{text}"""\n')
    return "".join(lines)


def _colon(lines: Sequence[str], function: FunctionNode) -> tuple[int, int] | None:
    """Line and column, in bytes, of the colon that ends a function's head."""
    nodes = [one for one in ast.walk(function.args) if isinstance(one, ast.arg | ast.expr)]
    ends = [(one.end_lineno or one.lineno, one.end_col_offset or one.col_offset) for one in nodes]
    start = max(ends, default=(function.lineno, function.col_offset))
    first = function.body[0]
    for number in range(start[0], first.lineno + 1):
        line = lines[number - 1].encode()
        if found := re.compile(rb"\)\s*:").search(line, start[1] if number == start[0] else 0):
            return number, found.start() + 1
    return None


def _is_function(blocks: Sequence[str], name: str) -> bool:
    return any(find_function(read_tree(block, "the draft"), name) is not None for block in blocks)


def _calls(blocks: Sequence[str], caller: str, name: str) -> bool:
    """Whether one function names another."""
    nodes = [find_function(read_tree(block, "the draft"), caller) for block in blocks]
    return any(
        isinstance(part, ast.Name) and part.id == name for node in nodes if node is not None for part in ast.walk(node)
    )


def held_to(code: str, examples: Sequence[Example]) -> str:
    """The code whose doctests say of an example's call what the example says, and nothing else.

    Args:
        code: with docstrings.
        examples: what holds; one that the code does not fulfil is red whatever a docstring says.
    """
    known = {"".join(one.call.split()): one for one in examples}
    lines, wrong = code.split("\n"), list[str]()
    for at, (line, following) in enumerate(pairwise(lines)):
        text, result = line.strip(), following.strip()
        example = known.get("".join(text[3:].split())) if text.startswith(">>>") else None
        said = literal(result) if example is not None and "\\" not in result else None
        if example is None or said is None:
            continue  # another call, or what is no plain value
        wanted = None if example.raises else literal(example.expected)
        if example.raises or (wanted is not None and wanted[0] is None):
            wrong.append(example.call)
        elif wanted is not None and not same_value(said[0], wanted[0]) and not _UNFIT.search(written(wanted[0])):
            lines[at + 1] = following.replace(result, written(wanted[0]))
    text = "\n".join(lines)
    for call in wrong:
        text = without_doctest(text, call)
    return text


def without_doctest(code: str, call: str) -> str:
    """The code without the doctest of a call and its result, where they stand in a docstring."""
    wanted, kept, skipping = "".join(call.split()), list[str](), False
    for line in code.split("\n"):
        text = line.strip()
        if text.startswith(">>>"):
            skipping = "".join(text[3:].split()) == wanted
        elif not text or text.endswith(('"""', "'''")):
            skipping = False
        if not skipping:
            kept.append(line)
    return "\n".join(kept)
