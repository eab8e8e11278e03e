"""Several parts as one mesh, and one mesh as several parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import ByteArray, IntArray
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.io.appearance import OPAQUE, sample_texture


def merge_parts(parts: Sequence[Mesh], name: str) -> Mesh:
    """Return the parts as one mesh: vertices and faces of each after those of the last.

    One texture shared by all parts is kept; different textures become vertex colours.
    """
    if len(parts) == 1:
        return replace(parts[0], name=name)
    offsets = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = [part.faces + offset for part, offset in zip(parts, offsets[:-1], strict=True)]
    return Mesh(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate(faces).astype(np.int32),
        name,
        parts[0].source,
        parts[0].unit,
        _merged_appearance(parts),
        parts[0].space,
    )


def split_parts(mesh: Mesh, faces: Sequence[NDArray[np.int64]], names: Sequence[str]) -> list[Mesh]:
    """Return one mesh for each group of face indices, with the vertices it uses in their order."""
    return [
        _extracted(mesh, mesh.faces[group], name)
        for group, name in zip(faces, names, strict=True)
        if len(group)
    ]


def baked_colors(mesh: Mesh) -> ByteArray | None:
    """Return (n,4) vertex colours that stand for the mesh's appearance, texture included."""
    look = mesh.appearance
    if look is None:
        return None
    if look.texture is None or look.uv is None:
        return look.colors
    sampled = sample_texture(look.texture, look.uv)
    if look.colors is None:
        return sampled
    product = sampled.astype(np.uint16) * look.colors // OPAQUE
    return product.astype(np.uint8)


def _merged_appearance(parts: Sequence[Mesh]) -> Appearance | None:
    looks = [part.appearance or Appearance() for part in parts]
    if all(look.colors is None and look.uv is None for look in looks):
        return None
    texture = looks[0].texture
    if all(look.texture is texture and look.uv is not None for look in looks):
        uv = np.concatenate([look.uv for look in looks if look.uv is not None])
        return Appearance(_joined([look.colors for look in looks], parts), uv, texture)
    return Appearance(_joined([baked_colors(part) for part in parts], parts))


def _joined(colors: Sequence[ByteArray | None], parts: Sequence[Mesh]) -> ByteArray | None:
    if all(part is None for part in colors):
        return None
    # A part without colours is white.
    return np.concatenate(
        [
            np.full((len(part.vertices), 4), OPAQUE, np.uint8) if own is None else own
            for own, part in zip(colors, parts, strict=True)
        ]
    )


def _extracted(mesh: Mesh, faces: IntArray, name: str) -> Mesh:
    used = np.unique(faces)
    index = np.zeros(len(mesh.vertices), np.int32)
    index[used] = np.arange(len(used))
    look = mesh.appearance
    if look is not None:
        look = replace(
            look,
            colors=None if look.colors is None else look.colors[used],
            uv=None if look.uv is None else look.uv[used],
        )
    return replace(
        mesh, vertices=mesh.vertices[used], faces=index[faces], name=name, appearance=look
    )
