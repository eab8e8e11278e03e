"""Stacked hourglasses: down to a few pixels and up again, several times, each answering.

Newell, Yang, Deng 2016, "Stacked hourglass networks for human pose estimation",
doi:10.1007/978-3-319-46484-8_29. The source has 256 channels and maps of 64 x 64 from pictures of
256 x 256; here a stem with one halving, or none, gives maps of that size from smaller pictures.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from kpstudio.nn.picture_layers import Bottleneck, PictureStem, convolved

#: Halvings: from maps of 64 x 64 to 4 x 4.
DEPTH = 4


class Hourglass(nn.Module):
    """Pool, look closer, and come back; what is skipped at each scale is added.

    Parameters
    ----------
    width
        Channels, the same at all scales.
    depth
        Number of halvings.
    """

    def __init__(self, width: int, depth: int = DEPTH) -> None:
        super().__init__()
        self.skip = Bottleneck(width)
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.down = Bottleneck(width)
        self.inner = Hourglass(width, depth - 1) if depth > 1 else Bottleneck(width)
        self.up = Bottleneck(width)

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps (b,width,h,w) of maps of the same size, whatever that is."""
        low = self.up(self.inner(self.down(self.pool(maps))))
        raised = nn.functional.interpolate(low, size=maps.shape[2:], mode="nearest")
        skipped: Tensor = self.skip(maps)
        return skipped + raised


class HourglassFeatures(nn.Sequential):
    """An hourglass, and the layers that make its answer ready for a head.

    Parameters
    ----------
    width
        Channels in and out.
    """

    def __init__(self, width: int) -> None:
        super().__init__(Hourglass(width), Bottleneck(width), convolved(width, width, 1))


class Stacked(NamedTuple):
    """Features (b,width,h,w) of the last hourglass, and the maps (b,m,h,w) of every one."""

    features: Tensor
    maps: tuple[Tensor, ...]


class StackedHourglass(nn.Module):
    """Hourglasses one after the other, each seeing the features and the maps of the one before.

    Parameters
    ----------
    width
        Channels.
    maps
        Number of maps that every hourglass answers with, to be supervised alike.
    stacks
        Number of hourglasses.
    halved
        Whether maps are half as large as pictures.
    """

    def __init__(self, width: int, maps: int, stacks: int = 2, halved: bool = True) -> None:
        super().__init__()
        self.stem = PictureStem(width, halved)
        self.hourglasses = nn.ModuleList(HourglassFeatures(width) for _ in range(stacks))
        self.heads = nn.ModuleList(nn.Conv2d(width, maps, 1) for _ in range(stacks))
        self.from_features = nn.ModuleList(nn.Conv2d(width, width, 1) for _ in range(stacks - 1))
        self.from_maps = nn.ModuleList(nn.Conv2d(maps, width, 1) for _ in range(stacks - 1))

    def forward(self, pictures: Tensor) -> Stacked:
        """Return the answers to pictures (b,3,h,w) in 0..1."""
        seen = self.stem(pictures)
        features = self.hourglasses[0](seen)
        answers = [self.heads[0](features)]
        for hourglass, head, mix, back in zip(
            self.hourglasses[1:], self.heads[1:], self.from_features, self.from_maps, strict=True
        ):
            seen = seen + mix(features) + back(answers[-1])
            features = hourglass(seen)
            answers.append(head(features))
        return Stacked(features, tuple(answers))
