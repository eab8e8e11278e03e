"""Known warps of pictures: smooth ones at random, and those of a table.

A warp g maps places (b,n,2) of the second picture to places of the first, unit coordinates, so
that second(u) = first(g(u)) and what is seen at l' in the second is at l = g(l') in the first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from kpstudio.nn.picture_maps import pixel_places, sample_maps

#: From places (b,n,2) of the second picture to places of the first.
Warp = Callable[[Tensor], Tensor]


class ThinPlate:
    """Thin plate splines through given places: affine far away, bent in between.

    Bookstein 1989, "Principal warps: thin-plate splines and the decomposition of deformations",
    doi:10.1109/34.24792: g(u) = A (1, u) + sum_i w_i U(|u - c_i|), U(r) = r^2 log r^2, with
    sum w_i = 0 and sum w_i c_i = 0.

    Parameters
    ----------
    places
        (b,c,2) the places c_i, at least three that are not in a line.
    images
        (b,c,2) g(c_i).
    """

    def __init__(self, places: Tensor, images: Tensor) -> None:
        count = places.shape[1]
        ones = torch.ones_like(places[..., :1])
        affine = torch.cat([ones, places], dim=2)
        corner = places.new_zeros((len(places), 3, 3))
        system = torch.cat(
            [
                torch.cat([_bending(places, places), affine], dim=2),
                torch.cat([affine.transpose(1, 2), corner], dim=2),
            ],
            dim=1,
        )
        wanted = torch.cat([images, images.new_zeros((len(places), 3, 2))], dim=1)
        solved = torch.linalg.solve(system.double(), wanted.double()).to(places.dtype)
        self.places = places
        self.weights = solved[:, :count]
        self.affine = solved[:, count:]

    def __call__(self, places: Tensor) -> Tensor:
        """Return the images (b,n,2) of places (b,n,2)."""
        flat = self.affine[:, :1] + places @ self.affine[:, 1:]
        return flat + _bending(places, self.places) @ self.weights


def _bending(places: Tensor, centres: Tensor) -> Tensor:
    squared = (places[:, :, None] - centres[:, None]).square().sum(dim=3)
    return squared * squared.clamp(min=1e-12).log()


class TableWarp:
    """A warp that is known at every pixel, such as the correspondence between two cameras.

    Parameters
    ----------
    table
        (b,h,w,2) the place in the first picture of each pixel of the second.
    """

    def __init__(self, table: Tensor) -> None:
        self.table = table

    def __call__(self, places: Tensor) -> Tensor:
        """Return the images (b,n,2) of places (b,n,2), between pixels bilinearly."""
        return sample_maps(self.table.permute(0, 3, 1, 2), places)


def random_warp(
    count: int,
    rng: np.random.Generator,
    *,
    turn: float = 20.0,
    zoom: float = 0.15,
    shift: float = 0.1,
    bend: float = 0.05,
) -> ThinPlate:
    """Return `count` warps in one: a similarity, and a lattice of 4 x 4 places moved a little.

    Parameters
    ----------
    count
        Number of pictures in the batch.
    rng
        Where the chance comes from.
    turn
        Largest angle, degrees.
    zoom
        Largest change of scale, a share of 1.
    shift
        Largest shift, unit coordinates.
    bend
        Standard deviation of the lattice's places, unit coordinates.
    """
    side = np.linspace(-1.0, 1.0, 4)
    lattice = np.stack(np.meshgrid(side, side), axis=2).reshape(-1, 2)
    angle = np.deg2rad(rng.uniform(-turn, turn, count))
    scale = rng.uniform(1.0 - zoom, 1.0 + zoom, count)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.stack([cos, sin, -sin, cos], axis=1).reshape(-1, 2, 2)
    images = lattice @ linear + rng.uniform(-shift, shift, (count, 1, 2))
    images = images + rng.normal(0.0, bend, images.shape)
    places = torch.from_numpy(lattice).float().expand(count, -1, -1)
    return ThinPlate(places, torch.from_numpy(images).float())


def warp_table(warp: Warp, count: int, size: tuple[int, int], like: Tensor) -> Tensor:
    """Return (count,h,w,2) where each pixel of the second picture lies in the first.

    Parameters
    ----------
    warp
        The warp.
    count
        Number of pictures.
    size
        Height and width of the second picture.
    like
        A tensor of the kind and on the device that the answer shall have.
    """
    places = pixel_places(size, like).flatten(0, 1).expand(count, -1, -1)
    return warp(places).unflatten(1, size)  # type: ignore[no-untyped-call]


def warp_pictures(pictures: Tensor, warp: Warp) -> Tensor:
    """Return second pictures (b,c,h,w), second(u) = first(g(u)); edges are continued outwards."""
    count, _, height, width = pictures.shape
    table = warp_table(warp, count, (height, width), pictures)
    found = sample_maps(pictures, table.flatten(1, 2))
    return found.transpose(1, 2).unflatten(2, (height, width))  # type: ignore[no-untyped-call]
