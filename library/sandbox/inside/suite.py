"""A whole pytest run inside one job: files in, one message per test out while it runs."""

# pathlib would take the zygote several milliseconds to load
# ruff: noqa: PTH103, PTH109, PTH120, PTH123

import os
import signal
import sys
from types import FrameType
from typing import Any, Protocol

FLAGS = ["-p", "no:cacheprovider", "--color=no", "--rootdir=.", "-q", "-rN"]
TEXT_CHARS = 8192


class Says(Protocol):
    """The way out (job.Verdict)."""

    def say(self, message: dict[str, Any], *, last: bool = False) -> None:
        """Write one message."""
        ...


class TimeLimit(BaseException):
    """A job, or one test of a suite, has used up its time; raised where it was, so that a traceback names it."""

    __module__ = "builtins"  # shown by its bare name then


def warm() -> None:
    """Import what pytest imports on its first run, before the fork. Raises ImportError where there is no pytest."""
    import _pytest.config  # pyright: ignore[reportMissingTypeStubs] – heavy, and only where it is asked for

    _pytest.config.get_config()


class ResultReporter:
    """Plugin: says which test begins and how each one ended, so that a dead process names the test that killed it."""

    def __init__(self, says: Says, seconds: float) -> None:
        self.says, self.seconds = says, seconds

    def pytest_collection_finish(self, session: Any) -> None:
        self.says.say({"collected": len(session.items)})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.says.say({"begin": nodeid})
        signal.signal(signal.SIGALRM, out_of_time)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" or report.outcome != "passed":
            outcome = "error" if report.failed and report.when != "call" else report.outcome
            self.tell(report.nodeid, outcome, report.longreprtext, report.duration)

    def pytest_runtest_logfinish(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.tell(report.nodeid, "error", report.longreprtext, 0.0)

    def tell(self, name: str, outcome: str, message: str, seconds: float) -> None:
        self.says.say({"test": name, "outcome": outcome, "message": message[-TEXT_CHARS:], "seconds": seconds})


def out_of_time(_number: int, _frame: FrameType | None) -> None:
    __tracebackhide__ = True
    raise TimeLimit("the time allowed for one test was used up here")


def run(job: dict[str, Any], says: Says) -> dict[str, Any]:
    """Write the files, run pytest on them; returns the last message. Must be called in the scratch folder."""
    import pytest

    for name, text in job["files"].items():
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.insert(0, os.getcwd())
    signal.setitimer(signal.ITIMER_REAL, 0)
    code = pytest.main([*FLAGS, *job["arguments"]], plugins=[ResultReporter(says, job["test_s"])])
    return {"ok": code == 0, "code": int(code)}
