import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kpstudio.io import weld as module
from kpstudio.io.weld import weld

few = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.1, 1e300, 5e-324])
rows_of_few = hnp.arrays(float, st.tuples(st.integers(0, 40), st.integers(1, 3)), elements=few)


def check(rows: np.ndarray) -> None:
    first, group = weld(rows)
    np.testing.assert_array_equal(rows[first][group], rows)
    assert (np.diff(first) > 0).all()
    assert len(np.unique(rows[first] + 0.0, axis=0)) == len(first)
    for number, row in enumerate(first):
        assert row == np.flatnonzero(group == number)[0]


@given(rows_of_few)
def test_groups_equal_rows_in_order_of_appearance(rows: np.ndarray) -> None:
    check(rows)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
def test_all_kinds_of_numbers(dtype: type) -> None:
    check(np.random.default_rng(0).integers(0, 3, (200, 3)).astype(dtype))


def test_rows_that_share_a_hash_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_hash", lambda bits: np.zeros(len(bits), np.uint64))
    check(np.random.default_rng(0).integers(0, 4, (100, 2)).astype(float))


def test_close_is_not_equal() -> None:
    rows = np.array([[1.0], [np.nextafter(1.0, 2.0)], [1.0]])
    np.testing.assert_array_equal(weld(rows)[1], [0, 1, 0])
