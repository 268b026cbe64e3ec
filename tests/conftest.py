"""Every test runs with a home folder of its own, no key, and no way to a model beyond this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """HOME and the XDG folders moved to a fresh folder; the person's settings and keys out of sight."""
    home = tmp_path_factory.mktemp("home")
    for name in (
        "CODER_API_KEY",
        "OPENAI_API_KEY",
        "CODER_MODEL",
        "CODER_BASE_URL",
        "OPENAI_BASE_URL",
        "CODER_LIBRARY",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("VISUAL", "EDITOR", "CODER_CONFIG", "CODER_SANDBOX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    # one for all tests: what holds in the sandbox here is found out once
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp().parent / "cache"))
    monkeypatch.setenv("CODER_NO_MODEL", "1")
    yield home
