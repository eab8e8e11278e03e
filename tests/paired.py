"""Two shapes that are the same body: its vertices and its keypoints in another order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.data.shape import Shape
from kpstudio.geometry.procrustes import Similarity
from kpstudio.geometry.rotations import from_vectors
from kpstudio.geometry.sampling import farthest_points
from tests.matching.bodies import limbs, shuffled

COUNT = 8
#: Where the second shape is from where the first is.
MOTION = Similarity(from_vectors(np.array([0.3, -0.5, 0.2])), 1.0, np.array([2.0, 0.5, -1.0]))
#: Keypoint i of the first shape is keypoint ORDER[i] of the second.
ORDER = np.array([3, 0, 6, 1, 7, 2, 5, 4])


def pair(motion: Similarity = MOTION, rounds: int = 2) -> tuple[Shape, Shape, np.ndarray]:
    """Return both shapes, and for each vertex of the first the same one of the second."""
    mesh = replace(limbs(rounds), name="first")
    copy, now = shuffled(mesh)
    copy = replace(copy.moved(motion.apply(copy.vertices)), name="second")
    chosen = farthest_points(mesh.vertices, COUNT)
    there = np.empty(COUNT, int)
    there[ORDER] = now[chosen]
    names = tuple(f"place {index}" for index in range(COUNT))
    first = _shape(_colored(mesh), chosen, KeypointSchema(names, ordered=False))
    second = _shape(copy, there, KeypointSchema.numbered(COUNT, ordered=False))
    return first, second, now


def _shape(mesh: Mesh, vertices: np.ndarray, schema: KeypointSchema) -> Shape:
    points = KeypointSet(mesh.vertices[vertices], schema)
    labels = Field("labels", (mesh.vertices[:, 0] > 0.1).astype(float))
    height = Field("height", mesh.vertices[:, 1] - mesh.vertices[:, 1].min() + 0.5)
    return Shape(mesh).detected(Detection(points, Provenance("test"), fields=(labels, height)))


def _colored(mesh: Mesh) -> Mesh:
    low, high = mesh.bounds
    shares = (mesh.vertices - low) / (high - low)
    codes = np.rint(255 * np.column_stack([shares, np.ones(len(shares))])).astype(np.uint8)
    return replace(mesh, appearance=Appearance(colors=codes))
