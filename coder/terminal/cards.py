"""Cards: a plan, a draft with its evidence, a difference, as lines to show; text in, lines out."""

import re
from collections.abc import Sequence
from itertools import chain, repeat

from coder.people.question import DraftReview, PlanReview
from coder.terminal.text import Line, Span, clean, columns_for, cut, fit, inline, pad, row, split, wrap
from library.gate.verdict import ExampleResult, TestResult

BESIDE = 20  # rows of a terminal that eight examples and the rest of a card take beside the code
LEAST = 20  # lines of code are shown on any terminal
ROWS = 40
TAIL = 5
LABEL = 10
_FAR = re.compile(r"(?<=\S) {20,}(?=\S)")  # blanks that put what follows out of sight


def rule(title: str, right: Span, columns: int) -> Line:
    """A line across the screen with a title on its left and a verdict on its right."""
    title = cut(inline(title), columns - len(right[0]) - 8)
    line = "─" * (columns - len(title) - len(right[0]) - 6)
    return row(("── ", "dim"), (title, "bold"), (f" {line} " if right[0] else f" {line}──", "dim"), right)


def plan_card(card: PlanReview, columns: int, *, shown: bool, whole: bool = False) -> list[Line]:
    """The plan; only what changed in it if something did, and no text that has just streamed by (`shown`)."""
    lines: list[Line] = []
    if card.note:
        lines += [row(("! ", "yellow"), (text, "yellow")) for text in wrap(clean(card.note), columns - 2)]
    if not (shown or card.diff) or whole:
        lines.append(rule("plan", ("", ""), columns))
        lines += [row(text) for text in wrap(clean(card.text.rstrip()), columns)]
    if card.diff and not whole:
        lines.append(rule("changed since the last plan", ("", ""), columns))
        lines += difference(card.diff, columns, limit=30, rest="v shows the whole plan")
    return lines


def code_card(card: DraftReview, columns: int, *, colour: bool, whole: bool = False, rows: int = ROWS) -> list[Line]:
    """Everything needed to decide on a draft.

    Args:
        card: the draft with its evidence.
        columns: of the terminal.
        colour: the code is coloured.
        whole: nothing is left out.
        rows: of the terminal; longer code is folded, so that all fits.
    """
    draft, found = card.draft, card.verdict
    red = sum(not one.ok for one in (*found.tests, *found.rows))
    state = "green" if found.green else f"{red} red" if red else "not green"
    right: Span = (f"{state} · {found.seconds:.2f} s ──", "bold green" if found.green else "bold red")
    lines = [rule(draft.name, right, columns)]
    lines += [row((text, "bold")) for text in wrap(clean(card.signature), columns)]
    if card.note:
        lines += [row((text, "yellow")) for text in wrap(clean(card.note), columns)]
    lines += _code(draft.code, columns, colour, 0 if whole else _room(rows))
    lines += _labelled("problem", [f"✗ {inline(text)}" for text in found.problems], columns, "red")
    lines += _examples(found.rows, columns, whole)
    lines += _tests(found.tests, columns, whole)
    if (whole or card.tests_reach) and draft.tests.strip():
        lines += [row(("the tests reach beyond what they test:", "yellow"))] if card.tests_reach else []
        lines += _code(draft.tests, columns, colour, 0)
    if found.uses:
        lines += _labelled("calls", [", ".join(map(inline, found.uses))], columns, "")
    return lines + _checks(found.checks, columns, whole)


def is_folded(card: DraftReview, rows: int = ROWS) -> bool:
    """Whether the card shows only the head and the tail of the code, unless it is shown whole."""
    return card.draft.code.strip("\n").count("\n") >= _room(rows)


def _room(rows: int) -> int:
    return max(LEAST, rows - BESIDE)


def _code(code: str, columns: int, colour: bool, most: int) -> list[Line]:
    """Numbered lines, at most so many unless that is 0; a long one goes on in the next, so that nothing stands beyond
    the right edge."""
    text = _FAR.sub(lambda found: f" ⟨{len(found[0])} blanks⟩ ", clean(code.strip("\n")))
    if colour:
        from coder.terminal.highlight import highlight  # rich is imported only now: it costs 70 ms and 10 MiB

        lines = highlight(text)
    else:
        lines = [row(line) for line in text.split("\n")]
    digits = max(2, len(str(len(lines))))
    numbered = [_numbered(f" {number:>{digits}} │ ", line, columns) for number, line in enumerate(lines, 1)]
    if not most or len(numbered) <= most:
        return [part for parts in numbered for part in parts]
    head = most - TAIL - 1
    hidden = len(numbered) - head - TAIL
    return [
        *(part for parts in numbered[:head] for part in parts),
        row((f" {'…':>{digits}} │ {hidden} lines more: v shows them", "yellow")),
        *(part for parts in numbered[-TAIL:] for part in parts),
    ]


def _numbered(number: str, line: Line, columns: int) -> list[Line]:
    margins = chain([number], repeat(f"{' ' * (len(number) - 3)}↪│ "))
    return [((margin, "dim"), *part) for margin, part in zip(margins, split(line, columns - len(number)), strict=False)]


def _examples(rows: Sequence[ExampleResult], columns: int, whole: bool) -> list[Line]:
    if not rows:
        return []
    head = ("example", "expected", "got", "said by")
    cells = [head, *((inline(one.call), inline(one.expected), inline(one.got), inline(one.source)) for one in rows)]
    widths = columns_for(cells, columns - 2)
    lines = [row("  ", ("  ".join(pad(*cell) for cell in zip(head, widths, strict=True)).rstrip(), "dim underline"))]
    for one, texts in zip(rows, cells[1:], strict=True):
        if whole and any(len(text) > size for text, size in zip(texts, widths, strict=True)):
            lines += _example_in_full(one, columns)
            continue
        call, expected, got, source = (pad(*cell) for cell in zip(texts, widths, strict=True))
        colour = "green" if one.ok else "red"
        lines.append(
            row(
                (_mark(one.ok), colour),
                f"{call}  {expected}  ",
                (got, "" if one.ok else "bold red"),
                (f"  {source}", "dim"),
            )
        )
    return lines


def _example_in_full(one: ExampleResult, columns: int) -> list[Line]:
    texts = [
        inline(one.call),
        f"  expected  {inline(one.expected)}",
        f"  got       {inline(one.got)}",
        f"  said by   {inline(one.source)}",
    ]
    lines = [row("  ", (part, "" if one.ok else "red")) for text in texts for part in wrap(text, columns - 2)]
    return [row((_mark(one.ok), "green" if one.ok else "red"), *lines[0][1:]), *lines[1:]]


def _mark(ok: bool) -> str:
    return "✓ " if ok else "✗ "


def _tests(tests: Sequence[TestResult], columns: int, whole: bool) -> list[Line]:
    green = [inline(test.name) for test in tests if test.ok]
    lines: list[Line] = []
    if green:
        text = f"✓ {len(green)} green: {', '.join(green)}"
        lines += _labelled("tests", [text if whole else cut(text, columns - LABEL)], columns, "green")
    for test in (test for test in tests if not test.ok):
        message = test.message.strip()
        kept = message if whole else message.split("\n")[0]
        lines += _labelled(
            "" if lines else "tests",
            [f"✗ {inline(test.name)}  {clean(kept)}"],
            columns,
            "red",
            limit=99 if whole else 2,
        )
    return lines


def _checks(checks: Sequence[tuple[str, bool, str]], columns: int, whole: bool) -> list[Line]:
    """What holds shares one line, what does not gets its own; all have their own when `whole`."""
    if whole:
        texts = [f"{_mark(passed)}{inline(name)}  {inline(detail)}".rstrip() for name, passed, detail in checks]
        return _labelled("checks", texts, columns, "")
    held = [inline(name) for name, passed, _ in checks if passed]
    lines = _labelled("checks", [f"✓ {', '.join(held)}"] if held else [], columns, "green", limit=2)
    for name, _, detail in (check for check in checks if not check[1]):
        text = f"✗ {inline(name)}: {inline(detail)}"
        lines += _labelled("" if lines else "checks", [text], columns, "red", limit=2)
    return lines


def _labelled(label: str, texts: Sequence[str], columns: int, style: str, limit: int = 99) -> list[Line]:
    """Texts beside a label in the left margin, each on at most `limit` lines."""
    lines: list[Line] = []
    for text in texts:
        parts = wrap(text, columns - LABEL)
        if len(parts) > limit:
            parts = [*parts[: limit - 1], cut(parts[limit - 1] + " …", columns - LABEL - 1)]
        for part in parts:
            lines.append(row(("" if lines else label).ljust(LABEL), (part, style)))
    return lines


def difference(diff: str, columns: int, *, limit: int, rest: str) -> list[Line]:
    """A unified diff in colours, at most `limit` lines of it; `rest` says how to see the others."""
    spans = _diff_lines(clean(diff).rstrip("\n").split("\n"))
    lines = [fit((span,), columns) for span in spans[:limit]]
    if len(spans) > limit:
        lines.append(row((f"… {len(spans) - limit} lines more: {rest}", "yellow")))
    return lines


def _diff_lines(texts: Sequence[str]) -> list[Span]:
    """The lines that say something; of several files each has its name above."""
    spans: list[Span] = []
    pairs = list(zip(texts, [*texts[1:], ""], strict=True))
    heads = [text.startswith("--- ") and following.startswith("+++ ") for text, following in pairs]
    several = sum(heads) > 1
    for (text, following), head, behind in zip(pairs, heads, [False, *heads], strict=False):
        if behind or text.startswith(("diff --git ", "index ")):
            continue
        if head:  # a "--- " elsewhere is a line that went
            name = following[4:].split("\t")[0].removeprefix("b/")
            spans += [(name, "bold cyan")] if several else []
        else:
            spans.append((text, {"+": "green", "-": "red", "@": "cyan"}.get(text[:1], "dim")))
    return spans
