"""The one installed name: puts the four folders on this process's path, then starts the command line.

A wheel keeps `coder`, `memory`, `prompts` and `library` in a folder of their own (`coder_app_home`), because a user
may have a `library.py` or a `memory.py` beside their program. Child processes do not inherit the path.
"""

import sys
from pathlib import Path


def enter() -> None:
    """Make `coder`, `memory`, `prompts` and `library` importable in this process."""
    beside = Path(__file__).resolve().parent
    home = beside / "coder_app_home"
    folder = str(home if home.is_dir() else beside)
    if folder in sys.path:
        sys.path.remove(folder)
    sys.path.insert(0, folder)


def main() -> int:
    """Run the program; the exit code is described in `docs/exit_codes.md`."""
    enter()
    from coder.cli.main import main as command_line  # after enter(): the path must be set first

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
