"""SNAKE: peaks of a saliency that is known everywhere in space, with the surface it sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.data.overlay import Overlay
from kpstudio.detectors.any_shape import AnyShapeDetector, AnyShapeParameters, Proposed, Seen
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.geometry.isosurface import isosurface

if TYPE_CHECKING:
    from torch import Tensor

    from kpstudio.nn.model_file import NetworkFile, NetworkKind
    from kpstudio.nn.snake import SnakeNet

#: Half the side of the grid and of the slice, in diameters of the shape.
_HALF = 0.55
#: Places along a side of the slice.
_SLICE = 48
#: Places asked at once.
_CHUNK = 32768
#: A place this occupied is a seed and belongs to the surface that is drawn.
_OCCUPIED = 0.5
#: Seeds are at most so far from the cloud, or one and a half steps of a coarser grid.
_NEAR = 0.03
#: Most seeds, the most salient ones.
_SEEDS = 1024


@dataclass(frozen=True)
class SnakeParameters(AnyShapeParameters):
    """What can be set."""

    threshold: float = parameter(
        0.7,
        "Weakest saliency that counts, as a share of the strongest.",
        low=0.0,
        high=1.0,
        step=0.01,
    )
    occupancy: float = parameter(
        0.8,
        "Least occupancy of a keypoint, as a share of the largest.",
        low=0.0,
        high=1.0,
        step=0.01,
    )
    grid: int = parameter(
        32, "Places along a side of the grid of seeds.", low=8, high=128, advanced=True
    )
    steps: int = parameter(
        10, "Steps that a seed climbs on the saliency.", low=0, high=200, advanced=True
    )
    step_size: float = parameter(
        0.001,
        "Length of such a step.",
        unit="x diameter",
        low=0.0,
        high=0.1,
        step=0.0005,
        advanced=True,
    )
    slice_at: float = parameter(
        0.0,
        "Where the slice through the saliency lies along the shape's shortest axis.",
        unit="x diameter",
        low=-0.5,
        high=0.5,
        step=0.01,
        advanced=True,
    )


class _View(NamedTuple):
    """A shape as the network sees it: the network, its volume, and the frame (3,3) of that."""

    net: SnakeNet
    volume: Tensor
    frame: FloatArray

    def ask(self, places: FloatArray, ctx: RunContext) -> tuple[FloatArray, FloatArray]:
        """Return occupancy and saliency (m,) at places (m,3) in the network's frame."""
        from kpstudio.detectors.point_maps import tensor

        occupancies, saliencies = [], []
        for start in range(0, len(places), _CHUNK):
            ctx.check()
            some = tensor(places[start : start + _CHUNK])
            occupancies.append(self.net.occupancy(self.volume, some)[0].double().numpy())
            saliencies.append(self.net.saliency(self.volume, some)[0].double().numpy())
        return np.concatenate(occupancies), np.concatenate(saliencies)


class Snake(AnyShapeDetector):
    """The detector; see `kpstudio.nn.snake` for the network."""

    spec = DetectorSpec(
        id="snake",
        title="SNAKE",
        summary="Peaks of a saliency that is known everywhere in space; shows the surface that "
        "the network sees, and a slice.",
        parameters=SnakeParameters,
        kind="cloud",
        needs_model=True,
        citation="Zhong, Yang, Hao, Zheng, Liu, Zhang 2022, SNAKE: shape-aware neural 3D keypoint "
        "field, arXiv:2206.01724",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of its model files."""
        from kpstudio.nn.snake import NETWORK

        return NETWORK

    def propose(
        self, loaded: NetworkFile[Any], seen: Seen, parameters: SnakeParameters, ctx: RunContext
    ) -> Proposed:
        """Return the places that seeds on a grid climb to."""
        from kpstudio.detectors.point_maps import tensor

        points = tensor(seen.points)
        frame = loaded.net.frames(points)
        volume = loaded.net.encode(points @ frame.transpose(1, 2))
        view = _View(loaded.net, volume, frame[0].double().numpy())
        ctx.progress(0.2, "Asking a grid")
        grid = _grid(parameters.grid)
        occupancy, saliency = view.ask(grid, ctx)
        ctx.progress(0.4, "Climbing")
        seeds = _seeds(grid, occupancy, saliency, seen.points @ view.frame.T)
        positions, response = _peaks(view, seeds, parameters, ctx)
        ctx.progress(0.8, "Asking the surface")
        at_vertices = view.ask(seen.vertices @ view.frame.T, ctx)
        shape = 3 * (parameters.grid,)
        return Proposed(
            positions @ view.frame,
            response,
            fields=(Field("saliency", at_vertices[1]), Field("occupancy", at_vertices[0])),
            overlays=(
                *_surface(view, occupancy.reshape(shape)),
                _slice(view, parameters.slice_at, ctx),
            ),
        )


def _grid(count: int) -> FloatArray:
    """Return (count^3,3) places all over the cube."""
    line = np.linspace(-_HALF, _HALF, count)
    return np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)


def _seeds(
    grid: FloatArray, occupancy: FloatArray, saliency: FloatArray, points: FloatArray
) -> FloatArray:
    """Return the most salient occupied places of the grid, (m,3); never none.

    Only near the cloud (ours): what a network takes for occupied elsewhere is a mistake.
    """
    from scipy.spatial import cKDTree

    spacing = grid[1, 2] - grid[0, 2]
    distances = cKDTree(points).query(grid, distance_upper_bound=max(1.5 * spacing, _NEAR))[0]
    near = np.flatnonzero(np.isfinite(distances))
    seeds = near[occupancy[near] >= min(_OCCUPIED, occupancy[near].max())]
    best: FloatArray = grid[seeds[np.argsort(-saliency[seeds], kind="stable")[:_SEEDS]]]
    return best


def _peaks(
    view: _View, seeds: FloatArray, parameters: SnakeParameters, ctx: RunContext
) -> tuple[FloatArray, FloatArray]:
    """Return where seeds (s,3) end, (m,3), and the saliency (m,) there; never none.

    The source keeps places with an occupancy above 0.8. Here it is a share of the largest: on
    thin parts the occupancy of a coarse grid never gets that high.
    """
    from kpstudio.detectors.point_maps import tensor
    from kpstudio.nn.snake import climb

    best, most = climb(
        lambda places: view.net.saliency(view.volume, places[None])[0],
        tensor(seeds)[0],
        parameters.steps,
        parameters.step_size,
    )
    positions, response = best.double().numpy(), most.double().numpy()
    there = view.ask(positions, ctx)[0]
    kept = there >= parameters.occupancy * there.max()
    return positions[kept], response[kept]


def _surface(view: _View, occupancy: FloatArray) -> tuple[Overlay, ...]:
    """Return the surface around what is occupied, if anything is."""
    vertices, faces = isosurface(occupancy, _OCCUPIED)
    if not len(faces):
        return ()
    spacing = 2.0 * _HALF / (len(occupancy) - 1)
    points = (vertices * spacing - _HALF) @ view.frame
    return (Overlay("occupancy surface", points, faces=faces),)


def _slice(view: _View, at: float, ctx: RunContext) -> Overlay:
    """Return the saliency on a plane across the shape's shortest axis."""
    line = np.linspace(-_HALF, _HALF, _SLICE)
    x, y = (axis.reshape(-1) for axis in np.meshgrid(line, line, indexing="ij"))
    places = np.stack([x, y, np.full(len(x), at)], axis=1)
    return Overlay("saliency slice", places @ view.frame, values=view.ask(places, ctx)[1])


#: The detector.
DETECTOR = Snake()
