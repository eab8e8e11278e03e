"""D2-Net: one tensor of features that describes every pixel and says which of them are key.

Dusmanu, Rocco, Pajdla, Pollefeys, Sivic, Torii, Sattler 2019, "D2-Net: a trainable CNN for joint
description and detection of local features", CVPR, arXiv:1905.03561. Two renderings of one shape
have exact correspondences, so pairs to learn from are free.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.backbones import BackboneConfig, make_backbone
from kpstudio.nn.d3feat import hardest_negatives
from kpstudio.nn.model_file import NetworkKind
from kpstudio.nn.picture_maps import pixel_places, sample_maps

KIND = "d2net"
#: Sizes of the pictures of a pyramid, coarsest first.
SCALES = (0.5, 1.0, 2.0)
#: Features no stronger than this are nothing to speak of.
_LEAST = 1e-6


@dataclass(frozen=True)
class D2NetConfig(BackboneConfig):
    """Sizes of the network; the source has VGG-16 up to its fourth block, and 512 features."""

    descriptor: int = parameter(64, "Length of a descriptor.", low=8, high=512)


class Detections(NamedTuple):
    """What is found in one picture, best first.

    Places (n,2) in unit coordinates, scores (n,) in 0..1, descriptors (n,d) of unit length, and the
    scale (n,) of the pyramid at which each was found.
    """

    places: Tensor
    scores: Tensor
    descriptors: Tensor
    scales: Tensor


class D2Net(nn.Module):
    """A backbone, and the layer that makes descriptors of its features.

    Parameters
    ----------
    config
        Sizes.
    """

    def __init__(self, config: D2NetConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = make_backbone(config.backbone, config.width, config.halved)
        self.last = nn.Conv2d(config.width, config.descriptor, 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features (b,d,h,w), none negative, of pictures (b,3,h,w) in 0..1."""
        features: Tensor = self.last(self.backbone(pictures))
        return features.relu()


def describe(features: Tensor) -> Tensor:
    """Return descriptors (b,d,h,w) of unit length at every pixel of features."""
    return nn.functional.normalize(features, dim=1)


def hard_detections(features: Tensor) -> Tensor:
    """Return (b,h,w) bool where the strongest channel of a pixel is a peak of that channel.

    Equation 3 of the source: nowhere in the 3 x 3 pixels around is that channel stronger.
    """
    strongest = features.amax(dim=1, keepdim=True)
    around = nn.functional.max_pool2d(features, 3, 1, 1)
    found = (features == strongest) & (features == around) & (features > _LEAST)
    return found.any(dim=1)


def responses(features: Tensor) -> Tensor:
    """Return (b,h,w) in 0..1 the largest alpha beta over channels, equations 4 to 6 of the source.

    alpha = exp D / sum of exp D over the 3 x 3 pixels around, a soft local maximum, and
    beta = D / max over channels of D, the ratio to the strongest channel, which needs D >= 0.
    Features are divided by the largest of their picture before exp, as in the source's code: no
    factor of the features changes who wins.

    Parameters
    ----------
    features
        (b,d,h,w), none negative.
    """
    largest = features.detach().amax(dim=(1, 2, 3), keepdim=True).clamp(min=_LEAST)
    raised = (features / largest).exp()
    # Beyond the edge there are zeros, and exp(0) = 1.
    padded = nn.functional.pad(raised, (1, 1, 1, 1), value=1.0)
    alpha = raised / (9.0 * nn.functional.avg_pool2d(padded, 3, 1))
    beta = features / features.amax(dim=1, keepdim=True).clamp(min=_LEAST)
    return (alpha * beta).amax(dim=1)


def soft_scores(features: Tensor) -> Tensor:
    """Return (b,h,w) `responses` that add up to 1 over each picture: equation 7 of the source."""
    gamma = responses(features)
    return gamma / gamma.sum(dim=(1, 2), keepdim=True).clamp(min=_LEAST)


@torch.no_grad()
def detect(
    net: Callable[[Tensor], Tensor], picture: Tensor, scales: Sequence[float] = SCALES
) -> Detections:
    """Return what is found in one picture (3,h,w), over a pyramid of its sizes.

    Features of a scale are added to those of the finer ones (section 4.3 of the source). What is
    found at one scale marks the cells of its pixels, and finer detections in marked cells are
    left out: they would be the same point again.

    Parameters
    ----------
    net
        From pictures (b,3,h,w) to features (b,d,h',w'), none negative: a `D2Net` or any other.
    picture
        The picture, in 0..1.
    scales
        Sizes relative to the picture's, coarsest first.
    """
    found: list[Detections] = []
    features = marked = None
    for scale in scales:
        resized = nn.functional.interpolate(
            picture[None], scale_factor=scale, mode="bilinear", align_corners=False
        )
        own = net(resized)
        size = (int(own.shape[2]), int(own.shape[3]))
        if features is not None:
            own = own + nn.functional.interpolate(
                features, size=size, mode="bilinear", align_corners=False
            )
        peaks = hard_detections(own)
        if marked is None:
            marked = torch.zeros_like(peaks)
        else:
            marked = nn.functional.interpolate(marked[None].float(), size=size)[0] > 0.5
        peaks = peaks & ~marked
        marked = marked | peaks
        features = own
        found.append(_detections(own, peaks[0], scale))
    joined = Detections(*(torch.cat(parts) for parts in zip(*found, strict=True)))
    order = joined.scores.argsort(descending=True)
    return Detections(*(part[order] for part in joined))


def _detections(features: Tensor, peaks: Tensor, scale: float) -> Detections:
    height, width = peaks.shape
    places = pixel_places((height, width), features)[peaks]
    descriptors = describe(features)[0][:, peaks].T
    scales = torch.full_like(places[:, 0], scale)
    return Detections(places, responses(features)[0][peaks], descriptors, scales)


def triplet_loss(
    first: Tensor,
    second: Tensor,
    places: Tensor,
    others: Tensor,
    margin: float = 1.0,
    safe: float = 0.1,
) -> Tensor:
    """Return the mean of max(0, M + p^2 - n^2), weighted by products of the soft scores.

    Equations 8 to 13 of the source: p is the distance between the descriptors of a correspondence,
    n the least distance to a wrong one, in either picture. To lower the loss the network gives
    high scores to what it can tell apart.

    Parameters
    ----------
    first, second
        (b,d,h,w) features of two pictures, none negative.
    places, others
        (b,p,2) where p points are seen in the first and in the second, unit coordinates.
    margin
        M.
    safe
        Places closer than this are not wrong, unit coordinates.
    """
    one, other = (
        nn.functional.normalize(sample_maps(features, seen), dim=2)
        for features, seen in ((first, places), (second, others))
    )
    positive, in_second = hardest_negatives(one, other, others, others, safe)
    _, in_first = hardest_negatives(other, one, places, places, safe)
    negative = torch.minimum(in_first, in_second)
    misses = (margin + positive.square() - negative.square()).clamp(min=0.0)
    weights = (
        sample_maps(soft_scores(first)[:, None], places)
        * sample_maps(soft_scores(second)[:, None], others)
    )[..., 0]
    weights = weights / weights.sum(dim=1, keepdim=True).clamp(min=torch.finfo(weights.dtype).tiny)
    return (weights * misses).sum(dim=1).mean()


def make(config: Mapping[str, Any]) -> D2Net:
    """Return the network of a configuration, untrained."""
    return D2Net(build(D2NetConfig, config))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
