"""The only place where untrusted code runs: levels chosen by behaviour, a zygote that forks for each job; may import memory."""

from library.sandbox.box import Sandbox
from library.sandbox.values import Canary, CaseResult, Job, Level, Limits, Outcome, PytestReport

__all__ = ["Canary", "CaseResult", "Job", "Level", "Limits", "Outcome", "PytestReport", "Sandbox"]
