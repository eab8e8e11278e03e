"""Meshes, fields and keypoints with everything that files may hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kpstudio.data.field import Field
from kpstudio.data.keypoints import Anchor, KeypointSchema, KeypointSet, Origin
from kpstudio.data.mesh import Appearance, Mesh
from tests.shapes import icosphere, torus


def irregular(mesh: Mesh | None = None) -> Mesh:
    """A mesh whose coordinates need all digits of double precision."""
    mesh = mesh or torus(9, 7)
    return mesh.moved(mesh.vertices * np.pi + 1 / 3)


def single(mesh: Mesh | None = None) -> Mesh:
    """A mesh whose coordinates fit single precision."""
    mesh = mesh or torus(9, 7)
    return mesh.moved(mesh.vertices.astype(np.float32).astype(float))


def colored(mesh: Mesh | None = None, *, opaque: bool = True) -> Mesh:
    """A mesh with a different colour at every vertex."""
    mesh = mesh or irregular()
    colors = np.random.default_rng(1).integers(0, 256, (len(mesh.vertices), 4)).astype(np.uint8)
    if opaque:
        colors[:, 3] = 255
    return replace(mesh, appearance=Appearance(colors))


def textured(mesh: Mesh | None = None) -> Mesh:
    """A mesh with a small picture on it."""
    mesh = mesh or single()
    rng = np.random.default_rng(2)
    picture = rng.integers(0, 256, (6, 8, 4)).astype(np.uint8)
    picture[..., 3] = 255
    uv = rng.integers(0, 2**20, (len(mesh.vertices), 2)) / 2.0**20
    return replace(mesh, appearance=Appearance(None, uv, picture))


def fields(mesh: Mesh) -> tuple[Field, ...]:
    """Two fields, with names that formats have to take care of."""
    rng = np.random.default_rng(3)
    return (
        Field("heat of é, 1", rng.normal(size=len(mesh.vertices)), "mm", signed=True),
        Field("x", rng.random(len(mesh.vertices))),
    )


def keypoints(mesh: Mesh | None = None) -> KeypointSet:
    """Four keypoints with all that can be known of them."""
    mesh = mesh or icosphere(1)
    weights = np.array([[1, 0, 0], [0.5, 0.25, 0.25], [0.2, 0.3, 0.5], [1 / 3, 1 / 3, 1 / 3]])
    anchor = Anchor(np.array([3, 1, 4, 15]), weights, mesh.key)
    return KeypointSet(
        anchor.positions(mesh.vertices, mesh.faces) / 7.0,
        KeypointSchema(("left, tip", 'right "tip"', "näse", "3"), (1, 0, 2, -1), ((0, 2), (1, 2))),
        confidence=np.array([0.25, 1.0, 1 / 3, 0.0]),
        locked=np.array([True, False, False, False]),
        defined=np.array([True, True, False, True]),
        origin=(Origin.DETECTED, Origin.EDITED, Origin.PLACED, Origin.DETECTED),
        anchor=anchor,
    )


def assert_same_keypoints(found: KeypointSet, expected: KeypointSet) -> None:
    """All attributes are equal, numbers bit for bit."""
    assert found.positions.tobytes() == expected.positions.tobytes()
    assert found.schema == expected.schema
    assert found.origin == expected.origin
    for name in ("confidence", "locked", "defined"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert (found.anchor is None) == (expected.anchor is None)
    if found.anchor is not None and expected.anchor is not None:
        assert found.anchor.mesh_key == expected.anchor.mesh_key
        np.testing.assert_array_equal(found.anchor.faces, expected.anchor.faces)
        assert found.anchor.barycentric.tobytes() == expected.anchor.barycentric.tobytes()


def assert_same_mesh(found: Mesh, expected: Mesh) -> None:
    """Vertices are equal bit for bit, faces in order, colours and texture too."""
    assert found.vertices.tobytes() == expected.vertices.tobytes()
    np.testing.assert_array_equal(found.faces, expected.faces)
    first, second = (mesh.appearance or Appearance() for mesh in (found, expected))
    for name in ("colors", "uv", "texture"):
        one, other = getattr(first, name), getattr(second, name)
        assert (one is None) == (other is None), name
        if one is not None:
            np.testing.assert_array_equal(one, other, name)
