"""D3Feat: points whose descriptor is told apart from all others, with the descriptors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.descriptor import Descriptor
from kpstudio.data.field import Field
from kpstudio.detectors.any_shape import AnyShapeDetector, AnyShapeParameters, Proposed, Seen
from kpstudio.detectors.protocol import DetectorSpec

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile, NetworkKind


@dataclass(frozen=True)
class D3FeatParameters(AnyShapeParameters):
    """What can be set."""

    peaks: bool = parameter(
        True, "Only points where the strongest channel of the descriptor has a peak.", advanced=True
    )
    descriptors: bool = parameter(
        True, "Carry the descriptors to the mesh, to look at and to match with.", advanced=True
    )


class D3Feat(AnyShapeDetector):
    """The detector; see `kpstudio.nn.d3feat` for the network."""

    spec = DetectorSpec(
        id="d3feat",
        title="D3Feat",
        summary="Points that can be told apart from all others, with descriptors to match them by.",
        parameters=D3FeatParameters,
        kind="cloud",
        needs_model=True,
        citation="Bai, Luo, Zhou, Fu, Quan, Tai 2020, D3Feat: joint learning of dense detection "
        "and description of 3D local features, arXiv:2003.03164",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.d3feat import NETWORK

        return NETWORK

    def propose(
        self, loaded: NetworkFile[Any], seen: Seen, parameters: D3FeatParameters, ctx: RunContext
    ) -> Proposed:
        """Return the peaks among the samples with their scores."""
        import torch

        from kpstudio.detectors.point_maps import at_vertices, tensor

        points = tensor(seen.points)
        found = loaded.net(points, tensor(seen.normals))
        ctx.progress(0.6, "Carrying scores and descriptors to the mesh")
        brought = torch.cat([found.scores[..., None], found.descriptors], dim=2)
        if not parameters.descriptors:
            brought = brought[..., :1]
        values = at_vertices(points, brought, seen.vertices, ctx)
        descriptors: tuple[Descriptor, ...] = ()
        if parameters.descriptors:
            vectors = values[:, 1:]
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            vectors = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
            descriptors = (Descriptor("descriptor", vectors, f"d3feat-{loaded.identity}"),)
        scores = found.scores[0].double().numpy()
        chosen = found.peaks[0].numpy() if parameters.peaks else np.ones(len(scores), bool)
        return Proposed(
            seen.points[chosen],
            scores[chosen],
            fields=(Field("score", values[:, 0]),),
            descriptors=descriptors,
        )


#: The detector.
DETECTOR = D3Feat()
