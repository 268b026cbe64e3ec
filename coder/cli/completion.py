"""Completion: scripts for bash, zsh and fish, written out of the command line's parser; they run no program.

All three work alike: the words before the cursor lead to a place such as "coder library show"; at a place there are
words (commands, options, choices), and after an option that takes a value there is a folder, a file or nothing.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from coder.errors import RefusedInput

Takes = Literal["nothing", "value", "folder", "file"]
_SHELLS = ("bash", "zsh", "fish")


@dataclass(frozen=True)
class Flag:
    """An option: its spellings, what it does, and what must follow it."""

    names: tuple[str, ...]
    help: str = ""
    takes: Takes = "nothing"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where the cursor may be: after these words one of the commands, flags or choices may come, or a file."""

    words: str
    help: str = ""
    commands: Mapping[str, str] = field(default_factory=dict[str, str])
    flags: tuple[Flag, ...] = ()
    choices: tuple[str, ...] = ()
    files: bool = False


def script(shell: str, parser: argparse.ArgumentParser, default: str = "run") -> str:
    """The completion script for one shell.

    Args:
        shell: bash, zsh or fish.
        parser: the whole command line.
        default: the command whose name may be left out; its options are offered without it too.

    Raises:
        RefusedInput: another shell.
    """
    places = list(_places(parser, parser.prog))
    implied = next((place for place in places if place.words == f"{parser.prog} {default}"), Place(""))
    known = {flag.names for flag in places[0].flags}
    flags = (*places[0].flags, *(flag for flag in implied.flags if flag.names not in known))
    places[0] = Place(places[0].words, commands=places[0].commands, flags=flags)
    writers = {"bash": _bash, "zsh": _zsh, "fish": _fish}
    if shell not in writers:
        raise RefusedInput(f"There is no completion for {shell!r}.", f"There is one for {', '.join(writers)}.")
    return writers[shell](parser.prog, places)


def _places(parser: argparse.ArgumentParser, words: str) -> Iterator[Place]:
    actions = parser._actions  # pyright: ignore[reportPrivateUsage] # there is no public way to list them
    below: dict[str, argparse.ArgumentParser] = {}
    for action in actions:
        if isinstance(action, argparse._SubParsersAction):  # pyright: ignore[reportPrivateUsage]
            below |= cast(dict[str, argparse.ArgumentParser], action.choices)  # pyright: ignore[reportUnknownMemberType]
    bare = [action for action in actions if not action.option_strings and action.dest != "command" and not below]
    yield Place(
        words,
        parser.description or "",
        {name: sub.description or "" for name, sub in below.items()},
        tuple(_flag(action) for action in actions if action.option_strings),
        tuple(str(choice) for action in bare for choice in action.choices or ()),
        any(action.dest == "file" for action in bare),
    )
    for name, sub in below.items():
        yield from _places(sub, f"{words} {name}")


def _flag(action: argparse.Action) -> Flag:
    takes: Takes = "nothing"
    if action.nargs != 0:
        kinds: dict[Any, Takes] = {"DIR": "folder", "FILE": "file"}
        takes = kinds.get(action.metavar, "value")
    names = tuple(sorted(action.option_strings, key=len, reverse=True))
    return Flag(names, action.help or "", takes, tuple(map(str, action.choices or ())))


def _quoted(text: str) -> str:
    """For bash and zsh."""
    return "'" + text.replace("'", "'\\''") + "'"


def _steps(places: list[Place]) -> str:
    """Patterns of all places below the first."""
    return "|".join(_quoted(place.words) for place in places[1:])


def _values(places: list[Place]) -> Iterator[tuple[str, Flag]]:
    """Every place and flag that a value follows, as a pattern "place:flag"."""
    for place in places:
        for flag in place.flags:
            if flag.takes != "nothing":
                yield "|".join(_quoted(f"{place.words}:{name}") for name in flag.names), flag


def _words(place: Place) -> list[str]:
    return [*place.commands, *place.choices, *(name for flag in place.flags for name in flag.names)]


def _bash(program: str, places: list[Place]) -> str:
    actions = {"folder": "compgen -d", "file": "compgen -f", "value": ""}
    values: list[str] = []
    for pattern, flag in _values(places):
        action = f"compgen -W {_quoted(chr(10).join(flag.choices))}" if flag.choices else actions[flag.takes]
        reply = f"local IFS=$'\\n'; COMPREPLY=($({action} -- \"$word\")); " if action else ""
        values.append(f"        {pattern}) {reply}return ;;")
    words = [
        f"        {_quoted(place.words)}) known={_quoted(' '.join(_words(place)))}; files={int(place.files)} ;;"
        for place in places
    ]
    return f"""\
# Completion of {program} for bash: source this file, or save it in a folder of bash-completion.
_{program}() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} place={program} known= files=0 index
    if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=${{COMP_WORDS[COMP_CWORD-2]}}; fi
    for ((index = 1; index < COMP_CWORD; index++)); do
        case "$place ${{COMP_WORDS[index]}}" in
        {_steps(places)}) place="$place ${{COMP_WORDS[index]}}" ;;
        esac
    done
    COMPREPLY=()
    case "$place:$before" in
{chr(10).join(values)}
    esac
    case "$place" in
{chr(10).join(words)}
    esac
    COMPREPLY=($(compgen -W "$known" -- "$word"))
    if ((files)) && [[ $word != -* ]]; then local IFS=$'\\n'; COMPREPLY+=($(compgen -f -- "$word")); fi
}}
complete -o filenames -F _{program} {program}
"""


def _zsh(program: str, places: list[Place]) -> str:
    actions = {"folder": "_files -/; ", "file": "_files; ", "value": ""}
    values: list[str] = []
    for pattern, flag in _values(places):
        action = f"compadd -- {' '.join(map(_quoted, flag.choices))}; " if flag.choices else actions[flag.takes]
        values.append(f"        ({pattern}) {action}return ;;")
    words: list[str] = []
    for place in places:
        commands = [_quoted(f"{name}:{text}") for name, text in place.commands.items()]
        commands += [_quoted(choice) for choice in place.choices]
        flags = [_quoted(f"{name}:{flag.help}") for flag in place.flags for name in flag.names]
        words.append(
            f"        ({_quoted(place.words)}) commands=({' '.join(commands)}); flags=({' '.join(flags)}); "
            f"files={int(place.files)} ;;"
        )
    return f"""\
#compdef {program}
# Completion of {program} for zsh: save it as _{program} in a folder of $fpath, or source it after compinit.
_{program}() {{
    local place={program} index files=0
    local -a commands flags
    for ((index = 2; index < CURRENT; index++)); do
        case "$place ${{words[index]}}" in
        ({_steps(places)}) place="$place ${{words[index]}}" ;;
        esac
    done
    case "$place:${{words[CURRENT-1]}}" in
{chr(10).join(values)}
    esac
    case "$place" in
{chr(10).join(words)}
    esac
    if [[ $PREFIX == -* ]]; then
        _describe -o option flags
    else
        (( $#commands )) && _describe command commands
        (( files )) && _files
    fi
}}
if [[ $funcstack[1] == _{program} ]]; then _{program} "$@"; else compdef _{program} {program}; fi
"""


def _fish(program: str, places: list[Place]) -> str:
    def quoted(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    lines: list[str] = []
    for place in places:
        at = f"complete -c {program} -n {quoted(f'__{program}_at {place.words}')}"
        lines += [f"{at} -a {quoted(name)} -d {quoted(text)}" for name, text in place.commands.items()]
        lines += [f"{at} -a {quoted(choice)}" for choice in place.choices]
        lines += [f"{at} -F"] if place.files else []
        for flag in place.flags:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.names)
            takes = {
                "nothing": "",
                "value": " -x",
                "folder": " -x -a '(__fish_complete_directories)'",
                "file": " -r -F",
            }
            value = f" -x -a {quoted(' '.join(flag.choices))}" if flag.choices else takes[flag.takes]
            lines.append(f"{at} {names}{value} -d {quoted(flag.help)}")
    steps = " ".join(quoted(place.words) for place in places[1:])
    return f"""\
# Completion of {program} for fish: save it as ~/.config/fish/completions/{program}.fish.
function __{program}_at
    set -l place {program}
    for word in (commandline -opc)[2..-1]
        switch "$place $word"
            case {steps}
                set place "$place $word"
        end
    end
    test "$place" = "$argv"
end
complete -c {program} -f
{chr(10).join(lines)}
"""
