"""Repeatability under random motions: what a detector for any shape is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import build
from kpstudio.detectors.registry import get_detector
from kpstudio.evaluation.card import Target
from kpstudio.evaluation.disturbances import Rigid
from kpstudio.evaluation.repeatability import repeatability
from kpstudio.evaluation.subjects import Subject

#: Largest distance of a keypoint found again, as a share of the diagonal; most keypoints.
THRESHOLD, COUNT = 0.04, 64
#: Detector -> least repeatability.
LEAST = {"ukpgan": 0.90, "usip": 0.80, "d3feat": 0.75}


@dataclass(frozen=True)
class MotionFigures:
    """Repeatability of several detectors on the same shapes.

    Parameters
    ----------
    figures
        By detector the relative repeatability, mean over shapes, and the mean number of keypoints.
    """

    figures: Mapping[str, Any]

    def targets(self, detector: str) -> list[Target]:
        """Return what a detector should reach: its least value, and more than every other."""
        value = self.figures[detector]["repeatability"]
        rows = [
            Target(f"repeatability above {name}", value, other["repeatability"],
                   value > other["repeatability"])
            for name, other in self.figures.items()
            if name != detector and isinstance(other, Mapping)
        ]  # fmt: skip
        if detector in LEAST:
            limit = LEAST[detector]
            rows.append(Target("repeatability at least", value, limit, value >= limit))
        return rows


def motion_figures(
    subjects: Sequence[Subject],
    detectors: Mapping[str, Any],
    seed: int = 0,
    ctx: RunContext | None = None,
) -> MotionFigures:
    """Measure how many keypoints are found again after one random motion of every shape.

    "repeatability" is of the mesh moved, with vertices and faces in another order. "resampled" is
    the same for detectors that look at random samples of the surface, with other samples: they see
    none of the points again.

    Parameters
    ----------
    subjects
        The shapes.
    detectors
        Parameters by id of detector; the defaults if None.
    seed
        Seed of the motions.
    """
    ctx = ctx or RunContext()
    shares: dict[str, list[float]] = {name: [] for name in detectors}
    resampled: dict[str, list[float]] = {name: [] for name in detectors}
    counts: dict[str, list[int]] = {name: [] for name in detectors}
    for index, subject in enumerate(subjects):
        ctx.progress(index / len(subjects), f"Moving {subject.name}")
        moved = Rigid().apply(subject.mesh, seed + index)
        limit = THRESHOLD * subject.mesh.diagonal
        for name, values in detectors.items():
            detector = get_detector(name)
            parameters = values or build(detector.spec.parameters, {"count": COUNT})
            run = RunContext(cancelled=ctx.cancelled)
            first = detector.detect(subject.mesh, None, parameters, run).keypoints.positions
            counts[name].append(len(first))
            if len(first) == 0:
                continue
            ways = [(shares, parameters)]
            if hasattr(parameters, "seed"):
                ways.append((resampled, replace(parameters, seed=parameters.seed + 1)))
            for rows, values_now in ways:
                second = detector.detect(moved.mesh, None, values_now, run).keypoints.positions
                found = repeatability(first, moved.back(second), (limit,))
                rows[name].append(found.relative[0])
    figures: dict[str, Any] = {}
    for name in detectors:
        figures[name] = {
            "repeatability": _mean(shares[name]),
            "keypoints": float(np.mean(counts[name])),
        }
        if resampled[name]:
            figures[name]["resampled"] = _mean(resampled[name])
    figures["shapes"] = len(subjects)
    figures["threshold"] = f"{THRESHOLD} of the diagonal, at most {COUNT} keypoints"
    return MotionFigures(figures)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
