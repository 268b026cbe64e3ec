"""Git objects read and written in this process: blobs, trees and commits, on disk before they are named."""

import hashlib
import os
import zlib
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from memory.deflate import deflated
from memory.disk import Batch, make_folder
from memory.errors import MemoryFault
from memory.recent import blob_sha

Entry = tuple[int, str]  # mode such as 0o100644, sha in hexadecimal

FILE, PROGRAM, FOLDER = 0o100644, 0o100755, 0o040000

_serial = count()


def sha_of(kind: str, data: bytes) -> str:
    """The name that git gives to an object: SHA-1 over "kind length NUL data"."""
    if kind == "blob":
        return blob_sha(data)
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()


class Objects:
    """The objects folder of one repository.

    Args:
        folder: `.git/objects`.
        packed: asked for (kind, sha) of what is not a loose file; git itself knows packs and alternates.
    """

    def __init__(self, folder: Path, packed: Callable[[str, str], bytes]) -> None:
        self.folder = folder
        self._packed = packed
        self._seen: dict[str, bytes] = {}  # commits and trees, which never change and are asked for again and again

    def read(self, kind: str, sha: str) -> bytes:
        """The content of an object. Raises MemoryFault when it is damaged or not there."""
        if sha in self._seen:
            return self._seen[sha]
        data = self._read(kind, sha)
        if kind != "blob":
            if len(self._seen) > 100:
                self._seen.clear()
            self._seen[sha] = data
        return data

    def _read(self, kind: str, sha: str) -> bytes:
        try:
            raw = zlib.decompress((self.folder / sha[:2] / sha[2:]).read_bytes())
        except FileNotFoundError:
            return self._packed(kind, sha)
        except zlib.error as error:
            raise MemoryFault(f"the git object {sha} is damaged: {error}.", "See `git fsck`.") from error
        return raw[raw.index(b"\0") + 1 :]

    def write(self, kind: str, data: bytes, batch: Batch) -> str:
        """Add an object to what will be stored with `batch` and return its sha.

        A kill leaves at most a `tmp_obj_` file, which `git gc` sweeps.
        """
        sha = sha_of(kind, data)
        path = self.folder / sha[:2] / sha[2:]
        if path.exists():
            os.utime(path)  # fresh again, so that a `git gc` running now keeps it
            return sha
        make_folder(path.parent)
        temporary = self.folder / f"tmp_obj_{os.getpid()}_{next(_serial)}"
        batch.add(path, deflated(f"{kind} {len(data)}\0".encode(), data), temporary, mode=0o444)
        return sha

    def tree(self, sha: str) -> dict[bytes, Entry]:
        """The entries of one tree, by name."""
        data, entries, place = self.read("tree", sha), dict[bytes, Entry](), 0
        while place < len(data):
            space = data.index(b" ", place)
            end = data.index(b"\0", space)
            entries[data[space + 1 : end]] = (int(data[place:space], 8), data[end + 1 : end + 21].hex())
            place = end + 21
        return entries

    def find(self, tree: str, path: str) -> Entry | None:
        """The entry of `path` below a tree, None when there is no such file."""
        *folders, name = path.encode().split(b"/")
        for folder in folders:
            mode, tree = self.tree(tree).get(folder, (0, ""))
            if mode != FOLDER:
                return None
        return self.tree(tree).get(name)

    def plant(self, tree: str | None, changes: Mapping[str, Entry | None], batch: Batch) -> str | None:
        """Store the tree that differs from `tree` in `changes` only.

        Args:
            tree: sha of the tree to start from, None for an empty one.
            changes: path with "/" -> new entry, None to take it out.
            batch: takes the new trees.

        Returns:
            Its sha, None when nothing is left in it.
        """
        entries = dict(self.tree(tree)) if tree else {}
        below: dict[bytes, dict[str, Entry | None]] = {}
        for path, entry in changes.items():
            head, _, rest = path.partition("/")
            if rest:
                below.setdefault(head.encode(), {})[rest] = entry
            elif entry:
                entries[head.encode()] = entry
            else:
                entries.pop(head.encode(), None)
        for name, inner in below.items():
            mode, sha = entries.get(name, (0, ""))
            planted = self.plant(sha if mode == FOLDER else None, inner, batch)
            if planted:
                entries[name] = (FOLDER, planted)
            else:
                entries.pop(name, None)
        return self.write("tree", _tree_bytes(entries), batch) if entries else None


def _tree_bytes(entries: Mapping[bytes, Entry]) -> bytes:
    # Git sorts a folder as if its name ended with a slash.
    order = sorted(entries, key=lambda name: name + b"/" if entries[name][0] == FOLDER else name)
    return b"".join(b"%o %s\0%s" % (entries[name][0], name, bytes.fromhex(entries[name][1])) for name in order)
