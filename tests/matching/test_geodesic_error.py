from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.geometry.surface import Surface
from kpstudio.matching.geodesic_error import geodesic_errors
from tests import shapes


def test_on_a_sphere_it_is_the_angle() -> None:
    ball = shapes.icosphere(4, radius=7.0)
    surface = Surface(ball.vertices, ball.faces)
    rng = np.random.default_rng(0)
    found, truth = rng.integers(0, len(ball.vertices), (2, 30))
    cosines = np.einsum("qd,qd->q", ball.vertices[found], ball.vertices[truth]) / 49.0
    expected = np.arccos(np.clip(cosines, -1.0, 1.0)) / np.sqrt(4.0 * np.pi)
    np.testing.assert_allclose(geodesic_errors(surface, found, truth), expected, atol=0.01)


def test_what_is_right_has_no_error() -> None:
    ball = shapes.icosphere(2)
    surface = Surface(ball.vertices, ball.faces)
    everything = np.arange(len(ball.vertices))
    assert (geodesic_errors(surface, everything, everything) == 0.0).all()
    with pytest.raises(InputError):
        geodesic_errors(surface, everything, everything[:-1])
