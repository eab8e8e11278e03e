"""What the materials of an OBJ file make of its mesh: a texture, or colours of the vertices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.data.mesh import Appearance
from kpstudio.io.appearance import face_colors_to_vertices, sample_texture, split_seams
from kpstudio.io.meshes.mtl import Material, read_materials, read_texture

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Look:
    """A mesh's faces and appearance, once seams are cut.

    Parameters
    ----------
    faces
        (m,3) vertices or copies of them.
    copies
        (e,) the vertices that were copied, because a texture seam runs through them.
    appearance
        Colours, texture coordinates and texture, if there are any.
    notes
        What a person should know.
    """

    faces: Indices
    copies: Indices
    appearance: Appearance | None
    notes: tuple[str, ...] = ()


class Materials:
    """The materials that the faces of a file use.

    Parameters
    ----------
    uses
        (first polygon, material name) in the order of the file.
    libraries
        Names of the MTL files.
    folder
        Where they lie.
    """

    def __init__(
        self, uses: Sequence[tuple[int, str]], libraries: Sequence[str], folder: Path
    ) -> None:
        known: dict[str, Material] = {}
        if uses:
            for library in libraries:
                known |= read_materials(folder, library)
        self._starts = np.array([0, *(start for start, _ in uses)])
        self._used = [Material(), *(known.get(name, Material()) for _, name in uses)]
        names = sorted({material.texture for material in self._used} - {""})
        textures = {name: read_texture(folder, name) for name in names}
        self._textures = {name: pixels for name, pixels in textures.items() if pixels is not None}
        self.notes = tuple(
            f"the texture {name} was not found or cannot be shown"
            for name in names
            if name not in self._textures
        )

    def runs(self, polygons: Indices) -> Indices:
        """Return (m,) the run of equal material that each face's polygon (m,) lies in."""
        return np.searchsorted(self._starts, polygons, side="right") - 1

    def only_texture(self, runs: Indices) -> ByteArray | None:
        """Return the texture that all faces have, if they have the same."""
        names = {self._used[run].texture for run in np.unique(runs)}
        return self._textures.get(names.pop()) if len(names) == 1 else None

    def face_colors(self, runs: Indices, uv: FloatArray) -> ByteArray | None:
        """Return (m,4) colours of faces, from where their first corner lies in a texture (m,2)."""
        present = np.unique(runs)
        if all(self._used[run] == Material() for run in present):
            return None
        colors = np.stack([material.rgba for material in self._used])[runs]
        for run in present:
            texture = self._textures.get(self._used[run].texture)
            if texture is not None:
                mine = runs == run
                colors[mine] = sample_texture(texture, uv[mine])
        return colors


def dress(
    corners: Indices,
    polygons: Indices,
    corner_vertices: Indices,
    corner_uv: FloatArray | None,
    colors: ByteArray | None,
    materials: Materials,
    count: int,
) -> Look:
    """Return the appearance of a mesh.

    Parameters
    ----------
    corners
        (m,3) corners of the faces.
    polygons
        (m,) the polygon of each face.
    corner_vertices
        (c,) vertex of each corner.
    corner_uv
        (c,2) texture coordinates of each corner, None when the file has none.
    colors
        (n,4) colours of the vertices in the file; they win over those of materials.
    materials
        The materials.
    count
        Number of vertices n.
    """
    runs = materials.runs(polygons)
    flat = corners.reshape(-1)
    flat_vertices = corner_vertices[flat]
    faces, copies, uv = flat_vertices.reshape(-1, 3), np.zeros(0, np.int64), None
    flat_uv = np.zeros((len(flat), 2)) if corner_uv is None else corner_uv[flat]
    texture = materials.only_texture(runs)
    if texture is not None:
        split, copies, uv = split_seams(flat_vertices, flat_uv, count)
        faces = split.reshape(-1, 3)
        colors = None if colors is None else colors[np.append(np.arange(count), copies)]
    elif corner_uv is not None:
        uv = _seamless(flat_vertices, flat_uv, count)
    if texture is None and colors is None:
        of_faces = materials.face_colors(runs, flat_uv[::3])
        if of_faces is not None:
            colors = face_colors_to_vertices(count, faces, of_faces)
    bare = colors is None and uv is None
    look = None if bare else Appearance(colors, uv, texture)
    return Look(faces, copies, look, materials.notes)


def _seamless(vertices: Indices, corner_uv: FloatArray, count: int) -> FloatArray | None:
    """Return (n,2) texture coordinates of vertices if all their corners agree, else None."""
    uv = np.zeros((count, 2))
    uv[vertices] = corner_uv
    return uv if np.array_equal(uv[vertices], corner_uv) else None
