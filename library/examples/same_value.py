"""The one comparison of results: in the gate, in saved tests (this function's text stands there), in find. Pure.

Plain Python without an import, so that the text of `same_value` can stand in a test file by itself.
"""
# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# (a cast would need an import)

from typing import Any


def same_value(got: Any, expected: Any) -> bool:
    """Equal, but that floats may differ in the last digits (relative 1e-9), nan is nan, and so on at any depth."""
    try:
        if got is expected or bool(got == expected):
            return True
        if got != got and expected != expected:
            return True
    except Exception:  # what has no yes or no, such as an array
        return False
    if isinstance(expected, complex) and isinstance(got, (int, float, complex)):
        got = complex(got)
        return same_value(got.real, expected.real) and same_value(got.imag, expected.imag)
    if isinstance(got, (int, float)) and isinstance(expected, (int, float)):
        if (isinstance(got, int) and isinstance(expected, int)) or max(abs(got), abs(expected)) > 1.7e308:
            return False
        return abs(got - expected) <= (1e-9 * max(abs(got), abs(expected)) if expected else 1e-12)
    if isinstance(got, dict) and isinstance(expected, dict):
        if hasattr(got, "move_to_end") and hasattr(expected, "move_to_end") and list(got) != list(expected):
            return False
        return same_value(set(got), set(expected)) and all(
            any(same_value(key, other) and same_value(got[key], value) for key in ([other] if other in got else got))
            for other, value in expected.items()
        )
    if isinstance(got, (set, frozenset)) and isinstance(expected, (set, frozenset)):
        return len(got) == len(expected) and all(any(same_value(one, other) for one in got) for other in expected)
    for kind in (list, tuple):
        if isinstance(got, kind) and isinstance(expected, kind):
            return len(got) == len(expected) and all(map(same_value, got, expected))
    if type(got) is type(expected) and hasattr(got, "popleft"):
        return same_value(list(got), list(expected))
    if type(got) is type(expected) and hasattr(got, "__dataclass_fields__"):
        fields = [name for name, field in got.__dataclass_fields__.items() if field.compare]
        return all(same_value(getattr(got, name), getattr(expected, name)) for name in fields)
    return False
