"""Work of the zygote in a process of its own, where what it touches is part of a job: names of files, above all.

They would stay in the zygote's memory, and the next job has a copy of that.
"""

import os
import struct
from collections.abc import Callable

ANSWER = struct.Struct("=3q")


def ask(work: Callable[[], tuple[int, int, int]]) -> tuple[int, int, int]:
    """Three numbers that are found out in a process of its own. Raises OSError when it fails there."""
    result, result_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(result_end, ANSWER.pack(*work()))
        finally:
            os._exit(0)
    os.close(result_end)
    answer = os.read(result, ANSWER.size)
    os.close(result)
    os.waitpid(pid, 0)
    if len(answer) != ANSWER.size:
        raise OSError("the scratch folder could not be looked after")
    found: tuple[int, int, int] = ANSWER.unpack(answer)
    return found
