"""Results that are dear to compute, kept while there is room."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled
from kpstudio.base.memo import Memo, size_of


def test_made_once() -> None:
    memo = Memo()
    made = []

    def make() -> list[int]:
        made.append(1)
        return made

    assert memo.get("a", make) is memo.get("a", make)
    assert len(made) == 1
    assert "a" in memo
    assert "b" not in memo


def test_threads_that_ask_for_the_same_wait_for_one_of_them() -> None:
    memo, made = Memo(), []
    everybody = threading.Barrier(8)
    slow = threading.Event()

    def make() -> object:
        made.append(1)
        slow.wait(0.05)
        return object()

    def ask(_: int) -> object:
        everybody.wait()
        return memo.get("a", make)

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(ask, range(8)))
    assert len(made) == 1
    assert all(result is results[0] for result in results)


def test_threads_that_ask_for_different_things_do_not_wait() -> None:
    memo = Memo()
    both = threading.Barrier(2, timeout=10)
    with ThreadPoolExecutor(2) as threads:
        # Each is made only while the other is being made.
        list(threads.map(lambda key: memo.get(key, both.wait), "ab"))
    assert "a" in memo
    assert "b" in memo


def test_one_result_may_need_another() -> None:
    memo = Memo()
    assert memo.get("a", lambda: memo.get("b", lambda: 2) + 1) == 3
    assert "b" in memo


def test_what_was_longest_unused_goes_when_bytes_run_out() -> None:
    memo = Memo(limit=2500)
    for key in "abc":
        memo.get(key, lambda: np.zeros(100))
    assert [key in memo for key in "abc"] == [True, True, True]
    memo.get("a", lambda: pytest.fail("a is still there"))
    memo.get("d", lambda: np.zeros(100))
    assert [key in memo for key in "abcd"] == [True, False, True, True]


def test_the_newest_stays_whatever_its_size() -> None:
    memo = Memo(limit=100)
    memo.get("small", lambda: np.zeros(10))
    memo.get("large", lambda: np.zeros(1000))
    assert "large" in memo
    assert "small" not in memo


def test_no_more_than_so_many() -> None:
    memo = Memo(most=2)
    for key in range(5):
        memo.get(key, lambda: None)
    assert [key in memo for key in range(5)] == [False, False, False, True, True]


def test_what_raises_is_not_kept() -> None:
    memo = Memo()

    def fail() -> int:
        raise ValueError

    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011
            memo.get("a", fail)
    assert "a" not in memo
    assert memo.get("a", lambda: 5) == 5


def test_cancelled_work_is_done_when_next_asked_for() -> None:
    memo, ctx = Memo(), RunContext()

    def make(ctx: RunContext) -> int:
        ctx.progress(0.5)
        return 7

    ctx.cancel()
    with pytest.raises(Cancelled):
        memo.get("a", lambda: make(ctx))
    assert memo.get("a", lambda: make(RunContext())) == 7


@dataclass
class Pair:
    one: np.ndarray
    two: str


def test_sizes() -> None:
    array = np.zeros((4, 3))
    sparse = csr_array(random_array((20, 20), density=0.5, rng=0))
    inside = sparse.data.nbytes + sparse.indices.nbytes + sparse.indptr.nbytes
    assert size_of(array) == 96
    assert size_of(sparse) == inside
    assert size_of((array, [sparse, 3], Pair(array, "x"))) == 96 + inside + 96
    assert size_of("words") == 0


def test_what_is_cleared_is_made_again() -> None:
    memo, made = Memo(), []
    for _ in range(2):
        memo.get("a", lambda: made.append(1))
    memo.clear()
    assert "a" not in memo
    memo.get("a", lambda: made.append(1))
    assert len(made) == 2
