"""From the zygote's reports to Outcome and PytestReport; a verdict is untrusted, only plain values are taken."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from library.sandbox.values import RED, CaseResult, Outcome, PytestReport, clean, ended

OUTCOMES: dict[str, Literal["passed", "failed", "error", "skipped"]] = {
    "passed": "passed",
    "failed": "failed",
    "error": "error",
    "skipped": "skipped",
}
Report = Mapping[str, Any]


def died(detail: str, seconds: float = 0.0) -> dict[str, Any]:
    """A report in the place of one that never came."""
    return {"end": "died", "detail": detail, "lines": [], "output": "", "seconds": seconds}


def outcome(report: Report) -> Outcome:
    """The report on one job as a value."""
    error, message = ended(report)
    output, seconds = clean(report["output"]), float(report["seconds"])
    said = _said(report["lines"][-1:])
    if error or not said:
        return Outcome(False, error=error or "Died", message=message or "no verdict", output=output, seconds=seconds)
    told = said[-1]
    bases: object = told.get("bases", [])
    return Outcome(
        ok=told.get("ok") is True,
        value=clean(told.get("value", "")),
        error=clean(told.get("error", "")),
        message=clean(told.get("message", "")),
        traceback=clean(told.get("traceback", "")),
        output=output,
        seconds=seconds,
        bases=tuple(clean(base) for base in cast("list[object]", bases)) if isinstance(bases, list) else (),
    )


def pytest_report(report: Report) -> PytestReport:
    """The report on a pytest run as a value; a test that began and never ended is failed."""
    error, message = ended(report)
    tests: dict[str, CaseResult] = {}
    running, collected = "", -1
    said = _said(report["lines"])
    for told in said:
        if "begin" in told:
            running = clean(told["begin"])
        elif "collected" in told:
            collected = told["collected"] if isinstance(told["collected"], int) else -1
        elif "test" in told:
            case = _case(told)
            if case.name not in tests or case.outcome != "passed":
                tests[case.name] = case
            running = "" if case.name == running else running
    last = said[-1] if said else {}
    if not error and last.get("ok") is not True and not any(test.outcome in RED for test in tests.values()):
        error = "Unfinished"
        message = f"pytest left with exit code {clean(last.get('code', last.get('error', 'unknown')))}"
    elif not error and last.get("ok") is True and (collected != len(tests) or not tests):
        error, message = "Unfinished", f"{len(tests)} of {max(0, collected)} tests came to their end"
    if running:
        tests[running] = CaseResult(running, "failed", f"{error}: {message}")
    return PytestReport(
        ok=not error and last.get("ok") is True,
        tests=tuple(tests.values()),
        text=clean(report["output"]) + clean(last.get("traceback", "")),
        error=f"{error}: {message}" if error else "",
        seconds=float(report["seconds"]),
    )


def _case(told: Report) -> CaseResult:
    seconds = told.get("seconds", 0.0)
    return CaseResult(
        clean(told["test"]),
        OUTCOMES.get(clean(told.get("outcome")), "failed"),
        clean(told.get("message", "")),
        float(seconds) if isinstance(seconds, int | float) else 0.0,
    )


def _said(lines: Sequence[str]) -> list[dict[str, Any]]:
    """Those lines that are JSON objects."""
    found: list[dict[str, Any]] = []
    for line in lines:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append(cast("dict[str, Any]", value))
    return found
