"""`coder library test`: the whole test_library.py, by pytest, in the sandbox."""

import argparse
import json

from coder.settings import Settings
from library.sandbox import Sandbox
from library.store import Library


def test(options: argparse.Namespace, library: Library, settings: Settings) -> int:
    """The whole test_library.py, by pytest, in the sandbox."""
    if not library.tests().strip():
        print("There are no tests yet.")
        return 0
    with Sandbox(level=settings.sandbox) as sandbox:
        report = sandbox.pytest({"library.py": library.source(), "test_library.py": library.tests()})
    if options.json:
        rows = [{"test": t.name, "outcome": t.outcome, "message": t.message} for t in report.tests]
        print(json.dumps(rows))
    else:
        print(report.text.rstrip())
    return 0 if report.ok else 3
