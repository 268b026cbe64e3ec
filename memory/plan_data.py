"""The plan as data: the JSON schema that a planner's reply should have, and its lenient reading. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from memory.errors import PlanError
from memory.plan import Plan, Step, merged
from memory.plan_lines import examples as examples_of_line
from memory.plan_lines import signature

MOST_STEPS, MOST_EXAMPLES, MOST_NAMES = 6, 6, 5
_TEXTS = {"signature": 200, "does": 600, "assumed": 200}
_CALL, _RESULT, _NAME = 200, 200, 100  # letters
_RAISES = re.compile(
    r"(?:should\s+|must\s+)?(?:raises?\s+)?(?:an?\s+)?((?:\w+\.)*[A-Z]\w*(?:Error|Exception))\b(.*)", re.DOTALL
)


def schema(*, reading: bool = False) -> dict[str, Any]:
    """What a reply must look like, each text bounded: one without a bound let a small model run on without end.

    Args:
        reading: whether it may be names of functions to be shown instead, in `read`, beside no steps.
    """

    def row(texts: Mapping[str, int], **more: Any) -> dict[str, Any]:
        properties = {name: {"type": "string", "maxLength": most} for name, most in texts.items()} | more
        return {
            "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False,
        }  # fmt: skip

    def many(item: dict[str, Any], most: int, least: int = 1) -> dict[str, Any]:
        return {"type": "array", "items": item, "minItems": least, "maxItems": most}

    examples = many(row({"call": _CALL, "result": _RESULT}), MOST_EXAMPLES)
    step = row(_TEXTS, examples=examples)
    if not reading:
        return row({}, steps=many(step, MOST_STEPS))
    names = many({"type": "string", "maxLength": _NAME}, MOST_NAMES, 0)
    return row({}, steps=many(step, MOST_STEPS, 0), read=names)


def read(text: str, goal: str) -> Plan | None:
    """The plan in a reply that is JSON, perhaps in a fence or between words; None if there is no JSON with steps in it.

    Args:
        text: what the model wrote; two steps of one function become one.
        goal: of the plan.

    Raises:
        PlanError: a step has no signature that Python can read.
    """
    data = next(_objects(text), None)
    if data is None:
        return None
    steps: dict[str, Step] = {}
    for row in _rows(data):
        one = _step(row, len(steps) + 1)
        there = steps.get(one.name)
        steps[one.name] = one if there is None else merged(there, one)
    if not steps:
        raise PlanError("there is no step in it.")
    return Plan(" ".join(goal.split()), tuple(steps.values()))


def _objects(text: str) -> Iterator[Any]:
    """What in a text is JSON and holds steps."""
    decoder = json.JSONDecoder(strict=False)
    for match in [*re.finditer(r"[\[{]", text)][:50]:
        try:
            data, _ = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if _rows(data):
            yield data


def _rows(data: Any) -> list[dict[str, Any]]:
    """The steps of an object with `steps`, of a list, or of one step alone."""
    if isinstance(data, dict):
        found = cast(dict[str, Any], data)
        inner = next((found[key] for key in ("steps", "plan", "functions") if key in found), None)
        return _rows(inner) if inner is not None else [found] if "signature" in found else []
    items = cast(list[Any], data) if isinstance(data, list) else []
    return [cast(dict[str, Any], item) for item in items if isinstance(item, dict) and "signature" in item]


def _step(row: dict[str, Any], number: int) -> Step:
    written = " ".join(str(row["signature"]).split())
    read_signature = signature(written.rstrip(": "))
    if read_signature is None:
        raise PlanError(f"{written[:80]!r} is no function signature that Python can read.")
    does = " ".join(str(row.get("does") or row.get("description") or read_signature[2] or "").split())
    assumed = " ".join(str(row.get("assumed") or "").split())
    if assumed.strip(" .-").lower() not in ("", "nothing", "none", "n/a"):
        assumed = re.sub(r"(?i)^assum\w+\s*:\s*", "", assumed)
        does = f"{does} Assumed: {assumed}".strip()
    examples = row.get("examples")
    items = cast(list[Any], examples) if isinstance(examples, list) else []
    found = [text for item in items for text in _example(item, read_signature[0])]
    return Step(number, read_signature[0], read_signature[1], does, tuple(dict.fromkeys(found)))


def _example(item: Any, name: str) -> tuple[str, ...]:
    """An example as a line of a plan, out of {"call", "result"} or of a text; () for what is none."""
    if isinstance(item, str):
        return examples_of_line(item, name, name)
    if not isinstance(item, dict):
        return ()
    data = cast(dict[str, Any], item)
    call, result = (
        str(data.get("call") or data.get("input") or "").strip().strip("`"),
        data.get("result", data.get("output")),
    )
    call = call.removeprefix(">>>").strip()
    if not call:
        return ()
    if not isinstance(result, str):
        return examples_of_line(f"{call} == {result!r}", name, name)
    if raised := _RAISES.fullmatch(result.strip()):
        return examples_of_line(f"{call} raises {raised[1]}{raised[2]}", name, name) or (f"{call} raises {raised[1]}",)
    return examples_of_line(f"{call} == {result.strip()}", name, name)
