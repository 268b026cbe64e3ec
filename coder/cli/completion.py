"""Completion scripts for bash, zsh and fish: shtab writes them out of the parser; they run no program of ours."""

import argparse

import shtab

from coder.errors import RefusedInput

SHELLS = ("bash", "zsh", "fish")

# bash parts --option=value into three words, of which the script is to see two.
_EQUALS_SIGN = """
_{program}() {{
    local index words=()
    for ((index = 0; index <= COMP_CWORD; index++)); do
        [[ ${{COMP_WORDS[index]}} == = ]] || words+=("${{COMP_WORDS[index]}}")
    done
    [[ ${{COMP_WORDS[COMP_CWORD]}} != = ]] || words+=("")
    local COMP_WORDS=("${{words[@]}}") COMP_CWORD=$((${{#words[@]}} - 1))
    _shtab_{program}
}}
complete -o bashdefault -F _{program} {program}
"""


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """The completion script for one shell.

    Args:
        shell: bash, zsh or fish.
        parser: the whole command line; where its arguments are files or folders is said by their `complete`.

    Raises:
        RefusedInput: another shell.
    """
    if shell not in SHELLS:
        raise RefusedInput(f"There is no completion for {shell!r}.", f"There is one for {', '.join(SHELLS)}.")
    text = shtab.complete(parser, shell)
    return f"{text}\n{_EQUALS_SIGN.format(program=parser.prog) if shell == 'bash' else ''}"
