"""Trial: many calls of many variants of one draft in the sandbox; what each gives, as short marks and as texts."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from library.sandbox import Job, Sandbox

GROUP = 16  # variants tried in one process
TEXT = 200  # letters of a result that are shown
SLOW, UNKNOWN = "~", "?"


@dataclass(frozen=True)
class Tried:
    """What the calls of one variant gave.

    Attributes:
        marks: one a call: "=" and a short hash of the value, "!" and the name of the exception, "~" when it took too
            long, "?" when it was not tried. Equal marks mean equal results; set order, addresses and the last digits of
            floats do not count.
        texts: the results as text, where they were asked for; else empty.
        paths: a number for each call that stands for the way it took through the code, where that was asked for.
        lines: how many lines each call ran through, where that was asked for.
        changed: numbers of the calls that changed their own arguments.
        unsteady: numbers of the calls that gave something else the second time.
    """

    marks: tuple[str, ...]
    texts: tuple[str, ...] = ()
    paths: tuple[tuple[int, ...], ...] = ()
    lines: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    unsteady: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pace:
    """Processor seconds: of one call, of all calls of one variant that are too slow together, of a whole group."""

    call_s: float = 0.02
    slow_s: float = 0.03
    group_s: float = 1.5


def try_draft(sandbox: Sandbox, setup: str, calls: Sequence[str], *, call_s: float = 0.02) -> Tried:
    """Run the calls of a draft itself, with the texts of the results and the ways taken; each twice.

    Args:
        sandbox: where it runs.
        setup: the draft and all that it needs (gate.together).
        calls: Python expressions.
        call_s: processor seconds of one call; slower ones are marked "~".
    """
    return _draft(sandbox, setup, list(calls), call_s)


def _draft(sandbox: Sandbox, setup: str, calls: list[str], call_s: float) -> Tried:
    """A call that takes its whole process with it is found by halves."""
    if not calls:
        return Tried(())
    order = {"variants": [""], "calls": calls, "look": True, "pace": [call_s, call_s * 10, 1.8]}
    report = _report(sandbox, setup, order)
    if report is not None:
        return _tried(report[0])
    if len(calls) == 1:
        return Tried((SLOW,), ("",), ((),), (0,))
    middle = len(calls) // 2
    first, second = (_draft(sandbox, setup, half, call_s) for half in (calls[:middle], calls[middle:]))
    return Tried(
        first.marks + second.marks,
        first.texts + second.texts,
        first.paths + second.paths,
        first.lines + second.lines,
        first.changed + tuple(at + middle for at in second.changed),
        first.unsteady + tuple(at + middle for at in second.unsteady),
    )


def try_variants(
    sandbox: Sandbox,
    setup: str,
    variants: Sequence[str],
    calls: Sequence[str],
    *,
    texts: bool = False,
    pace: Pace = Pace(),
) -> list[Tried]:
    """Run the calls of each variant.

    Args:
        sandbox: where they run; sixteen to a process.
        setup: the draft and all that it needs.
        variants: text that is executed after the setup: a function that takes the place of the draft's.
        calls: Python expressions.
        texts: results as text too.
        pace: how long each may take.
    """
    groups = [list(variants[at : at + GROUP]) for at in range(0, len(variants), GROUP)]
    reports = _reports(sandbox, setup, [_order(group, calls, texts, pace) for group in groups])
    found: list[Tried] = []
    for group, report in zip(groups, reports, strict=True):
        if report is None and len(group) > 1:  # one of them took the others with it
            single = _reports(sandbox, setup, [_order([variant], calls, texts, pace) for variant in group])
            found += [_tried(one[0]) if one else _nothing(calls) for one in single]
        else:
            found += [_tried(one) for one in report] if report else [_nothing(calls)] * len(group)
    return found


def _order(variants: list[str], calls: Sequence[str], texts: bool, pace: Pace) -> dict[str, Any]:
    numbers = [pace.call_s, pace.slow_s, pace.group_s]
    return {"variants": variants, "calls": list(calls), "texts": texts, "pace": numbers}


def _nothing(calls: Sequence[str]) -> Tried:
    return Tried((UNKNOWN,) * len(calls))


def _report(sandbox: Sandbox, setup: str, order: dict[str, Any]) -> list[dict[str, Any]] | None:
    return _reports(sandbox, setup, [order])[0]


def _reports(sandbox: Sandbox, setup: str, orders: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]] | None]:
    """What each order came to; None where its process ended before it could tell."""
    mark = secrets.token_hex(8)
    jobs = [
        Job(setup=setup, code=f"{HARNESS}\n_try({json.dumps(json.dumps({**order, 'mark': mark}))})") for order in orders
    ]
    return [_read(outcome.output, mark) for outcome in sandbox.run(jobs)]


def _read(output: str, mark: str) -> list[dict[str, Any]] | None:
    """The report in what was printed. It is untrusted: a draft that forges it only fools the choice of questions."""
    _, found, report = output.rpartition(mark)
    if not found:
        return None
    try:
        data = json.loads(report)
    except (ValueError, RecursionError):
        return None
    return cast("list[dict[str, Any]]", data) if isinstance(data, list) else None


def _tried(report: dict[str, Any]) -> Tried:
    return Tried(
        tuple(map(str, report["marks"])),
        tuple(map(str, report.get("texts", ()))),
        tuple(tuple(path) for path in report.get("paths", ())),
        tuple(report.get("lines", ())),
        tuple(report.get("changed", ())),
        tuple(report.get("unsteady", ())),
    )


# What runs inside, after the setup and in the same module. Each call may take some processor time (SIGVTALRM, which the
# sandbox leaves alone); a call inside a C function cannot be interrupted, then SIGPROF ends the process.
HARNESS = r'''
def _try(order):
    import io, json, re, signal, sys, zlib
    annotations = __import__("__future__").annotations  # types in a variant may name what comes later
    from time import process_time as clock
    order = json.loads(order)
    class TooSlow(BaseException):
        pass
    def ring(*_):
        raise TooSlow
    each, spare, whole = order["pace"]
    signal.signal(signal.SIGVTALRM, ring)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, whole)
    timer, virtual = signal.setitimer, signal.ITIMER_VIRTUAL
    address = re.compile(r" at 0x[0-9a-f]+")
    def shown(value, depth=0):
        kind = type(value)
        if kind is float:
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else "%.9g" % value
        if depth < 20:
            if kind is list:
                return "[" + ",".join([shown(item, depth + 1) for item in value]) + "]"
            if kind is tuple:
                return "(" + ",".join([shown(item, depth + 1) for item in value]) + ",)"
            if kind in (set, frozenset):
                return kind.__name__ + ",".join(sorted(shown(item, depth + 1) for item in value))
            if kind is dict:
                pairs = [shown(key, depth + 1) + ":" + shown(item, depth + 1) for key, item in value.items()]
                return "{" + ",".join(sorted(pairs)) + "}"
        return address.sub("", repr(value))
    def result(code, space):
        timer(virtual, each)
        try:
            try:
                value = eval(code, space)
                told = shown(value)
                text = (repr(value) if wanted else "")
                timer(virtual, 0)
                return "=%x" % zlib.crc32(told.encode("utf-8", "replace")), text
            except TooSlow:
                return "~", ""
            except BaseException as error:
                timer(virtual, 0)
                return "!" + type(error).__name__, ("raises " + type(error).__name__)
            finally:
                timer(virtual, 0)
        except TooSlow:
            return "~", ""
    look = order.get("look", False)
    wanted = look or order.get("texts", False)
    arcs = {}
    def watch(code, space):
        way, last, count = set(), {}, [0]
        def line(frame, event, _):
            if event == "line":
                count[0] += 1
                way.add((last.get(id(frame), 0), frame.f_lineno))
                last[id(frame)] = frame.f_lineno
            return line
        def call(frame, event, _):
            return line if frame.f_code.co_filename == "<setup>" else None
        sys.settrace(call)
        try:
            said = result(code, space)
        finally:
            sys.settrace(None)
        return said, [arcs.setdefault(arc, len(arcs)) for arc in sorted(way)], count[0]
    def arguments(space, call):
        """Whether the call leaves its literal arguments as they were: tried with names in their place."""
        import ast
        tree = ast.parse(call, mode="eval")
        given = [c for c in ast.walk(tree) if isinstance(c, ast.Call)]
        nodes = [n for c in given for n in c.args if isinstance(n, (ast.List, ast.Dict, ast.Set))]
        if not nodes:
            return False
        try:
            held = {"_a%d" % i: ast.literal_eval(n) for i, n in enumerate(nodes)}
        except (ValueError, TypeError):
            return False
        before = {name: shown(value) for name, value in held.items()}
        for c in given:
            c.args = [ast.Name("_a%d" % nodes.index(n), ast.Load()) if n in nodes else n for n in c.args]
        code = compile(ast.fix_missing_locations(tree), "<call>", "eval")
        result(code, {**space, **held})
        return any(shown(value) != before[name] for name, value in held.items())
    class Deaf(io.StringIO):
        def write(self, text):
            return len(text)
    out, sys.stdout, sys.stderr = sys.stdout, Deaf(), Deaf()
    calls = []
    for call in order["calls"]:
        try:
            calls.append(compile(call, "<call>", "eval"))
        except (SyntaxError, ValueError):
            calls.append(None)
    here = dict(globals())
    report = []
    for variant in order["variants"]:
        space, left = dict(here), spare
        said = {"marks": [], "texts": [], "paths": [], "lines": [], "changed": [], "unsteady": []}
        try:
            if variant:
                exec(compile(variant, "<variant>", "exec", annotations.compiler_flag), space)
        except Exception:
            left = 0
        for number, code in enumerate(calls):
            way, lines, began = [], 0, clock()
            if code is None or left <= 0:
                mark, text = "?", ""
            elif look:
                mark, text = result(code, space)
                spent = clock() - began
                lines = int(spent * 1e7)
                if mark != "~" and spent < each / 5:  # watching is ten times slower
                    (again, _), way, count = watch(code, space)
                    lines = max(count, lines if spent > 0.0002 else 0)
                    if again not in (mark, "~"):
                        said["unsteady"].append(number)
                    elif mark[0] == "=" and arguments(space, order["calls"][number]):
                        said["changed"].append(number)
            else:
                mark, text = result(code, space)
            if look:
                said["paths"].append(way)
                said["lines"].append(lines)
            if not look or mark == "~":
                left -= clock() - began
            said["marks"].append(mark)
            if wanted:
                said["texts"].append(text if len(text) <= 200 else "")
        report.append({key: value for key, value in said.items() if value})
    sys.stdout = out
    timer(signal.ITIMER_PROF, 0)
    print(order["mark"] + json.dumps(report, separators=(",", ":")), flush=True)
'''
