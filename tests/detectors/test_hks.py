"""Heat kernel signature: tips of what sticks out."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import build
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.hks import DETECTOR, HksParameters
from tests import shapes


def star(subdivisions: int = 4) -> tuple[Mesh, np.ndarray]:
    """A ball with five bumps of different heights, and the points at their tips (5,3)."""
    ball = shapes.icosphere(subdivisions)
    directions = np.array([(1, 0, 0), (-1, 0.2, 0), (0, 1, 0.3), (0, -1, 0), (0.1, 0, -1)], float)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    heights = np.array([1.3, 1.0, 0.75, 0.55, 0.4])
    cosine = ball.vertices @ directions.T
    grown = 1.0 + np.exp(12.0 * (cosine - 1.0)) @ heights
    return Mesh(ball.vertices * grown[:, None], ball.faces), directions * (1.0 + heights[:, None])


def detect(mesh: Mesh, **values: float) -> Detection:
    return DETECTOR.detect(mesh, None, build(HksParameters, values))


def test_tips_of_a_star() -> None:
    mesh, tips = star()
    found = detect(mesh).keypoints.positions
    assert len(found) == len(tips)
    distances = np.linalg.norm(found[:, None] - tips, axis=2)
    assert (distances.min(axis=0) < 0.2).all()
    # The longest limb keeps its heat longest.
    assert distances[0].argmin() == 0


def test_ends_of_an_ellipsoid() -> None:
    ball = shapes.icosphere(4)
    found = detect(Mesh(ball.vertices * (3.0, 1.0, 1.2), ball.faces)).keypoints.positions
    assert np.allclose(np.sort(found[:, 0]), [-3.0, 3.0], atol=0.02)


def test_same_after_motion_and_scale() -> None:
    mesh, _ = star(3)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    moved = Mesh(40.0 * mesh.vertices @ rotation + (9.0, -2.0, 3.0), mesh.faces)
    before, after = detect(mesh), detect(moved)
    expected = 40.0 * before.keypoints.positions @ rotation + (9.0, -2.0, 3.0)
    assert np.allclose(after.keypoints.positions, expected)
    for one, other in zip(before.fields, after.fields, strict=True):
        assert np.allclose(one.values, other.values, rtol=1e-5, atol=1e-8)
    assert np.allclose(before.descriptors[0].values, after.descriptors[0].values, rtol=1e-4)


def test_bending_changes_little() -> None:
    """A long strip keeps its signature when it is rolled up: that is what isometry means."""
    sheet = shapes.grid(60, 12)
    x, _, z = (sheet.vertices * (0.2, 1.0, 1.0)).T
    flat = Mesh(np.stack([x, 0.0 * z, z], axis=1), sheet.faces)
    rolled = Mesh(np.stack([x, 0.3 * np.cos(z / 0.3), 0.3 * np.sin(z / 0.3)], axis=1), sheet.faces)
    before, after = detect(flat).fields[1].values, detect(rolled).fields[1].values
    assert np.allclose(before, after, rtol=0.01)


def test_another_time_uses_the_eigenpairs_that_are_kept() -> None:
    texts: list[str] = []
    ctx = RunContext(on_progress=lambda _, text: texts.append(text))
    known, _ = star(3)
    mesh = Mesh(known.vertices * (1.0, 1.0, 1.1), known.faces)  # no other test has seen it
    first = DETECTOR.detect(mesh, None, HksParameters(time=0.05), ctx)
    assert "Finding eigenpairs" in texts
    texts.clear()
    second = DETECTOR.detect(mesh, None, HksParameters(time=0.2, eigenpairs=60), ctx)
    assert "Finding eigenpairs" not in texts
    assert not np.allclose(first.fields[0].values, second.fields[0].values)


def test_a_small_part_does_not_outshine_the_rest() -> None:
    mesh, tips = star(3)
    ball = shapes.icosphere(1)
    both = Mesh(
        np.concatenate([mesh.vertices, 0.05 * ball.vertices + 2.0]),
        np.concatenate([mesh.faces, ball.faces + len(mesh.vertices)]),
    )
    found = detect(both)
    strongest = found.keypoints.positions[0]
    assert np.linalg.norm(strongest - tips[0]) < 0.2
    small = found.fields[0].values[len(mesh.vertices) :]
    assert small.max() < 1e-3 * found.fields[0].values.max()


@pytest.mark.parametrize("cloud", [False, True])
def test_descriptors_of_equal_shapes_are_near(cloud: bool) -> None:
    """Of two samplings of one shape, the vectors at a tip are nearest to those at the same tip."""
    coarse, tips = star(3)
    fine, _ = star(4)
    if cloud:
        coarse, fine = (Mesh(mesh.vertices, np.empty((0, 3), int)) for mesh in (coarse, fine))
    at = [
        np.array([np.linalg.norm(mesh.vertices - tip, axis=1).argmin() for tip in tips])
        for mesh in (coarse, fine)
    ]
    vectors = [detect(mesh).descriptors[0] for mesh in (coarse, fine)]
    assert vectors[0].space == vectors[1].space == "hks-16"
    one, other = (found.values[places] for found, places in zip(vectors, at, strict=True))
    distances = np.linalg.norm(one[:, None] - other, axis=2)
    assert np.array_equal(distances.argmin(axis=1), np.arange(len(tips)))


def test_what_spans_orders_of_magnitude_says_so() -> None:
    """A part of area a keeps heat of 1 / a: beside a small one the whole shape would be dark."""
    fields = {field.name: field.logarithmic for field in detect(star(3)[0]).fields}
    assert [name for name, wide in fields.items() if wide] == ["heat kernel signature"]
