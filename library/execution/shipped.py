"""Inside: our own modules as code that the sandbox can run, since it sees none of our files."""

import base64
import json
import marshal
import zlib
from functools import lru_cache
from pathlib import Path

LIBRARY = Path(__file__).parent.parent

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


def calling(name: str, order: object) -> str:
    """Text of a job that calls `answer(order, space)` of one of our modules made for the inside.

    Args:
        name: the module of this folder, `variant_calls_inside` or `batch_calls_inside`.
        order: what JSON can say.
    """
    described = ("sandbox.inside.described",) if name == "batch_calls_inside" else ()
    needed = ("execution.step_count", "execution.guard_inside", *described, f"execution.{name}")
    return _CODE.format(inside=_compiled(needed), order=json.dumps(order))


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
