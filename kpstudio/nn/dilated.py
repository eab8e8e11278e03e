"""Convolutions with holes: maps that stay sharp and know of the whole picture."""

from __future__ import annotations

from torch import Tensor, nn

from kpstudio.nn.picture_layers import convolution, interleaved

#: How far apart the taps of each layer are; together they see 64 places to every side. In the
#: source a thirteenth layer, with dilation 1, is the head that follows.
DILATIONS = (1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 1)
_SLOPE = 0.2  # of the leaky ReLU


class DilatedFeatures(nn.Sequential):
    """Features of every place of a picture, from convolutions of 3 x 3 with growing dilations.

    The network of Suwajanakorn, Snavely, Tompson, Norouzi 2018, "Discovery of latent 3D keypoints
    via end-to-end geometric reasoning", NeurIPS, arXiv:1807.03146: batch norm and leaky ReLU after
    each, 64 channels (32 in its orientation network). There every layer has the resolution of the
    picture, 128; here the first may halve it, which makes all others four times as cheap.

    Parameters
    ----------
    width
        Channels.
    halved
        Whether maps are half as large as pictures.
    channels
        Of the pictures.
    """

    def __init__(self, width: int, halved: bool, channels: int = 3) -> None:
        layers: list[nn.Module] = []
        for index, dilation in enumerate(DILATIONS):
            first = index == 0
            layers += [
                convolution(
                    channels if first else width,
                    width,
                    stride=2 if first and halved else 1,
                    dilation=dilation,
                ),
                nn.BatchNorm2d(width),
                nn.LeakyReLU(_SLOPE, inplace=True),
            ]
        super().__init__(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features (b,width,h,w) of pictures (b,channels,h,w) in 0..1, or half as large."""
        features: Tensor = super().forward(interleaved(pictures))  # type: ignore[no-untyped-call]
        return features
