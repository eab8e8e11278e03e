"""Small procedural meshes with known answers, made of numpy alone."""

from __future__ import annotations

import itertools

import numpy as np

from kpstudio.data.mesh import Mesh


def icosphere(subdivisions: int = 2, radius: float = 1.0) -> Mesh:
    """A closed sphere: 20 * 4**subdivisions faces, vertices exactly at `radius`."""
    golden = (1 + 5**0.5) / 2
    signs = list(itertools.product((-1.0, 1.0), (-golden, golden)))
    points = np.array([p for a, b in signs for p in ((0, a, b), (a, b, 0), (b, 0, a))])
    near = np.isclose(np.linalg.norm(points[:, None] - points[None], axis=2), 2.0)
    faces = [
        _outward(points, (a, b, c))
        for a, b, c in itertools.combinations(range(12), 3)
        if near[a, b] and near[b, c] and near[a, c]
    ]
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    triangles = np.array(faces)
    for _ in range(subdivisions):
        points, triangles = _split(points, triangles)
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    return Mesh(points * radius, triangles, name="icosphere")


def box(size: tuple[float, float, float] = (1.0, 1.0, 1.0), divisions: int = 1) -> Mesh:
    """A closed axis-aligned box around the origin, 12 * 4**(divisions - 1) faces."""
    points = np.array(list(itertools.product((-0.5, 0.5), repeat=3)))
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])
    for _ in range(divisions - 1):
        points, triangles = _split(points, triangles)
    return Mesh(points * size, triangles, name="box")


def torus(rings: int = 32, sides: int = 16, radius: float = 1.0, tube: float = 0.3) -> Mesh:
    """A closed torus around the y axis, 2 * rings * sides faces."""
    u, v = np.meshgrid(np.arange(rings), np.arange(sides), indexing="ij")
    around, across = 2 * np.pi * u / rings, 2 * np.pi * v / sides
    reach = radius + tube * np.cos(across)
    points = np.stack([reach * np.sin(around), tube * np.sin(across), reach * np.cos(around)], -1)

    def at(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        return (i % rings) * sides + j % sides

    a, b, c, d = at(u, v), at(u + 1, v), at(u + 1, v + 1), at(u, v + 1)
    faces = np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)]).reshape(-1, 3)
    return Mesh(points.reshape(-1, 3), faces, name="torus")


def grid(rows: int = 8, columns: int = 8) -> Mesh:
    """A flat open sheet in the plane y = 0 over the unit square."""
    x, z = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    points = np.stack([x, np.zeros_like(x), z], -1).reshape(-1, 3)
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    lower = np.stack([corner, corner + columns, corner + 1], -1)
    upper = np.stack([corner + 1, corner + columns, corner + columns + 1], -1)
    return Mesh(points, np.concatenate([lower, upper]), name="grid")


def _outward(points: np.ndarray, face: tuple[int, ...]) -> tuple[int, ...]:
    a, b, c = points[list(face)]
    return face if np.dot(np.cross(b - a, c - a), a + b + c) > 0 else face[::-1]


def _split(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Four faces from each, sharing the new vertices in the middle of the edges."""
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    middle = len(points) + inverse.reshape(-1, 3)
    ab, bc, ca = middle.T
    a, b, c = faces.T
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    points = np.concatenate([points, points[unique].mean(axis=1)])
    return points, np.concatenate([np.stack(part, axis=1) for part in parts])
