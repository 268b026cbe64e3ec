"""Nothing of one job can be read by the next: not what it was given, nor what it said, nor its files."""

import secrets
from pathlib import Path

import pytest
from boxes import BWRAP

from library.sandbox import Job, Limits, Sandbox

LEVELS = [pytest.param("L3", marks=BWRAP), "L2", "L1"]
MARK = "OF-AN-EARLIER-JOB-"
# Reads all memory near anything that Python knows, and the heap. What is not there makes `write` fail, and is no fault.
SCAN = """
import ctypes, gc, os, re, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.sbrk.restype = ctypes.c_void_p
r, w = os.pipe()
os.set_blocking(w, False)
def read(at):
    count = libc.write(w, ctypes.c_void_p(at), 4096)
    return os.read(r, count) if count > 0 else b""
near = {id(thing) >> 20 for thing in gc.get_objects()} | {id(sys), id(bytes(100)) >> 20}
pages = {page for place in near for page in range((place - 2) << 8, (place + 3) << 8)}
top = libc.sbrk(0)
pages |= set(range((top >> 12) - 6000, top >> 12))
found, seen, before = set(), 0, b""
for page in sorted(pages):
    part = read(page << 12)
    seen += bool(part)
    found |= set(re.findall(b"OF-AN-EARLIER-" + b"JOB-[a-z]+-[0-9a-f]{12}", before[-60:] + part))
    before = part
"""


def left(sandbox: Sandbox) -> set[str]:
    """Which kinds of what earlier jobs had can be read by a new one."""
    outcome = sandbox.run(
        [Job(code=SCAN, expression="seen > 1000, sorted({f.split(b'-')[-2].decode() for f in found})")]
    )
    ok, kinds = outcome[0].value.strip("()").split(", ", 1)
    assert ok == "True", outcome
    return set(kinds.strip("[]").replace("'", "").split(", ")) - {""}


def told(kind: str) -> str:
    return f"{MARK}{kind}-{secrets.token_hex(6)}"


@pytest.mark.parametrize("level", LEVELS)
def test_a_job_cannot_read_what_earlier_jobs_were_given_or_said(level: str, cache: Path) -> None:
    with Sandbox(Limits(cpu_s=20, wall_s=60.0), level=level, cache=cache) as sandbox:
        for number in range(20):  # of many sizes, since each size lies elsewhere
            more = "x" * number * 60
            given = f"g({told('argument') + more!r})"
            setup = f"def g(password): return len(password)\n# {told('source')}{'#' * number * 700}"
            # made inside, so that it is in nothing that was given
            made = "'-'.join(['OF-AN-EARLIER-JOB', {kind!r}, __import__('os').urandom(6).hex()]) + {more!r}"
            says = f"print({made.format(kind='output', more=more)})"
            names = f"open({made.format(kind='name', more=more[:100])}, 'w').close()"
            fails = f"raise ValueError({made.format(kind='message', more=more)})"
            sandbox.run(
                [
                    Job(setup=setup, expression=given),
                    Job(code=says, expression=made.format(kind="value", more=more)),
                    Job(code=names),
                    Job(code=fails),
                ]
            )
        sandbox.pytest({"test_it.py": f"def test_it():\n    assert {told('test')!r} == 1\n"})
        assert left(sandbox) == set()


def test_the_scan_would_find_what_the_job_itself_was_given(cache: Path) -> None:
    with Sandbox(Limits(cpu_s=20, wall_s=60.0), cache=cache) as sandbox:
        own = Job(setup=f"held = {told('own')!r}", code=SCAN, expression="len(found)")
        assert sandbox.run([own])[0].value == "1"


def test_rights_and_times_of_the_folder_tell_the_next_job_nothing(cache: Path) -> None:
    with Sandbox(level="best", cache=cache) as sandbox:
        state = "(os.stat('.').st_mode, os.stat('.').st_mtime_ns)"
        before = sandbox.run([Job(code="import os", expression=state)])[0].value
        change = "import os\ntry:\n    os.utime('.', (1234, 1234))\n    os.chmod('.', 0o711)\nexcept OSError: pass"
        after = sandbox.run([Job(code=change), Job(code="import os", expression=state)])[1]
        assert after.value == before
