"""Runs inside the sandbox only: calls many functions on the same inputs, each guarded, and tells what came out.

Plain standard library, and of ours only what goes along with it (`library.execution.shipped`). The library's own
definitions come compiled, and count their steps. `answer` is what is called there.

What it prints are lines of JSON that begin with the mark of this run:
    {"begin": n}            task n begins; if the process dies now, this one has killed it
    {"got": [n, x]}         what task n gave
    {"slow": n}             a call of task n took too long
    {"used": n}             steps that this process has taken
    {"stop": n}             enough printed or enough steps taken; task n and those after it are still to be done
    {"end": n}              all is done
"""

import base64
import copy
import json
import marshal
import zlib
from collections.abc import Callable, Iterable, Iterator
from types import CodeType
from typing import Any, cast

from library.execution.guard_inside import Guard, prepare
from library.execution.marks import RESULT, SLOW, UNKNOWN, of_error, of_result, shown
from library.execution.step_count import TooManySteps
from library.sandbox.inside.described import KnownTypes, describe

PRINTED = 44_000  # bytes; the sandbox allows 64 KB
PORTION = 1_500_000  # steps of one function's portion of inputs; many calls just quick enough are slow too
SLOW_CALLS, SLOW_PORTIONS = 3, 3  # in one portion; of one function in one process
CONTAINERS = (list, dict, set, bytearray)

Values = list[Any]
Space = dict[str, Any]
Made = tuple[CodeType, CodeType | None]
Places = tuple[list[int], dict[str, int]]


class Caller(Guard):
    """A guard that knows what the functions' arguments are made of, and when a process has done enough."""

    def __init__(self, order: dict[str, Any]) -> None:
        super().__init__(order)
        self.whole = order["whole"]
        self.known = KnownTypes()  # types of the standard library, before the library is loaded
        self.names: Space = {}  # of Python's own library, for what the examples hand over

    def spent(self) -> bool:
        return self.used > self.whole

    def full(self) -> bool:
        return self.spent() or self.printed > PRINTED


def load(blob: str, space: Space) -> None:
    """Define the library: each definition alone, so that one that fails takes no other with it."""
    pieces: list[bytes] = marshal.loads(zlib.decompress(base64.b64decode(blob)))
    for piece in pieces:
        try:
            exec(marshal.loads(piece), space)
        except BaseException:
            continue


def answer(order: dict[str, Any], space: Space) -> None:
    """Do the tasks of an order in turn.

    Args:
        order: "what" ("find", "compose" or "compare"), "mark", "steps" (of one call), "whole" (steps of one process),
            "blob" (the library's definitions, compiled), "from" (number of the first task to do), and what the kind of
            task needs.
        space: the module in which they shall stand.
    """
    prepare()
    guard = Caller(order)
    load(order["blob"], space)
    guard.names = {name: value for name, value in brought(order.get("imports", ())).items() if name not in space}
    work = {"find": find, "compose": compose, "compare": compare}[order["what"]]
    number = order["from"] - 1
    for number, said in work(order, space, guard):
        if said is not None:
            guard.say({"got": [number, said]})
        if guard.full():
            guard.say({"used": guard.used})
            guard.say({"stop": number + 1})
            break
    else:
        guard.say({"used": guard.used})
        guard.say({"end": number + 1})
    guard.clock.stop()


def brought(lines: Iterable[str]) -> Space:
    """What import lines bind."""
    found: Space = {}
    for line in lines:
        try:
            exec(line, found)
        except ImportError:
            continue
    return found


def inputs_of(order: dict[str, Any]) -> list[Made | None]:
    """The inputs compiled: the arguments as a tuple, and what stands around the call; None if it cannot be."""
    found: list[Made | None] = []
    for arguments, around in order["inputs"]:
        try:
            made = compile(arguments, "<input>", "eval")
            found.append((made, compile(around, "<input>", "eval") if around else None))
        except (SyntaxError, ValueError):
            found.append(None)
    return found


def find(order: dict[str, Any], space: Space, guard: Caller) -> Iterator[tuple[int, Any]]:
    """Each task is [name, ways to hand over the arguments], a way is [numbers by position, numbers by name].

    Gives [[number of the way, [each result, told as data]], ...] or None. The name "" hands its argument back.
    """
    inputs, shapes = inputs_of(order), order["shapes"]
    for number, (name, ways) in enumerate(order["tasks"][order["from"] :], order["from"]):
        function = space.get(name) if name else same
        if not callable(function):
            continue
        guard.say({"begin": number})
        fits: list[Any] = []
        for at, way in enumerate(ways):
            guard.clock.start(len(inputs))
            try:
                texts = one(function, way, inputs, shapes, space, guard)
            except TooManySteps:
                guard.say({"slow": number})
                break
            if texts is not None:
                fits.append([at, texts])
        yield number, fits or None


def same(value: Any) -> Any:
    return value


def one(
    function: Callable[..., Any], way: Places, inputs: list[Made | None], shapes: list[Any], space: Space, guard: Caller
) -> list[str] | None:
    """The texts of a function's results for all inputs; None as soon as one has not the shape that is wanted."""
    texts: list[str] = []
    for made, shape in zip(inputs, shapes, strict=True):
        text = None if made is None else result(function, way, made, shape, space, guard)
        if text is None:
            return None
        texts.append(text)
    return texts


def result(
    function: Callable[..., Any], way: Places, made: Made, shape: Any, space: Space, guard: Caller
) -> str | None:
    try:
        values: Values = list(eval(made[0], space, guard.names))
        named = {name: values[at] for name, at in way[1].items()}
        value = guard.call(function, [values[at] for at in way[0]], named)
        if made[1] is not None:
            value = guard.call(eval, [made[1], {**guard.names, **space, "_r": value}])
        return told(value, shape, guard)
    except TooManySteps:
        raise
    except BaseException as error:
        return raised(error, guard) if shape and shape[0] == "raises" else None


def raised(error: BaseException, guard: Caller) -> str:
    return " ".join(["raises", *guard.known.names(type(error))])


def told(value: Any, shape: Any, guard: Caller) -> str | None:
    """A result that has the kind and the length that are wanted, told as data; None for any other."""
    if shape is not None and not fits(value, *shape):
        return None
    text = json.dumps(guard.call(describe, [value, guard.known]), separators=(",", ":"))
    return text if len(text) <= 8000 else None


def fits(value: Any, kind: str, length: int | None) -> bool:
    """Whether a result can be equal to one of this kind and length, as far as a look at plain ones tells."""
    mine = cast(Any, type(value))
    if kind == "raises":
        return False
    if mine not in PLAIN:
        return True
    if kind == "number":
        return mine in (int, float, complex)
    if mine.__name__ != kind and {mine.__name__, kind} not in ALIKE:
        return False
    return length is None or len(value) == length


PLAIN = frozenset((bool, int, float, str, bytes, bytearray, list, tuple, dict, set, frozenset, type(None)))
ALIKE: tuple[set[str], ...] = ({"set", "frozenset"}, {"bytes", "bytearray"})


def compose(order: dict[str, Any], space: Space, guard: Caller) -> Iterator[tuple[int, Any]]:
    """Each task is [name of the outer function, kinds that it takes or null]; "inner" are names.

    First each inner function is called; of those that give the same, the first stands for all. Then each outer function
    is called on all these middle results. Gives [[number of inner, [each result, told as data]], ...] or None.
    """
    inputs, shapes, most = inputs_of(order), order["shapes"], order["most"]
    middles = list(all_middles(order["inner"], inputs, space, guard))
    counts: dict[str, int] = {}
    for number, (name, kinds) in enumerate(order["tasks"][order["from"] :], order["from"]):
        function = space.get(name)
        if not callable(function):
            continue
        guard.say({"begin": number})
        fits: list[Any] = []
        for at, values in middles:
            if kinds is not None and type(values[0]).__name__ not in kinds:
                continue
            guard.clock.start(len(inputs))
            try:
                texts = second(function, values, shapes, guard)
            except TooManySteps:
                break  # it will hardly be faster for the others
            key = repr(texts)
            if texts is not None and counts.get(key, 0) < most:
                counts[key] = counts.get(key, 0) + 1
                fits.append([at, texts])
        yield number, fits or None


def all_middles(
    names: list[str], inputs: list[Made | None], space: Space, guard: Caller
) -> Iterator[tuple[int, Values]]:
    """Number and results of each inner function, those left out that give what another has given."""
    seen: set[str] = set()
    for number, name in enumerate(names):
        function = space.get(name)
        if not callable(function) or guard.spent():
            continue
        guard.say({"begin": -1 - number})
        guard.clock.start(len(inputs))
        found = middle(function, inputs, space, guard)
        if found is not None and repr(found) not in seen:
            seen.add(repr(found))
            yield number, found


def middle(function: Callable[..., Any], inputs: list[Made | None], space: Space, guard: Caller) -> Values | None:
    """What the inner function gives for each input; None if it fails for one, or just hands its argument on."""
    found: Values = []
    handed_on = True
    for made in inputs:
        if made is None:
            return None
        try:
            values: Values = list(eval(made[0], space, guard.names))
            before = repr(values[0]) if len(values) == 1 else ""
            value = guard.call(function, values, {})
            text = repr(value)
            if len(text) > 4000 or value is None:
                return None
            handed_on = handed_on and text == before
            found.append(value)
        except BaseException:
            return None
    return None if handed_on else found


def second(outer: Callable[..., Any], middles: Values, shapes: list[Any], guard: Caller) -> list[str] | None:
    texts: list[str] = []
    for value, shape in zip(middles, shapes, strict=True):
        try:
            fresh = copy.deepcopy(value) if type(value) in CONTAINERS else value
            text = told(guard.call(outer, [fresh]), shape, guard)
        except TooManySteps:
            raise
        except BaseException:
            return None
        if text is None:
            return None
        texts.append(text)
    return texts


def compare(order: dict[str, Any], space: Space, guard: Caller) -> Iterator[tuple[int, Any]]:
    """Each task is [name, numbers of inputs]; gives a mark for each: "=" and a hash of the result, "!" and the
    exception, "~" for slow, "?" for an input that cannot be made, "" for one that was left out because the function
    had already taken too long. With "texts", "=" and the result itself."""
    texts = cast("list[list[str]]", order["inputs"])
    tired: dict[str, int] = {}  # function -> portions in which it took too long
    inputs: dict[int, Made | None] = {}  # compiled when wanted: one process comes to a part of them only
    for number, (name, wanted) in enumerate(order["tasks"][order["from"] :], order["from"]):
        function = space.get(name)
        guard.say({"begin": number})
        marks: list[str] = []
        slow, until = 0, guard.used + max(PORTION, 2 * guard.steps)
        for at in cast(list[int], wanted):
            if slow >= SLOW_CALLS or guard.used > until or tired.get(name, 0) >= SLOW_PORTIONS:
                marks.append("")
                continue
            if at not in inputs:
                inputs[at] = inputs_of({"inputs": texts[at : at + 1]})[0]
            guard.clock.start(1)
            marks.append(marked(function, inputs[at], space, guard, order["texts"]) if callable(function) else UNKNOWN)
            slow += marks[-1] == SLOW
        tired[name] = tired.get(name, 0) + ("" in marks)
        yield number, marks


def marked(function: Callable[..., Any], made: Made | None, space: Space, guard: Caller, texts: bool) -> str:
    try:
        values: Values = list(eval(made[0], space)) if made else []
    except BaseException:
        return UNKNOWN
    if made is None:
        return UNKNOWN
    try:
        before = alike(values) if any(type(value) in CONTAINERS for value in values) else ""
        value = guard.call(function, values)
        if isinstance(value, Iterator):  # is what it gives
            value = guard.call(first, [value])
        text = guard.call(alike, [value])
        left = guard.call(alike, [values]) if before else ""
        # What is changed in place belongs to the result.
        change = "" if left == before else f", and changes its arguments to {left[5:-1]}"
        if texts:
            return RESULT + (repr(value) if len(text) < 200 else text[:200] + "…") + change
        return of_result(text + change)
    except TooManySteps:
        return SLOW
    except BaseException as error:
        return of_error(error)


def alike(value: Any) -> str:
    """Dictionaries of any kind are shown alike: twins may well differ in that."""
    return shown(value, dicts=False)


def first(values: Iterable[Any]) -> list[Any]:
    """As many as are worth comparing."""
    return [value for _, value in zip(range(200), values, strict=False)]
