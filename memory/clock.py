"""When: the present as every file and event of a library writes it."""

from datetime import UTC, datetime


def utc_now() -> str:
    """The present, UTC, to the second: "2026-11-21T02:20:31Z"."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
