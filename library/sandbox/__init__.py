"""The only place where untrusted code runs: a zygote in the best sandbox that holds here; may import memory."""

from library.sandbox.box import Sandbox
from library.sandbox.values import Canary, CaseResult, Job, JobOutcome, Level, Limits, PytestReport

__all__ = ["Canary", "CaseResult", "Job", "JobOutcome", "Level", "Limits", "PytestReport", "Sandbox"]
