"""Dilated convolutions over pictures: sharp maps that know of the whole picture."""

from __future__ import annotations

from torch import Tensor, nn

#: Of the twelve layers; a thirteenth, with dilation 1, belongs to the head that follows.
DILATIONS = (1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 1)
_SLOPE = 0.2  # of the leaky ReLU


class DilatedFeatures(nn.Module):
    """Features of every place of a picture, from 3 x 3 convolutions with holes.

    The network of Suwajanakorn, Snavely, Tompson, Norouzi 2018, "Discovery of latent 3D
    keypoints", arXiv:1807.03146, appendix: after each convolution batch norm and leaky ReLU. The
    source works on 128 x 128 places all the way; a first layer with stride 2 (ours) makes each of
    them four times as cheap.

    Parameters
    ----------
    channels
        Of the pictures.
    width
        Of the features; 64 in the source.
    stride
        Pixels of the picture along a side of one place of the features.
    """

    def __init__(self, channels: int = 3, width: int = 32, stride: int = 2) -> None:
        super().__init__()
        self.width, self.stride = width, stride
        layers: list[nn.Module] = []
        for index, dilation in enumerate(DILATIONS):
            before, step = (channels, stride) if index == 0 else (width, 1)
            layers += [
                nn.Conv2d(before, width, 3, step, padding=dilation, dilation=dilation, bias=False),
                nn.BatchNorm2d(width),
                nn.LeakyReLU(_SLOPE, inplace=True),
            ]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features (b,width,h/stride,w/stride) of pictures (b,channels,h,w), 0..1."""
        features: Tensor = self.layers(pictures)
        return features
