"""The plan: steps of one function each, as values and as the text file that models write and people edit. Pure.

Goal: parse ISO 8601 durations such as P3DT4H30M into seconds

1. [ ] parse_duration(text: str) -> int
   Return the number of seconds in an ISO 8601 duration.
   - parse_duration("P3DT4H30M") == 275400
   - parse_duration("") raises ValueError
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from memory.errors import PlanError
from memory.plan_lines import BULLET, examples, is_open, joined, mark, signature

SHAPE = "1. [ ] name(text: str) -> int"
FORM = (  # what stands at the end of the plan's file, for whoever edits it; no part of the plan
    f'# A step is a line such as `{SHAPE}`; below it what it does and examples, `- name("a") == 1`.',
    "# Words below a step reach whoever writes it; words between the goal and the first step reach whoever writes any.",
)
_FENCE = re.compile(r"\s*(?:```|~~~)")
_GOAL = re.compile(r"\W*goal\W*:\W*", re.IGNORECASE)
_LABEL = re.compile(r"\W*(?:examples?|tests?|e\.g\.|for example)\b\W*(?::|$)\W{0,3}\s*", re.IGNORECASE)
_DOES = re.compile(r"[*_]*(?:does|description|what it does|purpose)[*_]*\s*:[*_]*\s*", re.IGNORECASE)
_NOTE = re.compile(r"[*_]*note[*_]*\s*:[*_]*\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """One function to be written.

    Args:
        number: 1-based place in the plan.
        name: the function's name.
        signature: `name(text: str) -> int`, on one line, without `def` and colon.
        does: what it must do, in lines; a person's remarks are among them.
        examples: `name("a") == 1` or `name("") raises ValueError`.
        done: whether it is ticked.
        note: a remark from whoever ticked it.
    """

    number: int
    name: str
    signature: str
    does: str
    examples: tuple[str, ...]
    done: bool = False
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """A goal and the steps to it."""

    goal: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()  # words for the whole plan, a line each

    @property
    def open(self) -> tuple[Step, ...]:
        """The steps that are not done."""
        return tuple(step for step in self.steps if not step.done)

    def step(self, number: int) -> Step | None:
        """The step with this number, None when there is none."""
        return next((step for step in self.steps if step.number == number), None)

    def tick(self, numbers: Iterable[int], note: str = "") -> "Plan":
        """The plan with these steps done, and the note (if there is one) on them.

        Raises:
            PlanError: there is no step with such a number.
        """
        wanted = set(numbers)
        if unknown := sorted(wanted - {step.number for step in self.steps}):
            raise PlanError(f"there is no step {unknown[0]}; the plan has 1 to {len(self.steps)}.")
        words = " ".join(note.split())
        steps = (
            replace(step, done=True, note=words or step.note) if step.number in wanted else step for step in self.steps
        )
        return replace(self, steps=tuple(steps))

    def untick(self, names: Iterable[str]) -> "Plan":
        """The plan with the steps of these functions open again."""
        wanted = set(names)
        steps = (replace(step, done=False) if step.name in wanted else step for step in self.steps)
        return replace(self, steps=tuple(steps))


@dataclass
class _Draft:
    """A step while its lines are being read."""

    line: int
    indent: int
    name: str
    signature: str
    done: bool
    does: list[str] = field(default_factory=list[str])
    examples: list[str] = field(default_factory=list[str])
    note: list[str] = field(default_factory=list[str])
    blank: bool = False  # an empty line came since the last text

    def step(self, number: int) -> Step:
        note = " ".join(" ".join(self.note).split())
        unique = tuple(dict.fromkeys(self.examples))
        return Step(number, self.name, self.signature, "\n".join(self.does), unique, self.done, note)


Line = tuple[int, int, str]  # number in the text, indentation, text without it


@cache  # a run reads the same few plans again and again
def parse(text: str, goal: str = "", *, person: bool = False) -> Plan:
    """Read a plan as the file has it, as a model writes it, or as a person left it.

    Numbers do not matter, the order does. Of a model's text what stands before the plan is dropped, and what stands
    after it is kept (in the last step) only in a text that begins with the goal. Of a person's text no word is dropped:
    what stands before the first step is a note of the whole plan, the rest belongs to the step above.

    Args:
        text: the plan.
        goal: the goal, if the text does not name one.
        person: a person wrote it, or may have.

    Raises:
        PlanError: no step, a step without a signature, two steps of one name by a person (a model's become one);
            names the line and what is expected.
    """
    every = _lines(text)
    lines = [line for line in every if not _FENCE.match(line[2])] if person else _inside_fence(every)
    place = next((at for at, (_, _, line) in enumerate(lines[: None if person else 5]) if _GOAL.match(line)), -1)
    if person and any(_begins_step(line) for _, _, line in lines[: max(place, 0)]):
        place = -1  # words of a step that merely look like a goal
    named = _GOAL.sub("", lines[place][2], count=1) if place >= 0 else ""
    drafts, before = _drafts([line for at, line in enumerate(lines) if at != place], bool(named) or person, person)
    if not drafts:
        raise PlanError("there is no step in this text.", f"A plan has one line such as `{SHAPE}` for each function.")
    for place, draft in enumerate(drafts):
        twin = next((other for other in drafts[:place] if other.name == draft.name), None)
        if twin and person:
            raise PlanError(
                f"line {draft.line}: there is a step {draft.name!r} already in line {twin.line}.",
                "Give each step a function of its own, or make one of the two.",
            )
    words = [line for line in before if person or (named and _NOTE.match(line))]
    notes = [" ".join(_NOTE.sub("", line, count=1).split()) for line in words]
    steps: dict[str, Step] = {}
    for draft in drafts:
        one = draft.step(len(steps) + 1)
        steps[one.name] = merged(steps[one.name], one) if one.name in steps else one
    return Plan(" ".join((named.strip("*_ ") or goal).split()), tuple(steps.values()), tuple(filter(None, notes)))


def merged(one: Step, more: Step) -> Step:
    """Two steps of one function, as small models write them, as one: the first with what the second adds."""
    does = one.does if more.does in one.does else f"{one.does}\n{more.does}".strip()
    return replace(one, does=does, examples=tuple(dict.fromkeys([*one.examples, *more.examples])))


def _lines(text: str) -> list[Line]:
    found: list[Line] = []
    for number, raw in enumerate(text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        line = raw.expandtabs(4).rstrip()
        line = "" if line.strip() in FORM else line
        found.append((number, len(line) - len(line.lstrip()), line.strip()))
    return found


def _inside_fence(lines: list[Line]) -> list[Line]:
    """What stands in the code fence around the plan, if there is one; other fences are dropped line by line."""
    fences = [at for at, (_, _, line) in enumerate(lines) if _FENCE.match(line)]
    first = next((at for at, line in enumerate(lines) if _begins_step(line[2])), len(lines))
    if fences and fences[0] < first:
        around = [at for at in fences if lines[at][1] <= lines[fences[0]][1] and lines[at][2].strip("`~") == ""]
        end = around[-1] if around and around[-1] > first else len(lines)
        lines = lines[fences[0] + 1 : end]
    return [line for line in lines if not _FENCE.match(line[2])]


def _begins_step(line: str) -> bool:
    found = mark(line)
    return found is not None and signature(found.rest) is not None


def _drafts(lines: list[Line], keep_end: bool, person: bool) -> tuple[list[_Draft], list[str]]:
    """The steps, and the lines before the first."""
    drafts, before = list[_Draft](), list[str]()
    unmarked = not any(mark(line) for _, _, line in lines)
    place = 0
    while place < len(lines):
        number, indent, line = lines[place]
        place += 1
        more = _continued(lines, place - 1)
        if more:
            line, place = joined([line, *(text for _, _, text in lines[place : place + more])]), place + more
        if draft := _begin(number, indent, line, drafts, unmarked):
            drafts.append(draft)
        elif drafts:
            following = lines[place][2] if place < len(lines) else ""
            place += _take(drafts[-1], indent, line, following, ends=not keep_end, person=person)
        elif line:
            before.append(line)
    return drafts, before


def _continued(lines: list[Line], place: int) -> int:
    """How many of the following lines belong to the signature or example that begins here with an open bracket."""
    if not is_open(lines[place][2]):
        return 0
    for more in range(1, min(12, len(lines) - place)):
        texts = [text for _, _, text in lines[place : place + more + 1]]
        if not texts[-1] or _begins_step(texts[-1]):
            return 0
        if not is_open(line := joined(texts)):
            return more if _begins_step(line) or examples(BULLET.sub("", line, count=1)) else 0
    return 0


def _begin(number: int, indent: int, line: str, drafts: list[_Draft], unmarked: bool) -> _Draft | None:
    """The step that begins in this line, None when the line belongs to the step above (or to none)."""
    found = mark(line)
    rest = found.rest if found else BULLET.sub("", line, count=1) if unmarked and "->" in line else ""
    read = signature(rest) if rest else None
    if read is None:
        inner = (not drafts and unmarked) or (drafts and indent > drafts[0].indent)
        if found is None or inner or examples(found.rest):
            return None
        raise PlanError(
            f"line {number}: {line[:80]!r} has no function signature that Python can read.",
            f"A step begins with one, such as `{SHAPE}`.",
        )
    draft = _Draft(number, indent, read[0], read[1], found is not None and found.done)
    if read[2]:
        _take(draft, indent + 3, read[2], "", ends=False)
    return draft


def _take(draft: _Draft, indent: int, line: str, following: str, *, ends: bool, person: bool = False) -> int:
    """Put a line where it belongs in the step; how many lines after it are used up as well (0 or 1)."""
    if not line:
        draft.blank = True
        return 0
    apart, draft.blank = draft.blank and indent <= draft.indent and bool(draft.examples), False
    bullet = BULLET.match(line)
    item = line[bullet.end() :] if bullet else line
    if item.startswith(">>>") and not examples(item) and (found := examples(f"{item} == {following}")):
        draft.examples += found
        return 1
    label = _LABEL.match(item)
    item = item[label.end() :] if label else item
    if found := examples(item, "" if bullet or label else draft.name, draft.name):
        draft.examples += found
        if person and (words := _beside(item, found)):
            draft.does.append(f"About {found[0]}: {words}")
    elif note := _NOTE.match(item):
        draft.note.append(item[note.end() :])
    elif label and not item:
        return 0
    elif not (apart and ends):
        draft.does.append(_DOES.sub("", line, count=1))
    else:
        draft.blank = True  # what follows the text after the plan is text after the plan
    return 0


def _beside(item: str, found: tuple[str, ...]) -> str:
    """What a person wrote beside an example, such as "# because Ada said so"; "" if it is the example alone."""
    known = {*re.findall(r"\w+", " ".join(found)), "returns", "gives", "raises", "raise", "should", "an", "a"}
    if not set(re.findall(r"\w+", item)) - known:
        return ""
    rest = item
    for example in found:
        rest = rest.replace(example, "", 1)
    return rest.strip(" #—–-/,;:`*()") if found[0] in item else item


def explained(text: str) -> str:
    """The plan's text as its file and the editor have it: with the lines that tell the form at its end."""
    return "\n".join([bare(text).rstrip("\n"), "", *FORM]) + "\n"


def bare(text: str) -> str:
    """The text without the lines that tell the form."""
    if not any(line in text for line in FORM):
        return text
    lines = [line for line in text.splitlines() if line.strip() not in FORM]
    return "\n".join(lines).rstrip("\n") + "\n"


def render(plan: Plan) -> str:
    """The plan as its file has it; `parse` reads it back to the same plan."""
    lines = [f"Goal: {' '.join(plan.goal.split())}", ""] if plan.goal else []
    lines += [*(f"Note: {' '.join(note.split())}" for note in plan.notes), ""] if plan.notes else []
    for step in plan.steps:
        lines.append(f"{step.number}. [{'x' if step.done else ' '}] {step.signature}")
        lines += [f"   {line}".rstrip() for line in step.does.splitlines()]
        lines += [f"   - {example}" for example in step.examples]
        lines += [f"   Note: {step.note}"] if step.note else []
    return "\n".join(lines) + "\n"
