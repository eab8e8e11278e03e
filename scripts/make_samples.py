"""Make the sample meshes in resources/samples from packs of CC0 models.

    python scripts/make_samples.py DIR

DIR is a folder in which the archives named below are found. Every model is brought to y up and +z
front, to metres and onto the ground; long edges are cut, so that it bends smoothly and fields show
on it; its parts get colours. The models chosen are among those kept out of all training.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kpstudio.base.arrays import ByteArray, FloatArray, IntArray
from kpstudio.base.paths import resources_dir
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.geometry.topology import face_components
from kpstudio.io.registry import save_mesh
from kpstudio.io.weld import weld
from kpstudio.training.packs import read_pack

WHITE, GREY, DARK, BLUE = (236, 238, 241), (164, 172, 182), (58, 62, 70), (38, 96, 164)
WOOD, CUSHION, RED = (158, 112, 72), (172, 52, 48), (192, 44, 40)
CLAY, GLAZE = (206, 186, 170), (74, 142, 150)

Painter = Callable[[FloatArray, IntArray], ByteArray]


@dataclass(frozen=True)
class Sample:
    """A model of a pack, the size it gets along one axis, and how it is painted."""

    name: str
    pack: str
    model: str
    axis: int
    metres: float
    longest_edge: float
    paint: Painter


def plain(*color: int) -> Painter:
    """Return a painter of one colour."""
    return lambda points, parts: np.tile(np.array(color, np.uint8), (len(points), 1))


def by_part(sizes: dict[int, tuple[int, ...]], rest: tuple[int, ...]) -> Painter:
    """Return a painter that knows parts by their rank, the largest first."""

    def paint(points: FloatArray, parts: IntArray) -> ByteArray:
        extents = [np.ptp(points[parts == part], axis=0).max() for part in range(parts.max() + 1)]
        ranks = np.argsort(np.argsort(extents)[::-1])
        table = np.array([sizes.get(int(rank), rest) for rank in ranks], np.uint8)
        return table[parts]

    return paint


def cushioned(points: FloatArray, parts: IntArray) -> ByteArray:
    """Paint a chair of wood and the part with the largest footprint, its seat, as a cushion."""
    extents = np.stack([np.ptp(points[parts == part], axis=0) for part in range(parts.max() + 1)])
    seat = (extents[:, 0] * extents[:, 2] / extents[:, 1]).argmax()
    return np.where((parts == seat)[:, None], CUSHION, WOOD).astype(np.uint8)


def airliner(points: FloatArray, parts: IntArray) -> ByteArray:
    """Paint fuselage, wings, tail and engines."""
    colors = by_part({0: WHITE}, DARK)(points, parts)
    body = parts == parts[np.abs(points[:, 0]).argmin()]
    low, high = points.min(axis=0), points.max(axis=0)
    across = np.abs(points[:, 0]) / high[0]
    along = (points[:, 2] - low[2]) / (high[2] - low[2])
    colors[body & (across > 0.17)] = GREY
    colors[body & (along < 0.2) & (points[:, 1] > low[1] + 0.62 * (high[1] - low[1]))] = BLUE
    return colors


SAMPLES = (
    Sample("airplane", "cc0_airplane.npz", "qf_AirplanepackJan2017_CommercialAirplane",
           2, 34.0, 0.02, airliner),
    Sample("chair", "cc0_chair.npz", "qf_UpdatedModularDungeonMay2019_Chair",
           1, 1.15, 0.04, cushioned),
    Sample("table", "cc0_table.npz", "k_table", 0, 1.8, 0.03, plain(*WOOD)),
    Sample("car", "cc0_car.npz", "qf_RealisticCarPackNov2018_SportsCar",
           2, 4.5, 0.03, by_part({0: RED}, DARK)),
    Sample("mug", "cc0_mug_cup.npz", "m_mug", 1, 0.1, 0.09, plain(*GLAZE)),
    Sample("figure", "cc0_human_posed.npz", "qf_FemalePoses_Female_Standing",
           1, 1.7, 0.02, plain(*CLAY)),
)  # fmt: skip


def main() -> None:
    """Read the folder's name and write all samples."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, help="folder with the archives, searched below too")
    data = parser.parse_args().data
    for sample in SAMPLES:
        mesh = made(sample, next(data.rglob(sample.pack)))
        path = resources_dir() / "samples" / f"{sample.name}.glb"
        save_mesh(path, mesh)
        print(f"{path}: {len(mesh.vertices)} vertices, {path.stat().st_size / 1024:.0f} KiB")


def made(sample: Sample, pack: Path) -> Mesh:
    """Return a sample as it is shipped."""
    model = next(entry.mesh for entry in read_pack(pack) if entry.mesh.name == sample.model)
    points = model.vertices - (model.bounds[0] + model.bounds[1]) / 2
    points[:, 1] -= points[:, 1].min()
    points *= sample.metres / np.ptp(points[:, sample.axis])
    limit = sample.longest_edge * float(np.linalg.norm(np.ptp(points, axis=0)))
    points, faces = with_short_edges(points, model.faces, limit)
    parts = np.zeros(len(points), np.int32)
    parts[faces] = face_components(faces, len(points))[:, None]
    alpha = np.full((len(points), 1), 255, np.uint8)
    colors = np.concatenate([sample.paint(points, parts), alpha], axis=1)
    return Mesh(points, faces, sample.name, unit="m", appearance=Appearance(colors))


def with_short_edges(
    points: FloatArray, faces: IntArray, limit: float
) -> tuple[FloatArray, IntArray]:
    """Cut edges longer than `limit` in halves until none is left; neighbours stay joined."""
    while True:
        sides = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2), axis=2)
        first, edge = weld(sides.reshape(-1, 2))
        ends = points[sides.reshape(-1, 2)[first]]
        cut = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) > limit
        if not cut.any():
            return points, faces
        middles = np.full(len(first), -1)
        middles[cut] = len(points) + np.arange(cut.sum())
        points = np.concatenate([points, ends[cut].mean(axis=1)])
        faces = _divided(faces, middles[edge].reshape(-1, 3))


def _divided(faces: IntArray, middles: IntArray) -> IntArray:
    """Divide faces at the middles (m,3) of their sides, -1 where a side stays whole."""
    result = []
    for face, middle in zip(faces.tolist(), middles.tolist(), strict=True):
        outline = [v for pair in zip(face, middle, strict=True) for v in pair if v >= 0]
        if len(outline) == 6:
            a, ab, b, bc, c, ca = outline
            result += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
            continue
        # Begun at a middle, a fan cuts the outline of up to five corners into sound triangles.
        start = next((i for i, v in enumerate(outline) if v in middle), 0)
        outline = outline[start:] + outline[:start]
        result += [(outline[0], *pair) for pair in itertools.pairwise(outline[1:])]
    return np.array(result, np.int32)


if __name__ == "__main__":
    main()
