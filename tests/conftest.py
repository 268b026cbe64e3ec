"""Every test runs with a home folder of its own, no key, no way to a model beyond this machine, and a limit of time."""

import itertools
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from program import Program
from stage import Stage

from library.gate.gate import Gate
from library.sandbox import Sandbox

LONGEST_S = 300  # many times what the longest test takes: what is not through by then hangs

# Whoever starts the tests in the background of a shell has them ignore Ctrl-C, and so would every process that they
# start and interrupt.
for number in (signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones are begun first, so that none is left for one worker while the others have nothing to do."""
    items.sort(key=lambda item: not item.get_closest_marker("long"))


@contextmanager
def not_for_ever() -> Generator[None]:
    """A test that hangs fails where it hangs, and the others go on."""

    def late(number: int, frame: FrameType | None) -> None:
        pytest.fail(f"It hangs: not through after {LONGEST_S} s.")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    with not_for_ever():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    with not_for_ever():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    with not_for_ever():
        yield


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders, each another one: pytest would look through all that there are to number the next."""
    base = tmp_path_factory.mktemp("homes")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests and workers: what holds in the sandbox here is found out once."""
    return tmp_path_factory.getbasetemp().parent / "cache"


@pytest.fixture(autouse=True)
def own_home(homes: Iterator[Path], caches: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HOME and the XDG folders moved to a fresh folder; the person's settings and keys out of sight."""
    home = next(homes)
    home.mkdir()
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
    monkeypatch.setenv("XDG_CACHE_HOME", str(caches))
    monkeypatch.setenv("CODER_NO_MODEL", "1")
    # The pytest that a test starts in a library's folder is a person's own: plugins of ours would cost it four seconds.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # every process would compile the program anew
    return home


@pytest.fixture(scope="session")
def cache(caches: Path) -> Path:
    """Where a sandbox finds what was found out of its levels."""
    return caches / "coder"


@pytest.fixture(scope="session")
def sandbox(cache: Path) -> Iterator[Sandbox]:
    """One for all tests that ask no more of it than to run what they give it."""
    with Sandbox(cache=cache) as opened:
        yield opened


@pytest.fixture(scope="session")
def gate(sandbox: Sandbox) -> Gate:
    return Gate(sandbox)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def coder(tmp_path: Path) -> Program:
    """The command in an empty folder, with a library that does not exist yet."""
    return Program(tmp_path / "work", warm=True)
