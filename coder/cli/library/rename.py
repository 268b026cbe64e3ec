"""`coder library rename`, and how every change that a person asks for is kept: nothing that breaks a test."""

import argparse
from collections.abc import Callable

from coder.settings import Settings
from library.change import Change
from library.editing.red_mark import MARK
from library.evidence.evidence_files import Files, renamed
from library.sandbox import Sandbox
from library.save import save_change
from library.store import Library


def rename(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """Give a function a new name; its callers and tests are rewritten."""
    plan = lambda: library.plan_rename(options.name, options.new)  # noqa: E731 - planned under the lock
    why = f"rename {options.name} to {options.new}"
    return keep(library, settings, plan, why, lambda change: renamed(library, change, options.name, options.new))


def keep(
    library: Library, settings: Settings, plan: Callable[[], Change], why: str, along: Callable[[Change], Files]
) -> int:
    """Carry out a change and tell of it.

    Raises:
        RefusedInput: it does not fit the library, or breaks a test.
    """
    with Sandbox(level=settings.sandbox) as sandbox:
        done = save_change(library, plan, sandbox, why, along).or_refused("Mend those first.")
    diff = done.change.diff if done.change else ""
    print(diff.rstrip())
    tests = f"{done.impact.ran} tests {'run' if MARK in diff else 'green'}"
    print(f"{why}: {tests}, commit {done.sha[:10]}" if done.sha else "Nothing to change.")
    return 0
