from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.geometry.generalised_procrustes import bring_together
from kpstudio.geometry.rotations import random_rotations


def copies(rng, base, count=7):
    """Similar copies of one shape: turned, scaled, shifted."""
    turns = random_rotations(count, rng)
    sizes = rng.uniform(0.3, 4.0, count)
    shifts = 10.0 * rng.normal(size=(count, 1, 3))
    return sizes[:, None, None] * np.einsum("sij,kj->ski", turns, base) + shifts


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_similar_copies_agree_exactly(rng) -> None:
    shapes = copies(rng, rng.normal(size=(9, 3)))
    found = bring_together(shapes)
    assert np.nanmax(found.residuals) < 1e-9
    assert np.allclose(found.mean.mean(axis=0), 0.0, atol=1e-12)
    assert np.square(found.mean).sum(axis=1).mean() == pytest.approx(1.0)
    for transform, shape, points in zip(found.transforms, shapes, found.points, strict=True):
        assert np.allclose(transform.apply(shape), points)


def test_missing_points_do_not_count(rng) -> None:
    shapes = copies(rng, rng.normal(size=(9, 3)))
    seen = np.ones((7, 9), bool)
    for shape in range(7):
        seen[shape, rng.choice(9, 3, replace=False)] = False
    shapes[~seen] = 1e6
    found = bring_together(shapes, seen)
    assert np.nanmax(found.residuals) < 1e-8
    assert (np.isnan(found.points[:, :, 0]) == ~seen).all()


def test_moving_the_shapes_changes_nothing_but_the_frame(rng) -> None:
    base = rng.normal(size=(9, 3)) + 0.1 * rng.normal(size=(6, 9, 3))
    first = bring_together(base)
    turned = np.einsum("sij,skj->ski", random_rotations(6, rng), base) + rng.normal(size=(6, 1, 3))
    second = bring_together(2.5 * turned)
    assert np.allclose(first.residuals, second.residuals, atol=1e-6)


def test_the_frame_is_that_of_the_most_complete_shape(rng) -> None:
    shapes = copies(rng, rng.normal(size=(9, 3)))
    seen = np.ones((7, 9), bool)
    seen[:, 0] = False
    seen[3, 0] = True
    assert np.allclose(bring_together(shapes, seen).transforms[3].rotation, np.eye(3), atol=1e-9)


def test_agreement_cannot_be_bettered_by_another_motion_of_a_shape(rng) -> None:
    found = bring_together(rng.normal(size=(9, 3)) + 0.3 * rng.normal(size=(6, 9, 3)))
    best = np.square(found.points[2] - found.mean).sum()
    for turn in random_rotations(20, rng):
        # A small step from the identity towards any rotation, and any small shift.
        u, _, vt = np.linalg.svd(0.99 * np.eye(3) + 0.01 * turn)
        moved = found.points[2] @ (u @ vt).T + 0.01 * rng.normal(size=3)
        assert np.square(moved - found.mean).sum() >= best


def test_what_cannot_be_aligned_is_refused(rng) -> None:
    shapes = copies(rng, rng.normal(size=(5, 3)))
    seen = np.ones((7, 5), bool)
    seen[4, 2:] = False
    with pytest.raises(InputError, match="shape 4 has fewer than 3"):
        bring_together(shapes, seen)
    seen = np.ones((7, 5), bool)
    seen[:, 1] = False
    with pytest.raises(InputError, match="point 1 is on none"):
        bring_together(shapes, seen)
    shapes[2, 2, 2] = np.nan
    with pytest.raises(InputError, match="NaN"):
        bring_together(shapes)
    with pytest.raises(InputError, match="s,k,3"):
        bring_together(shapes[0])
