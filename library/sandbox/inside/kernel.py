"""Calls to the Linux kernel that Python has no function for: prctl, capabilities, Landlock. Elsewhere they are absent.

Numbers come from the kernel's public headers (linux/prctl.h, linux/capability.h, linux/landlock.h); the Landlock calls
have the same numbers on every machine.
"""

# pathlib would take the zygote several milliseconds to load
# ruff: noqa: PTH112

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from typing import Any

PDEATHSIG, DUMPABLE, KEEP_CAPS, SECCOMP, BOUNDING_DROP, SUBREAPER, NO_NEW_PRIVS, AMBIENT = 1, 4, 8, 22, 24, 36, 38, 47
CAP_DAC_READ_SEARCH = 2
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_CHAR, MAKE_SOCKET, MAKE_BLOCK, REFER, TRUNCATE, IOCTL_DEVICE = 1 << 6, 1 << 9, 1 << 11, 1 << 13, 1 << 14, 1 << 15
READ_TREE = EXECUTE | READ_FILE | READ_DIR


def _load() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None, use_errno=True)
    except OSError:
        return None


LIBC = _load()


def check(result: int, what: str) -> int:
    """The result of a call, or OSError with the kernel's reason when it is negative."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def prctl(option: int, *arguments: Any) -> None:
    """One prctl call. Raises OSError when the kernel refuses or there is no such kernel."""
    if LIBC is None:
        raise OSError("prctl: only on Linux")
    words = [argument if not isinstance(argument, int) else ctypes.c_ulong(argument) for argument in arguments]
    check(LIBC.prctl(option, *words, *([ctypes.c_ulong(0)] * (4 - len(words)))), f"prctl {option}")


def system_call(number: int, *arguments: Any, what: str) -> int:
    """One system call by number. Raises OSError when refused."""
    if LIBC is None:
        raise OSError(f"{what}: only on Linux")
    return check(LIBC.syscall(ctypes.c_long(number), *arguments), what)


def become(uid: int, keep_reading: bool) -> None:
    """Give up root for good: no groups, user and group `uid`, no capability but, if asked, that of reading past
    permissions (needed where the interpreter lies in a folder closed to others; Landlock then says what may be read).
    Raises OSError when this root may not do that."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    if keep_reading:
        prctl(KEEP_CAPS, 1)
    os.setresuid(uid, uid, uid)
    if keep_reading:
        bit = 1 << CAP_DAC_READ_SEARCH
        header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
        data = ctypes.create_string_buffer(struct.pack("=6I", bit, bit, bit, 0, 0, 0))
        check(LIBC.capset(header, data), "capset")
        prctl(AMBIENT, 2, CAP_DAC_READ_SEARCH)


def landlock_abi() -> int:
    """Version of Landlock in this kernel, 0 when there is none."""
    if LIBC is None:
        return 0
    return max(0, LIBC.syscall(ctypes.c_long(LANDLOCK_CREATE), None, ctypes.c_size_t(0), ctypes.c_uint32(1)))


def landlock_rules(readable: Iterable[str], writable: Iterable[str], devices: Iterable[str]) -> int:
    """A descriptor of rules: nothing of the file system but these; no TCP, no signals and no abstract sockets outwards.

    Args:
        readable: files and folders that may be read and executed; those that do not exist are left out.
        writable: folders in which everything but device nodes and sockets may be made.
        devices: single files that may be read and written.
    """
    abi = landlock_abi()
    files = (
        (1 << 13) - 1 | (REFER if abi >= 2 else 0) | (TRUNCATE if abi >= 3 else 0) | (IOCTL_DEVICE if abi >= 5 else 0)
    )
    words = struct.pack("=QQQ", files, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    attributes = ctypes.create_string_buffer(words[: 8 if abi < 4 else 16 if abi < 6 else 24])
    rules = system_call(
        LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes) - 1), ctypes.c_uint32(0), what="landlock rules"
    )
    os.set_inheritable(rules, False)
    for path in readable:
        _allow(rules, path, files & (READ_TREE if os.path.isdir(path) else EXECUTE | READ_FILE))
    for path in writable:
        _allow(rules, path, files & ~(MAKE_CHAR | MAKE_BLOCK | MAKE_SOCKET | IOCTL_DEVICE))
    for path in devices:
        _allow(rules, path, files & (READ_FILE | WRITE_FILE | TRUNCATE))
    return rules


def landlock_enter(rules: int) -> None:
    """Bind this process and all its children to the rules, in a domain of its own."""
    system_call(LANDLOCK_RESTRICT, ctypes.c_int(rules), ctypes.c_uint32(0), what="landlock")


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place))
        system_call(
            LANDLOCK_ADD, ctypes.c_int(rules), ctypes.c_int(1), rule, ctypes.c_uint32(0), what=f"landlock {path}"
        )
    finally:
        os.close(place)
