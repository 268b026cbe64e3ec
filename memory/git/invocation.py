"""Every git process is started here: what a repository may make it do depends on whether it is trusted.

What only reads is safe in any folder: no hook, monitor, filter, textconv, pager, editor, signature program, network or
helper of a partial clone is started. What writes is refused in a repository that is not trusted; in a trusted one all
that the person has set counts. Git itself finds the repository, so its own check of the owner (safe.directory) holds.
"""

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import git

from memory.errors import MemoryFault
from memory.git.lock_files import settle

TRIES = 30  # against another git that changes the same files all the time
# Set by a git hook that runs us, or by hand: they name another repository.
_ASTRAY = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
    "GIT_EXTERNAL_DIFF",
)
_QUIET = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": ":", "GIT_PAGER": "cat"}
_READING = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}
_NOTHING_RUNS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "log.showSignature=false",
    "protocol.allow=never",
    "i18n.logOutputEncoding=UTF-8",
)
_SAFE_ON_DISK = ("core.fsync=objects,reference", "i18n.commitEncoding=UTF-8")
_LOCKED = re.compile(r"Unable to create '(.+?\.lock)'")
_PARTIAL = (  # which lets git start what the folder's settings name
    "A part of this partial clone is not here; if you trust its settings (`git config --local --list`), "
    "`git fetch --refetch` brings it."
)
_WHY = {  # what git says, and what a person can do about it
    "Out of diskspace": "Free some space on the disk and try again; nothing was lost.",
    "No space left on device": "Free some space on the disk and try again; nothing was lost.",
    "Permission denied": "Check who owns the folder and its permissions, or choose another one with --library.",
    "Read-only file system": "The folder cannot be written; choose another one with --library.",
    "failed to sign": "Mend the key that git signs with (`git commit -S` must work), or `git config commit.gpgsign "
    "false` in this folder.",
    "lazy fetching disabled": _PARTIAL,
    "promisor": _PARTIAL,
}


class Git:
    """Git, run in one folder.

    Args:
        root: the work tree; git is started in it.
        trusted: whether hooks, filters, signing and helpers of the repository there may run.
    """

    def __init__(self, root: Path, *, trusted: bool) -> None:
        self.root = root
        self.trusted = trusted

    def read(self, *words: str, ok: Sequence[int] = (0,), data: bytes | None = None) -> bytes:
        """What git says to a question; nothing of the repository is run.

        Args:
            words: the command and its arguments.
            ok: exit codes that are an answer.
            data: given to it as standard input.

        Raises:
            MemoryFault: another exit code, with what git said.
        """
        status, output, said = self.execute(["git", *_with(_NOTHING_RUNS), *words], _READING, data=data)
        return output if status in ok else self._fail(words[0], status, said)

    def ask(self, *words: str, ok: Sequence[int] = (0,)) -> bytes:
        """As `read`, with the person's own settings in force: only for commands that say what is set."""
        status, output, said = self.execute(["git", *words], _READING)
        return output if status in ok else self._fail(words[0], status, said)

    def answer(self, *words: str) -> tuple[int, bytes]:
        """The exit code of a question, and what git says to it; nothing of the repository is run."""
        return self.execute(["git", *_with(_NOTHING_RUNS), *words], _READING)[:2]

    def version(self) -> tuple[int, ...]:
        """The version of git, such as (2, 39)."""
        return git.Git(self.root).version_info[:2]

    def write(
        self,
        *words: str,
        ok: Sequence[int] = (0,),
        data: bytes | None = None,
        environment: Mapping[str, str] | None = None,
        settings: Sequence[str] = (),
    ) -> bytes:
        """Let git change or convert something, with all that the person has set; waits for the locks of other gits.

        Args:
            words, ok, data: as for `read`.
            environment: more for its environment, such as GIT_INDEX_FILE.
            settings: more settings for this one command, "name=value".

        Raises:
            MemoryFault: the repository is not trusted, or another exit code, with what git said.
        """
        if not self.trusted:
            raise MemoryFault(
                f"the git repository in {self.root} is not trusted, so nothing is written there.",
                "Choose another folder with --library.",
            )
        command = ["git", *_with((*_SAFE_ON_DISK, *settings)), *words]
        status, said = -1, ""
        for _ in range(TRIES):
            # A session of its own: a Ctrl-C at the terminal is for us, and must not end git in the middle of a save.
            status, output, said = self.execute(
                command, {"GIT_LITERAL_PATHSPECS": "1", **(environment or {})}, data=data, apart=True
            )
            if status in ok:
                return output
            if not (locked := _LOCKED.search(said)) or "File exists" not in said:
                break
            settle(self.root / locked[1], self.root)
        return self._fail(words[0], status, said)

    def execute(
        self, command: Sequence[str], environment: Mapping[str, str], *, data: bytes | None = None, apart: bool = False
    ) -> tuple[int, bytes, str]:
        """Run a command in the folder: its exit code, its output, what it said beside. `apart`: in its own session."""
        astray = [word for name in _ASTRAY if name in os.environ for word in ("-u", name)]
        first = [git.Git.GIT_PYTHON_GIT_EXECUTABLE or "git"] if command[0] == "git" else [command[0]]
        with tempfile.TemporaryFile() if data is not None else nullcontext() as given:
            if given and data is not None:
                given.write(data)
                given.seek(0)
            try:
                return git.Git(self.root).execute(
                    [*(["env", *astray] if astray else []), *first, *command[1:]],
                    istream=given,
                    with_extended_output=True,
                    with_exceptions=False,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    # The ceiling: with a broken .git here, git must not take the repository around this folder.
                    env={**_QUIET, "GIT_CEILING_DIRECTORIES": str(self.root.resolve().parent), **environment},
                    start_new_session=apart,
                )
            except git.GitCommandNotFound as error:
                raise MemoryFault("the program git cannot be started.", "Install git 2.25 or newer.") from error

    def _fail(self, command: str, status: int, said: str) -> bytes:
        if "dubious ownership" in said or "unsafe repository" in said:
            raise MemoryFault(
                f"{self.root} belongs to another user, and git does not work in such a folder.",
                f"If you trust what is in it: git config --global --add safe.directory '{self.root}'.",
            )
        words = " ".join(said.split()) or f"exit code {status}"
        advice = next((advice for sign, advice in _WHY.items() if sign in said), "See `git status` and `git fsck`.")
        raise MemoryFault(f"git {command} failed in {self.root}: {words[:500]}.", advice)


def _with(settings: Sequence[str]) -> list[str]:
    return [word for setting in settings for word in ("-c", setting)]
