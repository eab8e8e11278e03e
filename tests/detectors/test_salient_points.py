"""Salient points: bumps at their scale, the two kinds of averages, what is inhibited."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kpstudio.base.parameters import build
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors import salient_points
from kpstudio.detectors.salient_points import DETECTOR, promoted, scales_of, share_below
from kpstudio.geometry.neighbours import rings
from tests import relief, shapes

BOTH = pytest.mark.parametrize("averages", ["ball", "surface"])


def detect(mesh: Mesh, **values: Any) -> Detection:
    return DETECTOR.detect(mesh, None, build(DETECTOR.spec.parameters, values))


@BOTH
@pytest.mark.parametrize("deviation", [0.03, 0.06])
def test_a_bump_is_found_at_its_top_and_at_its_scale(averages: str, deviation: float) -> None:
    mesh = relief.bumpy((0.1, -0.05, 0.02, deviation))
    found = detect(mesh, averages=averages, finest=0.01, octaves=1, scales=8)
    assert found.sizes is not None
    top = found.keypoints.positions[0]
    assert np.allclose(top[:2], (0.1, -0.05), atol=0.02)
    # Where balls are cut off at 2 sigma they average less widely than their sigma says.
    expected = deviation / np.sqrt(2.0) / (np.sqrt(0.687) if averages == "ball" else 1.0)
    assert found.sizes[0] == pytest.approx(expected, rel=0.35)


@BOTH
def test_a_wider_bump_has_a_larger_size(averages: str) -> None:
    mesh = relief.bumpy((-0.22, 0.0, 0.02, 0.03), (0.22, 0.0, 0.04, 0.07))
    found = detect(mesh, averages=averages, finest=0.01, octaves=1, scales=8, radius=0.2)
    assert found.sizes is not None
    narrow, wide = (
        np.linalg.norm(found.keypoints.positions[:, :2] - (x, 0.0), axis=1).argmin()
        for x in (-0.22, 0.22)
    )
    assert found.sizes[narrow] < 0.7 * found.sizes[wide]


@BOTH
def test_the_corners_of_a_box_come_first(averages: str) -> None:
    box = shapes.box((1.0, 0.7, 1.3), divisions=5)
    found = detect(box, averages=averages, finest=0.01, radius=0.2, count=8, threshold=0.0)
    from_corner = np.linalg.norm(np.abs(found.keypoints.positions) - (0.5, 0.35, 0.65), axis=1)
    assert len(from_corner) == 8
    assert from_corner.max() < 0.07


def test_of_flat_sheets_nothing_is_found() -> None:
    assert len(detect(shapes.grid(12, 12)).keypoints) == 0


@BOTH
@pytest.mark.parametrize("seed", range(2))
def test_motion_and_scale_change_nothing(averages: str, seed: int) -> None:
    blob = relief.blob()
    moved, rotation, scale, shift = relief.turned(blob, seed)
    still, found = (detect(mesh, averages=averages, finest=0.01) for mesh in (blob, moved))
    for mine, theirs in zip(still.fields[1:], found.fields[1:], strict=True):
        assert np.allclose(mine.values, theirs.values, atol=1e-9)
    expected = scale * still.keypoints.positions @ rotation + shift
    assert len(expected) > 5
    assert np.allclose(found.keypoints.positions, expected, atol=1e-6 * scale)
    assert still.sizes is not None
    assert found.sizes is not None
    assert np.allclose(found.sizes, scale * still.sizes)


@BOTH
def test_faulty_meshes_and_clouds(averages: str) -> None:
    mesh = relief.faulty()
    for one in (mesh, Mesh(relief.blob().vertices, np.empty((0, 3), int), "cloud")):
        found = detect(one, averages=averages, finest=0.01)
        assert len(found.keypoints) > 0
        assert all(np.isfinite(field.values).all() for field in found.fields)


def test_scales_are_multiples_and_double() -> None:
    scales = scales_of(build(DETECTOR.spec.parameters, {"finest": 0.01, "scales": 3, "octaves": 2}))
    assert np.allclose(scales, (0.01, 0.02, 0.03, 0.04, 0.06))
    blob = relief.blob()
    found = detect(blob, finest=0.01, scales=3, octaves=2)
    names = [field.name for field in found.fields]
    assert names[:2] == ["saliency", "response at scale 1.00 %"]
    assert len(names) == 6


@pytest.mark.parametrize(
    "values", [{"finest": 0.02}, {"scales": 3}, {"octaves": 1}, {"inhibition": 0.5},
               {"surroundings": 8.0}, {"averages": "surface"}],
)  # fmt: skip
def test_every_parameter_counts(values: dict[str, Any]) -> None:
    blob = relief.blob()
    usual = detect(blob, finest=0.01).fields[0].values
    other = detect(blob, **{"finest": 0.01, **values}).fields[0].values
    assert not np.allclose(usual, other, rtol=1e-3)


def test_a_threshold_leaves_the_strong_ones() -> None:
    blob = relief.blob()
    found = detect(blob, finest=0.01, threshold=0.6)
    assert found.keypoints.confidence is not None
    assert 0 < len(found.keypoints) < len(detect(blob, finest=0.01, threshold=0.0).keypoints)
    assert found.keypoints.confidence.min() >= 0.6


def test_maps_with_one_strong_peak_count_more() -> None:
    chain = rings(np.stack([np.arange(6), np.arange(1, 7)], axis=1), 7, 1)
    one, many = np.array([0.0, 4, 0, 1, 0, 1, 0]), np.array([0.0, 4, 0, 3, 0, 3, 0])
    assert promoted(one, chain)[1] == pytest.approx((1.0 - 0.25) ** 2)
    assert promoted(many, chain)[1] == pytest.approx((1.0 - 0.75) ** 2)
    assert not promoted(np.zeros(7), chain).any()


def test_share_of_smaller_values() -> None:
    chain = rings(np.stack([np.arange(3), np.arange(1, 4)], axis=1), 5, 1)
    values = np.array([1.0, 2.0, 1.5, 1.5, 0.0])
    assert np.allclose(share_below(values, chain), [0.0, 1.0, 0.0, 0.0, 1.0])


def test_scale_maps_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = relief.blob()
    detect(blob)
    monkeypatch.delattr(salient_points, "scale_maps")
    monkeypatch.delattr(salient_points, "promoted")
    assert len(detect(blob, inhibition=0.7).keypoints) > 0
