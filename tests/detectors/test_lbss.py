"""Laplace-Beltrami scale space: bumps with their sizes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import dijkstra

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import build
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.lbss import DETECTOR, LbssParameters, extrema, invariant
from kpstudio.geometry.geodesic_kernel import CUTOFF, SPACING, cells
from kpstudio.geometry.geodesics import surface_graph
from kpstudio.geometry.surface import Surface
from tests import shapes


def detect(mesh: Mesh, **values: float) -> Detection:
    return DETECTOR.detect(mesh, None, build(LbssParameters, values))


def as_published(surface: Surface, width: float) -> np.ndarray:
    """The invariant, point by point, without cells."""
    distances = dijkstra(surface_graph(surface), directed=False)
    kernel = np.where(distances <= CUTOFF * width, np.exp(-(distances**2) / (2.0 * width**2)), 0.0)
    density = kernel.sum(axis=1)
    weights = kernel / density[:, None] / density
    means = weights @ surface.points / weights.sum(axis=1, keepdims=True)
    moved = 2.0 * np.linalg.norm(surface.points - means, axis=1) / width
    return moved * np.exp(-moved)


@pytest.mark.parametrize("width", [0.05, 0.12])
@pytest.mark.parametrize("cloud", [False, True])
def test_cells_change_little(width: float, cloud: bool) -> None:
    mesh = shapes.torus(48, 20)
    surface = Surface(mesh.vertices, np.empty((0, 3), int) if cloud else mesh.faces)
    found = invariant(surface, width, RunContext())
    assert np.abs(found - as_published(surface, width)).max() < 0.035
    assert np.abs(found - as_published(surface, width)).mean() < 0.015


def test_exact_where_every_point_is_a_cell() -> None:
    mesh = shapes.torus(20, 12)
    surface = Surface(mesh.vertices, mesh.faces)
    width = 0.99 * float(surface.edge_lengths.min()) / SPACING
    assert len(cells(surface, SPACING * width).middles) == len(surface)
    found = invariant(surface, width, RunContext())
    assert np.allclose(found, as_published(surface, width), atol=1e-12)


def test_of_a_sphere() -> None:
    """On radius r = 1/2 the mean moves by t^2 / r: F is largest, 1/e, at t = r / 2."""
    ball = shapes.icosphere(4)
    surface = Surface(ball.vertices, ball.faces)
    for width in (0.08, 0.12, 0.25):
        moved = 4.0 * width
        found = invariant(surface, width, RunContext())
        assert np.allclose(found, moved * np.exp(-moved), rtol=0.12)


def test_flat_is_nothing() -> None:
    sheet = shapes.grid(40, 40)
    surface = Surface(sheet.vertices, sheet.faces)
    inside = (np.abs(sheet.vertices[:, [0, 2]] - 0.5) < 0.2).all(axis=1)
    found = invariant(surface, 0.05, RunContext())[inside]
    assert found.max() < 0.1
    assert found.mean() < 0.05


def test_cells_cover_both_sides_of_a_thin_plate() -> None:
    plate = shapes.box((1.0, 0.01, 1.0), 5)
    surface = Surface(plate.vertices, plate.faces)
    parts = cells(surface, 0.1)
    assert parts.counts.sum() == len(surface)
    height = surface.points[parts.middles, 1] * surface.scale
    assert (height > 0.003).sum() > 30
    assert (height < -0.003).sum() > 30


def test_every_component_has_a_cell() -> None:
    """Of parts that touch, none is taken for a piece of another."""
    ball = shapes.icosphere(2)
    vertices = np.concatenate([ball.vertices, 0.01 * ball.vertices + ball.vertices[:1]])
    surface = Surface(vertices, np.concatenate([ball.faces, ball.faces + len(ball.vertices)]))
    parts = cells(surface, 0.2)
    of_small = parts.middles >= len(ball.vertices)
    assert parts.counts[of_small].sum() == len(ball.vertices)
    assert np.isfinite(invariant(surface, 0.1, RunContext())).all()


def test_bumps_and_their_sizes() -> None:
    """A narrow and a wide bump on a sheet: at the top of each a keypoint, of different size."""
    sheet = shapes.grid(61, 61)
    x, _, z = sheet.vertices.T
    widths = np.array([0.04, 0.1])
    tops = np.array([(0.25, 0.25), (0.65, 0.65)])
    squared = np.square(np.stack([x, z], axis=1)[:, None] - tops).sum(axis=2)
    height = (0.9 * widths * np.exp(-squared / (2.0 * widths**2))).sum(axis=1)
    found = detect(
        Mesh(np.stack([x, height, z], axis=1), sheet.faces), smallest_scale=0.01, step=1.4, scales=8
    )
    assert found.candidates is not None
    assert found.candidates.sizes is not None
    away = np.linalg.norm(found.candidates.positions[:, None, [0, 2]] - tops, axis=2)
    assert (away.min(axis=0) < 0.03).all()
    narrow, wide = (found.candidates.sizes[away[:, one] < 0.03].max() for one in range(2))
    assert wide > 1.5 * narrow


def test_extrema_over_surface_and_scale() -> None:
    sheet = shapes.grid(21, 21)
    surface = Surface(sheet.vertices, sheet.faces)
    away = np.linalg.norm(surface.points, axis=1)
    hill = np.exp(-(away**2) / 0.1)
    widths = np.array([0.05, 0.1, 0.2])
    scales, points = extrema(surface, np.outer([0.5, 1.0, 0.7], hill), widths, RunContext())
    assert (scales.tolist(), points.tolist()) == ([1], [int(away.argmin())])
    # At the largest scale there may be more beyond.
    assert len(extrema(surface, np.outer([0.5, 0.7, 1.0], hill), widths, RunContext())[0]) == 0


def test_same_after_motion_and_scale() -> None:
    ball = shapes.icosphere(3)
    mesh = Mesh(ball.vertices * (1.0 + 0.3 * np.sin(4.0 * ball.vertices[:, :1])), ball.faces)
    mesh = Mesh(mesh.vertices * (1.0, 1.3, 1.7), mesh.faces)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    moved = Mesh(40.0 * mesh.vertices @ rotation + (9.0, -2.0, 3.0), mesh.faces)
    before, after = detect(mesh), detect(moved)
    for one, other in zip(before.fields, after.fields, strict=True):
        assert np.allclose(one.values, other.values, atol=1e-6)
    expected = 40.0 * before.keypoints.positions @ rotation + (9.0, -2.0, 3.0)
    assert np.allclose(after.keypoints.positions, expected)
    assert before.sizes is not None
    assert after.sizes is not None
    assert np.allclose(after.sizes, 40.0 * before.sizes)


def test_scales_that_were_seen_are_kept() -> None:
    texts: list[str] = []
    ctx = RunContext(on_progress=lambda _, text: texts.append(text))
    mesh = shapes.torus(40, 16)
    DETECTOR.detect(mesh, None, LbssParameters(scales=5), ctx)
    assert "Measuring distances along the surface" in texts
    texts.clear()
    DETECTOR.detect(mesh, None, LbssParameters(scales=4), ctx)
    assert "Measuring distances along the surface" not in texts
