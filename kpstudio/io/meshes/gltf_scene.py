"""The scene of a glTF file: where each node stands, and how skins bend their meshes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.io.damage import damaged
from kpstudio.io.meshes.gltf_file import GltfFile


def local_matrix(node: Mapping[str, Any]) -> FloatArray:
    """Return the (4,4) transformation of a node relative to its parent."""
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    matrix = np.eye(4)
    scale = np.array(node.get("scale", (1.0, 1.0, 1.0)), float)
    matrix[:3, :3] = rotation_matrix(node.get("rotation", (0.0, 0.0, 0.0, 1.0))) * scale
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix


def rotation_matrix(quaternion: Any) -> FloatArray:
    """Return the (3,3) rotation of a unit quaternion (x, y, z, w)."""
    x, y, z, w = (float(part) for part in quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


class Scene:
    """The nodes of the scene that a file shows first, with their place in the world.

    Raises
    ------
    FormatError
        A node is its own ancestor.
    """

    def __init__(self, file: GltfFile) -> None:
        self._file = file
        self._nodes = file.items("nodes")
        #: (4,4) world transformation of every node of the scene, parents first.
        self.world: dict[int, FloatArray] = dict(self._placed())

    def _roots(self) -> list[int]:
        scenes = self._file.items("scenes")
        if scenes:
            return list(scenes[self._file.tree.get("scene", 0)].get("nodes", []))
        children = {child for node in self._nodes for child in node.get("children", [])}
        return [index for index in range(len(self._nodes)) if index not in children]

    def _placed(self) -> Iterator[tuple[int, FloatArray]]:
        waiting = [(root, np.eye(4)) for root in reversed(self._roots())]
        seen: set[int] = set()
        while waiting:
            index, parent = waiting.pop()
            if index in seen:
                raise damaged("a node of its scene has two parents")
            seen.add(index)
            node = self._nodes[index]
            matrix = parent @ local_matrix(node)
            yield index, matrix
            waiting += [(child, matrix) for child in reversed(node.get("children", []))]

    def matrices(self, node: int, attributes: Mapping[str, int]) -> FloatArray:
        """Return what moves a mesh into the world: (4,4), or (n,4,4) when a skin bends it.

        Vertex v of a skinned mesh moves by the weighted sum of its joints' world transformations,
        each after the inverse of the joint's place at binding; the node's own does not count.
        """
        about = self._nodes[node]
        if "skin" not in about or "JOINTS_0" not in attributes:
            return self.world[node]
        skin = self._file.items("skins")[about["skin"]]
        joints: list[int] = skin["joints"]
        bind = np.tile(np.eye(4), (len(joints), 1, 1))
        if "inverseBindMatrices" in skin:
            bind = self._file.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4)
            bind = bind.transpose(0, 2, 1).astype(float)
        moved = np.stack([self.world.get(joint, np.eye(4)) for joint in joints]) @ bind
        result = np.zeros((1, 4, 4))
        for number in range(8):  # sets of four joints a vertex
            if f"JOINTS_{number}" not in attributes:
                break
            which = self._file.array(attributes[f"JOINTS_{number}"])
            weights = self._file.array(attributes[f"WEIGHTS_{number}"])
            for column in range(4):
                result = result + weights[:, column, None, None] * moved[which[:, column]]
        return result


def transformed(points: FloatArray, matrices: FloatArray) -> FloatArray:
    """Return points (n,3) moved by (4,4) or (n,4,4); the very same values by the identity."""
    if matrices.ndim == 2:
        if np.array_equal(matrices, np.eye(4)):
            return points
        result: FloatArray = points @ matrices[:3, :3].T + matrices[:3, 3]
        return result
    bent: FloatArray = np.einsum("nij,nj->ni", matrices[:, :3, :3], points) + matrices[:, :3, 3]
    return bent


def mirrors(matrices: FloatArray) -> bool:
    """Whether a transformation turns faces inside out."""
    matrix = matrices if matrices.ndim == 2 else matrices[0]
    return bool(np.linalg.det(matrix[:3, :3]) < 0.0)
