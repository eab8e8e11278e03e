"""Repeatability under random motions: what a detector for any shape is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import build
from kpstudio.detectors.registry import get_detector
from kpstudio.evaluation.card import Target
from kpstudio.evaluation.disturbances import Disturbed, Rigid
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

    "repeatability" is of the mesh moved, "reordered" of the same with vertices and faces in
    another order: whoever samples the surface sees other points then.

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
    shares: dict[str, list[tuple[float, float]]] = {name: [] for name in detectors}
    counts: dict[str, list[int]] = {name: [] for name in detectors}
    for index, subject in enumerate(subjects):
        ctx.progress(index / len(subjects), f"Moving {subject.name}")
        reordered = Rigid().apply(subject.mesh, seed + index)
        turn, shift = reordered.rotation, reordered.translation
        vertices = subject.mesh.vertices @ turn.T + shift
        moved = Disturbed(subject.mesh.moved(vertices), turn, shift)
        for name, values in detectors.items():
            detector = get_detector(name)
            kind = detector.spec.parameters
            parameters = values or build(kind, {"count": COUNT})
            run = RunContext(cancelled=ctx.cancelled)
            first = detector.detect(subject.mesh, None, parameters, run).keypoints.positions
            counts[name].append(len(first))
            limit = THRESHOLD * subject.mesh.diagonal
            again = [
                (way, detector.detect(way.mesh, None, parameters, run).keypoints.positions)
                for way in (moved, reordered)
            ]
            both = [repeatability(first, way.back(found), (limit,)) for way, found in again]
            if len(first):
                shares[name].append((both[0].relative[0], both[1].relative[0]))
    figures: dict[str, Any] = {
        name: {
            "repeatability": float(np.mean([share[0] for share in shares[name] or [(0.0, 0.0)]])),
            "reordered": float(np.mean([share[1] for share in shares[name] or [(0.0, 0.0)]])),
            "keypoints": float(np.mean(counts[name])),
        }
        for name in detectors
    }
    figures["shapes"] = len(subjects)
    figures["threshold"] = f"{THRESHOLD} of the diagonal, at most {COUNT} keypoints"
    return MotionFigures(figures)
