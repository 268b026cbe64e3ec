"""The errors of the library and of the sandbox (whole tree: coder/errors.py)."""

from memory.errors import CoderError, RefusedInput


class SourceError(RefusedInput, ValueError):
    """A Python text cannot be used as a library or as a draft; the message names the line."""


class SandboxError(CoderError):
    """No level of the sandbox may be used here, or the sandbox itself failed."""

    exit_code = 5
