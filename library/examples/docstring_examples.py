"""Examples in a docstring, however written: doctests, `f(1) == 2`, `f(1) ➞ 2`, `f(1) returns 2`, Input and Output."""

import ast
import builtins
import re
from collections.abc import Iterator

from library.errors import SourceError
from library.examples.example import Example, Source, parse_example
from library.examples.known_names import import_of
from library.source.literals import literal
from library.source.syntax_tree import expression, names_within

_ARROW = re.compile(
    r"\s*(?:#\s*)?(?:={1,2}>|==|->|➞|→|⇒|≡|=|(?:should|must|will|would)\s+(?:return|be|give|equal)"
    r"|returns?|gives|is|evaluates to|results in|raises|:)\s*(?:to\s+)?",
    re.IGNORECASE,
)
_PAIR = re.compile(r"input\s*:?\s*(.+?)\s*\n?\s*output\s*:?\s*(.+)", re.IGNORECASE)
_GIVEN = re.compile(r"\b(?:for|if|when|with)\s+[A-Za-z_]\w*\s*=\s*(?!=)", re.IGNORECASE)
_ANOTHER = re.compile(r"\s*(?:,|and|,\s*and)\s+[A-Za-z_]\w*\s*=\s*(?!=)")
_OUTCOME = re.compile(
    r"[\s,:]*(?:then\s+)?(?:the\s+|your\s+)?(?:output|result|answer|function|it)\s+"
    r"(?:(?:should|must|will|would)\s+)?(?:be|is|equals?|returns?|gives?)\s*:?\s*",
    re.IGNORECASE,
)
_BREAK = re.compile(r"\s*\n\s*")
_NAMED = re.compile(r"[A-Za-z_]\w*\s*=\s*(?![=])")


def examples_in(doc: str, name: str, source: Source = "goal", when: str = "") -> tuple[Example, ...]:
    """The examples that a docstring gives for a function, in order, each call once; what is unclear is left out.

    Args:
        doc: the docstring, or any text such as a goal.
        name: the function.
        source: who is taken to have said it.
        when: ISO date-time.
    """
    found: dict[str, Example] = {}
    for text in [*_doctests(doc), *_inline(doc, name), *_pairs(doc, name), *_given(doc, name)]:
        try:
            example = parse_example(text, source, when)
        except SourceError:
            continue
        if re.search(rf"\b{re.escape(name)}\(", example.call) and _can_run(example.call):
            found.setdefault("".join(example.call.split()), example)
    return tuple(found.values())


def _doctests(doc: str) -> Iterator[str]:
    """Each ">>>" line with what follows it up to an empty line or the next one."""
    lines = [line.strip() for line in doc.splitlines()]
    for at, line in enumerate(lines):
        if not line.startswith(">>>"):
            continue
        block = [line]
        for following in lines[at + 1 :]:
            if not following or following.startswith(">>>"):
                break
            block.append(following)
        call = line[3:].split("  #")[0].split(" # ")[0].strip()
        tree = expression(call)
        if re.search(r"\)\s*(==|=>|->|➞)", call) or tree is None:
            continue
        if len(block) == 1:
            if doc.count(">>>") > 1 and isinstance(tree, ast.Call):
                yield f"{call} -> None"  # what prints nothing has returned None
            continue
        yield "\n".join([f">>> {call}", *block[1:]])
        if len(block) > 2:  # prose may follow without an empty line
            yield "\n".join([f">>> {call}", block[1]])


def _inline(doc: str, name: str) -> Iterator[str]:
    """`name(...)` followed by an arrow or a verb and a literal on the same line."""
    for match in re.finditer(rf"(?<![\w.]){re.escape(name)}\(", doc):
        end = closing(doc, match.end() - 1)
        if end is None:
            continue
        call, rest = _BREAK.sub(" ", doc[match.start() : end]), doc[end:]
        arrow = _ARROW.match(rest)
        if arrow is None:
            continue
        after = rest[arrow.end() :].split("\n")[0]
        if "raises" in arrow.group().lower():
            word = re.match(r"[\w.]+", after)
            if word:
                yield f"{call} raises {word[0]}"
        elif (result := leading_literal(rest[arrow.end() :])) is not None:
            yield f"{call} -> {result}"


def _pairs(doc: str, name: str) -> Iterator[str]:
    """Input: ... with Output: ... on the next line."""
    for match in _PAIR.finditer(doc):
        given = _NAMED.sub("", match[1].strip())
        result = leading_literal(match[2])
        arguments = expression(f"_({given})")
        if result is not None and isinstance(arguments, ast.Call) and _all_literal(arguments):
            yield f"{name}({given}) -> {result}"


def _given(doc: str, name: str) -> Iterator[str]:
    """`For a = 1, b = [2] the output should be 3`; the values are taken in their order."""
    for match in _GIVEN.finditer(doc):
        found: list[str] = []
        at = match.end()
        while (value := _value_at(doc, at)) is not None:
            found.append(" ".join(doc[at:value].split()))
            another = _ANOTHER.match(doc, value)
            at = another.end() if another else value
            if not another:
                break
        outcome = _OUTCOME.match(doc, at) if found else None
        result = leading_literal(doc[outcome.end() :]) if outcome else None
        if result is not None:
            yield f"{name}({', '.join(found)}) -> {result}"


def _value_at(text: str, start: int) -> int | None:
    """The place after the literal that begins there; a bracket, a text or a number."""
    if text[start : start + 1] in tuple("[({"):
        return closing(text, start)
    match = re.compile(r"-?\d+(?:\.\d+)?|'[^'\n]*'|\"[^\"\n]*\"").match(text, start)
    return match.end() if match else None


def _all_literal(call: ast.Call) -> bool:
    return bool(call.args) and all(literal(ast.unparse(argument)) is not None for argument in call.args)


def _can_run(call: str) -> bool:
    """No variables: `f(a)` in prose says something about every a."""
    tree = ast.parse(call, mode="eval")
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    inner = names_within(*(node.target for node in ast.walk(tree) if isinstance(node, ast.comprehension)))
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called]
    roots = {n.value.id for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)}
    modules = {name for name in roots if import_of(name, call)}
    return all(n.id in inner or n.id in modules or hasattr(builtins, n.id) for n in names)


def closing(text: str, start: int) -> int | None:
    """The place after the bracket that closes the one at `start`; quotes are minded."""
    depth, quote = 0, ""
    for at in range(start, min(len(text), start + 600)):
        letter = text[at]
        if quote:
            quote = "" if letter == quote and text[at - 1] != "\\" else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                return at + 1
    return None


def leading_literal(text: str) -> str | None:
    """The longest literal that a text begins with, on one line unless a bracket is open; None if there is none."""
    text = text.lstrip()
    if text[:1] in ("[", "(", "{"):
        end = closing(text, 0)
        return _literal(" ".join(text[:end].split())) if end else None
    line = text.split("\n")[0].rstrip()
    if reckoned := re.match(r"(?:[\s\d.\-+*/]*=\s*)+(?=\S)", line):  # "19 - 5 - 6 = 8"
        line = line[reckoned.end() :]
    for end in range(len(line), 0, -1):
        if (end == len(line) or not (line[end].isalnum() or line[end] == "_")) and (found := _literal(line[:end])):
            return found
    lowered = re.match(r"(true|false|none|null)\b", line, re.IGNORECASE)
    return {"t": "True", "f": "False", "n": "None"}[lowered[0][0].lower()] if lowered else None


def _literal(text: str) -> str | None:
    text = text.strip().strip("`").rstrip(".,;").strip()
    return text if literal(text) else None
