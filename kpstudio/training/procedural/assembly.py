"""Putting solids, part labels and keypoints together into one instance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import BoolArray, FloatArray, IntArray
from kpstudio.base.errors import InputError
from kpstudio.training.procedural.primitives import Solid


@dataclass(frozen=True, eq=False)
class Instance:
    """One generated shape: geometry, ground-truth keypoints and a part label a face.

    Parameters
    ----------
    vertices, faces
        (n,3) float64 and (m,3) int32, y up, +z front.
    keypoints, present
        (g,3) positions on the surface and (g,) whether the instance has them.
    keypoint_names
        g names, the same for every instance of the category.
    part_labels, part_names
        (m,) int32 index into the names.
    """

    vertices: FloatArray
    faces: IntArray
    keypoints: FloatArray
    present: BoolArray
    keypoint_names: tuple[str, ...]
    part_labels: IntArray
    part_names: tuple[str, ...]


class Assembly:
    """Collects the solids and keypoints of one instance.

    Parameters
    ----------
    parts
        Names of the category's parts.
    keypoints
        Names of the category's keypoints.
    """

    def __init__(self, parts: tuple[str, ...], keypoints: tuple[str, ...]) -> None:
        self._part_names = parts
        self._keypoint_names = keypoints
        self._solids: list[Solid] = []
        self._labels: list[int] = []
        self._marks: dict[str, FloatArray] = {}

    def add(self, part: str, *solids: Solid) -> None:
        """Add solids that belong to a part."""
        self._solids += solids
        self._labels += [self._part_names.index(part)] * len(solids)

    def mark(self, name: str, position: ArrayLike) -> None:
        """Place a keypoint at a point (3,) of the surface."""
        if name not in self._keypoint_names:
            raise InputError(f"there is no keypoint {name!r} in this category")
        self._marks[name] = np.asarray(position, float)

    def mark_pair(self, name: str, position: ArrayLike) -> None:
        """Place `left <name>` at a point and `right <name>` at its mirror image in x = 0."""
        left = np.asarray(position, float)
        self.mark(f"left {name}", left)
        self.mark(f"right {name}", left * (-1.0, 1.0, 1.0))

    def build(self) -> Instance:
        """Return the finished instance; a keypoint never placed is not present."""
        starts = np.cumsum([0, *(len(solid.vertices) for solid in self._solids)])
        pairs = list(zip(self._solids, starts, strict=False))
        counts = [len(solid.faces) for solid in self._solids]
        present = [name in self._marks for name in self._keypoint_names]
        nowhere = np.zeros(3)
        positions = [self._marks.get(name, nowhere) for name in self._keypoint_names]
        return Instance(
            vertices=np.concatenate([solid.vertices for solid in self._solids]),
            faces=np.concatenate([solid.faces + start for solid, start in pairs]).astype(np.int32),
            keypoints=np.stack(positions),
            present=np.array(present),
            keypoint_names=self._keypoint_names,
            part_labels=np.repeat(self._labels, counts).astype(np.int32),
            part_names=self._part_names,
        )
