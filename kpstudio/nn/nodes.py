"""Nodes of a cloud and what lies around them: the first half of USIP and of its descendants.

Farthest points are nodes; every point joins the nearest one. Two small PointNets tell what each
group looks like, a third what its neighbours do. Li and Lee 2019, "USIP: unsupervised stable
interest point detection from 3D point clouds", ICCV, doi:10.1109/ICCV.2019.00045, section 3.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.nn.frames import local_frames
from kpstudio.nn.groups import gather_groups, nearest_points
from kpstudio.nn.pointnet import initialise
from kpstudio.nn.pointnet2 import shared_layers
from kpstudio.nn.sampling import farthest_points, gather


class Nodes(NamedTuple):
    """Places (b,m,3) of the nodes, features (b,m,w) of what is around them, frames (b,m,3,3)."""

    places: Tensor
    features: Tensor
    frames: Tensor | None


class NodeFeatures(nn.Module):
    """Features of the groups around farthest points.

    Parameters
    ----------
    nodes
        Number of nodes.
    neighbours
        Number of nodes that a node looks at: with their number it sets the receptive field.
    width
        Width of the groups' features; those of the result have twice as many.
    normals
        Whether points come with normals.
    reach
        Radius of the local reference frames in which groups are seen (ours): features then stay
        the same however the cloud is turned. 0: axes of the cloud, as in the source.
    """

    def __init__(
        self, nodes: int, neighbours: int, width: int, *, normals: bool = True, reach: float = 0.0
    ) -> None:
        super().__init__()
        self.nodes, self.neighbours, self.normals = nodes, neighbours, normals
        self.reach = reach
        w = width
        self.first = shared_layers((6 if normals else 3, w // 2, w // 2))
        self.second = shared_layers((w, w, w))
        self.around = shared_layers((3 + w, 2 * w, 2 * w))
        self.width = 2 * w
        initialise(self)

    def forward(self, points: Tensor, normals: Tensor | None = None) -> Nodes:
        """Return the nodes of clouds (b,n,3) with normals (b,n,3).

        The first node is the point farthest from the mean, so the choice turns with the cloud.
        """
        count = min(self.nodes, points.shape[1])
        start = (points - points.mean(dim=1, keepdim=True)).square().sum(dim=2).argmax(dim=1)
        places = gather(points, farthest_points(points, count, start))
        owner = nearest_points(points, places, 1)[1][:, :, 0]
        frames = None
        if self.reach > 0.0:
            assert normals is not None
            frames = local_frames(places, points, normals, self.reach)
        relative = _seen_in(frames, owner, points - gather(places, owner))
        if self.normals:
            assert normals is not None
            relative = torch.cat([relative, _seen_in(frames, owner, normals)], dim=2)
        local = self.first(relative)
        group = _maximum(local, owner, count)
        local = self.second(torch.cat([local, gather(group, owner)], dim=2))
        group = _maximum(local, owner, count)
        near = nearest_points(places, places, min(self.neighbours, count))[1]
        offsets = gather_groups(places, near) - places[:, :, None]
        if frames is not None:
            offsets = offsets @ frames.transpose(2, 3)
        mixed = self.around(torch.cat([offsets, gather_groups(group, near)], dim=3))
        return Nodes(places, mixed.amax(dim=2), frames)


def _seen_in(frames: Tensor | None, owner: Tensor, vectors: Tensor) -> Tensor:
    """Return vectors (b,n,3) in the frames (b,m,3,3) of the nodes (b,n) they belong to."""
    if frames is None:
        return vectors
    flat = gather(frames.flatten(2), owner).reshape(*owner.shape, 3, 3)
    return (flat @ vectors[..., None])[..., 0]


def _maximum(features: Tensor, owner: Tensor, count: int) -> Tensor:
    """Return (b,m,w) the largest features (b,n,w) of the points of each of `count` groups (b,n)."""
    index = owner[:, :, None].expand_as(features)
    empty = features.new_zeros((len(features), count, features.shape[2]))
    # Features come out of a ReLU: nothing is below zero.
    return empty.scatter_reduce(1, index, features, "amax")
