"""Two ways from features to keypoints: regress coordinates, or choose among the points."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.nn.pointnet import initialise

#: Names of the two heads.
HEADS = ("softmax", "regression")


class HeadOutput(NamedTuple):
    """Keypoints (b,h,3), and for the softmax head logits (b,n,h) of every point, else None."""

    keypoints: Tensor
    logits: Tensor | None


class RegressionHead(nn.Module):
    """Keypoints as raw coordinates from the global feature, clamped to the cube +-1.

    Jakab, Tucker, Makadia, Wu, Snavely, Kanazawa 2021, "KeypointDeformer: unsupervised 3D
    keypoint discovery for shape control", doi:10.1109/CVPR46437.2021.01259: Linear 256, then
    512-256-3h, leaky ReLU 0.1. Points may float off the surface, and there is no heatmap.
    """

    def __init__(self, local_width: int, global_width: int, count: int) -> None:
        super().__init__()
        del local_width
        self.count = count
        self.layers = nn.Sequential(
            nn.Linear(global_width, 256), nn.LeakyReLU(0.1),
            nn.Linear(256, 512), nn.LeakyReLU(0.1),
            nn.Linear(512, 256), nn.LeakyReLU(0.1),
            nn.Linear(256, 3 * count),
        )  # fmt: skip
        initialise(self)

    def forward(self, points: Tensor, local: Tensor, feature: Tensor) -> HeadOutput:
        """Return keypoints (b,h,3); `points` and `local` are not used."""
        with exactly(points):
            coordinates = self.layers(feature.to(points.dtype)).reshape(-1, self.count, 3)
        return HeadOutput(coordinates.clamp(-1.0, 1.0), None)


class SoftmaxHead(nn.Module):
    """Keypoints as convex combinations of the points: softmax over the points, one a keypoint.

    The head of Skeleton Merger (Shi, Xue, You, Lu 2021, doi:10.1109/CVPR46437.2021.00011) on the
    encoder of KeypointDeformer. The weights are a heatmap; keypoints stay in the convex hull.
    """

    def __init__(self, local_width: int, global_width: int, count: int, hidden: int = 128) -> None:
        super().__init__()
        self.from_local = nn.Linear(local_width, hidden)
        # The global part is computed once a cloud, not once a point.
        self.from_global = nn.Linear(global_width, hidden)
        self.middle = nn.Linear(hidden, hidden)
        self.logits = nn.Linear(hidden, count)
        initialise(self)

    def point_logits(self, local: Tensor, feature: Tensor) -> Tensor:
        """Return logits (b,n,h) of points with local features (b,n,l)."""
        mixed = torch.relu(self.from_local(local) + self.from_global(feature)[:, None])
        logits: Tensor = self.logits(torch.relu(self.middle(mixed)))
        return logits

    def forward(self, points: Tensor, local: Tensor, feature: Tensor) -> HeadOutput:
        """Return keypoints (b,h,3) of clouds (b,n,3), and the logits (b,n,h) behind them."""
        logits = self.point_logits(local, feature).to(points.dtype)
        with exactly(points):
            keypoints = logits.softmax(dim=1).transpose(1, 2) @ points
        return HeadOutput(keypoints, logits)


def exactly(points: Tensor) -> torch.autocast:
    """Return a context in which coordinates keep their precision, whatever training does."""
    return torch.autocast(points.device.type, enabled=False)


def make_head(name: str, local_width: int, global_width: int, count: int) -> nn.Module:
    """Return the head of a name from `HEADS`."""
    kinds: dict[str, type[nn.Module]] = {"softmax": SoftmaxHead, "regression": RegressionHead}
    return kinds[name](local_width, global_width, count)
