"""From the zygote's reports to JobOutcome and PytestReport; of a verdict only plain, bounded values are taken."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, cast

from library.sandbox.values import RED, CaseResult, JobOutcome, PytestReport, clean, ended

OUTCOMES: dict[str, Literal["passed", "failed", "error", "skipped"]] = {
    "passed": "passed",
    "failed": "failed",
    "error": "error",
    "skipped": "skipped",
}
LINE_BYTES = 512 << 10
NAME_CHARS, VALUE_CHARS, TEXT_CHARS = 1000, 4097, 8193  # a little more than honest code is cut to inside
BASES = 50
DIGITS = 18  # of a number in a verdict: a count or an exit code
Report = Mapping[str, Any]


def died(detail: str, seconds: float = 0.0) -> dict[str, Any]:
    """A report in the place of one that never came."""
    return {"end": "died", "detail": detail, "lines": [], "output": "", "seconds": seconds}


def outcome(report: Report) -> JobOutcome:
    """The report on one job as a value."""
    error, message = ended(report)
    output, seconds = clean(report["output"]), float(report["seconds"])
    said = list(_said(report["lines"][-1:]))
    if error or not said:
        return JobOutcome(False, error=error or "Died", message=message or "no verdict", output=output, seconds=seconds)
    told = said[-1]
    bases: object = told.get("bases", [])
    names = cast("list[object]", bases)[:BASES] if isinstance(bases, list) else []
    return JobOutcome(
        ok=told.get("ok") is True,
        value=clean(told.get("value", ""), VALUE_CHARS),
        error=clean(told.get("error", ""), NAME_CHARS),
        message=clean(told.get("message", ""), TEXT_CHARS),
        traceback=clean(told.get("traceback", ""), TEXT_CHARS),
        output=output,
        seconds=seconds,
        bases=tuple(clean(base, NAME_CHARS) for base in names),
        data=told.get("data"),
    )


def pytest_report(report: Report) -> PytestReport:
    """The report on a pytest run as a value; a test that began and never ended is failed."""
    error, message = ended(report)
    tests: dict[str, CaseResult] = {}
    running, collected = "", -1
    told: dict[str, Any] = {}
    for told in _said(report["lines"]):
        if "begin" in told:
            running = clean(told["begin"], NAME_CHARS)
        elif "collected" in told:
            collected = told["collected"] if isinstance(told["collected"], int) else -1
        elif "test" in told:
            case = _case(told)
            if case.name not in tests or case.outcome != "passed":
                tests[case.name] = case
            running = "" if case.name == running else running
    last = told
    if not error and last.get("ok") is not True and not any(test.outcome in RED for test in tests.values()):
        error = "Unfinished"
        code = clean(last.get("code", last.get("error", "unknown")), NAME_CHARS)
        message = f"pytest left with exit code {code}"
    elif not error and last.get("ok") is True and (collected != len(tests) or not tests):
        error, message = "Unfinished", f"{len(tests)} of {max(0, collected)} tests came to their end"
    if running:
        tests[running] = CaseResult(running, "failed", f"{error}: {message}")
    return PytestReport(
        ok=not error and last.get("ok") is True,
        tests=tuple(tests.values()),
        text=clean(report["output"]) + clean(last.get("traceback", ""), TEXT_CHARS),
        error=f"{error}: {message}" if error else "",
        seconds=float(report["seconds"]),
    )


def _case(told: Report) -> CaseResult:
    seconds = told.get("seconds", 0.0)
    whole = float(seconds) if isinstance(seconds, int | float) else 0.0  # no number is longer than DIGITS
    return CaseResult(
        clean(told["test"], NAME_CHARS),
        OUTCOMES.get(clean(told.get("outcome"), NAME_CHARS), "failed"),
        clean(told.get("message", ""), TEXT_CHARS),
        whole if math.isfinite(whole) else 0.0,
    )


def _said(lines: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """Those lines that are JSON objects, of a size that an honest one may have; one at a time, as each may be large."""
    for line in lines:
        if len(line) > LINE_BYTES:
            continue
        try:
            value = json.loads(line.decode(errors="replace"), parse_int=_number, parse_constant=_no_number)
        except (ValueError, RecursionError, MemoryError):
            continue
        if isinstance(value, dict):
            yield cast("dict[str, Any]", value)


def _number(text: str) -> int:
    if len(text) > DIGITS:
        return _no_number(text)
    return int(text)


def _no_number(text: str) -> int:
    raise ValueError(f"not a number that a verdict has: {text[:DIGITS]}")
