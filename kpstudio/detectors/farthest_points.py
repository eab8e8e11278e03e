"""Farthest points of the surface: keypoints without a model, and the baseline of every other."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import as_dict, parameter
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.keypoints import Anchor, KeypointSchema, KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.geometry.orientation import Orientation
from kpstudio.geometry.sampling import farthest_points, sample_surface


@dataclass(frozen=True)
class FarthestPointsParameters:
    """How many points, chosen among how many samples."""

    count: int = parameter(12, "Number of keypoints.", low=1, high=256)
    samples: int = parameter(
        4096, "Surface samples to choose among.", low=256, high=65536, advanced=True
    )
    seed: int = parameter(0, "Seed of the samples.", low=0, high=2**31 - 1, advanced=True)


class FarthestPoints:
    """Spread k points over the surface, each as far as possible from those before it."""

    spec = DetectorSpec(
        id="farthest-points",
        title="Farthest points",
        summary="Points spread evenly over the surface; needs no model, knows no semantics.",
        parameters=FarthestPointsParameters,
        kind="cloud",
        ordered=False,
        is_baseline=True,
        citation="Eldar, Lindenbaum, Porat, Zeevi 1997, The farthest point strategy for "
        "progressive image sampling, doi:10.1109/83.623193",
    )

    def detect(
        self,
        mesh: Mesh,
        orientation: Orientation | None = None,
        parameters: Any = None,
        ctx: RunContext | None = None,
    ) -> Detection:
        """Return `count` points of the surface; the first is the farthest from the centroid."""
        started = time.perf_counter()
        orientation = orientation or Orientation()
        parameters = parameters or FarthestPointsParameters()
        ctx = ctx or RunContext()
        ctx.progress(0.0, "Sampling the surface")
        mesh.normalisation(orientation)  # refuses a shape without extent
        samples = sample_surface(mesh.vertices, mesh.faces, parameters.samples, parameters.seed)
        ctx.progress(0.5, "Choosing points")
        centred = samples.points - samples.points.mean(axis=0)
        start = int((centred**2).sum(axis=1).argmax())
        chosen = farthest_points(samples.points, parameters.count, start)
        ctx.check()
        anchor = None
        if len(mesh.faces) and (samples.faces[chosen] >= 0).all():
            anchor = Anchor(samples.faces[chosen], samples.barycentric[chosen], mesh.key)
        keypoints = KeypointSet(
            samples.points[chosen],
            KeypointSchema.numbered(parameters.count, ordered=False),
            anchor=anchor,
        )
        seconds = time.perf_counter() - started
        return Detection(
            keypoints,
            Provenance(self.spec.id, as_dict(parameters), "", orientation, mesh.key, seconds),
            raw=keypoints.positions,
        )


#: The detector.
DETECTOR = FarthestPoints()
