"""Maps over a picture, and the places they speak of: softmax, expectation, Gaussians, peaks.

Places are in unit coordinates as in `geometry.camera`: -1..1 along the longer side, y down. A map
(h,w) covers the whole picture at any resolution; its values belong to the centres of its pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

#: Least mass of a map that has a centre.
_LEAST = 1e-8


def pixel_places(size: tuple[int, int], like: Tensor) -> Tensor:
    """Return (h,w,2) the places of the centres of all pixels.

    Parameters
    ----------
    size
        Height and width.
    like
        A tensor of the kind and on the device that the answer shall have.
    """
    rows, columns = pixel_axes(size, like)
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x, y], dim=2)


def pixel_axes(size: tuple[int, int], like: Tensor) -> tuple[Tensor, Tensor]:
    """Return (h,) the second coordinates of rows and (w,) the first ones of columns."""
    height, width = size
    rows = torch.arange(height, dtype=like.dtype, device=like.device)
    columns = torch.arange(width, dtype=like.dtype, device=like.device)
    longer = max(size)
    return (2.0 * rows + 1.0 - height) / longer, (2.0 * columns + 1.0 - width) / longer


def softmax_maps(logits: Tensor) -> Tensor:
    """Return probabilities (b,k,h,w) that add up to 1 over the pixels of each map."""
    return logits.flatten(2).softmax(dim=2).view_as(logits)


def expectation(maps: Tensor) -> Tensor:
    """Return (b,k,2) the expected places of maps (b,k,h,w) that add up to 1 each."""
    rows, columns = pixel_axes(_size(maps), maps)
    x = maps.sum(dim=2) @ columns
    y = maps.sum(dim=3) @ rows
    return torch.stack([x, y], dim=2)


def normalised(maps: Tensor) -> Tensor:
    """Return maps (b,k,h,w), none negative, divided so that each adds up to 1 over its pixels."""
    return maps / maps.sum(dim=(2, 3), keepdim=True).clamp(min=_LEAST)


def variance(maps: Tensor) -> Tensor:
    """Return (b,k) the mean squared distance from the expected place, of maps that add up to 1.

    Both axes together: a Gaussian of width sigma gives 2 sigma^2.
    """
    places = expectation(maps)
    rows, columns = pixel_axes(_size(maps), maps)
    x = (maps.sum(dim=2) * (columns - places[..., :1]).square()).sum(dim=2)
    y = (maps.sum(dim=3) * (rows - places[..., 1:]).square()).sum(dim=2)
    return x + y


def gaussian_maps(places: Tensor, size: tuple[int, int], sigma: float) -> Tensor:
    """Return maps (b,k,h,w) with exp(-d^2 / (2 sigma^2)) at distance d from places (b,k,2).

    Parameters
    ----------
    places
        Where the value is 1.
    size
        Height and width of the maps.
    sigma
        Width in unit coordinates; `in_units` makes it from pixels.
    """
    rows, columns = pixel_axes(size, places)
    scale = -0.5 / sigma**2
    # exp(x^2 + y^2) is a product: h + w exponentials a map, not h w.
    x = (scale * (columns - places[..., :1]).square()).exp()
    y = (scale * (rows - places[..., 1:]).square()).exp()
    return y[..., :, None] * x[..., None, :]


def in_units(pixels: float, size: tuple[int, int]) -> float:
    """Return a length in pixels of maps of a size (height, width) in unit coordinates."""
    return 2.0 * pixels / max(size)


def argmax_places(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return places (b,k,2), centres of pixels, and values (b,k) of the peaks of maps (b,k,h,w)."""
    values, index = maps.flatten(2).max(dim=2)
    return pixel_places(_size(maps), maps).flatten(0, 1)[index], values


def soft_argmax(logits: Tensor, sharpness: float = 1.0) -> Tensor:
    """Return (b,k,2) the expected places under a softmax of logits (b,k,h,w).

    It has a gradient, and lands between the peaks of a map with two.

    Parameters
    ----------
    logits
        Maps of any values.
    sharpness
        Factor of the logits; the larger, the nearer to the peak.
    """
    return expectation(softmax_maps(sharpness * logits))


def refined_places(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return places (b,k,2) finer than a pixel, and values (b,k), of the peaks of maps (b,k,h,w).

    The peak of the parabola through the logarithms of three pixels, along each axis: exact for a
    Gaussian of any width. One peak is taken where a map has two. After Zhang, Zhu, Dai, Ye, Zhu
    2020, "Distribution-aware coordinate representation for human pose estimation", CVPR,
    arXiv:1910.06278.

    Parameters
    ----------
    maps
        Maps whose peaks are positive; any other peak stays in the middle of its pixel.
    """
    places, values = argmax_places(maps)
    columns = maps.shape[3]
    index = maps.flatten(2).argmax(dim=2, keepdim=True)
    row, column = index.div(columns, rounding_mode="floor") + 1, index % columns + 1
    logs = nn.functional.pad(maps.clamp(min=_LEAST).log(), (1, 1, 1, 1), mode="replicate")
    flat = logs.flatten(2)

    def at(down: int, right: int) -> Tensor:
        return flat.gather(2, (row + down) * (columns + 2) + column + right)

    def offset(before: Tensor, after: Tensor) -> Tensor:
        bend = (before - 2.0 * at(0, 0) + after).clamp(max=-_LEAST)
        return (0.5 * (before - after) / bend).clamp(-0.5, 0.5)

    moved = torch.cat([offset(at(0, -1), at(0, 1)), offset(at(-1, 0), at(1, 0))], dim=2)
    return places + in_units(1.0, _size(maps)) * moved, values


def sample_maps(maps: Tensor, places: Tensor) -> Tensor:
    """Return values (b,n,c) of maps (b,c,h,w) at places (b,n,2), between pixels bilinearly.

    Places outside take the value of the nearest pixel.
    """
    height, width = _size(maps)
    # grid_sample counts -1..1 along either side.
    stretch = max(height, width) / places.new_tensor([width, height])
    grid = (places * stretch)[:, :, None]
    found = nn.functional.grid_sample(
        maps, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    return found[..., 0].transpose(1, 2)


def _size(maps: Tensor) -> tuple[int, int]:
    return int(maps.shape[-2]), int(maps.shape[-1])
