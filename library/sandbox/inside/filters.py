"""The seccomp filters: which system calls are refused, in small BPF programs (kernel: linux/seccomp.h, linux/filter.h).

Two of them. The first binds the launcher and everything below it. The second is added in each job's process, after it
has got a process group of its own. A list of what is refused, not of what is allowed, because the C library's needs
differ from one distribution to the next; calls younger than `NEWEST` do not exist in here.
"""

import ctypes
import errno
import os
import platform
import struct

import kernel

KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
LOAD, EQUAL, ATLEAST, ANYBIT, MASK, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
NUMBER_AT, MACHINE_AT, ARGUMENTS_AT = 0, 4, 16
NEWEST = 462
X32 = 0x40000000
NEW_NAMESPACES = 0x7E020000
STREAM, SEQPACKET = 1, 5
TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# One line a call: its numbers on x86-64 and on aarch64; -1 where a machine does not have it.
ALWAYS = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241), "keyctl": (250, 219),
    "add_key": (248, 217), "request_key": (249, 218), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "userfaultfd": (323, 282), "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "sethostname": (170, 161), "setdomainname": (171, 162), "mknod": (133, -1), "mknodat": (259, 33),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272), "personality": (135, 92),
    "syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266),
    "adjtimex": (159, 171), "iopl": (172, -1), "ioperm": (173, -1), "vhangup": (153, 58), "fanotify_init": (300, 262),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "modify_ldt": (154, -1), "uselib": (134, -1), "ustat": (136, -1), "nfsservctl": (180, 42),
    "lookup_dcookie": (212, 18),
}  # fmt: skip
IN_A_JOB = {
    "setsid": (112, 157), "setpgid": (109, 154), "setpriority": (141, 140), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "sched_setaffinity": (203, 122), "sched_setattr": (314, 274),
    "ioprio_set": (251, 30), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "inotify_init": (253, -1), "inotify_init1": (294, 26),
}  # fmt: skip
# Landlock knows nothing of metadata, so without mounts of our own these calls would reach every file of this user.
METADATA = {
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, -1),
    "fchown": (93, 55), "lchown": (94, -1), "fchownat": (260, 54), "utime": (132, -1), "utimes": (235, -1),
    "futimesat": (261, -1), "utimensat": (280, 88),
}  # fmt: skip
TRUNCATE = {"truncate": (76, 45)}
SIGNALS = {
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
}  # fmt: skip
CLONE, CLONE3, PRLIMIT, SOCKETPAIR, IOCTL = (56, 220), (435, 435), (302, 261), (53, 199), (16, 29)

Program = bytes


def machine() -> int:
    """Column of this machine in the tables: 0 for x86-64, 1 for aarch64, -1 for one without a table."""
    names = list(MACHINES)
    return names.index(platform.machine()) if platform.machine() in names and kernel.LIBC is not None else -1


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
    refused = IN_A_JOB | ({} if own_mounts else METADATA) | (TRUNCATE if abi < 3 else {})
    return program([_line(LOAD, NUMBER_AT)] + refuse(refused, column) + ([] if signals_held else _own_signals(column)))


def install(program: Program) -> None:
    """Bind this process (and its later children) to the program; `no_new_privs` must be set. Raises OSError."""
    lines = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(lines)))
    kernel.prctl(kernel.SECCOMP, 2, ctypes.byref(header))


def _line(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def program(lines: list[bytes]) -> Program:
    return b"".join([*lines, _line(RETURN, ALLOW)])


def guard() -> list[bytes]:
    """Only this machine's own calls: another instruction set's numbers would mean other calls."""
    return [
        _line(LOAD, MACHINE_AT),
        _line(EQUAL, MACHINES[platform.machine()], yes=1),
        _line(RETURN, KILL),
        _line(LOAD, NUMBER_AT),
        _line(ATLEAST, X32, no=1),
        _line(RETURN, KILL),
        _line(ATLEAST, NEWEST + 1, no=1),
        _line(RETURN, ERRNO | errno.ENOSYS),
    ]


def refuse(calls: dict[str, tuple[int, int]], column: int) -> list[bytes]:
    lines: list[bytes] = []
    for numbers in calls.values():
        if numbers[column] >= 0:
            lines += [_line(EQUAL, numbers[column], no=1), _line(RETURN, ERRNO | errno.EPERM)]
    return lines


def _careful(column: int) -> list[bytes]:
    """Calls that are refused for some arguments only; each block ends the program for its call."""
    refuse, allow = _line(RETURN, ERRNO | errno.EPERM), _line(RETURN, ALLOW)
    terminal = [
        _line(LOAD, ARGUMENTS_AT + 8),
        _line(EQUAL, TERMINAL_INPUT[0], yes=1),
        _line(EQUAL, TERMINAL_INPUT[1], no=1),
    ]
    pair = [
        _line(LOAD, ARGUMENTS_AT + 8),
        _line(MASK, 0xF),
        _line(EQUAL, STREAM, yes=2),
        _line(EQUAL, SEQPACKET, yes=1),
    ]
    return [
        # clone3 hides its flags from a filter; the C library falls back to clone when there is no clone3.
        _line(EQUAL, CLONE3[column], no=1), _line(RETURN, ERRNO | errno.ENOSYS),
        *_block(CLONE[column], [_line(LOAD, ARGUMENTS_AT), _line(ANYBIT, NEW_NAMESPACES, no=1), refuse, allow]),
        # limits of other processes: those of the zygote could be lowered from below
        *_block(PRLIMIT[column], [_line(LOAD, ARGUMENTS_AT), _line(EQUAL, 0, yes=1), refuse, allow]),
        # a datagram socket of a pair can still send to any path
        *_block(SOCKETPAIR[column], [*pair, refuse, allow]),
        *_block(IOCTL[column], [*terminal, refuse, allow]),
    ]  # fmt: skip


def _own_signals(column: int) -> list[bytes]:
    """Signals to no other process; built in the job's process, since it names its id."""
    lines: list[bytes] = []
    refuse, allow = _line(RETURN, ERRNO | errno.EPERM), _line(RETURN, ALLOW)
    for numbers in SIGNALS.values():
        lines += _block(numbers[column], [_line(LOAD, ARGUMENTS_AT), _line(EQUAL, os.getpid(), yes=1), refuse, allow])
    return lines


def _block(number: int, lines: list[bytes]) -> list[bytes]:
    return [_line(EQUAL, number, no=len(lines)), *lines]
