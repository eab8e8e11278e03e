"""A body with five different limbs, and the same body bent: nearly isometric."""

from __future__ import annotations

import numpy as np

from kpstudio.data.mesh import Mesh
from kpstudio.geometry.surface import Surface
from tests import shapes


def limbs(subdivisions: int = 4) -> Mesh:
    """A ball drawn out along x, with limbs of different lengths; nothing about it is symmetric."""
    ball = shapes.icosphere(subdivisions)
    ways = np.array([(1, 0.3, 0), (-1, 0.4, 0.2), (0.5, -1, 0.4), (-0.6, -1, -0.3), (0, 0.2, 1)])
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    grown = 1.0 + np.exp(14.0 * (ball.vertices @ ways.T - 1.0)) @ [1.4, 1.0, 1.2, 0.8, 0.6]
    return Mesh(ball.vertices * grown[:, None] * (1.4, 1.0, 0.8), ball.faces, "limbs")


def bent(mesh: Mesh, angle: float = 1.0) -> Mesh:
    """The mesh bent about z: what is along x comes to lie along an arc."""
    x, y, z = mesh.vertices.T
    reach = np.ptp(x) / angle
    turn = x / reach
    return mesh.moved(np.column_stack([(reach - y) * np.sin(turn), reach - (reach - y)
                                       * np.cos(turn), z]))  # fmt: skip


def shuffled(mesh: Mesh, seed: int = 0) -> tuple[Mesh, np.ndarray]:
    """The mesh with its vertices in another order, and where each of the old ones is now."""
    order = np.random.default_rng(seed).permutation(len(mesh.vertices))
    now = np.argsort(order)
    return Mesh(mesh.vertices[order], now[mesh.faces], "shuffled"), now


def surface(mesh: Mesh) -> Surface:
    return Surface(mesh.vertices, mesh.faces)
