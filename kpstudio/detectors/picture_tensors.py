"""From pictures to a network and from its maps to sights; imports torch, so load it late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.data.views import Sight
from kpstudio.detectors.category import confidence_of
from kpstudio.detectors.lens import Lens
from kpstudio.geometry.camera import Camera
from kpstudio.nn.picture_maps import expectation, pixel_places, variance

#: Pictures a pass: so many take well under half a second, after which a run may be cancelled.
_BATCH = 8

#: What a network gives: a named tuple of tensors with one row a picture.
Found = TypeVar("Found", bound=NamedTuple)


def tensor(pictures: ByteArray) -> Tensor:
    """Return pictures (v,h,w,3) as networks take them: (v,3,h,w), 0..1."""
    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))).float() / 255.0


def ask(net: Callable[[Tensor], Found], pictures: ByteArray, ctx: RunContext) -> Found:
    """Return what a network says of pictures (v,h,w,3), some at a time.

    Parameters
    ----------
    net
        The network; it gives a named tuple of tensors with one row a picture.
    pictures
        The pictures.
    ctx
        Progress and cancellation.
    """
    parts: list[Any] = []
    for start in range(0, len(pictures), _BATCH):
        ctx.progress(start / len(pictures), "Looking at the views")
        parts.append(net(tensor(pictures[start : start + _BATCH])))
    joined: Found = type(parts[0])(*(torch.cat(rows) for rows in zip(*parts, strict=True)))
    return joined


def spread_confidence(maps: Tensor, lens: Lens) -> FloatArray:
    """Return (v,k) exp(-(s / 0.1)^2 / 2), s the spread of a probability map (v,k,a,b).

    Parameters
    ----------
    maps
        Probabilities that add up to 1 over each picture.
    lens
        Says how long a unit of the picture is at the shape's middle, longest sides.
    """
    unit = lens.distance * np.tan(np.deg2rad(lens.angle) / 2.0)
    return confidence_of(unit * variance(maps).clamp(min=0.0).sqrt().double().numpy())


def spread(maps: Tensor) -> Tensor:
    """Return (v,a,b) how much each place adds to the variances of maps (v,k,a,b), unit coordinates.

    The sum over the keypoints of probability times squared distance from the expected place.
    """
    pixels = pixel_places((maps.shape[2], maps.shape[3]), maps)
    squared = (pixels - expectation(maps)[:, :, None, None]).square().sum(dim=4)
    return (maps * squared).sum(dim=1)


def sights_of(
    pictures: ByteArray,
    cameras: Sequence[Camera] | None,
    lens: Lens,
    places: Tensor,
    maps: Tensor,
    confidence: FloatArray,
) -> list[Sight]:
    """Return a sight a picture; more that a network knows is put in by `dataclasses.replace`.

    Parameters
    ----------
    pictures, cameras
        As in `PictureDetector.look`.
    lens
        The camera of photos, for which there are no others.
    places
        (v,k,2) keypoints in unit coordinates.
    maps
        (v,k,a,b) heatmaps.
    confidence
        (v,k) of keypoints.
    """
    pixels, heat = places.double().numpy(), maps.float().numpy()
    return [
        Sight(
            picture,
            (lens.camera if cameras is None else cameras[view]).from_unit(pixels[view]),
            confidence[view],
            None if cameras is None else cameras[view],
            heat[view],
        )
        for view, picture in enumerate(pictures)
    ]
