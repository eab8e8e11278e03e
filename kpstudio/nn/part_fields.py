"""Part affinity fields: unit vectors along the limbs of a figure, and integrals along segments.

Cao, Hidalgo, Simon, Wei, Sheikh 2019, "OpenPose: realtime multi-person 2D pose estimation using
part affinity fields", doi:10.1109/TPAMI.2019.2929257. Every edge between two keypoints has a field
of two-vectors; its integral along the segment between two candidates says whether they belong
together. The same integral of any other map, such as the mask of a shape, needs no training.

Places are in unit coordinates, and edges pairs of keypoints.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from kpstudio.nn.picture_maps import gaussian_maps, pixel_places, sample_maps

#: Edges (e,2) between keypoints, by their numbers.
Edges = Sequence[tuple[int, int]]
#: Places at which a field is looked up along a segment.
SAMPLES = 10
#: Shortest segment that has a direction.
_LEAST = 1e-6


def confidence_maps(places: Tensor, known: Tensor, size: tuple[int, int], sigma: float) -> Tensor:
    """Return maps (b,k,h,w) with exp(-d^2 / sigma^2), not 2 sigma^2, at distance d of a keypoint.

    Of several figures the largest value counts, so that peaks of neighbours stay apart.

    Parameters
    ----------
    places
        (b,p,k,2) keypoints of p figures a picture.
    known
        (b,p,k) bool, which of them are there.
    size
        Height and width of the maps.
    sigma
        Width, unit coordinates.
    """
    each = gaussian_maps(places.flatten(0, 1), size, sigma / math.sqrt(2.0))
    each = each.view(*places.shape[:3], *size)
    return torch.where(known[..., None, None], each, 0.0).amax(dim=1)


def field_maps(
    places: Tensor, known: Tensor, edges: Edges, size: tuple[int, int], width: float
) -> Tensor:
    """Return fields (b,e,2,h,w): the unit vector along the limb within its width, else 0.

    Where limbs of several figures overlap it is their mean.

    Parameters
    ----------
    places, known, size
        As for `confidence_maps`.
    edges
        The limbs, from the first keypoint to the second.
    width
        Half the width of a limb, unit coordinates.
    """
    starts, ends = (places[:, :, [edge[side] for edge in edges]] for side in (0, 1))
    present = known[:, :, [edge[0] for edge in edges]] & known[:, :, [edge[1] for edge in edges]]
    direction, length = _directions(starts, ends)
    offsets = pixel_places(size, places) - starts[..., None, None, :]
    x, y = direction[..., None, None, 0], direction[..., None, None, 1]
    along = offsets[..., 0] * x + offsets[..., 1] * y
    across = offsets[..., 1] * x - offsets[..., 0] * y
    inside = (along >= 0.0) & (along <= length[..., None, None]) & (across.abs() <= width)
    inside = inside & present[..., None, None]
    total = torch.where(inside[..., None], direction[..., None, None, :], 0.0).sum(dim=1)
    return (total / inside.sum(dim=1).clamp(min=1)[..., None]).movedim(-1, 2)


def line_integral(maps: Tensor, starts: Tensor, ends: Tensor, samples: int = SAMPLES) -> Tensor:
    """Return (b,n,c) the means of maps (b,c,h,w) along segments, from evenly spaced places.

    Parameters
    ----------
    maps
        Any values.
    starts, ends
        (b,n,2) ends of the segments.
    samples
        Number of places, in the middles of as many parts of the segment.
    """
    shares = (torch.arange(samples, dtype=maps.dtype, device=maps.device) + 0.5) / samples
    places = starts[:, :, None] + shares[:, None] * (ends - starts)[:, :, None]
    found = sample_maps(maps, places.flatten(1, 2))
    return found.view(*starts.shape[:2], samples, maps.shape[1]).mean(dim=2)


def pair_scores(field: Tensor, starts: Tensor, ends: Tensor, samples: int = SAMPLES) -> Tensor:
    """Return (n,m) how well one edge's field (2,h,w) leads from starts (n,2) to ends (m,2).

    The mean of the field's part along the segment: 1 along a perfect limb, 0 across it.
    """
    rows, columns = len(starts), len(ends)
    first = starts[:, None].expand(rows, columns, 2).reshape(1, -1, 2)
    second = ends[None].expand(rows, columns, 2).reshape(1, -1, 2)
    return _along(field[None], first, second, samples).view(rows, columns)


def edge_scores(fields: Tensor, places: Tensor, edges: Edges, samples: int = SAMPLES) -> Tensor:
    """Return (b,e) how well fields (b,e,2,h,w) join keypoints (b,k,2), one figure a picture."""
    starts, ends = (places[:, [edge[side] for edge in edges]] for side in (0, 1))
    found = _along(
        fields.flatten(0, 1),
        starts.reshape(-1, 1, 2),
        ends.reshape(-1, 1, 2),
        samples,
    )
    return found.view(len(places), len(edges))


def segment_scores(maps: Tensor, places: Tensor, edges: Edges, samples: int = SAMPLES) -> Tensor:
    """Return (b,e) means of maps (b,h,w) along the edges between keypoints (b,k,2): no training.

    Of a mask, the share of each edge that lies on the shape.
    """
    starts, ends = (places[:, [edge[side] for edge in edges]] for side in (0, 1))
    return line_integral(maps[:, None], starts, ends, samples)[..., 0]


def _along(fields: Tensor, starts: Tensor, ends: Tensor, samples: int) -> Tensor:
    direction, _ = _directions(starts, ends)
    return (line_integral(fields, starts, ends, samples) * direction).sum(dim=2)


def _directions(starts: Tensor, ends: Tensor) -> tuple[Tensor, Tensor]:
    """Return unit vectors (...,2) and lengths (...,); zeros where a segment has no length."""
    offsets = ends - starts
    length = offsets.norm(dim=-1)
    return offsets / length.clamp(min=_LEAST)[..., None], length
