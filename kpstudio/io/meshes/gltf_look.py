"""The materials of a glTF file as an `Appearance`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.data.mesh import Appearance
from kpstudio.io.appearance import OPAQUE, bytes_from_unit, decode_texture, srgb_from_linear
from kpstudio.io.meshes.gltf_file import GltfFile

WHITE = (1.0, 1.0, 1.0, 1.0)


class Materials:
    """The materials of a file; textures are decoded once."""

    def __init__(self, file: GltfFile) -> None:
        self._file = file
        self._textures: dict[tuple[int, tuple[float, ...]], ByteArray | None] = {}
        self.notes: list[str] = []

    def appearance(self, primitive: Mapping[str, Any], count: int) -> Appearance | None:
        """Return the appearance of a primitive of `count` vertices, None when it is plain white."""
        index = primitive.get("material")
        material = {} if index is None else self._file.items("materials")[index]
        factor, slot = _base_color(material)
        attributes = primitive["attributes"]
        uv_name = f"TEXCOORD_{int(_transform(slot).get('texCoord', slot.get('texCoord', 0)))}"
        uv = texture = None
        if uv_name in attributes:
            uv = _bottom_left(self._file.array(attributes[uv_name]), slot)
            texture = self._texture(slot, factor)
        colors = None
        if "COLOR_0" in attributes:
            colors = self._file.array(attributes["COLOR_0"]).astype(float)
        if texture is None and factor != WHITE:
            colors = np.ones((count, 4)) if colors is None else colors
            colors = colors * np.array(factor)[: colors.shape[1]]
        if colors is None and uv is None:
            return None
        opaque = material.get("alphaMode", "OPAQUE") == "OPAQUE"
        return Appearance(None if colors is None else _rgba(colors, opaque), uv, texture)

    def _texture(self, slot: Mapping[str, Any], factor: tuple[float, ...]) -> ByteArray | None:
        if "index" not in slot:
            return None
        key = (int(slot["index"]), factor)
        if key not in self._textures:
            self._textures[key] = self._decoded(*key)
        return self._textures[key]

    def _decoded(self, index: int, factor: tuple[float, ...]) -> ByteArray | None:
        about = self._file.items("textures")[index]
        webp = about.get("extensions", {}).get("EXT_texture_webp", {})
        image = webp.get("source", about.get("source"))
        data = None if image is None else self._file.file(self._file.items("images")[image])
        texture = None if data is None else decode_texture(data)
        if texture is None:
            self.notes.append("a texture was not found or cannot be shown")
        elif factor != WHITE:
            tint = _rgba(np.array([factor]), opaque=False)[0]
            texture = (texture.astype(np.uint16) * tint // OPAQUE).astype(np.uint8)
        return texture


def _base_color(material: Mapping[str, Any]) -> tuple[tuple[float, ...], Mapping[str, Any]]:
    """Return the base colour factor (linear) and the texture slot of a material."""
    # The older way to describe materials, still found in files.
    legacy = material.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness")
    if legacy is not None:
        factor, slot = legacy.get("diffuseFactor", WHITE), legacy.get("diffuseTexture", {})
    else:
        modern = material.get("pbrMetallicRoughness", {})
        factor, slot = modern.get("baseColorFactor", WHITE), modern.get("baseColorTexture", {})
    return tuple(float(part) for part in factor), slot


def _transform(slot: Mapping[str, Any]) -> Mapping[str, Any]:
    about: Mapping[str, Any] = slot.get("extensions", {}).get("KHR_texture_transform", {})
    return about


def _bottom_left(uv: FloatArray, slot: Mapping[str, Any]) -> FloatArray:
    """Return texture coordinates with their origin at the lower left instead of the upper left."""
    uv = uv.astype(float)
    about = _transform(slot)
    if about:
        angle = float(about.get("rotation", 0.0))
        cosine, sine = np.cos(angle), np.sin(angle)
        uv = uv * about.get("scale", (1.0, 1.0))
        uv = uv @ np.array([[cosine, -sine], [sine, cosine]]) + about.get("offset", (0.0, 0.0))
    return np.stack([uv[:, 0], 1.0 - uv[:, 1]], axis=1)


def _rgba(linear: FloatArray, opaque: bool) -> ByteArray:
    colors = np.full((len(linear), 4), OPAQUE, np.uint8)
    colors[:, :3] = bytes_from_unit(srgb_from_linear(linear[:, :3]))
    if linear.shape[1] == 4 and not opaque:
        colors[:, 3] = bytes_from_unit(linear[:, 3])
    return colors
