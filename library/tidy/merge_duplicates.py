"""Steps for duplicates: of functions that are the same one stays whole, and the others call it or go. Pure."""

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from library.editing.rename import rename_names
from library.source.function import Parsed
from library.source.scope import name_nodes
from library.source.signature import POSITIONAL, parameter_names
from library.suite.suite import Suite
from library.tidy.function_body import Body, read_body
from library.tidy.names import several
from library.tidy.step import TidyStep

LEAST_MORE = 3  # nodes of syntax that a duplicate must have more than a call: nobody wants `return None` to be one
MOST = 30  # duplicates of one function that are looked at in one pass


@dataclass(frozen=True)
class Ground:
    """What duplicates are judged by.

    Attributes:
        parsed: the library.
        suite: its tests.
        forms: of each function the digest of its normal form; those that have the same say the same.
        pairs: others that give the same on all inputs tried, with how many inputs.
        remove: public names may go too, because the person says that nothing outside uses them.
    """

    parsed: Parsed
    suite: Suite
    forms: Mapping[str, str]
    pairs: Mapping[frozenset[str], int]
    remove: bool = False

    def text(self, one: str, other: str) -> bool:
        """Whether two functions say the same."""
        return bool(self.forms.get(one)) and self.forms.get(one) == self.forms.get(other)

    def callers(self, name: str) -> list[str]:
        """Functions that name it, itself not among them."""
        pieces = [piece for piece in self.parsed.pieces if piece.kind == "function" and piece.name != name]
        return [piece.name for piece in pieces if name in piece.text and name in piece.uses]

    def needs(self, name: str) -> set[str]:
        """Functions that it uses, directly or not, itself among them."""
        seen, queue = {name}, [name]
        while queue:
            function = self.parsed.get(queue.pop())
            fresh = set(function.calls if function else ()) - seen
            seen |= fresh
            queue += fresh
        return seen

    def outside(self, name: str) -> bool:
        """Whether something beside functions names it: constants, `__all__`, the tests of a private one."""
        public = not name.startswith("_")
        other = [piece for piece in self.parsed.pieces if piece.kind in ("other", "class")]
        named = any(name in piece.text and (name in piece.uses or "__all__" in piece.names) for piece in other)
        return named or (not public and name in self.suite.private)


def groups(ground: Ground) -> list[list[str]]:
    """Functions that are the same, in the order of the text."""
    order = [function.name for function in ground.parsed.functions]
    root = {name: name for name in order}

    def top(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    first: dict[str, str] = {}
    for name in order:
        form = ground.forms.get(name, "")
        if form:
            root[name] = first.setdefault(form, name)
    for one, other in map(sorted, ground.pairs):
        root[top(one)] = top(other)
    found: dict[str, list[str]] = {}
    for name in order:
        found.setdefault(top(name), []).append(name)
    return [group[:MOST] for group in found.values() if len(group) > 1]


def twin_step(group: Sequence[str], ground: Ground, taken: Collection[str]) -> TidyStep | None:
    """The step that makes one of a group of duplicates; None if nothing is to be done.

    Args:
        group: names of functions that are the same.
        ground: the library.
        taken: functions that another step changes.
    """
    bodies = [body for name in group if name not in taken and (body := read_body(ground.parsed, name)) is not None]
    bodies = [body for body in bodies if body.plain and not _is_thin(body, ground)]
    if len(bodies) < 2:
        return None
    keep = max(bodies, key=lambda body: _worth(body, ground, bodies.index(body)))
    others = [body for body in bodies if body is not keep and _same(keep, body, ground) and _fits(keep, body, ground)]
    others = [body for body in others if body.size >= LEAST_MORE + 4 + 2 * len(body.parameters)]
    texts: dict[str, str] = {}
    gone: dict[str, str] = {}
    for body in others:
        free = [name for name in ground.callers(body.name) if name not in taken and name not in group]
        callers = {name: text for name in free if (text := _asking(name, body, keep, texts, ground))}
        goes = _may_go(body, ground) and set(ground.callers(body.name)) <= callers.keys()
        texts |= {**callers, body.name: "" if goes else _thin(body, keep)}
        gone |= {body.name: keep.name} if goes else {}
    if not texts:
        return None
    proved = all(ground.text(body.name, keep.name) for body in others)
    base = {name: piece.text for name in texts if (piece := ground.parsed.definition(name)) is not None}
    return TidyStep("duplicate", _title(keep, others, gone, ground), texts, base, above=keep.name, instead=gone,
                saves=sum(body.size for body in others), proved=proved)  # fmt: skip


def _worth(body: Body, ground: Ground, at: int) -> tuple[bool, int, int, bool, int, int]:
    """The one that stays: public, much tested, much called, with a docstring, short, early."""
    tests = len(ground.suite.own(body.name))
    return (
        not body.name.startswith("_"),
        tests,
        len(ground.callers(body.name)),
        ast.get_docstring(body.node) is not None,
        -body.size,
        -at,
    )


def _fits(keep: Body, other: Body, ground: Ground) -> bool:
    """Whether one can be called in the other's place, and neither needs the other."""
    counts = [
        [len(parameter_names(body.node, passed)) for passed in (POSITIONAL, ("keyword-only",))]
        for body in (keep, other)
    ]
    alike = counts[0] == counts[1] and keep.name not in other.locals
    return alike and other.name not in ground.needs(keep.name) and keep.name not in ground.needs(other.name)


def _same(one: Body, other: Body, ground: Ground) -> bool:
    return ground.text(one.name, other.name) or frozenset({one.name, other.name}) in ground.pairs


def _is_thin(body: Body, ground: Ground) -> bool:
    """Whether it only calls another function of the library, so that there is nothing left to do."""
    only = body.statements[0] if len(body.statements) == 1 else None
    call = only.value if isinstance(only, ast.Return) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return False
    return call.func.id in ground.parsed.definitions and call.func.id != body.name


def _thin(body: Body, keep: Body) -> str:
    """The function with its head and docstring, and a call of the other as all that it does."""
    values = parameter_names(body.node, POSITIONAL)
    there, here = (parameter_names(one.node, ("keyword-only",)) for one in (keep, body))
    values += map("{}={}".format, there, here)
    call = f"return {keep.name}({', '.join(values)})\n"
    if not body.statements:  # a docstring is all there is
        return f"{body.text.rstrip()}\n    {call}"
    start = body.span(body.statements[0])[0]
    return body.text.encode()[:start].decode() + call


def _asking(name: str, old: Body, keep: Body, texts: Mapping[str, str], ground: Ground) -> str:
    """A caller's text with the other function in place of the old one; "" if it cannot be told to be the same."""
    caller = read_body(ground.parsed, name)
    if caller is None or keep.name in caller.locals or old.name in caller.locals or keep.name == name:
        return ""
    if parameter_names(old.node) != parameter_names(keep.node) and not _by_position(caller, old.name):
        return ""
    return rename_names(texts.get(name) or caller.text, {old.name: keep.name})


def _by_position(caller: Body, name: str) -> bool:
    """Whether it calls the function with arguments by position only, and does nothing else with it."""
    calls = [node for node in ast.walk(caller.node) if isinstance(node, ast.Call)]
    called = {id(call.func) for call in calls if not call.keywords and isinstance(call.func, ast.Name)}
    uses = [node for node in name_nodes(caller.node) if node.id == name]
    return all(id(node) in called for node in uses)


def _may_go(body: Body, ground: Ground) -> bool:
    return (body.name.startswith("_") or ground.remove) and not ground.outside(body.name)


def _title(keep: Body, others: Sequence[Body], gone: Collection[str], ground: Ground) -> str:
    said: list[str] = []
    for body in others:
        if ground.text(body.name, keep.name):
            said.append(f"{body.name} says the same as {keep.name}")
        else:
            tried = ground.pairs[frozenset({body.name, keep.name})]
            said.append(f"{body.name} gives the same as {keep.name} on all {tried} inputs tried")
    stays = [body.name for body in others if body.name not in gone]
    done = ([f"{several(stays)} call{'s' if len(stays) == 1 else ''} it"] if stays else []) + (
        [f"{several(gone)} go{'es' if len(gone) == 1 else ''}"] if gone else []
    )
    return f"{'; '.join(said)}: {' and '.join(done)}"
