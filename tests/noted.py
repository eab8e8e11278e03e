"""A detector that has something to say, and something to show beside its keypoints."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.plugins import PluginTable
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.data.overlay import Overlay
from kpstudio.detectors import registry
from kpstudio.detectors.farthest_points import DETECTOR as FARTHEST
from kpstudio.detectors.farthest_points import FarthestPointsParameters
from kpstudio.geometry.orientation import Orientation

NOTED = "noted"
NOTE = "These keypoints are far apart."


@dataclass(frozen=True)
class Noted:
    """Farthest points with a note, a skeleton and the vertices as a cloud."""

    spec = replace(FARTHEST.spec, id=NOTED, title="Noted points", sizes="loneliness")

    def detect(
        self,
        mesh: Mesh,
        orientation: Orientation | None = None,
        parameters: FarthestPointsParameters | None = None,
        ctx: RunContext | None = None,
    ) -> Detection:
        """Find the farthest points."""
        found = FARTHEST.detect(mesh, orientation, parameters, ctx)
        positions, count = found.keypoints.positions, len(found.keypoints)
        chain = np.stack([np.arange(count - 1), np.arange(1, count)], axis=1)
        strengths = np.linspace(1.0, 0.2, count - 1)
        return replace(
            found,
            provenance=replace(found.provenance, detector=NOTED),
            sizes=np.full(count, 0.05 * mesh.diagonal),
            overlays=(
                Overlay("skeleton", positions, chain, values=strengths),
                Overlay("vertices", mesh.vertices),
            ),
            notes=(NOTE,),
        )


DETECTOR = Noted()


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put it among the detectors until the test ends."""
    places = {**registry.BUILTIN, NOTED: f"{__name__}:DETECTOR"}
    table = PluginTable("detector", places, registry.GROUP)
    monkeypatch.setattr(registry, "_table", lambda: table)
