"""Answers of called functions: what runs inside to say a result in JSON, and how that is read here. Pure."""

import json
from dataclasses import dataclass
from typing import Any

from library.sandbox import JobOutcome
from library.serve.schema import Schema

MOST_CHARS = 1_000_000


@dataclass(frozen=True)
class CallResult:
    """What came of a call.

    Attributes:
        ok: it returned, and what it returned is what its signature says.
        text: the result for reading: a text as it is, all else as JSON; or what went wrong.
        value: the result as JSON has it.
        whole: `value` says it all; False where only its `repr` could be said, or there is none.
        printed: what the function printed.
    """

    ok: bool
    text: str
    value: Any = None
    whole: bool = False
    printed: str = ""


# Runs inside, after the function's own text, in the same module. Whatever a hostile function does to it can only spoil
# the function's own answer: what comes out is text, read as JSON.
SAY = f"""
def __coder_plain__(value, depth=0):
    import itertools
    kind = type(value)
    if kind in (str, int, float, bool, type(None)):
        return value
    if depth > 200:
        raise ValueError("it is nested too deeply")
    if kind in (list, tuple):
        return [__coder_plain__(item, depth + 1) for item in value]
    if hasattr(kind, "_fields") and isinstance(value, tuple):
        return {{name: __coder_plain__(getattr(value, name), depth + 1) for name in kind._fields}}
    if hasattr(value, "keys") and hasattr(kind, "__getitem__"):
        pairs = [(key, value[key]) for key in value.keys()]
        if all(isinstance(key, (str, int)) and not isinstance(key, bool) for key, _ in pairs):
            return {{str(key): __coder_plain__(item, depth + 1) for key, item in pairs}}
        raise TypeError
    if isinstance(value, (set, frozenset)):
        plain = [__coder_plain__(item, depth + 1) for item in value]
        try:
            return sorted(plain)
        except TypeError:
            return sorted(plain, key=repr)
    if hasattr(kind, "__dataclass_fields__"):
        return {{name: __coder_plain__(getattr(value, name), depth + 1) for name in kind.__dataclass_fields__}}
    if hasattr(kind, "__members__"):
        return __coder_plain__(value.value, depth + 1)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        import base64
        return base64.b64encode(value).decode()
    if kind.__module__ in ("decimal", "_decimal", "_pydecimal", "fractions", "uuid") or hasattr(value, "__fspath__"):
        return str(value)
    if kind.__name__ == "timedelta":
        return value.total_seconds()
    if isinstance(value, (list, tuple, str, int, float)):
        return __coder_plain__(next(base for base in (str, int, float, list, tuple) if isinstance(value, base))(value))
    if hasattr(value, "__next__") or kind.__name__ in ("deque", "dict_keys", "dict_values", "dict_items", "range"):
        taken = list(itertools.islice(iter(value), 10001))
        if len(taken) > 10000:
            raise ValueError("it gives more than 10000 items")
        return [__coder_plain__(item, depth + 1) for item in taken]
    raise TypeError

def __coder_say__(mark, value):
    import json, sys
    try:
        said = json.dumps({{"value": __coder_plain__(value)}}, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as problem:
        said = json.dumps({{"shown": repr(value)[:20000], "why": str(problem)[:200]}})
    if len(said) > {MOST_CHARS}:
        raise ValueError(f"the result has {{len(said):,}} characters; {MOST_CHARS:,} is the most")
    sys.stdout.write("\\n" + mark + said + "\\n")
    sys.stdout.flush()
"""


def read_answer(outcome: JobOutcome, mark: str, schema: Schema) -> CallResult:
    """What came of a call, out of what the sandbox reports.

    Args:
        outcome: of a job that ran SAY and then `__coder_say__(mark, call)`.
        mark: stands before the result in the output.
        schema: of the function, against which the result is held.
    """
    printed, found, said = outcome.output.rpartition("\n" + mark)
    if not outcome.ok or not found:
        problem = f"{outcome.error}: {outcome.message}".strip(": ") if outcome.error else "it gave no result"
        return CallResult(False, problem, printed=outcome.output if not found else printed)
    try:
        told: Any = json.loads(said.partition("\n")[0])
        if "value" not in told:
            return _shown(str(told["shown"]), str(told["why"]), printed, schema)
        value = told["value"]
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if text != (sound := text.encode("utf-8", "replace").decode()):
            value, text = (sound if isinstance(value, str) else json.loads(sound)), sound
    except (ValueError, TypeError, KeyError, RecursionError):
        return CallResult(False, "it gave no result that can be read", printed=printed)
    if problem := schema.misfit(value):
        return CallResult(False, f"{schema.name} returned what its signature does not say. {problem}", printed=printed)
    return CallResult(True, text, value, whole=True, printed=printed)


def _shown(text: str, why: str, printed: str, schema: Schema) -> CallResult:
    """A result that has no form in JSON: it can be read, unless the signature promised one that has."""
    text = f"{text} ({why})" if why else text
    if schema.output is None:
        return CallResult(True, text, printed=printed)
    return CallResult(False, f"{schema.name} returned what JSON cannot hold: {text}", printed=printed)
