"""From features of a picture to landmarks: two ways to share the picture among them, by name."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from kpstudio.base.errors import ParameterError
from kpstudio.nn.picture_maps import expectation, normalised, softmax_maps


class Landmarks(NamedTuple):
    """Places (b,k,2) in unit coordinates, and probabilities (b,k,h,w) over the pixels of each."""

    places: Tensor
    maps: Tensor


class FactorisedHead(nn.Module):
    """Softmax over the pixels of each landmark's map, whatever the other landmarks do.

    Thewlis, Bilen, Vedaldi 2017, "Unsupervised learning of object landmarks by factorized spatial
    embeddings", doi:10.1109/ICCV.2017.348.

    Parameters
    ----------
    width
        Channels of the features.
    count
        Number of landmarks.
    """

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.scores = nn.Conv2d(width, count, 1)

    def forward(self, features: Tensor) -> Landmarks:
        """Return the landmarks of features (b,width,h,w)."""
        maps = softmax_maps(self.scores(features))
        return Landmarks(expectation(maps), maps)


class StructuralHead(nn.Module):
    """Softmax over channels: landmarks compete for each pixel, and with the background.

    Zhang, Guo, Jin, Luo, He, Lee 2018, "Unsupervised discovery of object landmarks as structural
    representations", CVPR, arXiv:1804.04412. A landmark is the centre of mass of its share.

    Parameters
    ----------
    width
        Channels of the features.
    count
        Number of landmarks.
    """

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.scores = nn.Conv2d(width, count + 1, 1)

    def maps(self, features: Tensor) -> Tensor:
        """Return maps (b,k+1,h,w), the last of the background, each adding up to 1."""
        return normalised(self.scores(features).softmax(dim=1))

    def forward(self, features: Tensor) -> Landmarks:
        """Return the landmarks of features (b,width,h,w)."""
        maps = self.maps(features)[:, :-1]
        return Landmarks(expectation(maps), maps)


#: By name, as model files have it.
LANDMARK_HEADS: dict[str, type[FactorisedHead] | type[StructuralHead]] = {
    "factorised": FactorisedHead,
    "structural": StructuralHead,
}


def make_landmark_head(name: str, width: int, count: int) -> FactorisedHead | StructuralHead:
    """Return a head, untrained.

    Parameters
    ----------
    name
        One of `LANDMARK_HEADS`.
    width
        Channels of the features, as of a `backbones.Backbone`.
    count
        Number of landmarks.

    Raises
    ------
    ParameterError
        There is none of that name.
    """
    if name not in LANDMARK_HEADS:
        raise ParameterError(
            f"there is no landmark head {name!r}", remedy=f"Known: {', '.join(LANDMARK_HEADS)}."
        )
    return LANDMARK_HEADS[name](width, count)
