from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from kpstudio.matching.functional_maps import basis_of
from kpstudio.matching.zoomout import fitted_to, nearest_rows, points_back, points_of, zoom_out
from tests.matching.bodies import limbs, shuffled, surface


def test_nearest_rows_are_the_nearest() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(200, 7)), rng.normal(size=(150, 7))
    assert (nearest_rows(a, b) == cdist(a, b).argmin(axis=1)).all()


def test_map_of_points_and_functional_map_are_each_others() -> None:
    mesh = limbs(3)
    copy, now = shuffled(mesh)
    here, there = (basis_of(surface(one), 40) for one in (mesh, copy))
    functional = fitted_to(here.vectors, there.vectors, now)
    np.testing.assert_allclose(functional @ functional.T, np.eye(40), atol=1e-6)
    assert (points_of(here.vectors, there.vectors, functional) == now).all()
    back = points_back(here.vectors, there.vectors, functional)
    assert (back[now] == np.arange(len(now))).all()


def test_few_eigenfunctions_become_many() -> None:
    mesh = limbs(3)
    copy, now = shuffled(mesh)
    here, there = (basis_of(surface(one), 60) for one in (mesh, copy))
    few = fitted_to(here.vectors[:, :8], there.vectors[:, :8], now)
    rough = few + 0.2 * np.random.default_rng(0).normal(size=few.shape)
    coarse = points_of(here.vectors, there.vectors, rough)
    every_other = np.arange(0, len(now), 2)
    for samples in (None, every_other):
        functional = zoom_out(here, there, rough, 4, samples)
        assert functional.shape == (60, 60)
        fine = points_of(here.vectors, there.vectors, functional)
        assert (fine == now).mean() > 0.97 > 0.5 > (coarse == now).mean()
