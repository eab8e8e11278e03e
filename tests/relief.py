"""Procedural meshes for detectors: bumps of known size, motions, and meshes with every fault."""

from __future__ import annotations

import itertools

import numpy as np

from kpstudio.data.mesh import Mesh
from tests import shapes


def bumpy(
    *bumps: tuple[float, float, float, float], divisions: int = 61, extent: float = 1.0
) -> Mesh:
    """A square sheet over the plane z = 0 with Gaussian bumps (x, y, height, deviation)."""
    sheet = shapes.grid(divisions, divisions)
    x, y = ((sheet.vertices[:, axis] - 0.5) * extent for axis in (0, 2))
    z = sum(
        (h * np.exp(-0.5 * ((x - cx) ** 2 + (y - cy) ** 2) / s**2) for cx, cy, h, s in bumps),
        np.zeros_like(x),
    )
    return Mesh(np.column_stack([x, y, z]), sheet.faces[:, ::-1], "bumpy")


def even_box(size: tuple[float, float, float], divisions: int) -> Mesh:
    """A closed box whose triangles have the symmetry of the box, 24 * 4**(divisions - 1) faces."""
    corners = np.array(list(itertools.product((-0.5, 0.5), repeat=3)))
    points, triangles = [*corners], []
    for axis, side in itertools.product(range(3), (-0.5, 0.5)):
        middle = side * np.eye(3)[axis]
        ring = np.flatnonzero(corners[:, axis] == side)[[0, 1, 3, 2]]
        for a, b in zip(ring, np.roll(ring, -1), strict=True):
            out = np.cross(corners[b] - corners[a], middle - corners[a]) @ middle > 0.0
            triangles.append((a, b, len(points)) if out else (b, a, len(points)))
        points.append(middle)
    vertices, faces = np.array(points), np.array(triangles)
    for _ in range(divisions - 1):
        vertices, faces = shapes._split(vertices, faces)
    return Mesh(vertices * size, faces, "even box")


def blob() -> Mesh:
    """A closed surface without symmetry."""
    ball = shapes.icosphere(4).vertices
    x, y, z = ball.T
    height = 1.0 + 0.25 * np.sin(2.0 * x + 1.0) * np.cos(3.0 * y) + 0.2 * np.sin(4.0 * z - x * y)
    return Mesh(ball * height[:, None] * (1.0, 0.8, 0.6), shapes.icosphere(4).faces, "blob")


def turned(mesh: Mesh, seed: int) -> tuple[Mesh, np.ndarray, float, np.ndarray]:
    """A mesh turned, scaled and shifted at random, with the rotation, scale and shift."""
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    scale, shift = float(np.exp(rng.normal())), 10.0 * rng.normal(size=3)
    return mesh.moved(scale * mesh.vertices @ rotation + shift), rotation, scale, shift


def faulty() -> Mesh:
    """A sheet with a hole, a box apart from it, slivers, doubled vertices and one never used."""
    sheet, box = bumpy((0.1, 0.0, 0.1, 0.08), divisions=25), shapes.box((0.3, 0.2, 0.4), 3)
    middle = sheet.vertices[sheet.faces].mean(axis=1)
    open_faces = sheet.faces[np.linalg.norm(middle[:, :2] + 0.25, axis=1) > 0.08]
    apart = box.vertices + (0.0, 0.0, 0.5)
    first = len(sheet.vertices)
    doubled = len(sheet.vertices) + len(apart)
    sliver = np.array([[0.5, 0.5, 0.0], [0.9, 0.5, 0.0], [0.7, 0.5 + 1e-7, 0.0], [3.0, 3.0, 3.0]])
    return Mesh(
        np.concatenate([sheet.vertices, apart, sliver]),
        np.concatenate([open_faces, box.faces + first, [[doubled, doubled + 1, doubled + 2]]]),
        "faulty",
    )
