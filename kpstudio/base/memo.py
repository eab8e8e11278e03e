"""A memo: results that are dear to compute, kept while there is room for them."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Memo:
    """Keeps what was computed, forgets what was longest unused; for any number of threads.

    Two threads that ask for the same thing compute it once. What raises is not kept, so work that
    was cancelled is done when it is next asked for.

    Parameters
    ----------
    limit
        Bytes of arrays to keep; the newest result is kept whatever its size.
    most
        Most results to keep; any number by default.
    """

    def __init__(self, limit: int = 1 << 30, most: int | None = None) -> None:
        self._limit, self._most = limit, most
        self._guard = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._results: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the result kept under a key, made now if there is none."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            with self._guard:
                if key in self._results:
                    self._results.move_to_end(key)
                    return cast(T, self._results[key][0])
            result = make()
            self._keep(key, result)
            return result

    def __contains__(self, key: Hashable) -> bool:
        return key in self._results

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._results.clear()

    @property
    def _is_full(self) -> bool:
        return self._most is not None and len(self._results) > self._most

    def _keep(self, key: Hashable, result: Any) -> None:
        with self._guard:
            self._results[key] = result, size_of(result)
            total = sum(size for _, size in self._results.values())
            while len(self._results) > 1 and (total > self._limit or self._is_full):
                oldest, (_, size) = self._results.popitem(last=False)
                self._locks.pop(oldest, None)
                total -= size


def size_of(value: Any) -> int:
    """Return roughly how many bytes the arrays in a value take.

    Looks into tuples, data classes and sparse arrays; anything else counts nothing.
    """
    if isinstance(value, tuple | list):
        return sum(map(size_of, value))
    if dataclasses.is_dataclass(value):
        return sum(size_of(getattr(value, field.name)) for field in dataclasses.fields(value))
    parts = [getattr(value, name, None) for name in ("data", "indices", "indptr")]
    if all(hasattr(part, "nbytes") for part in parts):
        return sum(int(part.nbytes) for part in parts if part is not None)
    return int(getattr(value, "nbytes", 0))
