"""The errors of the library and of the sandbox (whole tree: coder/errors.py)."""

from memory.errors import CoderError, RefusedInput


class SourceError(RefusedInput, ValueError):
    """A Python text cannot be used as a library or as a draft; the message names the line."""


class NameTaken(SourceError):
    """A draft defines a name that the library has already; nobody said that it should be replaced."""

    def __init__(self, message: str, hint: str = "", names: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.names = names


class SandboxError(CoderError):
    """No level of the sandbox may be used here, or the sandbox itself failed."""

    exit_code = 5
