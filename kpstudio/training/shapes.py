"""Shapes to train on and to score with: real ones from a folder, procedural ones on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray, IntArray, freeze
from kpstudio.base.errors import FileError, InputError
from kpstudio.data.mesh import Mesh
from kpstudio.io.registry import load_mesh, mesh_suffixes
from kpstudio.training.landmarks import rule_landmarks
from kpstudio.training.packs import PACKS, PackedMesh, read_pack
from kpstudio.training.procedural.catalogue import build_instance

CATEGORIES = ("airplane", "biped", "car", "chair", "mug", "table")

#: Beginnings of the names of near copies: a family is on one side of the split.
_FAMILIES = (
    *("a31", "a32", "a33", "b73", "b74", "b76", "b77", "b78", "crj", "cs", "e1"),
    *("car1-stock", "car1-trb", "m_cup-t", "m_suv", "m_truck", "m_van", "k_loungeChair"),
    *("qf_BasicCarPackJan2017_SimpleCar", "qf_RealisticCarPackNov2018_SportsCar"),
    *("qf_RealisticCarPackNov2018_NormalCar1", "k_tableCoffee", "k_tableCross", "k_sideTable"),
    *("q_house_Chair", "q_house_Table_RoundSmall", "qf_FurniturePackMarch2019_Table"),
    *("qf_FurniturePackOct2017_CoffeeTable", "table_bjorkudden", "table_klubbo", "table_liden"),
)


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


def is_held_out(name: str, fraction: float = 0.25) -> bool:
    """Return whether a shape is kept apart for scoring: decided by its name alone, for ever.

    Parameters
    ----------
    name
        The shape's name; `split_key` puts near copies on one side.
    fraction
        Share of names that are held out.
    """
    # The salt was chosen for its counts only: some shapes of every category are held out.
    digest = hashlib.sha256(f"{split_key(name)}#9".encode()).digest()
    return int.from_bytes(digest[:8], "big") < fraction * 2.0**64


def split_key(name: str) -> str:
    """Return what near copies share: A318 to A321 are one family, and so on."""
    return max((start for start in _FAMILIES if name.startswith(start)), key=len, default=name)


def load_real(data_dir: Path, category: str) -> list[TrainingShape]:
    """Return the real shapes of a category, with rule-based landmarks where the rules hold.

    Parameters
    ----------
    data_dir
        A folder. Known packs (see `packs.PACKS`) are found in it and below it; other archives
        and mesh files count when they lie directly in it, and are taken to be of the category
        asked for, +y up and +z front.
    category
        One of `CATEGORIES`, or any other name for a folder of your own.

    Raises
    ------
    FileError, FormatError
        The folder is none, or a file in it is damaged.
    """
    if not data_dir.is_dir():
        raise FileError(
            "is not a folder", remedy="Give a folder of meshes or packs.", path=data_dir
        )
    return [
        real_shape(packed.mesh, category, packed.source)
        for packed in _real_meshes(data_dir)
        if packed.category in (category, None)
    ]


def _real_meshes(data_dir: Path) -> Iterator[PackedMesh]:
    for path in sorted(data_dir.rglob("*.npz")):
        if path.name in PACKS or path.parent == data_dir:
            yield from read_pack(path)
    for path in sorted(data_dir.iterdir()):
        if path.suffix.lower() in mesh_suffixes():
            for mesh in load_mesh(path):
                yield PackedMesh(mesh, None, path.name)


def real_shape(mesh: Mesh, category: str, source: str = "") -> TrainingShape:
    """Return a mesh in canonical axes as a shape to train on, with landmarks if rules find some.

    Parameters
    ----------
    mesh
        The mesh.
    category
        One of `CATEGORIES`, or any other name.
    source
        Where it comes from.
    """
    found = rule_landmarks(mesh, category)
    return TrainingShape(
        mesh.name,
        category,
        mesh,
        "real",
        source=source,
        keypoints=found.positions if found is not None else None,
        present=found.present if found is not None else None,
        keypoint_names=found.names if found is not None else (),
    )


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
