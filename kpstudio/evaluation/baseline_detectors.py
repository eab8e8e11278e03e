"""Random and farthest points as detectors, drawn anew every time: what any detector must beat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.evaluation.baselines import random_points, spread_points
from kpstudio.evaluation.subjects import SAMPLES
from kpstudio.geometry.orientation import Orientation
from kpstudio.geometry.sampling import sample_surface

Choose = Callable[[FloatArray, int, np.random.Generator], FloatArray]


@dataclass(frozen=True)
class BaselineParameters:
    """How many points, and which ones."""

    count: int = parameter(20, "Number of points.", low=1, high=SAMPLES)
    seed: int = parameter(0, "Seed of the samples they are chosen among.", low=0)


class BaselineDetector:
    """Chooses points among samples of the surface, without a look at its shape.

    Unlike the detector `farthest-points`, whose samples are the same whenever the same mesh comes,
    it draws other samples for every seed: repeating them is luck.
    """

    def __init__(self, id: str, title: str, summary: str, choose: Choose) -> None:
        self.spec = DetectorSpec(id, title, summary, BaselineParameters, kind="cloud")
        self._choose = choose

    def points(self, mesh: Mesh, count: int, seed: int) -> FloatArray:
        """Return (count,3) points of the surface, mesh coordinates."""
        if count == 0:
            return np.zeros((0, 3))
        samples = sample_surface(mesh.vertices, mesh.faces, SAMPLES, seed).points
        return self._choose(samples, min(count, SAMPLES), np.random.default_rng(seed))

    def detect(
        self,
        mesh: Mesh,
        orientation: Orientation | None = None,
        parameters: Any = None,
        ctx: RunContext | None = None,
    ) -> Detection:
        """Return the points as keypoints."""
        parameters = parameters or BaselineParameters()
        points = self.points(mesh, parameters.count, parameters.seed)
        schema = KeypointSchema.numbered(len(points), ordered=False)
        return Detection(KeypointSet(points, schema), Provenance(self.spec.id))


RANDOM = BaselineDetector(
    "random", "Random points (baseline)", "Points drawn uniformly by area.", random_points
)
FARTHEST = BaselineDetector(
    "farthest",
    "Farthest points (baseline)",
    "Farthest points of a fresh draw of samples.",
    lambda samples, count, rng: spread_points(samples, count),
)
#: Both, in the order of tables.
BASELINE_DETECTORS = (RANDOM, FARTHEST)
