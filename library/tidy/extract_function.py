"""Steps that make one function of what several have: a shared part, a call of what is there, or one with parameters."""

import ast
import builtins
import keyword
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from library.source.function import Parsed
from library.source.signature import POSITIONAL, parameter_names, parameter_nodes
from library.tidy.names import common_words, content_name, free_name, parameter_name, several
from library.tidy.recurring_parts import Part
from library.tidy.step import TidyStep

MOST_TAKEN, MOST_LITERALS, MOST_GIVEN = 5, 2, 3  # parameters, of them for literals; results
LEAST_SAVED = 6  # nodes of syntax that there must be fewer
_NUMBERS = {"int", "float"}


@dataclass(frozen=True)
class Shared:
    """Parts of one key, and which of their literals differ.

    Attributes:
        parts: not overlapping, in the order of the text.
        differing: numbers of literals that differ; those that always go together stand together.
    """

    parts: tuple[Part, ...]
    differing: tuple[tuple[int, ...], ...] = ()

    @property
    def functions(self) -> tuple[str, ...]:
        """Names of the functions that have such a part."""
        return tuple(dict.fromkeys(part.body.name for part in self.parts))

    @property
    def first(self) -> Part:
        return self.parts[0]

    @property
    def saves(self) -> int:
        """Nodes of syntax that there are fewer with one function in their place."""
        wide = len(self.first.takes) + len(self.differing)
        given = len({number for part in self.parts for number in part.gives})
        calls = [part for part in self.parts if not (self.there and part.whole)]
        kept = 0 if self.there else self.first.size + 3 + wide
        return len(calls) * (self.first.size - 2 - wide - given) - kept

    @property
    def there(self) -> bool:
        """Whether one of the functions is nothing but this part, so that the others can call it."""
        return not self.differing and any(part.whole for part in self.parts)


def choices(group: Sequence[Part], taken: Collection[str]) -> Iterator[Shared]:
    """Ways to make one of a group: all of it, with parameters for literals that differ, or those alone that are equal.

    Args:
        group: parts with one key.
        taken: functions that another step changes.
    """
    free = _apart([part for part in group if part.body.name not in taken])
    rows: dict[tuple[str, ...], list[Part]] = {}
    for part in free:
        rows.setdefault(part.key.values, []).append(part)
    for parts in [free, *rows.values()] if len(rows) > 1 else [free]:
        alike = [part for part in parts if (part.takes, part.tail) == (parts[0].takes, parts[0].tail)]
        shared = Shared(tuple(alike), _differing(alike)) if alike else None
        if shared is not None and len(shared.functions) > 1 and _sensible(shared):
            yield shared


def _apart(parts: Sequence[Part]) -> list[Part]:
    """Without those that overlap an earlier one of the same function."""
    found: list[Part] = []
    for part in sorted(parts, key=lambda part: part.span[0]):
        if all(other.body is not part.body or other.span[1] <= part.span[0] for other in found):
            found.append(part)
    order = {name: at for at, name in enumerate(dict.fromkeys(part.body.name for part in parts))}
    return sorted(found, key=lambda part: (order[part.body.name], part.span[0]))


def _differing(parts: Sequence[Part]) -> tuple[tuple[int, ...], ...]:
    columns = list(zip(*(part.key.values for part in parts), strict=True))
    found: dict[tuple[str, ...], list[int]] = {}
    for number, column in enumerate(columns):
        if len(set(column)) > 1:
            found.setdefault(column, []).append(number)
    return tuple(map(tuple, found.values()))


def _sensible(shared: Shared) -> bool:
    given = {number for part in shared.parts for number in part.gives}
    wide = len(shared.first.takes) + len(shared.differing)
    if wide > MOST_TAKEN or len(shared.differing) > MOST_LITERALS or len(given) > MOST_GIVEN:
        return False
    if any(len(kinds := _kinds(shared, numbers[0])) > 1 and not kinds <= _NUMBERS for numbers in shared.differing):
        return False
    if shared.differing and all(part.whole and part.body.plain for part in shared.parts):
        return True  # one with a parameter in place of several that differ in a literal
    return shared.saves >= LEAST_SAVED


def _kinds(shared: Shared, number: int) -> set[str]:
    return {_kind(part.key.literals[number]) for part in shared.parts}


def _kind(node: ast.expr) -> str:
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return type(inner.value).__name__ if isinstance(inner, ast.Constant) else ""


def step_of(shared: Shared, parsed: Parsed, taken: Collection[str]) -> TidyStep | None:
    """The step that makes one function of these parts; None if they are one already.

    Args:
        shared: the parts.
        parsed: the library.
        taken: names that other steps add.
    """
    whole = [part for part in shared.parts if part.whole]
    if not shared.differing and whole:
        return _reuse(shared, whole) if len(whole) < len(shared.parts) else None
    general = len(whole) == len(shared.parts) and all(part.body.plain for part in shared.parts)
    return _extracted(shared, parsed, taken, general)


def _reuse(shared: Shared, whole: Sequence[Part]) -> TidyStep | None:
    """Functions that spell out what another one does call it."""
    named = [part for part in whole if _callable_by_position(part)]
    if not named:
        return None
    there = min(named, key=lambda part: part.body.name.startswith("_"))
    numbers = [there.key.names.index(name) for name in there.body.parameters]
    others = [part for part in shared.parts if not part.whole and there.body.name not in part.body.locals]
    if not others or any(part.gives for part in others):
        return None
    calls = [(part, _call(part, there.body.name, part.names(numbers))) for part in others]
    names = several(dict.fromkeys(part.body.name for part in others))
    verb = "spells" if len({part.body.name for part in others}) == 1 else "spell"
    return TidyStep(
        "shared",
        f"{names} {verb} out what {there.body.name} does: call it",
        _rewritten(calls),
        {part.body.name: part.body.text for part in others},
        saves=(there.size - 2 - len(numbers)) * len(others),
    )


def _callable_by_position(part: Part) -> bool:
    names = {part.key.names[number] for number in part.takes}
    by_place = set(parameter_names(part.body.node, POSITIONAL))
    return names == set(part.body.parameters) == by_place and part.body.name != ""


def _extracted(shared: Shared, parsed: Parsed, taken: Collection[str], general: bool) -> TidyStep | None:
    first = shared.first
    takes = sorted(first.takes, key=lambda number: _order(first, number))
    gives = sorted({number for part in shared.parts for number in part.gives})
    used = {node.id for node in ast.walk(first.body.node) if isinstance(node, ast.Name)} | set(first.body.locals)
    literals: dict[int, str] = {}
    for numbers in shared.differing:
        name = parameter_name(first, numbers[0], used | set(literals.values()))
        literals |= dict.fromkeys(numbers, name)
    own = {name for part in shared.parts for name in part.body.locals}
    avoid = own | set(parsed.names) | set(taken) | set(dir(builtins)) | set(keyword.kwlist)
    wanted = _wanted_name(shared, general, list(dict.fromkeys(literals.values())))
    if general and wanted in avoid:
        wanted = f"{wanted}_with_{literals[shared.differing[0][0]]}"
    name = free_name(wanted, avoid)
    code = _code(shared, name, takes, gives, literals, general)
    calls: list[tuple[Part, str]] = []
    for part in shared.parts:
        values = [part.body.source(part.key.literals[numbers[0]]) for numbers in shared.differing]
        calls.append((part, _call(part, name, [*part.names(takes), *values], part.names(gives))))
    names = several(shared.functions)
    parameters = " and ".join(dict.fromkeys(literals.values()))
    if general:
        told = _values(shared) if len(shared.differing) == 1 else parameters
        title = f"{names} differ only in {told}: one {name} with {parameters}, which they call"
    else:
        title = f"{names} have a part in common: it becomes {name}" + (f", with {parameters}" if parameters else "")
    base = {part.body.name: part.body.text for part in shared.parts}
    saves = max(shared.saves, first.size if general else 0)
    kind = "general" if general else "shared"
    return TidyStep(kind, title, _rewritten(calls), base, name, code, first.body.name, saves=saves)


def _values(shared: Shared) -> str:
    """The values of the literal that differs: "1.19 and 1.07"."""
    number = shared.differing[0][0]
    texts = [part.body.source(part.key.literals[number]) for part in shared.parts]
    return several(text if len(text) <= 20 else f"{text[:19]}…" for text in dict.fromkeys(texts))


def _order(part: Part, number: int) -> tuple[int, int]:
    """The function's parameters in their order, then other names as they come."""
    name = part.key.names[number]
    return (part.body.parameters.index(name), 0) if name in part.body.parameters else (999, number)


def _wanted_name(shared: Shared, general: bool, literals: Sequence[str]) -> str:
    words = common_words(shared.functions)
    first = shared.first
    if general:
        return "_".join(words) or f"{first.body.name.strip('_')}_with_{literals[0]}"
    given = [first.key.names[number] for number in first.gives]
    targets = [part.target for part in shared.parts if part.target]
    if given and len(given) <= 2:
        return "_" + "_and_".join(name.strip("_") for name in given)
    if targets:
        return "_" + targets[0].strip("_")
    returned = first.nodes[-1]
    if isinstance(returned, ast.Return) and isinstance(returned.value, ast.Name):
        return "_" + returned.value.id.strip("_")
    return "_" + (content_name(first.nodes) or "_".join(words) or "shared_part")


def _code(
    shared: Shared, name: str, takes: Sequence[int], gives: Sequence[int], literals: dict[int, str], general: bool
) -> str:
    """The new function's text: the first part's, with parameters in the place of literals that differ."""
    first = shared.first
    typed = [_typed(first.key.names[number], _annotations(shared, number, general)) for number in takes]
    for numbers in shared.differing:
        kinds = _kinds(shared, numbers[0])
        kind = "float" if len(kinds) > 1 else next(iter(kinds))
        typed.append(_typed(literals[numbers[0]], [kind] if kind not in ("NoneType", "ellipsis") else []))
    result = _results(shared) if all(part.whole for part in shared.parts) else []
    arrow = f" -> {' | '.join(result)}" if result else ""
    names = several(shared.functions, 4)
    common = "What" if general else "A part of"
    doc = f"{common} {names} have in common; they differ in {' and '.join(dict.fromkeys(literals.values()))}."
    doc = doc if general else f"{common} {names}."
    returned = ", ".join(first.names(gives))
    lines = _moved(first, literals, bool(gives), returned)
    return f'def {name}({", ".join(typed)}){arrow}:\n    """{doc}"""\n{lines}\n'


def _typed(name: str, kinds: Sequence[str]) -> str:
    return f"{name}: {' | '.join(kinds)}" if kinds else name


def _annotations(shared: Shared, number: int, general: bool) -> list[str]:
    """The types that the functions give a name; none if one gives none, or they differ and nobody calls it."""
    found: dict[str, None] = {}
    for part in shared.parts:
        name = part.key.names[number]
        node = next((one.node.annotation for one in parameter_nodes(part.body.node) if one.node.arg == name), None)
        if node is None:
            return []
        found[part.body.source(node)] = None
    return list(found) if general or len(found) == 1 else []


def _results(shared: Shared) -> list[str]:
    nodes = [part.body.node.returns for part in shared.parts]
    if any(node is None for node in nodes):
        return []
    texts = [part.body.source(node) for part, node in zip(shared.parts, nodes, strict=True) if node is not None]
    return list(dict.fromkeys(texts))


def _moved(part: Part, literals: dict[int, str], gives: bool, returned: str) -> str:
    """The part's text as the body of a function, four blanks deep."""
    start, end = part.span
    raw = part.body.text.encode()
    edits = [(*part.body.span(part.key.literals[number]), name) for number, name in literals.items()]
    text = _replaced(raw[:end], edits)[start:].decode()
    if not part.is_run:
        return f"    return ({text})" if "\n" in text else f"    return {text}"
    node = part.nodes[0]
    depth = node.col_offset if isinstance(node, ast.stmt) else 0
    lines = text.split("\n")
    if depth != 4:
        lines = [
            lines[0],
            *(line[depth - 4 :] if depth > 4 else line and " " * (4 - depth) + line for line in lines[1:]),
        ]
    found = "    " + "\n".join(lines)
    return f"{found}\n    return {returned}" if gives else found


def _call(part: Part, name: str, arguments: Sequence[str], gives: Sequence[str] = ()) -> str:
    call = f"{name}({', '.join(arguments)})"
    if not part.is_run:
        return call
    if part.tail:
        return f"return {call}"
    return f"{', '.join(gives)} = {call}" if gives else call


def _rewritten(calls: Sequence[tuple[Part, str]]) -> dict[str, str]:
    """New text of each function, with calls in the place of its parts."""
    edits: dict[str, list[tuple[int, int, str]]] = {}
    texts: dict[str, str] = {}
    for part, call in calls:
        texts[part.body.name] = part.body.text
        edits.setdefault(part.body.name, []).append((*part.span, call))
    return {name: _replaced(text.encode(), edits[name]).decode() for name, text in texts.items()}


def _replaced(raw: bytes, edits: Sequence[tuple[int, int, str]]) -> bytes:
    for start, end, text in sorted(edits, reverse=True):
        raw = raw[:start] + text.encode() + raw[end:]
    return raw
