"""Detectors with known answers and small contests between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kpstudio.base.errors import InputError
from kpstudio.base.parameters import parameter
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.evaluation.baseline_detectors import BASELINE_DETECTORS
from kpstudio.evaluation.contest import Conditions, Contestant
from kpstudio.evaluation.disturbances import Noise, Nothing, Rigid
from kpstudio.evaluation.run import Contest
from kpstudio.evaluation.subjects import Subject
from tests import shapes

CORNERS = np.array([[x, y, z] for x in (-1.0, 1) for y in (-1.0, 1) for z in (-1.0, 1)])
NAMES = tuple(f"corner {index}" for index in range(8))


@dataclass(frozen=True)
class CornerParameters:
    """None but the number."""

    count: int = parameter(8, "Corners.", low=1, high=8)


class Corners:
    """Finds the eight vertices of a box that are farthest out."""

    spec = DetectorSpec("corners", "Corners", "Corners of boxes.", CornerParameters, ordered=True,
                        citation="by hand")  # fmt: skip

    def __init__(self) -> None:
        self.calls = 0

    def detect(
        self, mesh: Mesh, orientation: Any = None, parameters: Any = None, ctx: Any = None
    ) -> Detection:
        self.calls += 1
        ctx.check()
        centred = mesh.vertices - mesh.vertices.mean(axis=0)
        farthest = np.argsort(-np.linalg.norm(centred, axis=1), kind="stable")[:8]
        order = np.lexsort(np.round(mesh.vertices[farthest], 6).T[::-1])
        points = mesh.vertices[farthest[order]]
        return Detection(KeypointSet(points, KeypointSchema(NAMES)), Provenance("corners"))


class Stubborn:
    """Refuses small boxes and breaks on large ones."""

    spec = DetectorSpec("stubborn", "Stubborn", "Fails.", CornerParameters)

    def detect(
        self, mesh: Mesh, orientation: Any = None, parameters: Any = None, ctx: Any = None
    ) -> Detection:
        if mesh.diagonal > 2.0:
            raise ZeroDivisionError("too large")
        raise InputError("this box is too small", remedy="Take a larger one.")


def box(size: float) -> Subject:
    """A box with its corners marked."""
    mesh = shapes.box((size, size, size), divisions=3)
    name = f"box {size:g}"
    return Subject(name, Mesh(mesh.vertices, mesh.faces, name), 0.5 * size * CORNERS, None, NAMES,
                   category="box")  # fmt: skip


def contest(*detectors: Any, sizes: tuple[float, ...] = (1.0, 3.0), **conditions: Any) -> Contest:
    """A contest on boxes, with both baselines, undisturbed, moved and with a little noise."""
    chosen = {"disturbances": (Nothing(), Rigid(), Noise(0.2)), "count": 8, **conditions}
    entrants = [Contestant(one, CornerParameters()) for one in detectors]
    entrants += [Contestant(one, one.spec.parameters(8)) for one in BASELINE_DETECTORS]
    return Contest(entrants, [box(size) for size in sizes], Conditions(**chosen))
