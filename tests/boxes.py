"""What several tests of the sandbox need: a job of one piece of code, and a mark for the level with bubblewrap."""

import shutil

import pytest

from library.sandbox import Job, JobOutcome, Sandbox

BWRAP = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed on this machine")


def one(sandbox: Sandbox, code: str, expression: str = "") -> JobOutcome:
    """What became of one job."""
    return sandbox.run([Job(code=code, expression=expression)])[0]
