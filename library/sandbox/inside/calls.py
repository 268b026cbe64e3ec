"""Numbers of system calls, one column a machine: x86-64, aarch64; -1 where a machine does not have the call.

From the kernel's tables (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h).
"""

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Refused for the launcher and everything below it.
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
# Refused for jobs besides.
IN_A_JOB = {
    "setsid": (112, 157), "setpgid": (109, 154), "setpriority": (141, 140), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "sched_setaffinity": (203, 122), "sched_setattr": (314, 274),
    "ioprio_set": (251, 30), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "inotify_init": (253, -1), "inotify_init1": (294, 26),
}  # fmt: skip
# Those that read attributes by path: answered as if a file system had none, which copying files copes with.
ATTRIBUTES = {"getxattr": (191, 8), "lgetxattr": (192, 9), "listxattr": (194, 11), "llistxattr": (195, 12)}
# Without a file system of our own: files that are kept alive only by a message under way could not be counted.
MESSAGES = {"sendmsg": (46, 211), "sendmmsg": (307, 269)}
# Only for the process that asks.
SCHEDULER = {
    "sched_getscheduler": (145, 120), "sched_getparam": (143, 121), "sched_getattr": (315, 275),
    "sched_rr_get_interval": (148, 127),
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
# Refused for some arguments only.
CLONE, CLONE3, PRLIMIT, SOCKETPAIR, IOCTL = (56, 220), (435, 435), (302, 261), (53, 199), (16, 29)
FCNTL, PRCTL = (72, 25), (157, 167)
