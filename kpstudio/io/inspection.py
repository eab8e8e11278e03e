"""What a person should know of a mesh before working on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import IntArray
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.topology import degenerate_faces, face_components
from kpstudio.io.weld import weld

#: Parts beyond which a mesh is worth a note: a chair may well have a seat and four legs.
MANY_PARTS = 20

#: Extent in the thinnest direction, relative to the longest, below which a shape is flat.
FLAT = 1e-6

#: Height of a face without area, relative to its longest side.
TOLERANCE = 1e-12

#: Odd constant of Vigna's splitmix64 generator.
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def inspect_mesh(mesh: Mesh) -> tuple[str, ...]:
    """Return notes on what may surprise: one sentence each, none for a sound mesh.

    Nothing is repaired: a file's vertices and faces stay as they are.
    """
    if len(mesh.faces) == 0:
        return ("It is a point cloud: there are no faces.",)
    extent = mesh.bounds[1] - mesh.bounds[0]
    notes = [
        _counted(len(mesh.vertices) - len(mesh.referenced), "vertex belongs", "vertices belong",
                 "to no face"),
        _counted(_without_area(mesh), "face has", "faces have", "no area"),
        _counted(_repeated(mesh.faces), "face repeats", "faces repeat", "an earlier one"),
        *_edge_notes(mesh.faces),
        _parts(mesh),
        "It is flat." if extent.min() <= FLAT * extent.max() else "",
    ]  # fmt: skip
    return tuple(note for note in notes if note)


def _counted(count: int, one: str, several: str, rest: str) -> str:
    return f"{count:,} {one if count == 1 else several} {rest}." if count else ""


def _without_area(mesh: Mesh) -> int:
    # A face's sides are no longer than the diagonal, so only these few can be degenerate.
    small = mesh.face_areas <= TOLERANCE * mesh.diagonal**2
    return int(degenerate_faces(mesh.vertices, mesh.faces[small], TOLERANCE).sum())


def _repeated(faces: IntArray) -> int:
    # A hash that is blind to the order of corners tells most meshes, which repeat nothing, at once.
    scattered = faces.astype(np.uint64) * MULTIPLIER
    scattered ^= scattered >> np.uint64(32)
    keys = np.sort((scattered * MULTIPLIER).sum(axis=1))
    if not (keys[1:] == keys[:-1]).any():
        return 0
    return len(faces) - len(weld(np.sort(faces, axis=1))[0])


def _edge_notes(faces: IntArray) -> list[str]:
    counts = _faces_of_edges(faces)
    return [
        _counted(int((counts > 2).sum()), "edge has", "edges have", "more than two faces"),
        _counted(int((counts == 1).sum()), "edge is", "edges are", "open"),
    ]


def _faces_of_edges(faces: IntArray) -> NDArray[np.int64]:
    """Return the number of faces of every edge."""
    ends = np.stack([faces, np.roll(faces, -1, axis=1)])
    keys = ends.min(axis=0).astype(np.int64) << 32 | ends.max(axis=0)
    keys = np.sort(keys.reshape(-1))
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    return np.diff(starts, append=len(keys))


def _parts(mesh: Mesh) -> str:
    count = int(face_components(mesh.faces, len(mesh.vertices)).max()) + 1
    return f"It consists of {count:,} separate parts." if count > MANY_PARTS else ""
