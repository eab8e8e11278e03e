"""A triangle mesh: frozen arrays, lazily derived normals and measures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from kpstudio.base.arrays import ByteArray, FloatArray, IntArray, freeze
from kpstudio.base.errors import InputError
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.normals import face_cross_products, vertex_normals
from kpstudio.geometry.orientation import Orientation

#: Anatomical frames that a file may say its coordinates are in; "" stands for none said.
SPACES = ("", "LPS", "RAS")


@dataclass(frozen=True, eq=False)
class Appearance:
    """What a mesh looks like, carried for display and export, never used by a detector.

    Parameters
    ----------
    colors
        (n,4) uint8 RGBA a vertex in sRGB, as a screen shows it, or None.
    uv
        (n,2) texture coordinates a vertex, origin at the lower left, or None.
    texture
        (h,w,4) uint8 RGBA image, upper row first, or None.
    """

    colors: ByteArray | None = None
    uv: FloatArray | None = None
    texture: ByteArray | None = None

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        checks = {"colors": ((None, 4), np.uint8), "uv": ((None, 2), float),
                  "texture": ((None, None, 4), np.uint8)}  # fmt: skip
        for name, (shape, dtype) in checks.items():
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, freeze(value, shape, dtype, name))


@dataclass(frozen=True, eq=False)
class Mesh:
    """A triangle mesh in file coordinates; a cloud is a mesh with no faces.

    Parameters
    ----------
    vertices
        (n,3) float64 positions in file units.
    faces
        (m,3) int32 vertex indices, counter-clockwise seen from outside.
    name
        Name for people.
    source
        File it came from.
    unit
        Unit of the coordinates, empty when the file does not say.
    appearance
        Colours and texture, if the file has them.
    space
        Anatomical frame that the file says its coordinates are in: "LPS" (x to the left, y to the
        back, z up), "RAS" (x and y the other way round), or "" when it does not say.

    Raises
    ------
    InputError
        No vertices, NaN or infinite positions, face indices out of range, or an unknown frame.
    """

    vertices: FloatArray
    faces: IntArray
    name: str = "mesh"
    source: Path | None = None
    unit: str = ""
    appearance: Appearance | None = None
    space: str = ""

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        vertices = freeze(self.vertices, (None, 3), np.float64, "vertices")
        faces = freeze(self.faces, (None, 3), np.int32, "faces")
        if len(vertices) == 0:
            raise InputError("the mesh has no vertices")
        if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
            raise InputError(
                f"faces name vertices outside 0..{len(vertices) - 1}",
                remedy="The file is damaged: export it again.",
            )
        if self.space not in SPACES:
            raise InputError(f"{self.space!r} is no anatomical frame", remedy="Use LPS or RAS.")
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", faces)

    def moved(self, vertices: FloatArray) -> Mesh:
        """Return this mesh with other positions (n,3), sharing all the rest."""
        return replace(self, vertices=vertices)

    @cached_property
    def referenced(self) -> IntArray:
        """Indices of vertices that belong to a face; all of them for a cloud."""
        if len(self.faces) == 0:
            return np.arange(len(self.vertices), dtype=np.int32)
        used = np.zeros(len(self.vertices), bool)
        used[self.faces] = True
        return np.flatnonzero(used).astype(np.int32)

    @cached_property
    def bounds(self) -> FloatArray:
        """(2,3) corners of the axis-aligned box around the referenced vertices."""
        points = self.vertices[self.referenced]
        return np.stack([points.min(axis=0), points.max(axis=0)])

    @property
    def origin(self) -> FloatArray:
        """(3,) centre of the box: what is subtracted before positions go to single precision."""
        return self.bounds.mean(axis=0)

    @property
    def diagonal(self) -> float:
        """Length of the box's diagonal, file units."""
        return float(np.linalg.norm(self.bounds[1] - self.bounds[0]))

    @cached_property
    def face_areas(self) -> FloatArray:
        """(m,) area of every face, squared file units."""
        return 0.5 * np.linalg.norm(face_cross_products(self.vertices, self.faces), axis=1)

    @cached_property
    def vertex_normals(self) -> FloatArray:
        """(n,3) area-weighted unit normals; zero where a vertex has no face."""
        return vertex_normals(self.vertices, self.faces)

    @cached_property
    def key(self) -> str:
        """Hash of the geometry, hexadecimal: the same vertices and faces give the same key."""
        digest = hashlib.sha256(np.ascontiguousarray(self.vertices).tobytes())
        digest.update(self.faces.tobytes())
        return digest.hexdigest()[:32]

    def normalisation(self, orientation: Orientation | None = None) -> Normalisation:
        """Return the similarity to the normalised frame, fitted to the referenced vertices."""
        # Axes only swap and flip, so the box's corners give the same frame as all the vertices.
        return Normalisation.fit(self.bounds, orientation)
