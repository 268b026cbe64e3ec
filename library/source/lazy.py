"""An attribute worked out when it is first asked for: functools.cached_property without its lock (slow in 3.11)."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

_Value = TypeVar("_Value")


class lazy(Generic[_Value]):
    """For objects that never change after they were made; two threads may at worst do the work twice."""

    def __init__(self, work: Callable[[Any], _Value]) -> None:
        self.work = work
        self.name = work.__name__
        self.__doc__ = work.__doc__

    @overload
    def __get__(self, one: None, owner: Any) -> "lazy[_Value]": ...

    @overload
    def __get__(self, one: object, owner: Any) -> _Value: ...

    def __get__(self, one: object | None, owner: Any) -> "lazy[_Value] | _Value":
        if one is None:
            return self
        value = one.__dict__[self.name] = self.work(one)
        return value
