"""The command line: from words to a command, from errors to exit codes. Imports nothing heavy until it must."""

import os
import sys
from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

MARGIN = " " * len("coder: ")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; never a traceback for what a person can mend."""
    _open_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words in (["--version"], ["-V"]):
        from coder.version import VERSION

        print(f"coder {VERSION}")
        return 0
    from coder.terminal.safe_output import safe_output  # light, but --version needs nothing at all

    with safe_output():
        return _main(words)


def _main(words: list[str]) -> int:
    from coder.errors import CoderError, Terminated

    try:
        try:
            code = _carry_out(words)
        finally:
            sys.stdout.flush()  # here, where a reader that has gone can be told from a fault
        return code
    except CoderError as error:
        _say(error.message, error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        _say("Stopped; everything accepted so far is kept.", "Go on with: coder resume")
        return 130
    except Terminated as end:
        _say("Ended from outside; everything accepted so far is kept.", "Go on with: coder resume")
        return end.exit_code
    except OSError as error:
        gone = isinstance(error, BrokenPipeError) and _reader_has_gone()
        _drop_output()
        if gone:  # as in `coder log | head`
            return 141
        _say(f"{error.filename or 'The system'}: {error.strerror or error}.")
        return 1


def _reader_has_gone() -> bool:
    """Whether it is our output that nobody reads, and not a pipe to a process of ours."""
    import select

    looked = select.poll()
    looked.register(1, 0)
    return bool(looked.poll(0))


def _drop_output() -> None:
    """Let the rest of the output go nowhere if it cannot be written, or the interpreter would try again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _open_streams() -> None:
    """Whoever started us with a standard stream closed gets an empty one: no database must be opened in its place."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - as long as we run


def _carry_out(words: list[str]) -> int:
    options = parse(words)
    from coder.cli import run_commands as commands  # heavier: not for --help
    from coder.cli import signals

    signals.listen()
    return commands.run(options)


def _say(message: str, hint: str = "") -> None:
    from coder.terminal.safe_output import indented
    from memory.secrets import masked  # an endpoint may send the key back with its refusal

    print(f"coder: {indented(masked(message), MARGIN)}", file=sys.stderr)
    if hint:
        print(f"{MARGIN}{indented(masked(hint), MARGIN)}", file=sys.stderr)


def parse(words: list[str]) -> "argparse.Namespace":
    """The options; options may stand before the command, and a first word that is no command begins a goal.

    Raises:
        RefusedInput: there is no such command or option, or a value of it will not do.
    """
    from coder.cli.parser import COMMANDS, Parser, parser

    made = parser()
    at = _first_word(words, Parser.values, COMMANDS)
    if at is not None and words[at] in COMMANDS:
        before, after = words[:at], words[at + 1 :]
        end = after.index("--") if "--" in after else len(after)
        words = [words[at], *after[:end], *before, *after[end:]]  # behind the action, as in `--json library list`
    elif not {"-h", "--help"} & set(words):
        if at is not None:
            _check_meant(words[at:])
        words = ["run", *words]
    return made.parse_args(words)


def _check_meant(words: list[str]) -> None:
    """Refuse a goal of one or two bare words that is a command misspelt or misplaced: a run would be paid for.

    Raises:
        RefusedInput: says what was probably meant, and how to say that it is a goal.
    """
    from coder.cli.parser import ACTIONS, COMMANDS, USUAL
    from coder.errors import RefusedInput

    word, bare = words[0], [word for word in words if not word.startswith("-")]
    if len(bare) > 2 or any(" " in word for word in bare):
        return
    meant = USUAL.get(word.lower()) or (f"coder library {' '.join(bare)}" if word in ACTIONS else "")
    if not meant and word.isascii():
        from difflib import get_close_matches  # only where a goal is one word long

        close = get_close_matches(word.lower(), [*COMMANDS, *ACTIONS], 1, 0.75)
        meant = f"coder {'' if close[0] in COMMANDS else 'library '}{close[0]}" if close else ""
    if meant:
        goal = " ".join(bare)
        raise RefusedInput(f"There is no command {word!r}.", f'Did you mean: {meant}? As a goal: coder run "{goal}"')


def _first_word(words: list[str], values: Mapping[str, bool], commands: Container[str]) -> int | None:
    """Where the first word stands that is neither an option nor the value of one.

    After an option whose value may be left out the name of a command is no value.
    """
    before = ""
    for at, word in enumerate(words):
        if word == "--":
            return None
        if not word.startswith("-") and (before not in values or (values[before] and word in commands)):
            return at
        before = word
    return None
