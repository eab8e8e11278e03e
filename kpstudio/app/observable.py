"""A frozen value that tells when it is replaced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Generic, TypeVar

from psygnal import Signal

T = TypeVar("T")


class Observable(Generic[T]):
    """Holds one frozen dataclass; `changed` carries (new, old).

    Parameters
    ----------
    value
        The first value.
    """

    changed = Signal(object, object)

    def __init__(self, value: T) -> None:
        self._value = value

    @property
    def value(self) -> T:
        """The value as it is now."""
        return self._value

    def update(self, **fields: Any) -> None:
        """Replace some fields; silent when nothing changes."""
        self.set(replace(self._value, **fields))  # type: ignore[type-var]

    def set(self, value: T) -> None:
        """Replace the value; silent when it is equal."""
        if value != self._value:
            old, self._value = self._value, value
            self.changed.emit(value, old)
