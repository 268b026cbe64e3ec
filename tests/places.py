"""Where the checkout and the data of the tests lie."""

from pathlib import Path
from typing import Any

from coder import yaml_text

TESTS = Path(__file__).parent
ROOT = TESTS.parent
CASES = TESTS / "cases"
DEMO = ROOT / "coder" / "demo.jsonl"


def rows(name: str) -> list[dict[str, Any]]:
    """The cases of a file of CASES, one a row."""
    return yaml_text.load((CASES / f"{name}.yaml").read_text("utf-8"))
