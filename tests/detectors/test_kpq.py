"""Keypoint quality: which patches pass, how their quality follows from size and bend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.kpq import DETECTOR, KpqParameters
from kpstudio.detectors.patch_quality import measure_extents, measure_quality
from kpstudio.detectors.surfaces import surface_of
from kpstudio.geometry.surface import Surface
from tests import shapes


def ridged() -> Mesh:
    """A sheet of random points, so that no patch is even, with a ridged bump at (-0.3, 0.2)."""
    from scipy.spatial import Delaunay

    flat = np.random.default_rng(0).uniform(-1.0, 1.0, (3000, 2))
    x, z = flat.T
    height = 0.3 * np.exp(-((x + 0.3) ** 2) / 0.006 - (z - 0.2) ** 2 / 0.04)
    return Mesh(np.column_stack([x, height, z]), Delaunay(flat).simplices[:, ::-1])


def detect(mesh: Mesh, **values: Any) -> Detection:
    return DETECTOR.detect(mesh, None, KpqParameters(**values))


def field(found: Detection, name: str) -> np.ndarray:
    return next(one for one in found.fields if one.name == name).values


def test_the_ridge_comes_first() -> None:
    best = detect(ridged()).keypoints.positions[0]
    assert abs(best[0] + 0.3) < 0.12
    assert abs(best[2] - 0.2) < 0.2


def test_only_patches_longer_than_wide_pass() -> None:
    found = detect(ridged(), ratio=1.15)
    ratio, quality = field(found, "extent ratio"), found.fields[0].values
    assert (quality[ratio <= 1.15] == 0.0).all()
    assert (quality[(ratio > 1.15) & (ridged().vertices[:, 1] > 0.01)] > 0.0).all()
    assert 0 < np.count_nonzero(quality) < len(quality)
    assert not np.array_equal(quality, detect(ridged(), ratio=1.02).fields[0].values)


def test_extents_are_those_of_the_patch_in_its_principal_axes() -> None:
    mesh = ridged()
    surface = surface_of(mesh)
    extents = measure_extents(surface, 0.08, RunContext())
    point = int(np.linalg.norm(surface.points, axis=1).argmin())
    near = np.linalg.norm(surface.points - surface.points[point], axis=1) <= 0.08
    patch = surface.points[near & (surface.normals @ surface.normals[point] > 0.0)]
    axes = np.linalg.svd(patch - patch.mean(axis=0))[2]
    turned = patch @ axes.T
    length, width, _ = turned.max(axis=0) - turned.min(axis=0)
    assert extents.ratio[point] == pytest.approx(length / width)
    assert np.allclose(np.abs(extents.axes[point] @ axes.T), np.eye(3), atol=1e-6)
    assert extents.axes[point, 2] @ surface.normals[point] > 0.0


def test_quality_of_a_sphere_follows_the_formula() -> None:
    """K = k1² and k1 = k2 everywhere: Q = 1000 K + 2 K + 4 k1, in units of 1/20 of the radius.

    A free plate straightens towards its rim, so it is somewhat less.
    """
    ball = shapes.icosphere(5)
    surface = Surface(ball.vertices, ball.faces)
    some = np.arange(0, len(surface), 2000, dtype=np.int32)
    extents = measure_extents(surface, 0.1, RunContext())
    found = measure_quality(surface, extents, some, 0.1, RunContext())
    k = 2.0 * 0.1 / 20.0
    expected = 1000.0 * k**2 + 2.0 * k**2 + 4.0 * k
    assert (found.quality[some] > 0.75 * expected).all()
    assert (found.quality[some] < expected).all()
    assert np.allclose(found.maximum[some], 2.0, rtol=0.25)
    assert (np.delete(found.quality, some) == 0.0).all()


def test_every_point_that_passes_without_peaks() -> None:
    found = detect(ridged(), peak_radius=0.0)
    assert found.candidates is not None
    assert len(found.candidates) == np.count_nonzero(found.fields[0].values)
    fewer = detect(ridged(), peak_radius=10.0).candidates
    assert fewer is not None
    assert len(fewer) < 0.1 * len(found.candidates)


def test_stiffness_and_patches_smooth() -> None:
    sharp = detect(ridged(), stiffness=0.1).fields[0].values.max()
    assert detect(ridged(), stiffness=100.0).fields[0].values.max() < 0.7 * sharp
    small, large = (detect(ridged(), patch_radius=size) for size in (5.0, 15.0))
    assert field(large, "largest curvature").max() < 0.7 * field(small, "largest curvature").max()


def test_a_plane_has_next_to_no_quality() -> None:
    mesh = ridged()
    flat = Mesh(mesh.vertices * (1.0, 0.0, 1.0), mesh.faces)
    assert detect(flat).fields[0].values.max() < 1e-6 * detect(mesh).fields[0].values.max()


def test_a_moved_shape_has_moved_keypoints() -> None:
    mesh = ridged()
    turn = Rotation.random(random_state=4).as_matrix()
    moved = mesh.moved(20.0 * mesh.vertices @ turn.T + (5.0, -1.0, 40.0))
    expected = 20.0 * detect(mesh).keypoints.positions @ turn.T + (5.0, -1.0, 40.0)
    found = detect(moved)
    assert np.allclose(found.keypoints.positions, expected, atol=1e-9)
    # What is next to flat may fall on either side of flat.
    assert np.allclose(found.fields[0].values, detect(mesh).fields[0].values, rtol=1e-4, atol=1e-5)


def test_another_ratio_measures_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = detect(ridged())
    monkeypatch.setattr("kpstudio.detectors.kpq.measure_quality", None)
    stricter = detect(ridged(), ratio=1.3)
    passed = stricter.fields[0].values > 0.0
    assert np.array_equal(stricter.fields[0].values[passed], first.fields[0].values[passed])
    with pytest.raises(TypeError):
        detect(ridged(), ratio=1.01)  # what passes now was not measured


def test_cancelled_while_surfaces_are_fitted() -> None:
    ctx = RunContext(on_progress=lambda part, text: ctx.cancel() if "Fitting" in text else None)
    with pytest.raises(Cancelled):
        DETECTOR.detect(ridged(), None, KpqParameters(stiffness=7.0), ctx)
