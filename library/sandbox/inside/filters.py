"""The seccomp filters: which system calls are refused, in small BPF programs (kernel: linux/seccomp.h, linux/filter.h).

Two of them. The first binds the launcher and everything below it. The second is added in each job's process, after it
has got a process group of its own. A list of what is refused, not of what is allowed, because the C library's needs
differ from one distribution to the next; calls younger than `NEWEST` do not exist in here.
"""

import ctypes
import errno
import os
import struct

import kernel
from calls import (
    ALWAYS,
    ATTRIBUTES,
    CLONE,
    CLONE3,
    FCNTL,
    IN_A_JOB,
    IOCTL,
    MACHINES,
    MESSAGES,
    METADATA,
    PRCTL,
    PRLIMIT,
    SCHEDULER,
    SIGNALS,
    SOCKETPAIR,
    TRUNCATE,
)

KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
LOAD, EQUAL, ATLEAST, ANYBIT, MASK, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
NUMBER_AT, MACHINE_AT, ARGUMENTS_AT = 0, 4, 16
NEWEST = 462
X32 = 0x40000000
NEW_NAMESPACES = 0x7E020000
STREAM, SEQPACKET = 1, 5
# Refused requests: keys into a terminal, signals from a descriptor to any process, flags of files.
REQUESTS = {
    "TIOCSTI": 0x5412, "TIOCLINUX": 0x541C, "FIOSETOWN": 0x8901, "SIOCSPGRP": 0x8902, "FS_IOC_SETFLAGS": 0x40086602,
    "FS_IOC32_SETFLAGS": 0x40046602, "FS_IOC_FSSETXATTR": 0x401C5820, "FS_IOC_SETVERSION": 0x40087602,
}  # fmt: skip
OWNERS = {"F_SETOWN": 8, "F_SETSIG": 10, "F_SETOWN_EX": 15}  # who is sent a signal when a descriptor has something
SET_DUMPABLE = {"PR_SET_DUMPABLE": 4}  # who hides cannot be counted

Program = bytes


def machine() -> int:
    """Column of this machine in the tables: 0 for x86-64, 1 for aarch64, -1 for one without a table."""
    names = list(MACHINES)
    return names.index(os.uname().machine) if os.uname().machine in names and kernel.LIBC is not None else -1


def for_everything() -> Program:
    """The filter that binds the launcher and all below it."""
    column = machine()
    return program(guard() + refuse(ALWAYS, column) + _careful(column))


def for_a_job(own_mounts: bool, abi: int, signals_held: bool) -> Program:
    """What a job's process may not do beyond that.

    Args:
        own_mounts: True inside bubblewrap, where chmod and the like reach nothing but the scratch folder.
        abi: version of Landlock, which covers truncate from 3 on.
        signals_held: True when something else (Landlock from 6 on, a user of its own) holds signals back.
    """
    column = machine()
    refused = IN_A_JOB | ({} if own_mounts else METADATA | MESSAGES) | (TRUNCATE if abi < 3 else {})
    lines = [line(LOAD, NUMBER_AT), *refuse(refused, column), *refuse(ATTRIBUTES, column, errno.EOPNOTSUPP)]
    lines += _block(PRCTL[column], _refused_at(0, SET_DUMPABLE))
    for numbers in SCHEDULER.values():
        own = [line(LOAD, ARGUMENTS_AT), line(EQUAL, 0, yes=1), line(RETURN, ERRNO | errno.EPERM), line(RETURN, ALLOW)]
        lines += _block(numbers[column], own)
    return program(lines + ([] if signals_held else _own_signals(column)))


def install(program: Program) -> None:
    """Bind this process (and its later children) to the program; `no_new_privs` must be set. Raises OSError."""
    lines = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(lines)))
    kernel.prctl(kernel.SECCOMP, 2, ctypes.byref(header))


def line(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def program(lines: list[bytes]) -> Program:
    return b"".join([*lines, line(RETURN, ALLOW)])


def guard() -> list[bytes]:
    """Only this machine's own calls: another instruction set's numbers would mean other calls."""
    return [
        line(LOAD, MACHINE_AT),
        line(EQUAL, MACHINES[os.uname().machine], yes=1),
        line(RETURN, KILL),
        line(LOAD, NUMBER_AT),
        line(ATLEAST, X32, no=1),
        line(RETURN, KILL),
        line(ATLEAST, NEWEST + 1, no=1),
        line(RETURN, ERRNO | errno.ENOSYS),
    ]


def refuse(calls: dict[str, tuple[int, int]], column: int, reason: int = errno.EPERM) -> list[bytes]:
    lines: list[bytes] = []
    for numbers in calls.values():
        if numbers[column] >= 0:
            lines += [line(EQUAL, numbers[column], no=1), line(RETURN, ERRNO | reason)]
    return lines


def _careful(column: int) -> list[bytes]:
    """Calls that are refused for some arguments only; each block ends the program for its call."""
    refuse, allow = line(RETURN, ERRNO | errno.EPERM), line(RETURN, ALLOW)
    pair = [
        line(LOAD, ARGUMENTS_AT + 8),
        line(MASK, 0xF),
        line(EQUAL, STREAM, yes=2),
        line(EQUAL, SEQPACKET, yes=1),
    ]
    return [
        # clone3 hides its flags from a filter; the C library falls back to clone when there is no clone3.
        line(EQUAL, CLONE3[column], no=1), line(RETURN, ERRNO | errno.ENOSYS),
        *_block(CLONE[column], [line(LOAD, ARGUMENTS_AT), line(ANYBIT, NEW_NAMESPACES, no=1), refuse, allow]),
        # limits of other processes: those of the zygote could be lowered from below
        *_block(PRLIMIT[column], [line(LOAD, ARGUMENTS_AT), line(EQUAL, 0, yes=1), refuse, allow]),
        # a datagram socket of a pair can still send to any path
        *_block(SOCKETPAIR[column], [*pair, refuse, allow]),
        *_block(IOCTL[column], _refused_at(1, REQUESTS)),
        *_block(FCNTL[column], _refused_at(1, OWNERS)),
    ]  # fmt: skip


def _refused_at(place: int, values: dict[str, int]) -> list[bytes]:
    """Refuse the call when its argument at this place, counted from 0, is one of these; allow it otherwise."""
    lines = [line(LOAD, ARGUMENTS_AT + 8 * place)]
    lines += [line(EQUAL, value, yes=len(values) - number) for number, value in enumerate(values.values())]
    return [*lines, line(RETURN, ALLOW), line(RETURN, ERRNO | errno.EPERM)]


def _own_signals(column: int) -> list[bytes]:
    """Signals to no other process; built in the job's process, since it names its id."""
    lines: list[bytes] = []
    refuse, allow = line(RETURN, ERRNO | errno.EPERM), line(RETURN, ALLOW)
    for numbers in SIGNALS.values():
        lines += _block(numbers[column], [line(LOAD, ARGUMENTS_AT), line(EQUAL, os.getpid(), yes=1), refuse, allow])
    return lines


def _block(number: int, lines: list[bytes]) -> list[bytes]:
    return [line(EQUAL, number, no=len(lines)), *lines]
