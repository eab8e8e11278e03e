"""Category-specific symmetric keypoints: mirrored pairs from a learned shape space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.data.overlay import Overlay
from kpstudio.detectors.category import (
    CategoryDetector,
    CategoryParameters,
    Predicted,
    confidence_of,
)
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.geometry.chamfer import nearest

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile, NetworkKind

#: Half the side of the square that shows the mirror plane, in longest sides.
_PLANE = 0.55


@dataclass(frozen=True)
class SymmetricParameters(CategoryParameters):
    """What can be set."""


class Symmetric(CategoryDetector):
    """The detector; see `kpstudio.nn.symmetric` for the network."""

    spec = DetectorSpec(
        id="symmetric",
        title="Symmetric keypoints",
        summary="Ordered keypoints in mirrored pairs, with the mirror plane they were found with.",
        parameters=SymmetricParameters,
        kind="cloud",
        ordered=True,
        needs_model=True,
        by_category=True,
        citation="Fernandez-Labrador, Chhatkuli, Paudel, Guerrero, Demonceaux, Van Gool 2020, "
        "Unsupervised learning of category-specific symmetric 3D keypoints from point sets, "
        "arXiv:2003.07619",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.symmetric import NETWORK

        return NETWORK

    def predict(
        self,
        loaded: NetworkFile[Any],
        cloud: FloatArray,
        vertices: FloatArray,
        parameters: SymmetricParameters,
        ctx: RunContext,
    ) -> Predicted:
        """Return the keypoints, lines between the pairs, the mirror plane and the nodes."""
        from kpstudio.detectors.point_maps import tensor
        from kpstudio.nn.symmetric import about_up

        found = loaded.net(tensor(cloud))
        keypoints = found.keypoints[0].double().numpy()
        nodes = found.nodes[0].double().numpy()
        doubt = nearest(keypoints, nodes)[1]
        pairs = len(keypoints) // 2
        lines = np.arange(2 * pairs, dtype=np.int32).reshape(2, pairs).T
        normal = (about_up(found.yaw)[0] @ loaded.net.plane).double().numpy()
        return Predicted(
            keypoints,
            confidence_of(doubt),
            overlays=(
                Overlay("pairs", keypoints, lines),
                mirror_plane(normal),
                Overlay("nodes", nodes),
            ),
        )


def mirror_plane(normal: FloatArray) -> Overlay:
    """Return a square about the origin with a unit normal (3,)."""
    aside = np.cross(normal, (0.0, 1.0, 0.0) if abs(normal[1]) < 0.9 else (1.0, 0.0, 0.0))
    aside /= np.linalg.norm(aside)
    across = np.cross(normal, aside)
    corners = _PLANE * np.array([aside + across, across - aside, -aside - across, aside - across])
    return Overlay("mirror plane", corners, faces=np.array([[0, 1, 2], [0, 2, 3]], np.int32))


#: The detector.
DETECTOR = Symmetric()
