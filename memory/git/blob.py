"""The name that git gives to a file's content, worked out here where starting git for it would be too slow. Pure."""

import hashlib


def blob_name(data: bytes, length: int = 40) -> str:
    """The name of a content in a repository whose names have 40 hexadecimal digits (SHA-1) or 64 (SHA-256)."""
    work = hashlib.new("sha1" if length == 40 else "sha256", b"blob %d\0" % len(data), usedforsecurity=False)
    work.update(data)
    return work.hexdigest()
