import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from kpstudio.base.arrays import freeze
from kpstudio.base.errors import InputError


@given(hnp.arrays(float, (4, 3)))
def test_frozen_arrays_hold_the_same_bits(values: np.ndarray) -> None:
    frozen = freeze(values, (None, 3), float, "values", finite=False)
    assert frozen.tobytes() == values.tobytes()
    assert frozen.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        frozen[0, 0] = 1.0


def test_nobody_s_array_is_frozen_or_shared_by_surprise() -> None:
    mine = np.zeros((2, 3))
    for view in (mine, mine[:], mine.reshape(3, 2).reshape(2, 3)):
        frozen = freeze(view, (None, 3), float, "values")
        mine[0, 0] += 1.0
        assert frozen[0, 0] == mine[0, 0] - 1.0
        assert mine.flags.writeable


def test_what_is_frozen_already_is_shared() -> None:
    frozen = freeze([[1.0, 2.0, 3.0]], (None, 3), float, "values")
    assert freeze(frozen, (1, 3), float, "values") is frozen
    assert freeze(frozen, (1, 3), np.float32, "values") is not frozen


@pytest.mark.parametrize("order", ["C", "F"])
def test_results_are_contiguous(order: str) -> None:
    values = np.asarray(np.arange(12.0).reshape(4, 3), order=order)[::2]
    assert freeze(values, (2, 3), float, "values").flags.c_contiguous


@pytest.mark.parametrize(
    ("values", "shape", "message"),
    [
        ([1.0, 2.0], (None, 3), r"points have shape \(2,\), expected n x 3"),
        ([[1.0, 2.0]], (None, 3), r"expected n x 3"),
        ([[1.0], [2.0, 3.0]], (None, None), "points are not an array of float64"),
        (["a"], (None,), "points are not an array of float64"),
        ([np.nan, 1.0, -np.inf], (3,), "points hold 2 values that are NaN or infinite"),
    ],
)
def test_misfits_are_named(values: object, shape: tuple[int | None, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        freeze(values, shape, float, "points")


def test_other_kinds_are_not_asked_to_be_finite() -> None:
    assert freeze([True, False], (2,), bool, "flags").tolist() == [True, False]
    assert freeze([np.inf], (1,), float, "values", finite=False)[0] == np.inf
