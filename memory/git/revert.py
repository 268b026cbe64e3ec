"""A change taken back out of a file that has changed since; git, which merges, is handed in."""

from collections.abc import Callable
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from memory.errors import MemoryFault
from memory.git.commit import Commit

if TYPE_CHECKING:
    from memory.git.repository import Repository

Merge = Callable[[bytes, bytes, bytes], bytes | None]


def take_back(now: bytes, after: bytes, before: bytes, merge: Merge) -> bytes | None:
    """The text `now` without the change that once led from `before` to `after`.

    Args:
        now: what the file holds.
        after: what it held right after the change.
        before: what it held right before.
        merge: three-way merge (ours, base, theirs) -> merged, None on a conflict.

    Returns:
        The new text, None when lines of the change have been changed since.
    """
    merged = merge(now, after, before)
    return (
        merged if merged is not None else _lift(now.splitlines(True), after.splitlines(True), before.splitlines(True))
    )


def _lift(now: list[bytes], after: list[bytes], before: list[bytes]) -> bytes | None:
    """As `take_back`, for changes that merely touch later ones, which a merge takes for a conflict.

    Typical: a save puts a function at the end, then the person writes their own right below. Every line of the save is
    still there as it was, in one piece, so it can be lifted out.
    """
    kept = SequenceMatcher(None, after, now, autojunk=False).get_matching_blocks()
    lifted, copied = list[bytes](), 0
    for tag, start, end, old_start, old_end in SequenceMatcher(None, after, before, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        piece = after[start:end]
        found = [at for at in range(copied, len(now) - len(piece) + 1) if now[at : at + len(piece)] == piece]
        home = next((block for block in kept if block.a <= start and end <= block.a + block.size and block.size), None)
        place = found[0] if piece and len(found) == 1 else home.b + start - home.a if home else -1
        if place < copied:
            return None
        lifted += [*now[copied:place], *before[old_start:old_end]]
        copied = place + end - start
    return b"".join([*lifted, *now[copied:]])


def without(repository: "Repository", save: Commit, file: str, now: bytes | None) -> bytes | None:
    """The content of a file without what `save` did to it.

    Raises:
        MemoryFault: the same lines have been changed since.
    """
    before = repository.content(repository.parent_of(save.sha), file, now)
    after = repository.content(save.sha, file, now)
    if now == after:
        return before
    merged = take_back(now or b"", after or b"", before or b"", repository.merge)
    if merged is None:
        raise MemoryFault(
            f"{file} was changed after the save {save.sha[:8]} ({save.title}) in the same lines.",
            f"Nothing was changed; edit {file} by hand, `git show {save.sha[:8]}` shows what the save did.",
        )
    return None if before is None and not merged.strip() else merged
