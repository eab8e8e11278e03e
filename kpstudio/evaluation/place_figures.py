"""How well keypoints in space agree with the pictures they come from, and with the surface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kpstudio.evaluation.card import Target
from kpstudio.evaluation.subjects import Finding
from kpstudio.geometry.closest import SurfaceLocator

REPROJECTION, SURFACE = "reprojection, % of the picture", "to the surface, % of the diagonal"
#: What detectors that join keypoints of several pictures shall reach, percent.
MOST_PERCENT = {REPROJECTION: 2.0, SURFACE: 3.0}


def place_figures(findings: Sequence[Finding]) -> dict[str, float]:
    """Return how far keypoints are from where pictures show them, and from the surface.

    Parameters
    ----------
    findings
        What a detector found by looking at pictures, keypoints not snapped.

    Returns
    -------
    dict
        "reprojection, % of the picture": mean distance between where a picture shows a keypoint
        and where the keypoint falls, all pictures alike; "to the surface, % of the diagonal": mean
        distance of keypoints from the surface.
    """
    if not findings or not all(finding.detection.sights for finding in findings):
        return {}
    return {
        REPROJECTION: 100.0 * float(np.mean([_reprojection(finding) for finding in findings])),
        SURFACE: 100.0 * float(np.mean([_to_surface(finding) for finding in findings])),
    }


def place_targets(figures: Mapping[str, Any]) -> list[Target]:
    """Return the targets for the figures of one kind of shapes that are about places."""
    of_places = figures.get("places") or {}
    return [
        Target(f"{name}, at most", value, most, value <= most)
        for name, most in MOST_PERCENT.items()
        if (value := of_places.get(name)) is not None
    ]


def _reprojection(finding: Finding) -> float:
    """Return the mean distance over sights and keypoints, sides of the picture."""
    away = []
    for sight in finding.detection.sights:
        assert sight.camera is not None
        pixels, _ = sight.camera.project(finding.detection.keypoints.positions)
        away.append(np.linalg.norm(pixels - sight.pixels, axis=1) / max(sight.camera.size))
    return float(np.mean(away))


def _to_surface(finding: Finding) -> float:
    """Return the mean distance over keypoints, diagonals of the shape's box."""
    mesh = finding.subject.mesh
    locator = SurfaceLocator(mesh.vertices, mesh.faces)
    away = locator.closest(finding.detection.keypoints.positions).distances
    return float(away.mean() / mesh.diagonal)
