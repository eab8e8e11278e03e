"""USIP: interest points that are found again wherever the shape is moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kpstudio.base.context import RunContext
from kpstudio.data.field import Field
from kpstudio.detectors.any_shape import AnyShapeDetector, AnyShapeParameters, Proposed, Seen
from kpstudio.detectors.protocol import DetectorSpec

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile, NetworkKind

#: From here on proposals count as collapsed.
_COLLAPSED = 0.6


@dataclass(frozen=True)
class UsipParameters(AnyShapeParameters):
    """What can be set."""


class Usip(AnyShapeDetector):
    """The detector; see `kpstudio.nn.usip` for the network."""

    spec = DetectorSpec(
        id="usip",
        title="USIP",
        summary="Places that are found again wherever the shape is moved; spheres show how "
        "uncertain each is.",
        parameters=UsipParameters,
        kind="cloud",
        needs_model=True,
        citation="Li, Lee 2019, USIP: unsupervised stable interest point detection from 3D point "
        "clouds, doi:10.1109/ICCV.2019.00045",
        sizes="uncertainty",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.usip import NETWORK

        return NETWORK

    def propose(
        self, loaded: NetworkFile[Any], seen: Seen, parameters: UsipParameters, ctx: RunContext
    ) -> Proposed:
        """Return a proposal for every node; the less uncertain, the better."""
        from kpstudio.detectors.point_maps import at_vertices, tensor
        from kpstudio.nn.usip import degeneracy

        found = loaded.net(tensor(seen.points), tensor(seen.normals))
        ctx.progress(0.7, "Drawing uncertainty")
        values = at_vertices(found.nodes, found.sigma[:, :, None], seen.vertices, ctx)[:, 0]
        sigma = found.sigma[0].double().numpy()
        notes: tuple[str, ...] = ()
        if float(degeneracy(found)[0]) > _COLLAPSED:
            notes = (
                "The proposals have collapsed towards the middle or onto one axis of the shape: "
                "the model's receptive field is too large for it.",
            )
        return Proposed(
            found.keypoints[0].double().numpy(),
            sigma.min() / sigma,
            sigma,
            (Field("uncertainty", values, "diameters"),),
            notes=notes,
        )


#: The detector.
DETECTOR = Usip()
