"""The command line: from words to a command, from errors to exit codes. Imports nothing heavy until it must."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; never a traceback for what a person can mend."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words in (["--version"], ["-V"]):
        from coder.version import VERSION

        print(f"coder {VERSION}")
        return 0
    from memory.errors import CoderError  # light, but --version needs nothing at all

    try:
        options = _parse(words)
        from coder import commands  # heavier: not for --help

        return commands.run(options)
    except CoderError as error:
        _say(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nStopped; everything accepted so far is kept. Go on with: coder resume", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone, as in `coder log | head`
        return 141


def _say(error: Any) -> None:
    print(f"coder: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"       {error.hint}", file=sys.stderr)


def _parse(words: list[str]) -> "argparse.Namespace":
    """The options; options may stand before the command, and a first word that is no command begins a goal."""
    from coder.options import COMMANDS, WITH_VALUE, parser

    at = _first_word(words, WITH_VALUE)
    if at is not None and words[at] in COMMANDS:
        words = [words[at], *words[:at], *words[at + 1 :]]
    elif not {"-h", "--help"} & set(words):
        words = ["run", *words]
    return parser().parse_args(words)


def _first_word(words: list[str], with_value: set[str]) -> int | None:
    """Where the first word stands that is neither an option nor the value of one."""
    skip = False
    for at, word in enumerate(words):
        if word == "--":
            return None
        if not skip and not word.startswith("-"):
            return at
        skip = word in with_value
    return None
