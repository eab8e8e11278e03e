"""MeshDoG: blobs of color and curvature at their scale, edges that are left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.base.parameters import build
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.detectors import meshdog
from kpstudio.detectors.meshdog import (
    DETECTOR,
    ring_average,
    scale_space,
    strongest_of_every_scale,
)
from kpstudio.geometry.surface import Surface
from tests import relief, shapes


def detect(mesh: Mesh, **values: Any) -> Detection:
    return DETECTOR.detect(mesh, None, build(DETECTOR.spec.parameters, values))


def painted(mesh: Mesh, brightness: np.ndarray) -> Mesh:
    grey = np.clip(np.round(255 * brightness), 0, 255).astype(np.uint8)
    colors = np.column_stack([grey, grey, grey, np.full_like(grey, 255)])
    return Mesh(mesh.vertices, mesh.faces, "painted", appearance=Appearance(colors))


def spot(mesh: Mesh, x: float, y: float, across: float, along: float) -> np.ndarray:
    u, v = mesh.vertices[:, 0] - x, mesh.vertices[:, 1] - y
    return np.exp(-0.5 * ((u / across) ** 2 + (v / along) ** 2))


def test_an_average_keeps_constants_and_adds_the_variance_it_says() -> None:
    sheet = relief.bumpy(divisions=61)
    surface = Surface(sheet.vertices, sheet.faces)
    average, variance = ring_average(surface, 1.5)
    assert np.allclose(average @ np.ones(len(surface)), 1.0, atol=1e-14)
    k = 2.0 * np.pi / 0.4
    x, y, _ = surface.points.T
    inner = np.hypot(x, y) < 0.2
    wave = np.cos(k * x)
    averaged = wave
    for _ in range(20):
        averaged = average @ averaged
    # The diagonals of the sheet all run one way, so that x and y share the variance unevenly.
    measured = (averaged[inner] @ wave[inner]) / (wave[inner] @ wave[inner])
    assert -2.0 * np.log(measured) / k**2 == pytest.approx(20 * variance, rel=0.1)


@pytest.mark.parametrize("deviation", [0.04, 0.09])
def test_a_spot_of_color_is_found_at_its_scale(deviation: float) -> None:
    sheet = relief.bumpy(divisions=61)
    found = detect(painted(sheet, spot(sheet, 0.1, -0.05, deviation, deviation)), function="colour")
    assert found.sizes is not None
    assert np.allclose(found.keypoints.positions[0][:2], (0.1, -0.05), atol=0.02)
    assert found.sizes[0] == pytest.approx(deviation, rel=0.25)


def test_dark_spots_count_as_bright_ones_do() -> None:
    sheet = relief.bumpy(divisions=41)
    bright = spot(sheet, 0.1, -0.05, 0.07, 0.07)
    for brightness in (bright, 1.0 - bright):
        found = detect(painted(sheet, brightness), function="colour")
        assert np.allclose(found.keypoints.positions[0][:2], (0.1, -0.05), atol=0.03)


def test_a_streak_is_an_edge() -> None:
    sheet = relief.bumpy(divisions=61)
    streak = painted(sheet, 0.8 * spot(sheet, 0.0, 0.0, 0.025, 0.25))
    at_middle = [
        np.linalg.norm(detect(streak, function="colour", corner_ratio=ratio).keypoints.positions,
                       axis=1).min(initial=1.0)
        for ratio in (10.0, 1000.0)
    ]  # fmt: skip
    assert at_middle[1] < 0.05 < at_middle[0]


@pytest.mark.parametrize("function", ["mean curvature", "Gaussian curvature"])
def test_a_bump_is_found_at_its_top(function: str) -> None:
    mesh = relief.bumpy((0.1, -0.05, 0.05, 0.06))
    found = detect(mesh, function=function, count=1)
    assert np.allclose(found.keypoints.positions[0][:2], (0.1, -0.05), atol=0.02)


def test_a_wider_bump_has_a_larger_size() -> None:
    mesh = relief.bumpy((-0.22, 0.0, 0.03, 0.03), (0.22, 0.0, 0.1, 0.09))
    found = detect(mesh, radius=0.1)
    assert found.sizes is not None
    narrow, wide = (
        np.linalg.norm(found.keypoints.positions[:, :2] - (x, 0.0), axis=1).argmin()
        for x in (-0.22, 0.22)
    )
    assert found.sizes[narrow] < 0.6 * found.sizes[wide]


def test_no_color() -> None:
    with pytest.raises(InputError, match="no colours") as caught:
        detect(shapes.torus(), function="colour")
    assert "mean curvature" in caught.value.remedy


@pytest.mark.parametrize("seed", range(3))
def test_motion_and_scale_change_nothing(seed: int) -> None:
    blob = relief.blob()
    still, (moved, rotation, scale, shift) = detect(blob), relief.turned(blob, seed)
    found = detect(moved)
    for mine, theirs in zip(still.fields, found.fields, strict=True):
        assert np.allclose(mine.values, theirs.values, atol=1e-6)
    expected = scale * still.keypoints.positions @ rotation + shift
    assert len(expected) > 5
    assert np.allclose(found.keypoints.positions, expected, atol=1e-6 * scale)
    assert still.sizes is not None
    assert found.sizes is not None
    assert np.allclose(found.sizes, scale * still.sizes)


def test_faulty_meshes() -> None:
    found = detect(relief.faulty())
    assert len(found.keypoints) > 0
    assert all(np.isfinite(field.values).all() for field in found.fields)


def test_a_share_of_the_points() -> None:
    blob = relief.blob()
    counts = []
    for share in (0.005, 0.01, 0.05):
        candidates = detect(blob, share=share, corner_ratio=1000.0).candidates
        assert candidates is not None
        assert len(set(candidates.vertices)) == len(candidates)
        counts.append(len(candidates))
    assert counts[0] < counts[1] <= counts[2]


def test_every_scale_keeps_the_same_share() -> None:
    strength = np.array([1.0, 2, 3, 4, 10, 20])
    scales = np.array([0, 0, 0, 0, 1, 1])
    assert set(strongest_of_every_scale(strength, scales, 3.0)) == {2, 3, 5}
    assert set(strongest_of_every_scale(strength, scales, 99.0)) == set(range(6))
    assert len(strongest_of_every_scale(strength[:0], scales[:0], 3.0)) == 0


@pytest.mark.parametrize(
    "values", [{"octaves": 2}, {"steps": 8}, {"curvature_radius": 6.0},
               {"function": "Gaussian curvature"}],
)  # fmt: skip
def test_every_parameter_counts(values: dict[str, Any]) -> None:
    blob = relief.blob()
    usual, other = detect(blob).fields[0].values, detect(blob, **values).fields[0].values
    assert not np.allclose(usual, other, rtol=1e-3)


def test_responses_add_up_to_what_averaging_changed() -> None:
    """A response is the change of its step times v / dv."""
    blob = relief.blob()
    surface = Surface(blob.vertices, blob.faces)
    function = surface.points[:, 0] ** 2
    smooth, responses, sigmas = scale_space(surface, function, 3, 6, RunContext())
    times = np.repeat([1.0, 2.0, 4.0], 6)
    middle = np.cumsum(times) - times / 2.0
    changes = responses / (middle / times)[:, None]
    assert np.allclose(function + changes.sum(axis=0), smooth[-1], atol=1e-12)
    assert np.allclose(sigmas / sigmas[0], np.sqrt(middle / middle[0]))


def test_averages_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    blob = relief.blob()
    detect(blob)
    for name in ("scale_space", "extrema"):
        monkeypatch.delattr(meshdog, name)
    assert len(detect(blob, share=0.02, corner_ratio=5.0).keypoints) > 0
