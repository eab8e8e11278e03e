"""Harris 3D: corners of boxes, exact quadrics, the closed form of the averaged derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import build
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors import harris3d
from kpstudio.detectors.harris3d import DETECTOR, fit_quadrics, harris_response
from kpstudio.geometry.adaptive_rings import adaptive_rings
from kpstudio.geometry.surface import Surface
from tests import relief, shapes

BOX = relief.even_box((1.0, 0.7, 1.3), divisions=4)


def detect(mesh: Mesh, **values: Any) -> Detection:
    return DETECTOR.detect(mesh, None, build(DETECTOR.spec.parameters, values))


@pytest.mark.parametrize("neighbourhood", ["adaptive", "rings", "ball"])
def test_the_corners_of_a_box_come_first(neighbourhood: str) -> None:
    found = detect(BOX, neighbourhood=neighbourhood, reach=0.1, radius=0.15, count=8)
    positions = found.keypoints.positions / (1.0, 0.7, 1.3)
    # One at every corner; a vertex beside it may answer more than the corner itself.
    assert len(np.unique(np.sign(positions), axis=0)) == 8
    assert np.abs(positions).min() > 0.4


def test_an_edge_is_no_corner_and_a_face_is_nothing() -> None:
    response = detect(BOX).fields[1].values
    at_limit = np.isclose(np.abs(BOX.vertices) / (0.5, 0.35, 0.65), 1.0).sum(axis=1)
    inside = (np.abs(BOX.vertices) / (0.5, 0.35, 0.65) < 0.7).sum(axis=1)
    assert (response[at_limit == 3] > 0.0).all()
    edges = (at_limit == 2) & (inside == 1)
    assert np.median(response[edges]) < 0.0
    faces = (at_limit == 1) & (inside == 2)
    assert np.abs(response[faces]).max() < 1e-12 < np.abs(response[edges]).min()


def test_a_quadric_is_found() -> None:
    """At the symmetric vertex of z = a x²/2 + b xy + c y²/2 the frame is that of the sheet."""
    sheet = relief.bumpy(divisions=41)
    x, y, _ = sheet.vertices.T
    a, b, c = 0.8, 0.3, -0.4
    height = a * x**2 / 2 + b * x * y + c * y**2 / 2
    surface = Surface(sheet.vertices + height[:, None] * (0.0, 0.0, 1.0), sheet.faces)
    hoods = adaptive_rings(surface, least_rings=3)
    middle = np.flatnonzero((x == 0.0) & (y == 0.0))
    p1, p2, p3, p4, p5 = fit_quadrics(surface.points, hoods, RunContext())[middle[0]]
    found = np.linalg.eigvalsh([[p1, p2], [p2, p3]]) / surface.scale
    expected = np.linalg.eigvalsh([[a, b], [b, c]])
    # The principal plane may face either way.
    assert np.allclose(found, expected, rtol=5e-3) or np.allclose(-found[::-1], expected, rtol=5e-3)
    assert np.hypot(p4, p5) < 1e-3


def test_the_closed_form_is_the_gaussian_average_of_the_derivatives() -> None:
    p1, p2, p3, p4, p5 = quadric = np.array([0.7, -0.2, 1.1, 0.3, -0.5])
    sigma, k = 1.3, 0.05
    nodes, weights = np.polynomial.hermite_e.hermegauss(8)
    x, y = np.meshgrid(sigma * nodes, sigma * nodes)
    weight = np.outer(weights, weights) / weights.sum() ** 2
    along, across = p1 * x + p2 * y + p4, p2 * x + p3 * y + p5
    a, b, c = ((weight * one).sum() for one in (along**2, across**2, along * across))
    expected = a * b - c**2 - k * (a + b) ** 2
    assert harris_response(quadric[None], sigma, k)[0] == pytest.approx(expected, rel=1e-12)


def test_of_flat_sheets_nothing_is_found() -> None:
    found = detect(shapes.grid(12, 12))
    assert len(found.keypoints) == 0
    assert np.allclose(found.fields[0].values, 0.0, atol=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_motion_and_scale_change_nothing(seed: int) -> None:
    blob = relief.blob()
    still, (moved, rotation, scale, shift) = detect(blob), relief.turned(blob, seed)
    found = detect(moved)
    assert np.allclose(found.fields[1].values, still.fields[1].values, rtol=1e-5, atol=1e-9)
    expected = scale * still.keypoints.positions @ rotation + shift
    assert len(expected) > 5
    assert np.allclose(found.keypoints.positions, expected, atol=1e-6 * scale)


def test_faulty_meshes() -> None:
    found = detect(relief.faulty())
    assert len(found.keypoints) > 0
    assert all(np.isfinite(field.values).all() for field in found.fields)


@pytest.mark.parametrize(
    "values",
    [
        {"neighbourhood": "rings", "rings": 3},
        {"reach": 0.08},
        {"neighbourhood": "ball", "reach": 0.06},
        {"k": 0.12},
        {"sigma": 5.0},
    ],
)
def test_every_parameter_counts(values: dict[str, Any]) -> None:
    blob = relief.blob()
    usual, other = detect(blob).fields[1].values, detect(blob, **values).fields[1].values
    assert not np.allclose(usual, other, rtol=1e-3)


def test_fewer_candidates() -> None:
    blob = relief.blob()
    usual, few = detect(blob).candidates, detect(blob, fraction=0.004).candidates
    wide = detect(blob, peak_rings=4).candidates
    assert usual is not None
    assert few is not None
    assert wide is not None
    assert len(few) == round(0.004 * len(blob.vertices)) < len(usual)
    assert np.array_equal(few.vertices, usual.vertices[: len(few)])
    assert set(wide.vertices) < set(usual.vertices)


def test_quadrics_are_fitted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = relief.blob()
    detect(blob)
    monkeypatch.delattr(harris3d, "fit_quadrics")
    assert len(detect(blob, k=0.1, peak_rings=2).keypoints) > 0
