"""Where the checkout and the data of the tests lie."""

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
CASES = TESTS / "cases"
DEMO = ROOT / "coder" / "demo.jsonl"
