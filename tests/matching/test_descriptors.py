from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.descriptor import Descriptor
from kpstudio.matching.descriptors import comparable, distance_to, principal_colors


def cloud(count: int = 500, size: int = 6, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    spread = np.array([5.0, 2.0, 1.0] + [0.01] * (size - 3))
    return (rng.normal(size=(count, size)) * spread).astype(np.float32)


def test_first_colours_follow_the_directions_of_most_variance() -> None:
    values = cloud()
    (colors,) = principal_colors([Descriptor("d", values)])
    for channel in range(3):
        bound = np.corrcoef(colors[:, channel], values[:, channel])[0, 1]
        assert bound > 0.95  # and positive: the sign is the one of the largest loading


def test_equal_descriptors_have_equal_colours_on_all_shapes() -> None:
    values = cloud()
    first = Descriptor("d", values, "s")
    second = Descriptor("d", values[::-3], "s")
    on_first, on_second = principal_colors([first, second])
    np.testing.assert_array_equal(on_first[::-3], on_second)


def test_a_dense_shape_does_not_outweigh_a_coarse_one() -> None:
    first, second = cloud(seed=1), cloud(100, seed=2) + 1.0
    once = principal_colors([Descriptor("d", first, "s"), Descriptor("d", second, "s")])
    dense = np.repeat(first, 7, axis=0)
    again = principal_colors([Descriptor("d", dense, "s"), Descriptor("d", second, "s")])
    np.testing.assert_allclose(once[1], again[1], atol=2e-3)


def test_colours_ignore_rotation_and_shift_of_the_descriptors_space() -> None:
    values = cloud()
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(6, 6)))[0]
    (before,) = principal_colors([Descriptor("d", values)])
    (after,) = principal_colors([Descriptor("d", values @ turn + 4.0)])
    for channel in range(3):  # only the sign may differ: loadings are other ones
        same = np.allclose(before[:, channel], after[:, channel], atol=1e-3)
        flipped = np.allclose(before[:, channel], 1.04 - after[:, channel], atol=1e-3)
        assert same or flipped


def test_an_outlier_does_not_wash_out_the_rest() -> None:
    values = cloud()
    values[0, 1] = 300.0
    (colors,) = principal_colors([Descriptor("d", values)])
    assert colors[1:, 0].std() > 0.15
    assert ((colors >= 0.0) & (colors <= 1.0)).all()


def test_few_dimensions_and_constant_ones_are_grey() -> None:
    values = np.linspace(0, 1, 20, dtype=np.float32)[:, None]
    (colors,) = principal_colors([Descriptor("d", values)])
    assert np.ptp(colors[:, 0]) > 0.8
    assert np.ptp(colors[:, 1:]) == 0.0
    (flat,) = principal_colors([Descriptor("d", np.ones((5, 4), np.float32))])
    assert np.ptp(flat) == 0.0


def test_no_vertices_no_colours() -> None:
    (colors,) = principal_colors([Descriptor("d", np.zeros((0, 4), np.float32))])
    assert colors.shape == (0, 3)


def test_only_descriptors_of_one_space_are_compared() -> None:
    here, alone = Descriptor("d", cloud(), "s"), Descriptor("d", cloud())
    assert comparable(here, Descriptor("e", cloud(9), "s"))
    assert comparable(alone, alone)
    for other in (alone, Descriptor("d", cloud(9, 5), "s"), Descriptor("d", cloud(9), "t")):
        assert not comparable(here, other)
        with pytest.raises(InputError, match="cannot be compared"):
            principal_colors([here, other])
    with pytest.raises(InputError, match="cannot be compared"):
        principal_colors([alone, Descriptor("d", cloud())])


def test_distance_is_euclidean_and_zero_at_home() -> None:
    descriptor = Descriptor("d", cloud())
    found = distance_to(descriptor, descriptor.values[7])
    assert found[7] == 0.0
    assert found.dtype == np.float64
    assert found[3] == pytest.approx(np.linalg.norm(descriptor.values[3] - descriptor.values[7]))


def test_a_vector_of_another_size_is_refused() -> None:
    with pytest.raises(InputError, match="5 numbers"):
        distance_to(Descriptor("d", cloud()), np.zeros(5))
