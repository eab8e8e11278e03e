"""Two partial scans of one body, and how the first is carried onto the second."""

from __future__ import annotations

import numpy as np

from kpstudio.data.mesh import Mesh
from kpstudio.geometry.procrustes import Similarity
from kpstudio.geometry.rotations import random_rotations
from kpstudio.geometry.surface import Surface
from kpstudio.matching.registration import Scan
from tests import relief


def cut(mesh: Mesh, keep: np.ndarray) -> Mesh:
    """The faces all of whose corners are kept."""
    return Mesh(mesh.vertices, mesh.faces[keep[mesh.faces].all(axis=1)])


def partial_scans(
    seed: int = 0, noise: float = 0.0, scale: float = 1.0
) -> tuple[Scan, Scan, Similarity]:
    """The left and the right two thirds of a body; the left one moved away."""
    body, rng = relief.blob(), np.random.default_rng(seed)
    left, right = cut(body, body.vertices[:, 0] < 0.35), cut(body, body.vertices[:, 0] > -0.35)
    motion = Similarity(random_rotations(1, rng)[0], scale, rng.normal(size=3))
    away = (left.vertices - motion.translation) @ motion.rotation / scale
    away = away + noise * rng.normal(size=away.shape)
    source, target = (
        Scan.of(Surface(vertices, faces))
        for vertices, faces in ((away, left.faces), (right.vertices, right.faces))
    )
    return source, target, motion


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """Degrees between two rotations."""
    return float(np.degrees(np.arccos(np.clip((np.trace(a.T @ b) - 1.0) / 2.0, -1.0, 1.0))))
