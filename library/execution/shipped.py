"""Our own modules as code that the sandbox can run, since it sees none of our files; and what they tell."""

import base64
import json
import marshal
import re
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from library.sandbox import Job, JobOutcome, Sandbox

LIBRARY = Path(__file__).parent.parent
# A process of a busy machine gets a small part of a processor, hence the minutes; nothing here comes near them.
_CPU_S, _WALL_S, _OUTPUT_KB = 60, 600.0, 8192

# Each is made a module, in order, so that a later one can import an earlier one; then they are forgotten, so that what
# is tried sees none of them. The last one is called.
_CODE = """
def _answer():
    import base64, json, marshal, sys, types, zlib
    space = globals()
    del space["_answer"], space["_first"]
    inside = json.loads({inside!r})
    for name, blob in inside:
        module = sys.modules[name] = types.ModuleType(name)
        exec(marshal.loads(zlib.decompress(base64.b64decode(blob))), module.__dict__)
    for name, _ in inside:
        del sys.modules[name]
    module.answer(json.loads({order!r}), space)
_answer()
"""


def run_inside(sandbox: Sandbox, name: str, order: Mapping[str, Any], setup: str) -> tuple[list[Any], JobOutcome]:
    """Let one of our modules made for the inside answer an order in a process of its own.

    What it tells is untrusted: a function that forged it would be offered where it does not fit, or not asked about.

    Args:
        sandbox: where it runs.
        name: the module of this folder, `variant_calls_inside` or `batch_calls_inside`.
        order: what JSON can say; a mark is added, with which each line of the answer begins.
        setup: what `importing` gives.

    Returns: the lines that it could tell, as data, and how the process ended.
    """
    mark = secrets.token_hex(8)
    described = ("sandbox.inside.described",) if name == "batch_calls_inside" else ()
    needed = ("execution.step_count", "execution.marks", "execution.guard_inside", *described, f"execution.{name}")
    code = _CODE.format(inside=_compiled(needed), order=json.dumps({**order, "mark": mark}))
    limits = replace(sandbox.limits, cpu_s=_CPU_S, wall_s=_WALL_S, output_kb=_OUTPUT_KB)
    outcome = sandbox.run([Job(setup=setup, code=code)], limits)[0]
    told: list[Any] = []
    for line in re.findall(rf"^{mark}([\[{{].*[\]}}])$", outcome.output, re.MULTILINE):
        try:
            told.append(json.loads(line))
        except (ValueError, RecursionError):
            break
    return told, outcome


def importing(names: list[str]) -> str:
    """Text for the job's setup: the sandbox loads these modules once for all later jobs. Nothing of it is run."""
    return "".join(["def _first():\n", *(f"    import {name}\n" for name in sorted(set(names))), "    pass\n"])


@lru_cache(maxsize=4)
def _compiled(names: tuple[str, ...]) -> str:
    found: list[tuple[str, str]] = []
    for name in names:
        text = LIBRARY.joinpath(f"{name.replace('.', '/')}.py").read_text("utf-8")
        code = compile(text, f"<{name}>", "exec", dont_inherit=True)
        found.append((f"library.{name}", base64.b64encode(zlib.compress(marshal.dumps(code), 9)).decode()))
    return json.dumps(found)
