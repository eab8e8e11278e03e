"""A detector in a package of its own: how far a shape reaches along its axes, and where."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import as_dict, parameter
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.geometry.orientation import Orientation

ENDS = {"x": ("right", "left"), "y": ("bottom", "top"), "z": ("back", "front")}


@dataclass(frozen=True)
class ExtremesParameters:
    """What can be set; the Detect panel makes its form of this."""

    axes: str = parameter("all", "Which axes to look along.", choices=("all", *ENDS))
    margin: float = parameter(
        0.0, "Share of the way to the centre.", low=0.0, high=0.9, step=0.05, advanced=True
    )


class Extremes:
    """The farthest vertices in both directions of each axis."""

    spec = DetectorSpec(
        id="extremes",
        title="Extremes",
        summary="Where a shape ends along its axes.",
        parameters=ExtremesParameters,
        kind="cloud",
        ordered=True,
        citation="An example of a detector in a package of its own",
    )

    def detect(
        self,
        mesh: Mesh,
        orientation: Orientation | None = None,
        parameters: Any = None,
        ctx: RunContext | None = None,
    ) -> Detection:
        """Return two keypoints an axis, and a field an axis to look at."""
        started = time.perf_counter()
        orientation, ctx = orientation or Orientation(), ctx or RunContext()
        parameters = parameters or ExtremesParameters()
        ctx.progress(0.0, "Looking along the axes")
        frame = mesh.normalisation(orientation)  # refuses a shape without extent
        points = frame.apply(mesh.vertices)
        axes = "xyz" if parameters.axes == "all" else parameters.axes
        columns = ["xyz".index(axis) for axis in axes]
        ends = [end for i in columns for end in (points[:, i].argmin(), points[:, i].argmax())]
        ctx.progress(0.5, "Naming the ends")
        names = tuple(name for axis in axes for name in ENDS[axis])
        raw = frame.invert((1.0 - parameters.margin) * points[np.array(ends)])
        fields = tuple(
            Field(f"along {axis}", points[:, i], "longest sides", signed=True)
            for axis, i in zip(axes, columns, strict=True)
        )
        used, seconds = as_dict(parameters), time.perf_counter() - started
        made = Provenance(self.spec.id, used, "", orientation, mesh.key, seconds)
        return Detection(KeypointSet(raw, KeypointSchema(names)), made, raw, fields)


DETECTOR = Extremes()
