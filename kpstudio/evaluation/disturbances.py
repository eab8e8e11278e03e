"""What is done to a shape before a detector looks at it again, and the exact way back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.base.parameters import build, describe, parameter
from kpstudio.data.mesh import Mesh
from kpstudio.evaluation.resampling import shaken_along, subdivided, thinned
from kpstudio.geometry.normals import face_cross_products
from kpstudio.geometry.rotations import random_rotations


@dataclass(frozen=True, eq=False)
class Disturbed:
    """A disturbed mesh, and how to get back from it.

    Parameters
    ----------
    mesh
        The mesh after the disturbance.
    rotation, translation
        (3,3) and (3,): disturbed = original @ rotation.T + translation. Noise and resampling are
        no motion: a place on the disturbed surface is compared with the same place of the original.
    plane
        Normal (3,) and offset of the part that is left, original coordinates: normal . x <= offset.
        None when all of it is.
    """

    mesh: Mesh
    rotation: FloatArray
    translation: FloatArray
    plane: tuple[FloatArray, float] | None = None

    def back(self, points: FloatArray) -> FloatArray:
        """Return points (q,3) of the disturbed mesh in the coordinates of the original."""
        return (points - self.translation) @ self.rotation

    def overlaps(self, points: FloatArray) -> BoolArray:
        """Return (q,) which points of the original lie on what is left of it."""
        if self.plane is None:
            return np.ones(len(points), bool)
        normal, offset = self.plane
        return points @ normal <= offset


def _in_place(mesh: Mesh) -> Disturbed:
    return Disturbed(mesh, np.eye(3), np.zeros(3))


@dataclass(frozen=True)
class Disturbance(ABC):
    """Something done to a shape; the same seed does the same."""

    id: ClassVar[str]
    title: ClassVar[str]

    @property
    def name(self) -> str:
        """Id and values, such as "noise=0.5": what `parse` reads."""
        values = ",".join(f"{value:g}" for value in asdict(self).values())
        return f"{self.id}={values}" if values else self.id

    @abstractmethod
    def apply(self, mesh: Mesh, seed: int = 0) -> Disturbed:
        """Return the disturbed mesh.

        Parameters
        ----------
        mesh
            The mesh or cloud.
        seed
            Seed of everything random.
        """


@dataclass(frozen=True)
class Nothing(Disturbance):
    """The mesh as it is: what a deterministic detector must repeat exactly."""

    id = "none"
    title = "nothing"

    def apply(self, mesh: Mesh, seed: int = 0) -> Disturbed:
        """Return the very same mesh."""
        return _in_place(mesh)


@dataclass(frozen=True)
class Rigid(Disturbance):
    """A random motion: any rotation with the same chance, and a shift by up to the diagonal.

    Vertices and faces come in another order as well: a detector that draws random samples, or
    decides a tie, by their order finds no help in it.
    """

    id = "rigid"
    title = "random rigid motion"

    def apply(self, mesh: Mesh, seed: int = 0) -> Disturbed:
        """Return the moved mesh."""
        rng = np.random.default_rng(seed)
        rotation = random_rotation(rng)
        translation = mesh.diagonal * rng.uniform(-1.0, 1.0, 3)
        order = rng.permutation(len(mesh.vertices))
        vertices = (mesh.vertices @ rotation.T + translation)[order]
        place = np.argsort(order).astype(np.int32)
        faces = rng.permutation(place[mesh.faces])
        moved = Mesh(vertices, faces, mesh.name, unit=mesh.unit)
        return Disturbed(moved, rotation, translation)


@dataclass(frozen=True)
class Noise(Disturbance):
    """Independent Gaussian offsets of all vertices; those at one place stay together."""

    sigma: float = parameter(
        0.5, "Standard deviation on each axis.", unit="% of diagonal", low=0.0, high=20.0
    )

    id = "noise"
    title = "Gaussian noise"

    def apply(self, mesh: Mesh, seed: int = 0) -> Disturbed:
        """Return the mesh with noise."""
        rng = np.random.default_rng(seed)
        places, of_vertex = np.unique(mesh.vertices, axis=0, return_inverse=True)
        sigma = self.sigma / 100.0 * mesh.diagonal
        offsets = rng.normal(0.0, sigma, places.shape) if sigma > 0.0 else np.zeros(places.shape)
        return _in_place(mesh.moved(mesh.vertices + offsets[of_vertex.reshape(-1)]))


@dataclass(frozen=True)
class DownSample(Disturbance):
    """Fewer vertices: vertex clustering of a mesh, a random choice of a cloud."""

    keep: float = parameter(0.5, "Share of vertices that are kept.", low=0.01, high=1.0)

    id = "downsample"
    title = "down-sampling"

    def apply(self, mesh: Mesh, seed: int = 0) -> Disturbed:
        """Return the coarser mesh."""
        return _in_place(thinned(mesh, self.keep, np.random.default_rng(seed)))


@dataclass(frozen=True)
class Remesh(Disturbance):
    """Every face cut into four, then the vertices moved along the surface."""

    # Less than half way: a face whose corners move towards each other would turn over.
    amount: float = parameter(
        0.4, "How far a vertex moves into one of its faces, at most.", low=0.0, high=0.49
    )

    id = "remesh"
    title = "remeshing"

    def apply(self, mesh: Mesh, seed: int = 0) -> Disturbed:
        """Return another triangulation of the surface.

        Raises
        ------
        InputError
            The mesh is a cloud.
        """
        if len(mesh.faces) == 0:
            raise InputError(
                "a cloud has no triangles to change", remedy="Leave remeshing out for clouds."
            )
        finer = Mesh(*subdivided(mesh.vertices, mesh.faces), mesh.name, unit=mesh.unit)
        return _in_place(shaken_along(finer, self.amount, np.random.default_rng(seed)))


@dataclass(frozen=True)
class Crop(Disturbance):
    """A plane in a random direction cuts a part of the shape away."""

    keep: float = parameter(0.7, "Share of the area, or of the points, left.", low=0.1, high=1.0)

    id = "crop"
    title = "cropping"

    def apply(self, mesh: Mesh, seed: int = 0) -> Disturbed:
        """Return what is left; faces whose centre is cut away go as a whole."""
        direction = np.random.default_rng(seed).normal(size=3)
        normal = direction / np.linalg.norm(direction)
        if len(mesh.faces) == 0:
            heights = mesh.vertices @ normal
            offset = float(np.quantile(heights, self.keep))
            vertices, faces = mesh.vertices[heights <= offset], mesh.faces
        else:
            heights = mesh.vertices[mesh.faces].mean(axis=1) @ normal
            areas = np.linalg.norm(face_cross_products(mesh.vertices, mesh.faces), axis=1)
            order = np.argsort(heights)
            share = np.cumsum(areas[order]) / areas.sum()
            offset = float(heights[order][min(np.searchsorted(share, self.keep), len(order) - 1)])
            kept = mesh.faces[heights <= offset]
            used, places = np.unique(kept, return_inverse=True)
            vertices, faces = mesh.vertices[used], places.reshape(-1, 3).astype(np.int32)
        part = Mesh(vertices, faces, mesh.name, unit=mesh.unit)
        return Disturbed(part, np.eye(3), np.zeros(3), (normal, offset))


#: Disturbances by id.
KINDS: dict[str, type[Disturbance]] = {
    kind.id: kind for kind in (Nothing, Rigid, Noise, DownSample, Remesh, Crop)
}

#: What an evaluation does unless told otherwise.
DEFAULTS: tuple[Disturbance, ...] = (
    Rigid(),
    *map(Noise, (0.25, 0.5, 1.0)),
    DownSample(0.5),
    Remesh(),
)


def parse(text: str) -> Disturbance:
    """Return the disturbance a text such as "rigid", "noise=0.5" or "downsample=0.25" names.

    Raises
    ------
    ParameterError
        Unknown, or with a value out of range.
    """
    id, _, value = text.partition("=")
    if id not in KINDS:
        raise ParameterError(
            f"there is no disturbance {id!r}", remedy=f"Choose among {', '.join(KINDS)}."
        )
    kind = KINDS[id]
    known = describe(kind)
    values = value.split(",") if value else []
    if len(values) > len(known):
        raise ParameterError(
            f"{text!r} has {len(values)} values, {id} takes {len(known)}",
            remedy=f"Write {kind().name}.",
        )
    names = [info.name for info in known]
    return build(kind, dict(zip(names, values, strict=False)))


def random_rotation(rng: np.random.Generator) -> FloatArray:
    """Return a (3,3) rotation, every one with the same chance."""
    return random_rotations(1, rng)[0]
