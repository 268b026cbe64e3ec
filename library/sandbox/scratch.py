"""The scratch folders that lie beside the agent's own files (L2 and below): made, removed, found when left behind."""

import contextlib
import os
import tempfile
import time
from pathlib import Path

from library.sandbox import layout
from library.sandbox.inside import folder

PREFIX = "coder-sandbox-"
YOUNG_S = 60.0  # one that was made just now may not be claimed yet


def make() -> tuple[str, int]:
    """A new empty folder, and the descriptor that says that it is in use."""
    sweep()
    place = tempfile.mkdtemp(prefix=PREFIX)
    return place, folder.claim(place)


def remove(place: str, claim: int) -> None:
    """Remove a folder with all that is in it; its zygote must have ended."""
    with contextlib.suppress(OSError):
        folder.empty(place)
        Path(place).rmdir()
    os.close(claim)


def sweep() -> None:
    """Remove folders of ours that nobody uses any more: agent and zygote may both have been killed at once."""
    ours = {os.geteuid(), *(layout.UIDS if os.geteuid() == 0 else ())}
    for place in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            state = place.lstat()
            if state.st_uid in ours and time.time() - state.st_ctime > YOUNG_S and folder.abandoned(str(place)):
                folder.empty(str(place))
                place.rmdir()
