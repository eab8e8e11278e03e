"""Shapes to train on and to score with: real ones from a folder, procedural ones on demand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray, IntArray, freeze
from kpstudio.base.errors import InputError
from kpstudio.data.mesh import Mesh
from kpstudio.training.procedural.catalogue import build_instance

CATEGORIES = ("airplane", "biped", "car", "chair", "mug", "table")


@dataclass(frozen=True, eq=False)
class TrainingShape:
    """A mesh in canonical axes (y up, +z front, so +x is its own left), with what is known of it.

    Parameters
    ----------
    name
        Unique within its category.
    category
        One of `CATEGORIES`.
    mesh
        The geometry, at any scale.
    kind
        "real" or "procedural".
    source
        Where it comes from and under which licence.
    keypoints
        (g,3) semantic keypoints in mesh coordinates, or None when nothing is known.
    present
        (g,) whether this instance has each keypoint; a row that is not present is zero.
    keypoint_names
        g names, the same for every shape of the category.
    part_labels
        (m,) int32 part index a face, or None.
    part_names
        Names of the parts.

    Raises
    ------
    InputError
        Arrays that do not fit each other.
    """

    name: str
    category: str
    mesh: Mesh
    kind: str
    source: str = ""
    keypoints: FloatArray | None = None
    present: BoolArray | None = None
    keypoint_names: tuple[str, ...] = ()
    part_labels: IntArray | None = None
    part_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check and freeze the arrays; without `present` every keypoint is there."""
        if self.kind not in ("real", "procedural"):
            raise InputError(f"the shape {self.name} is of kind {self.kind!r}")
        if self.keypoints is not None:
            count = len(self.keypoint_names)
            present = np.ones(count, bool) if self.present is None else self.present
            self._fill("keypoints", freeze(self.keypoints, (count, 3), float, "keypoints"))
            self._fill("present", freeze(present, (count,), bool, "present flags"))
        if self.part_labels is not None:
            faces = len(self.mesh.faces)
            self._fill("part_labels", freeze(self.part_labels, (faces,), np.int32, "part labels"))

    def _fill(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def is_held_out(name: str, fraction: float = 0.2) -> bool:
    """Return whether a shape is kept apart for scoring: decided by its name alone, for ever.

    Parameters
    ----------
    name
        The shape's name; `split_key` puts near copies on one side.
    fraction
        Share of names that are held out.
    """
    digest = hashlib.sha256(split_key(name).encode()).digest()
    return int.from_bytes(digest[:8], "big") < fraction * 2.0**64


def split_key(name: str) -> str:
    """Return what near copies share: A318 to A321 are one family, and so on."""
    return name


def procedural(category: str, count: int, seed: int) -> list[TrainingShape]:
    """Return `count` generated shapes; a longer list with the same seed begins with the shorter.

    Raises
    ------
    ParameterError
        There is no such category.
    """
    return [_generated(category, seed, index) for index in range(count)]


def _generated(category: str, seed: int, index: int) -> TrainingShape:
    instance = build_instance(category, seed, index)
    name = f"{category}-{seed}-{index:05d}"
    return TrainingShape(
        name,
        category,
        Mesh(instance.vertices, instance.faces, name),
        "procedural",
        source="generated",
        keypoints=instance.keypoints,
        present=instance.present,
        keypoint_names=instance.keypoint_names,
        part_labels=instance.part_labels,
        part_names=instance.part_names,
    )
