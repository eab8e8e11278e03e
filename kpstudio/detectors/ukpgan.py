"""UKPGAN: a saliency for every point that does not turn with the shape, and an embedding."""

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

#: Places whose patches are looked at together.
_CHUNK = 256
#: Samples that patches are made of: as dense as in training, however many places there are.
_CLOUD = 2048
#: Where no point is more salient than this, the training has collapsed.
_SILENT = 1e-2


@dataclass(frozen=True)
class UkpganParameters(AnyShapeParameters):
    """What can be set."""

    threshold: float = parameter(
        0.5,
        "Weakest saliency that counts, as a share of the strongest.",
        low=0.0,
        high=1.0,
        step=0.01,
    )
    radius: float = parameter(
        0.1,
        "Of two keypoints closer than this the weaker one goes.",
        unit="x diameter",
        low=0.0,
        high=0.5,
        step=0.005,
    )
    embeddings: bool = parameter(
        True, "Carry the embeddings to the mesh, to look at and to match with.", advanced=True
    )


class Ukpgan(AnyShapeDetector):
    """The detector; see `kpstudio.nn.ukpgan` for the network."""

    spec = DetectorSpec(
        id="ukpgan",
        title="UKPGAN",
        summary="Salient points of any shape, the same however it is turned, with embeddings to "
        "match them by.",
        parameters=UkpganParameters,
        kind="cloud",
        needs_model=True,
        citation="You, Liu, Ze, Li, Wang, Lu 2022, UKPGAN: a general self-supervised keypoint "
        "detector, arXiv:2011.11974",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.ukpgan import NETWORK

        return NETWORK

    def propose(
        self, loaded: NetworkFile[Any], seen: Seen, parameters: UkpganParameters, ctx: RunContext
    ) -> Proposed:
        """Return every sample with its saliency."""
        import torch

        from kpstudio.detectors.point_maps import at_vertices, tensor

        points = tensor(seen.points)
        cloud, normals = points[:, :_CLOUD], tensor(seen.normals[:_CLOUD])
        saliencies, embeddings = [], []
        for start in range(0, len(seen.points), _CHUNK):
            ctx.progress(0.8 * start / len(seen.points), "Looking at patches")
            found = loaded.net(points[:, start : start + _CHUNK], cloud, normals)
            saliencies.append(found.saliency)
            embeddings.append(found.embedding)
        saliency, embedding = torch.cat(saliencies, dim=1), torch.cat(embeddings, dim=1)
        values = at_vertices(points, saliency[..., None], seen.vertices, ctx)[:, 0]
        descriptors: tuple[Descriptor, ...] = ()
        if parameters.embeddings:
            ctx.progress(0.9, "Carrying embeddings to the mesh")
            vectors = at_vertices(points, embedding, seen.vertices, ctx).astype(np.float32)
            descriptors = (Descriptor("embedding", vectors, f"ukpgan-{loaded.identity}"),)
        notes: tuple[str, ...] = ()
        if float(saliency.max()) < _SILENT:
            notes = ("No point is salient to this model: its training has collapsed.",)
        return Proposed(
            seen.points,
            saliency[0].double().numpy(),
            fields=(Field("saliency", values),),
            descriptors=descriptors,
            notes=notes,
        )


#: The detector.
DETECTOR = Ukpgan()
