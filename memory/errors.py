"""The root of every error that a person may meet, and the errors of the memory files (whole tree: coder/errors.py)."""


class CoderError(Exception):
    """Anything that went wrong and can be explained to a person.

    Args:
        message: what was asked and what there is, in one sentence.
        hint: what to do next, in one sentence; may be empty.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class RefusedInput(CoderError):
    """What the person or a file gave cannot be used as it is."""

    exit_code = 2


class Untrusted(RefusedInput):
    """The folder came from somebody else, or brings what could run programs, and nobody has trusted it."""


class MemoryFault(CoderError):
    """The memory folder or its git repository cannot be read or written."""


class Locked(MemoryFault):
    """Another run holds the lock of this library for longer than we wait."""


class HookRefused(MemoryFault):
    """A git hook of the person's own repository does not let a commit happen."""


class NothingToUndo(RefusedInput):
    """There is no save left that could be taken back."""


class PlanError(RefusedInput, ValueError):
    """A text is not a plan; the message names the line."""
