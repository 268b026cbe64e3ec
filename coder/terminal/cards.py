"""Cards: a plan, a draft with its evidence, a difference, as lines to show; text in, lines out."""

import ast
import re
from collections.abc import Sequence
from itertools import chain, repeat

from coder.people.question import DraftReview, PlanReview
from coder.terminal.text import Line, Span, clean, cut, fit, indented, inline, pad, row, split, width, wrap
from library.gate.verdict import ExampleResult, TestResult, Verdict
from memory.text_diff import changes

LEAST = 12  # lines of code are shown on any terminal
KEYS = 2  # lines for the keys below a card
TESTS = 10  # lines of test code that are shown at once
CHANGED = 16  # lines of what changed
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
        texts = clean(card.text.rstrip()).split("\n")
        lines += [row(part) for text in texts for part in indented(text, columns)]
    if card.diff and not whole:
        lines.append(rule("changed since the last plan", ("", ""), columns))
        lines += difference(card.diff, columns, limit=30, rest="v shows the whole plan")
    return lines


def code_card(card: DraftReview, columns: int, *, colour: bool, whole: bool = False, rows: int = ROWS) -> list[Line]:
    """What decides on a draft: what changed, its code, what its examples gave, what is red, what is worth a remark.

    Args:
        card: the draft with its evidence.
        columns: of the terminal.
        colour: the code is coloured.
        whole: nothing is left out, docstrings and checks that hold among it.
        rows: of the terminal; longer code is folded, so that all fits.
    """
    above, below = _above(card, columns, whole), _below(card, columns, colour, whole)
    room = 0 if whole else _room(card, columns, rows)
    return [*above, *_code(card.draft.code, columns, colour, room, folded=not whole), *below]


def is_folded(card: DraftReview, columns: int, rows: int = ROWS) -> bool:
    """Whether the card shows only the head and the tail of the code, unless it is shown whole."""
    return _count(card.draft.code) > _room(card, columns, rows)


def _room(card: DraftReview, columns: int, rows: int) -> int:
    """Lines of code that stand on the screen together with the rest of the card and the keys."""
    rest = len(_above(card, columns, False)) + len(_below(card, columns, False, False))
    return max(LEAST, rows - rest - KEYS)


def _count(code: str) -> int:
    """How many lines of code are shown, docstrings folded."""
    return len(code.strip("\n").split("\n")) - sum(len(lines) - 1 for lines in _docstrings(code.strip("\n")))


def _above(card: DraftReview, columns: int, whole: bool) -> list[Line]:
    found = card.verdict
    red = sum(not one.ok for one in (*found.tests, *found.rows))
    state = "green" if found.green else f"{red} red" if red else "not green"
    right: Span = (f"{state} · {found.seconds:.2f} s ──", "bold green" if found.green else "bold red")
    lines = [rule(card.draft.name, right, columns)]
    if not _is_as_planned(card):
        lines += [row(("planned  ", "dim"), (text, "bold")) for text in wrap(clean(card.signature), columns - 9)]
    if card.note:
        lines += [row((text, "yellow")) for text in wrap(clean(card.note), columns)]
    if diff := changes(card.previous, card.draft.code) if card.previous and not whole else "":
        lines.append(row(("changed since the last draft:", "dim underline")))
        lines += difference(diff, columns, limit=CHANGED, rest="d shows the whole difference")
        lines.append(row(("the whole of it now:", "dim underline")))
    return lines


def _is_as_planned(card: DraftReview) -> bool:
    """Whether the code begins with the very signature of the plan, so that it need not be said twice."""
    squeezed = "".join(card.draft.code.split())
    return f"def{''.join(card.signature.split())}:" in squeezed


def _below(card: DraftReview, columns: int, colour: bool, whole: bool) -> list[Line]:
    found, tests = card.verdict, card.draft.tests.strip("\n")
    lines = _labelled("red", [f"✗ {inline(text)}" for text in found.problems], columns, "red")
    lines += _examples(found.rows, columns)
    lines += _tests(found.tests, columns, whole)
    if tests:
        lines += [row(("the tests reach beyond what they test:", "yellow"))] if card.tests_reach else []
        lines += _code(tests, columns, colour, 0 if whole or card.tests_reach else TESTS)
    if found.uses:
        lines += _labelled("calls", [", ".join(map(inline, found.uses))], columns, "")
    return lines + _checks(found, columns, whole)


def _code(code: str, columns: int, colour: bool, most: int, *, folded: bool = False) -> list[Line]:
    """Numbered lines, at most so many unless that is 0; a long one goes on in the next, so that nothing stands beyond
    the right edge. Folded: of a docstring its first line."""
    code = code.strip("\n")
    text = _FAR.sub(lambda found: f" ⟨{len(found[0])} blanks⟩ ", clean(code))
    if colour:
        from coder.terminal.highlight import highlight  # rich is imported only now: it costs 70 ms and 10 MiB

        lines = highlight(text)
    else:
        lines = [row(line) for line in text.split("\n")]
    digits = max(2, len(str(len(lines))))
    numbered = [_numbered(f" {number:>{digits}} │ ", line, columns) for number, line in enumerate(lines, 1)]
    for place in reversed(_docstrings(code)) if folded else ():
        more = fit(row((f" {'…':>{digits}} │     … {len(place) - 1} lines more of this docstring: v", "dim")), columns)
        numbered[place.start + 1 : place.stop] = [[more]]
    if not most or len(numbered) <= most:
        return [part for parts in numbered for part in parts]
    head = most - TAIL - 1
    hidden = len(numbered) - head - TAIL
    return [
        *(part for parts in numbered[:head] for part in parts),
        row((f" {'…':>{digits}} │ {hidden} lines more: v shows them", "yellow")),
        *(part for parts in numbered[-TAIL:] for part in parts),
    ]


def _docstrings(code: str) -> list[range]:
    """Numbers of the lines, from 0, of docstrings of three lines and more with nothing else on any of them."""
    if "\r" in code:  # Python begins a line there, the screen does not
        return []
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return []
    lines, found = code.split("\n"), list[range]()
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or not ast.get_docstring(node):
            continue
        doc = node.body[0]
        place = range(doc.lineno - 1, doc.end_lineno or doc.lineno)
        around = lines[place.start][: doc.col_offset] + lines[place.stop - 1].encode()[doc.end_col_offset :].decode()
        if len(place) > 2 and not around.strip():
            found.append(place)
    return sorted(found, key=lambda one: one.start)


def _numbered(number: str, line: Line, columns: int) -> list[Line]:
    margins = chain([number], repeat(f"{' ' * (len(number) - 3)}↪│ "))
    return [((margin, "dim"), *part) for margin, part in zip(margins, split(line, columns - len(number)), strict=False)]


def _examples(rows: Sequence[ExampleResult], columns: int) -> list[Line]:
    """Each call with what it gave and who said so, whole: what does not fit in a line goes on in the next, indented."""
    calls = [inline(one.call) for one in rows]
    wide = max((width(call) for call in calls if width(call) <= columns // 2), default=0)
    lines: list[Line] = []
    for one, call in zip(rows, calls, strict=True):
        gave = f"→ {_result(one)}"
        said = f"  {inline(one.source)}"
        text = f"{pad(call, wide) if width(call) <= wide else call}  {gave}"
        parts = wrap(text, columns - 4 - len(said))
        mark, colour = ("✓ ", "green") if one.ok else ("✗ ", "red")
        for number, part in enumerate(parts):
            head: Line = row((mark, colour)) if not number else row("    ")
            tail: Line = row((said, "dim")) if number == len(parts) - 1 else ()
            lines.append((*head, (part, "" if one.ok else "red"), *tail))
    return lines


def _result(one: ExampleResult) -> str:
    """What came of an example; what was expected only where it says something else."""
    got, expected = inline(one.got), inline(one.expected)
    if one.ok and got.startswith(expected):
        return got
    return f"{got}, expected {expected}"


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


def _checks(found: Verdict, columns: int, whole: bool) -> list[Line]:
    """What holds is a number unless `whole`. What does not and refuses the draft stands among the problems already; the
    rest are remarks."""
    held = [f"✓ {inline(name)}  {inline(detail)}".rstrip() for name, ok, detail in found.checks if ok]
    said = {problem.partition(":")[0] for problem in found.problems}
    remarks = [
        f"· {inline(name)}: {inline(detail)}" for name, ok, detail in found.checks if not ok and name not in said
    ]
    texts = held if whole or not held else [f"✓ {len(held)} hold"]
    return [
        *_labelled("checks", texts, columns, "green"),
        *_labelled("remarks", remarks, columns, "", limit=99 if whole else 2),
    ]


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
