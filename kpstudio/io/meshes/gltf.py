"""glTF 2.0 scenes as meshes: nodes placed, skins bent, materials as colours or a texture.

Coordinates stay as they are in the file's world: y up, metres unless the file says otherwise.
Files written here also carry keypoints and fields (see `glb_writer`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.errors import FormatError, InputError, KPStudioError
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import SPACES, Mesh
from kpstudio.io.damage import damaged
from kpstudio.io.formats import MeshFile, MeshFormat, MeshSource
from kpstudio.io.keypoints.native import from_json
from kpstudio.io.meshes.glb_writer import EXTRAS, write
from kpstudio.io.meshes.gltf_file import MAGIC, GltfFile
from kpstudio.io.meshes.gltf_look import Materials
from kpstudio.io.meshes.gltf_scene import Scene, mirrors, transformed
from kpstudio.io.parts import split_parts

TRIANGLES, STRIP, FAN = 4, 5, 6

#: Vertices, and faces, that all parts of a scene may have together. A file of a few kilobytes can
#: place one array any number of times: its own size says nothing of what it unpacks to.
SCENE_LIMIT = 1 << 26


def read(source: MeshSource) -> MeshFile:
    """Read a GLB or glTF file.

    Raises
    ------
    FormatError
        Cut off, damaged, packed by an extension, without triangles, or absurdly large.
    """
    file = GltfFile(source.data, source.path.parent)
    reader = _Reader(file, source)
    meshes = tuple(reader.meshes())
    if not meshes:
        raise damaged("there are no triangles in its scene")
    fields, keypoints = reader.extras()
    return MeshFile(
        meshes,
        fields if len(meshes) == 1 else (),
        keypoints,
        tuple(dict.fromkeys(reader.notes)),
        meshes[0].space,
    )


class _Reader:
    """Turns the primitives of a file into meshes."""

    def __init__(self, file: GltfFile, source: MeshSource) -> None:
        self._file, self._source = file, source
        self._scene = Scene(file)
        self._materials = Materials(file)
        self._fields: list[Field] = []
        self._vertices = self._faces = 0
        self._uses = Counter(
            primitive["attributes"].get("POSITION")
            for about in file.items("meshes")
            for primitive in about["primitives"]
        )
        self.notes = self._materials.notes

    def meshes(self) -> Iterator[Mesh]:
        """Yield one mesh a primitive of triangles, in the order of the scene."""
        nodes = self._file.items("nodes")
        for done, index in enumerate(self._scene.world):
            self._source.ctx.progress(done / len(self._scene.world), "Reading parts")
            node = nodes[index]
            if "mesh" not in node:
                continue
            about = self._file.items("meshes")[node["mesh"]]
            name = str(node.get("name") or about.get("name") or self._source.path.stem)
            for primitive in about["primitives"]:
                if primitive.get("mode", TRIANGLES) not in (TRIANGLES, STRIP, FAN):
                    self.notes.append("points and lines are left out")
                elif "POSITION" in primitive["attributes"]:
                    mesh = self._mesh(index, primitive, name, _extras(node))
                    self._count(mesh)
                    yield mesh

    def _count(self, mesh: Mesh) -> None:
        self._vertices += len(mesh.vertices)
        self._faces += len(mesh.faces)
        if max(self._vertices, self._faces) > SCENE_LIMIT:
            raise FormatError(
                f"the parts of its scene have more than {SCENE_LIMIT:,} vertices or faces",
                remedy="Export fewer parts at a time.",
            )

    def _mesh(self, node: int, primitive: dict[str, Any], name: str, extras: Any) -> Mesh:
        attributes = primitive["attributes"]
        if any("KHR_draco" in extension for extension in primitive.get("extensions", {})):
            raise damaged("its arrays are packed with KHR_draco_mesh_compression")
        points = self._file.array(attributes["POSITION"]).astype(np.float64)
        corners = np.arange(len(points))
        if "indices" in primitive:
            corners = self._file.array(primitive["indices"]).astype(np.int64)
        faces = _faces(corners, primitive.get("mode", TRIANGLES))
        if len(faces) and (faces.min() < 0 or faces.max() >= len(points)):
            raise damaged(f"faces name vertices outside 0..{len(points) - 1}")
        matrices = self._scene.matrices(node, attributes)
        if mirrors(matrices):
            faces = faces[:, ::-1]
        look = self._materials.appearance(primitive, len(points))
        unit, space = str(extras.get("unit", "m")), str(extras.get("space", ""))
        mesh = Mesh(
            transformed(points, matrices),
            faces.astype(np.int32),
            name,
            self._source.path,
            unit,
            look,
            space if space in SPACES else "",
        )
        self._fields += self._read_fields(attributes, extras.get("fields", {}))
        if self._uses[attributes["POSITION"]] > 1:
            # Primitives that share one pool of vertices each take those they use.
            return split_parts(mesh, [np.arange(len(faces))], [name])[0]
        return mesh

    def _read_fields(self, attributes: dict[str, int], about: Any) -> Iterator[Field]:
        for name, accessor in attributes.items():
            values = self._file.array(accessor) if name.startswith("_") else None
            if values is None or values.ndim != 1:
                continue
            known = about.get(name, {})
            try:
                yield Field(
                    str(known.get("name", name.strip("_").lower())),
                    values.astype(np.float64),
                    str(known.get("unit", "")),
                    bool(known.get("signed", False)),
                )
            except InputError as error:
                self.notes.append(f"a field is left out: {error.message}")

    def extras(self) -> tuple[tuple[Field, ...], KeypointSet | None]:
        """Return the fields and keypoints that the file carries."""
        for node in self._file.items("nodes"):
            text = _extras(node).get("keypoints")
            if text is not None:
                try:
                    return tuple(self._fields), from_json(text).keypoints
                except KPStudioError as error:
                    self.notes.append(f"its keypoints cannot be read: {error.message}")
        return tuple(self._fields), None


def _extras(node: dict[str, Any]) -> dict[str, Any]:
    """Return what this program wrote beside a node."""
    extras = node.get("extras")
    own = extras.get(EXTRAS) if isinstance(extras, dict) else None
    return own if isinstance(own, dict) else {}


def _faces(corners: NDArray[np.int64], mode: int) -> NDArray[np.int64]:
    """Return (m,3) triangles of a list, strip or fan of vertices."""
    if mode == TRIANGLES:
        return corners[: len(corners) // 3 * 3].reshape(-1, 3)
    if mode == FAN:
        first = np.broadcast_to(corners[:1], max(len(corners) - 2, 0))
        return np.stack([first, corners[1:-1], corners[2:]], axis=1)
    faces = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
    faces[1::2] = faces[1::2, [1, 0, 2]]
    distinct = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    strip: NDArray[np.int64] = faces[distinct]
    return strip


def sniff_glb(head: bytes, size: int) -> bool:
    """Whether a file begins as GLB files do."""
    return head.startswith(MAGIC)


def sniff_gltf(head: bytes, size: int) -> bool:
    """Whether the beginning of a file looks like glTF's JSON."""
    keys = rb'"(asset|accessors|bufferViews|buffers|scenes|meshes|materials|nodes)"\s*:'
    return head.lstrip()[:1] == b"{" and len(set(re.findall(keys, head))) >= 2


HOLDS = frozenset({"shared vertices", "colors", "texture", "fields", "keypoints", "unit", "space"})

GLB = MeshFormat(
    id="glb",
    title="glTF binary",
    suffixes=(".glb",),
    holds=HOLDS,
    sniff=sniff_glb,
    read=read,
    write=write,
)
GLTF = MeshFormat(
    id="gltf",
    title="glTF",
    suffixes=(".gltf",),
    holds=HOLDS,
    sniff=sniff_gltf,
    read=read,
)
