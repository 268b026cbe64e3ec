"""Whether a process lives, by its number as a file's name holds it."""

import os


def is_alive(pid: str) -> bool:
    """Whether there is a process of this number; False for what is no number."""
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
