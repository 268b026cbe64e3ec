"""Event lines: what each event looks like; no state and no output of its own."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from coder.terminal.cards import difference, rule
from coder.terminal.text import Line, clean, fit, inline, row, wrap

Data = Mapping[str, Any]
DIFF_LINES = 24
RED_LINES = 4
RELEVANT = 5  # functions; the model is shown more, and the best come first


def start(data: Data, columns: int) -> list[Line]:
    """Goal, model, library, sandbox, budget."""
    library, box = part(data, "library"), part(data, "sandbox")
    lines = [rule("coder" + (" · goes on with an earlier run" if data.get("resumed") else ""), ("", ""), columns)]
    lines += _field("goal", str(data.get("goal", "")), columns, "bold")
    lines += _field("model", str(data.get("model", "")), columns)
    functions = many(count(library.get("functions")), "function")
    lines += _field("library", f"{library.get('path', '')} · {functions}", columns)
    if box:
        held, canaries = count(box.get("held")), count(box.get("canaries"))
        lines += _field("sandbox", f"{box.get('level', '?')} · {held} of {canaries} attacks held off", columns)
        gaps = cast(Sequence[Any], box.get("gaps") or [])
        lines += _field("", "gaps: " + ", ".join(map(str, gaps)), columns, "yellow") if gaps else []
    return lines + _field("budget", _budget(part(data, "budget")), columns)


def _budget(budget: Data) -> str:
    words = {"rounds": "{} rounds", "tokens": "{:,} tokens", "cost": "${}", "seconds": "{} s"}
    return " · ".join(word.format(budget[key]) for key, word in words.items() if budget.get(key) is not None)


def memory(data: Data, columns: int) -> list[Line]:
    """What was found: plan, log, functions that look relevant, and what is wrong."""
    found: list[str] = []
    if data.get("plan"):
        found.append(f"a plan, {_steps(data, 'done', '[x]')} done, {_steps(data, 'open', '[ ]')} open")
    if data.get("log"):
        found.append(f"a log of {many(count(data.get('log')), 'line')}")
    found.append(many(count(data.get("functions")), "function"))
    lines = _field("memory", " · ".join(found), columns)
    relevant = cast(Sequence[Data], data.get("relevant") or [])
    for number, one in enumerate(relevant[:RELEVANT]):
        text = row("" if number else "relevant", " " * (10 if number else 2), inline(str(one.get("signature", ""))))
        lines.append(fit((*text, (f"  {inline(str(one.get('summary', '')))}", "dim")), columns))
    if len(relevant) > RELEVANT:
        lines.append(row(" " * 10, (f"and {len(relevant) - RELEVANT} more that the model is shown", "dim")))
    return lines + (_warning(str(data["problem"]), columns) if data.get("problem") else [])


def _steps(data: Data, key: str, box: str) -> int:
    """Steps done or open: as told, else counted in the plan's text."""
    return count(data[key]) if key in data else str(data["plan"]).lower().count(f". {box}")


def restart(data: Data, columns: int) -> list[Line]:
    """What was written so far is void."""
    return _warning(f"{data.get('reason', '')}; asking again, what came so far does not count", columns)


def wait(data: Data, columns: int) -> list[Line]:
    """A retry is due."""
    return _warning(waiting(data, float(data.get("seconds", 0))), columns)


def waiting(data: Data, seconds: float) -> str:
    """A retry is due in `seconds`."""
    reason, attempt = inline(str(data.get("reason", ""))), data.get("attempt", "?")
    if seconds <= 0:
        return f"{reason} · try {attempt} is under way"
    left = f", {clock(float(data['left']))} left for retries" if data.get("left") is not None else ""
    return f"{reason} · try {attempt} in {clock(seconds)}{left}"


def reply(data: Data, columns: int) -> list[Line]:
    """What a model call took."""
    recorded = " · recorded, not paid again" if data.get("recorded") else ""
    text = f"{data.get('purpose', 'model')} · {tokens(data)} · {clock(float(data.get('seconds', 0)))}{recorded}"
    return [fit(row(("  ↳ ", "dim"), (text, "dim")), columns)]


def bad_reply(data: Data, columns: int) -> list[Line]:
    """A reply that cannot be used, and why."""
    text = f"reply {data.get('attempt', '?')} of {data.get('of', '?')} cannot be used: {data.get('problem', '')}"
    return _warning(text, columns)


def plan(data: Data, columns: int) -> list[Line]:
    """The plan is accepted."""
    commit = f" · commit {str(data['commit'])[:9]}" if data.get("commit") else ""
    return [row(("✓ ", "green"), f"plan accepted by {inline(str(data.get('by', '')))}", (commit, "dim"))]


def turn(data: Data, columns: int) -> list[Line]:
    """A round: which branch, and why."""
    why = inline(str(data.get("why", "")))
    head = f"round {data.get('number', '?')}/{data.get('of', '?')}  "
    return [fit(row((head, "cyan"), (f"{inline(str(data.get('branch', '')))}  ", "bold"), why), columns)]


def verdict(data: Data, columns: int) -> list[Line]:
    """Green or red, in one line; the first red ones with their message."""
    rows, tests = cast(Sequence[Data], data.get("rows") or []), cast(Sequence[Data], data.get("tests") or [])
    problems = cast(Sequence[Any], data.get("problems") or [])
    red = [f"{one['call']}: expected {one['expected']}, got {one['got']}" for one in rows if not one.get("ok")]
    red += [f"{one['name']}: {str(one['message']).strip().split(chr(10))[0]}" for one in tests if not one.get("ok")]
    total = f"{many(len(rows), 'example')}, {many(len(tests), 'test')}"
    state = f"{total} green" if data.get("green") else f"{len(red)} red of {total}" if red else "not green"
    colour = "green" if data.get("green") else "red"
    text = f"{inline(str(data.get('name', '')))}: {state} · {float(data.get('seconds', 0)):.2f} s"
    lines = [row(("  ✓ " if data.get("green") else "  ✗ ", colour), text)]
    worst = [inline(str(problem)) for problem in problems] + [inline(one) for one in red]
    lines += [fit(row("    ", (one, "red")), columns) for one in worst[:RED_LINES]]
    if len(worst) > RED_LINES:
        lines.append(row((f"    … {len(worst) - RED_LINES} more", "dim")))
    return lines


def repair(data: Data, columns: int) -> list[Line]:
    """What was red goes back to the model."""
    problem = inline(str(data.get("problem", "")).partition("\n")[0].removeprefix("- "))
    text = f"  repair {data.get('attempt', '?')}/{data.get('of', '?')}: {problem}"
    return [fit(row((text, "yellow")), columns)]


ANSWERS = {
    "accept": "accepted",
    "accept_rest": "accepted, and the rest of this run if it is green",
    "accept_red": "accepted although red; it will be marked",
    "edit": "edited",
    "feedback": "said",
    "test": "tests again",
    "more": "asks the model for more results",
    "examples": "changes the examples",
    "reject": "rejected",
    "choice": "chose",
    "go_on": "goes on",
    "finish": "finishes here",
    "quit": "left; `coder resume` goes on from here",
}


def answer(data: Data, columns: int) -> list[Line]:
    """What the person decided."""
    word = str(data.get("verdict", ""))
    said = (
        f": {inline(str(data.get('text', '')))}"
        if word in ("accept", "feedback", "choice") and data.get("text")
        else ""
    )
    return [fit(row(("→ ", "cyan"), ANSWERS.get(word, inline(word)) + said), columns)]


def result(data: Data, columns: int) -> list[Line]:
    """What a branch came to; finish has its own summary."""
    ok = bool(data.get("ok"))
    text = inline(str(data.get("result", "")))
    if not text or data.get("branch") == "finish":
        return []
    return [fit(row(("  ✓ " if ok else "  ✗ ", "green" if ok else "red"), (text, "dim" if ok else "")), columns)]


def saved(data: Data, columns: int, library: str, *, whole: bool = True) -> list[Line]:
    """What was saved, with its difference; without it if somebody has just looked at it (`whole` is false)."""
    commit = str(data.get("commit") or "")[:9]
    names = ", ".join(inline(str(name)) for name in cast(Sequence[Any], data.get("names") or []))
    lines = [row(("✓ saved ", "bold green"), (names, "bold"), (f" · commit {commit}" if commit else "", "dim"))]
    if data.get("marked"):
        lines += _warning("saved although red, because you said so; it is marked", columns)
    rest = f"git -C {inline(library)} show {commit}" if library else f"git show {commit}"
    if not whole:
        return [*lines, row((f"  {rest}", "dim"))]
    return lines + difference(str(data.get("diff") or ""), columns, limit=DIFF_LINES, rest=rest)


def note(data: Data, columns: int) -> list[Line]:
    """Something to know."""
    text = str(data.get("text", ""))
    if data.get("level") == "warning":
        return _warning(text, columns)
    return [row(("  " + part, "dim")) for part in wrap(clean(text), columns - 2)]


def finish(data: Data, columns: int) -> list[Line]:
    """What came of it all, what it cost, and how to use it."""
    good = data.get("exit_code") == 0
    lines = [rule(str(data.get("status", "")), (clock(float(data.get("seconds", 0))) + " ──", "dim"), columns)]
    lines += [row((part, "green" if good else "yellow")) for part in wrap(clean(str(data.get("summary", ""))), columns)]
    red = set(map(_name, data.get("red") or []))
    saved = [f"{name} (red)" if name in red else name for name in map(_name, data.get("saved") or [])]
    lines += _field("saved", ", ".join(saved) or "nothing", columns, "bold")
    lines += _field(
        "red", "saved although a test is red, as you said; marked in library.py" if red else "", columns, "yellow"
    )
    lines += _field("open", " · ".join(map(_name, data.get("open") or [])), columns, "yellow")
    lines += _field("tests", f"{count(data.get('tests')):,} run" if data.get("tests") else "", columns)
    cost = f" · ${float(data['cost']):.4f}" if data.get("cost") is not None else ""
    lines += _field("model", f"{many(count(data.get('calls')), 'call')} · {tokens(data)}{cost}", columns)
    if usage := inline(str(data.get("usage") or "")):  # a line of its own, unbroken, so that it can be pasted
        lines.append(row(("use it".ljust(10), "dim"), (usage, "cyan")))
    return lines + _field("run", str(data.get("run") or ""), columns, "dim")


def error(data: Data, columns: int) -> list[Line]:
    """What went wrong, and what to do."""
    lines = [row(("error ", "bold red"), part) for part in wrap(clean(str(data.get("message", ""))), columns - 6)]
    hint = str(data.get("hint") or "")
    return lines + ([row(("  → ", "cyan"), part) for part in wrap(clean(hint), columns - 4)] if hint else [])


def tokens(data: Data) -> str:
    """Tokens in and out, the cached ones apart."""
    cached = count(data.get("tokens_cached"))
    about = "~" if data.get("counted") == "estimate" else ""
    apart = f" ({cached:,} cached)" if cached else ""
    return f"{about}{count(data.get('tokens_in')):,} tokens in{apart}, {about}{count(data.get('tokens_out')):,} out"


def clock(seconds: float) -> str:
    """A duration as a person says it."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def many(number: int, word: str) -> str:
    """A number with its word."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def count(value: Any) -> int:
    """A number, or how many there are."""
    if isinstance(value, (list, tuple)):
        return len(cast(Sequence[Any], value))
    return int(value or 0)


def part(data: Data, key: str) -> Data:
    """A mapping inside the data; empty if there is none."""
    value = data.get(key)
    return cast(Data, value) if isinstance(value, Mapping) else {}


def _name(value: Any) -> str:
    return inline(str(cast(Data, value).get("name", value) if isinstance(value, Mapping) else value))


def _field(label: str, text: str, columns: int, style: str = "") -> list[Line]:
    if not text:
        return []
    parts = wrap(clean(text), columns - 10)
    return [row((label.ljust(10) if not i else " " * 10, "dim"), (part, style)) for i, part in enumerate(parts)]


def _warning(text: str, columns: int) -> list[Line]:
    parts = wrap(clean(text), columns - 2)
    return [row(("! " if not i else "  ", "yellow"), (part, "yellow")) for i, part in enumerate(parts)]
