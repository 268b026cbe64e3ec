"""Runs inside the sandbox only: tries many calls of a draft, or of many variants of it, and tells what each gave.

Plain standard library, and of ours only what goes along with it (`library.execution.shipped`). All is bounded by steps
that are counted. The clock is the last resort: a call that uses `clock_s` of processor time, or waits for ever, ends
the process, and whoever ordered the trial goes on without it.

What it prints are lines that begin with the mark of this trial: one a call of the draft, or one a variant.
"""

import __future__

import ast
import linecache
import sys
from collections.abc import Iterator, Sequence
from types import CodeType, FrameType
from typing import Any, cast

from library.execution.guard_inside import Guard, prepare
from library.execution.marks import RESULT, SLOW, UNKNOWN, of_error, of_result, shown
from library.execution.step_count import TooManySteps, allow, counted

TRACED = 10_000  # steps up to which a call is made again and watched, which is ten times slower
TEXT = 200  # letters of a result that are told
LIBRARY_CALL = 10  # steps that a call of a function of the standard library counts for
UNTRIED: list[Any] = [UNKNOWN, "", [], 0, False, False]
_ANNOTATIONS = __future__.annotations.compiler_flag  # types in a variant may name what comes later

Space = dict[str, Any]


def answer(order: dict[str, Any], space: Space) -> None:
    """Try what is ordered.

    Args:
        order: "mark", "setup", "calls", "from" (number of the first call or variant to be tried), "steps" (of one
            call), "clock_s", "process_s" and perhaps "wall_s" (of all of it); "all_steps": with "look", which tries the
            draft itself, of all its calls together, else of all calls of one variant that are not done in time;
            "variants", "texts".
        space: the module in which the draft shall stand.
    """
    prepare()
    text = order["setup"]
    linecache.cache["<setup>"] = (len(text), None, text.splitlines(keepends=True), "<setup>")
    exec(made(text, "<setup>", 0), space)
    guard = Guard(order)
    for told in each_call(order, space, guard) if order["look"] else each_variant(order, space, guard):
        if guard.is_over():
            break
        guard.say(told)
    guard.clock.stop()


def each_call(order: dict[str, Any], space: Space, guard: Guard) -> Iterator[list[Any]]:
    """A line for each call of the draft itself."""
    left = order["all_steps"]
    for call in order["calls"][order["from"] :]:
        told = look(call, space, guard) if left > 0 else UNTRIED
        left -= told[3]
        yield told


def each_variant(order: dict[str, Any], space: Space, guard: Guard) -> Iterator[list[Any]]:
    """A line for each variant."""
    known = {call: expression(call) for call in dict.fromkeys(order["calls"])}
    calls = [known[call] for call in order["calls"]]
    for code in order["variants"][order["from"] :]:
        yield variant(code, calls, dict(space), order, guard)


def made(text: str, name: str, flags: int) -> CodeType:
    """Text compiled so that it counts its steps; if it is nested too deep for that, as it is."""
    try:
        return compile(counted(ast.parse(text)), name, "exec", flags=flags, dont_inherit=True)
    except RecursionError:
        return compile(text, name, "exec", flags=flags, dont_inherit=True)


def expression(call: str) -> CodeType | None:
    try:
        tree = ast.parse(call.strip(), mode="eval")
        counted(cast("ast.Module", tree))
        return compile(tree, "<call>", "eval", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None


def variant(
    code: str, calls: Sequence[CodeType | None], space: Space, order: dict[str, Any], guard: Guard
) -> list[Any]:
    """What the calls give with the variant in the draft's place: marks, and texts where they are wanted."""
    left = order["all_steps"]
    marks: list[str] = []
    texts: list[str] = []
    guard.clock.start()
    try:
        if code:
            allow(guard.steps)
            exec(made(code, "<variant>", _ANNOTATIONS), space)
    except (Exception, TooManySteps):
        left = 0
    for call in calls:
        mark, text = UNKNOWN, ""
        if call is not None and left > 0 and not guard.is_over():
            mark, text = result(call, space, guard, texts=order["texts"])
        if mark == SLOW:
            left -= guard.taken
        marks.append(mark)
        texts.append(text)
    return [marks, texts if order["texts"] else []]


def result(call: CodeType, space: Space, guard: Guard, *, texts: bool) -> tuple[str, str]:
    """Mark and text of one call."""

    def told() -> tuple[str, str]:
        value = eval(call, space)
        return of_result(shown(value)), repr(value) if texts else ""

    guard.clock.start()
    try:
        mark, text = guard.call(told, ())
    except TooManySteps:
        return SLOW, ""
    except BaseException as error:
        mark, text = of_error(error), f"raises {type(error).__name__}"
    return mark, text if len(text) <= TEXT else ""


def look(text: str, space: Space, guard: Guard) -> list[Any]:
    """One call of the draft itself, made twice: [mark, text, way taken, steps, unsteady, changes its arguments]."""
    call = expression(text)
    if call is None:
        return UNTRIED
    mark, shown_text = result(call, space, guard, texts=True)
    used = guard.taken
    if mark == SLOW or used > TRACED:
        return [mark, shown_text, [], used, False, False]
    again, way, more = watched(call, space, guard)
    unsteady = again not in (mark, SLOW)
    changes = not unsteady and mark[0] == RESULT and changes_arguments(text, space, guard)
    return [mark, shown_text, way, used + more, unsteady, changes]


def watched(call: CodeType, space: Space, guard: Guard) -> tuple[str, list[int], int]:
    """The call once more: its mark, the way that it takes through the draft's lines, and the steps that it takes in the
    standard library, which does not count by itself."""
    way: set[int] = set()
    last: dict[int, int] = {}
    elsewhere = 0

    def line(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            way.add(last.get(id(frame), 0) * 100_000 + frame.f_lineno)
            last[id(frame)] = frame.f_lineno
        return line

    def entered(frame: FrameType, _event: str, _: Any) -> Any:
        nonlocal elsewhere
        name = frame.f_code.co_filename
        if name == "<setup>":
            return line
        if name[:1] != "<":
            elsewhere += LIBRARY_CALL
        return None

    sys.settrace(entered)
    try:
        mark, _ = result(call, space, guard, texts=False)
    finally:
        sys.settrace(None)
    return mark, sorted(way), elsewhere


def changes_arguments(text: str, space: Space, guard: Guard) -> bool:
    """Whether the call changes its literal arguments: tried with names in their place."""
    tree = ast.parse(text.strip(), mode="eval")
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    nodes: list[ast.expr] = [
        node for call in calls for node in call.args if isinstance(node, ast.List | ast.Dict | ast.Set)
    ]
    try:
        held = {f"_a{at}": ast.literal_eval(node) for at, node in enumerate(nodes)}
    except (ValueError, TypeError):
        return False
    if not held:
        return False
    before = {name: shown(value) for name, value in held.items()}
    for call in calls:
        call.args = [ast.Name(f"_a{nodes.index(node)}", ast.Load()) if node in nodes else node for node in call.args]
    code = compile(ast.fix_missing_locations(tree), "<call>", "eval", dont_inherit=True)
    result(code, {**space, **held}, guard, texts=False)
    return any(shown(value) != before[name] for name, value in held.items())
