"""The person's git hooks around a commit, run as git runs them; a refusal is one sentence with what the hook said."""

import os
import re
from pathlib import Path

from memory.errors import HookRefused
from memory.git.invocation import Git

LONGEST = 400  # characters of what a hook said
_RUNS_HOOKS = (2, 36)  # the first git with `git hook run`


class Hooks:
    """The hooks of one repository.

    Args:
        git: runs git there.
        folder: where the hooks lie; git knows core.hooksPath.
    """

    def __init__(self, git: Git, folder: Path) -> None:
        self._git = git
        self._folder = folder

    def has(self, name: str) -> bool:
        """Whether there is such a hook that may run."""
        hook = self._folder / name
        return self._git.trusted and hook.is_file() and os.access(hook, os.X_OK)

    def run(self, name: str, *words: str, index: Path | None = None, title: str = "") -> None:
        """Run a hook if there is one.

        Args:
            name: such as "pre-commit".
            words: its arguments.
            index: the index file with exactly what would be committed.
            title: of the commit, for the message.

        Raises:
            HookRefused: it ended with another exit code than 0.
        """
        if not self.has(name):
            return
        environment = {variable: os.environ.get(variable, "") for variable in ("LC_ALL", "LANGUAGE")}
        environment |= {"GIT_INDEX_FILE": str(index)} if index else {}
        status, output, said = self._git.execute(self._command(name, *words), environment)
        if status:
            heard = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", f"{said}\n{output.decode('utf-8', 'replace')}").strip()
            words_heard = f": {heard[:LONGEST]}" if heard else f" (exit code {status})"
            raise HookRefused(
                f"the git hook {name} in {self._git.root} refused the commit {title!r}{words_heard}.",
                "Nothing was committed and nothing is lost: mend what it names, or the hook, then `coder resume`.",
            )

    def _command(self, name: str, *words: str) -> list[str]:
        if self._git.version() >= _RUNS_HOOKS:
            return ["git", "hook", "run", name, "--", *words]
        return ["sh", "-c", 'exec "$0" "$@"', str(self._folder / name), *words]
