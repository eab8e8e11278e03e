"""Writing GLB: one mesh, its texture or colours, fields as attributes, keypoints as named nodes.

glTF stores positions in single precision. A mesh far from the origin is therefore written relative
to its middle, which its node then adds again, so that no more than a 16-millionth of its own size
is lost.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpstudio import __version__
from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.paths import atomic_path
from kpstudio.data.field import Field
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.io.appearance import encode_texture, linear_from_srgb
from kpstudio.io.formats import KeypointInfo, MeshExport
from kpstudio.io.keypoints.native import to_json

#: Member of a node's extras under which this program keeps what glTF has no place for.
EXTRAS = "kpstudio"

#: Distance from the origin, in diagonals of the mesh, beyond which positions are made relative.
FAR = 4.0

ARRAY_BUFFER, ELEMENT_BUFFER = 34962, 34963
FLOAT, UNSIGNED_SHORT, UNSIGNED_INT = 5126, 5123, 5125
TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
COMPONENTS = {"f4": FLOAT, "u2": UNSIGNED_SHORT, "u4": UNSIGNED_INT}

Json = dict[str, Any]


class _Binary:
    """The binary chunk as it grows, with the views and accessors that point into it."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.views: list[Json] = []
        self.accessors: list[Json] = []
        self.size = 0

    def view(self, data: bytes, target: int | None = None) -> int:
        """Append bytes and return the index of their view."""
        about: Json = {"buffer": 0, "byteOffset": self.size, "byteLength": len(data)}
        self.views.append(about if target is None else about | {"target": target})
        padding = -len(data) % 4
        self.blocks += [data, b"\0" * padding]
        self.size += len(data) + padding
        return len(self.views) - 1

    def accessor(self, values: NDArray[Any], target: int, *, normalized: bool = False) -> int:
        """Append an array (n,) or (n,width) and return the index of its accessor."""
        width = 1 if values.ndim == 1 else values.shape[1]
        about: Json = {
            "bufferView": self.view(np.ascontiguousarray(values).tobytes(), target),
            "componentType": COMPONENTS[values.dtype.str[1:]],
            "count": len(values),
            "type": TYPES[width],
        }
        if normalized:
            about["normalized"] = True
        if width == 3:  # required of positions
            about["min"] = values.min(axis=0).tolist()
            about["max"] = values.max(axis=0).tolist()
        self.accessors.append(about)
        return len(self.accessors) - 1


def write(path: Path, export: MeshExport) -> tuple[str, ...]:
    """Write a GLB file.

    Raises
    ------
    FileError
        The disk is full or the folder cannot be written.
    """
    mesh, binary = export.mesh, _Binary()
    look = mesh.appearance or Appearance()
    middle = _middle(mesh)
    attributes, about_fields = _attributes(mesh, look, middle, export.fields, binary)
    export.ctx.check()
    primitive: Json = {"attributes": attributes, "material": 0, "mode": 4}
    primitive["indices"] = binary.accessor(mesh.faces.reshape(-1).astype("<u4"), ELEMENT_BUFFER)
    extras: Json = {"unit": mesh.unit, "space": mesh.space, "fields": about_fields}
    node: Json = {"name": mesh.name, "mesh": 0, "extras": {EXTRAS: extras}}
    if middle.any():
        node["translation"] = middle.tolist()
    nodes = [node]
    if export.keypoints is not None:
        content = to_json(export.keypoints, KeypointInfo(unit=mesh.unit, space=mesh.space))
        extras["keypoints"] = content
        nodes += [_keypoint_node(point, middle) for point in content["keypoints"]]
        node["children"] = list(range(1, len(nodes)))
    tree: Json = {
        "asset": {"version": "2.0", "generator": f"KP Studio {__version__}"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": nodes,
        "meshes": [{"name": mesh.name, "primitives": [primitive]}],
        "materials": [_material(look)],
        **_textures(look, binary),
        "accessors": binary.accessors,
        "bufferViews": binary.views,
        "buffers": [{"byteLength": binary.size}],
    }
    _write_container(path, tree, binary)
    if mesh.unit not in ("", "m"):
        return (f"GLB takes lengths for metres; these are {mesh.unit} and written as they are",)
    return ()


def _middle(mesh: Mesh) -> FloatArray:
    far = np.abs(mesh.bounds).max() > FAR * mesh.diagonal
    return np.round(mesh.bounds.mean(axis=0)) if far else np.zeros(3)


def _attributes(
    mesh: Mesh, look: Appearance, middle: FloatArray, fields: Sequence[Field], binary: _Binary
) -> tuple[Json, Json]:
    normals = mesh.vertex_normals.astype("<f4")
    # A normal must have length one, also where a vertex has no face.
    normals[~normals.any(axis=1)] = (0.0, 1.0, 0.0)
    attributes: Json = {
        "POSITION": binary.accessor((mesh.vertices - middle).astype("<f4"), ARRAY_BUFFER),
        "NORMAL": binary.accessor(normals, ARRAY_BUFFER),
    }
    if look.uv is not None:
        upper_left = np.stack([look.uv[:, 0], 1.0 - look.uv[:, 1]], axis=1).astype("<f4")
        attributes["TEXCOORD_0"] = binary.accessor(upper_left, ARRAY_BUFFER)
    if look.colors is not None:
        linear = _linear(look.colors)
        attributes["COLOR_0"] = binary.accessor(linear, ARRAY_BUFFER, normalized=True)
    about: Json = {}
    for field in fields:
        name = _attribute_name(field.name, attributes)
        attributes[name] = binary.accessor(field.values.astype("<f4"), ARRAY_BUFFER)
        about[name] = {"name": field.name, "unit": field.unit, "signed": field.signed}
    return attributes, about


def _linear(colors: ByteArray) -> NDArray[np.uint16]:
    # Sixteen bits hold every one of the 256 sRGB levels, eight do not.
    values = colors / 255.0
    values[:, :3] = linear_from_srgb(values[:, :3])
    return np.round(values * 65535.0).astype("<u2")


def _attribute_name(name: str, taken: Json) -> str:
    word = "_" + (re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").upper() or "FIELD")
    candidate, number = word, 1
    while candidate in taken:
        number += 1
        candidate = f"{word}_{number}"
    return candidate


def _keypoint_node(point: Json, middle: FloatArray) -> Json:
    extras = {key: point[key] for key in ("index", "label", "confidence", "state")}
    place = (np.array(point["position"]) - middle).tolist()
    return {"name": point["label"], "translation": place, "extras": extras}


def _material(look: Appearance) -> Json:
    base: Json = {"metallicFactor": 0.0, "roughnessFactor": 0.8}
    material: Json = {"pbrMetallicRoughness": base, "doubleSided": True}
    if look.texture is not None and look.uv is not None:
        base["baseColorTexture"] = {"index": 0}
    if any(
        pixels is not None and (pixels[..., 3] < 255).any()
        for pixels in (look.colors, look.texture)
    ):
        material["alphaMode"] = "BLEND"
    return material


def _textures(look: Appearance, binary: _Binary) -> Json:
    if look.texture is None or look.uv is None:
        return {}
    view = binary.view(encode_texture(look.texture))
    return {
        "textures": [{"source": 0}],
        "images": [{"bufferView": view, "mimeType": "image/png"}],
    }


def _write_container(path: Path, tree: Json, binary: _Binary) -> None:
    text = json.dumps(tree, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(struct.pack("<4sII", b"glTF", 2, 28 + len(text) + binary.size))
        stream.write(struct.pack("<I4s", len(text), b"JSON") + text)
        stream.write(struct.pack("<I4s", binary.size, b"BIN\0"))
        stream.writelines(binary.blocks)
