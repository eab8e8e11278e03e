"""Keypoints: where they are, what they are called, which mirror which."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray, IntArray, freeze
from kpstudio.base.errors import InputError


class Origin(StrEnum):
    """Who put a keypoint where it is."""

    DETECTED = "detected"
    PLACED = "placed"
    EDITED = "edited"


@dataclass(frozen=True)
class KeypointSchema:
    """What the k keypoints of a category are.

    Parameters
    ----------
    names
        k names, such as "left wing tip".
    mirror
        For each keypoint the index of its mirror partner, itself on the symmetry plane, -1 if
        it has none; empty when nothing is known.
    edges
        Pairs of keypoints to join with a line.
    ordered
        True when index i means the same place on every shape.
    """

    names: tuple[str, ...]
    mirror: tuple[int, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()
    ordered: bool = True

    def __post_init__(self) -> None:
        """Check that the indices fit the names."""
        count = len(self.names)
        if self.mirror and len(self.mirror) != count:
            raise InputError(f"{len(self.mirror)} mirror indices for {count} keypoints")
        for index, partner in enumerate(self.mirror):
            if not -1 <= partner < count or (partner >= 0 and self.mirror[partner] != index):
                raise InputError(f"keypoint {index} and its mirror {partner} do not pair up")
        if any(not (0 <= a < count and 0 <= b < count) for a, b in self.edges):
            raise InputError("an edge names a keypoint that does not exist")

    def __len__(self) -> int:
        """Return the number of keypoints."""
        return len(self.names)

    @classmethod
    def numbered(cls, count: int, *, ordered: bool = True) -> KeypointSchema:
        """Return a schema of `count` keypoints named by their index."""
        return cls(tuple(str(index) for index in range(count)), ordered=ordered)


@dataclass(frozen=True, eq=False)
class Anchor:
    """Keypoints bound to a surface: a face and barycentric coordinates each.

    Parameters
    ----------
    faces
        (k,) int32 face indices.
    barycentric
        (k,3) weights of the face's corners, summing to 1.
    mesh_key
        `Mesh.key` of the mesh they were bound on, to notice a wrong mesh.
    """

    faces: IntArray
    barycentric: FloatArray
    mesh_key: str = ""

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        faces = freeze(self.faces, (None,), np.int32, "anchor faces")
        object.__setattr__(self, "faces", faces)
        barycentric = freeze(self.barycentric, (len(faces), 3), float, "barycentric coordinates")
        object.__setattr__(self, "barycentric", barycentric)

    def positions(self, vertices: FloatArray, faces: IntArray) -> FloatArray:
        """Return (k,3) positions on a mesh with the same faces as the one bound to."""
        return np.einsum("kc,kcd->kd", self.barycentric, vertices[faces[self.faces]])


@dataclass(frozen=True, eq=False)
class KeypointSet:
    """k keypoints of one shape, in file coordinates.

    Parameters
    ----------
    positions
        (k,3) float64, file units.
    schema
        Names, mirror pairs, edges; numbered by default.
    confidence
        (k,) in 0..1; 1 by default.
    locked
        (k,) keypoints that no drag, prior or nudge may move.
    defined
        (k,) False for a keypoint that is missing on this shape.
    origin
        k origins; detected by default.
    anchor
        Their place on the surface, when they are bound to it.
    """

    positions: FloatArray
    schema: KeypointSchema = field(default_factory=lambda: KeypointSchema(()))
    # None stands for the default until __post_init__ has run: whoever reads gets an array.
    confidence: FloatArray = None  # type: ignore[assignment]
    locked: BoolArray = None  # type: ignore[assignment]
    defined: BoolArray = None  # type: ignore[assignment]
    origin: tuple[Origin, ...] = ()
    anchor: Anchor | None = None

    def __post_init__(self) -> None:
        """Fill in defaults, check and freeze the arrays."""
        positions = freeze(self.positions, (None, 3), float, "keypoint positions")
        count = len(positions)
        fill = object.__setattr__
        fill(self, "positions", positions)
        if len(self.schema) == 0 and count:
            fill(self, "schema", KeypointSchema.numbered(count))
        if len(self.schema) != count:
            raise InputError(f"{len(self.schema)} names for {count} keypoints")
        defaults = {"confidence": (1.0, float), "locked": (False, bool), "defined": (True, bool)}
        for name, (default, dtype) in defaults.items():
            value = getattr(self, name)
            value = np.full(count, default) if value is None else value
            fill(self, name, freeze(value, (count,), dtype, f"keypoint {name}"))
        if not self.origin:
            fill(self, "origin", (Origin.DETECTED,) * count)
        if len(self.origin) != count:
            raise InputError(f"{len(self.origin)} origins for {count} keypoints")
        if self.anchor is not None and len(self.anchor.faces) != count:
            raise InputError(f"{len(self.anchor.faces)} anchors for {count} keypoints")

    def __len__(self) -> int:
        """Return the number of keypoints."""
        return len(self.positions)

    def moved(self, positions: FloatArray, origin: Origin = Origin.EDITED) -> KeypointSet:
        """Return the set at other positions (k,3), marking those that moved with `origin`.

        The anchor is dropped: it no longer holds for the keypoints that moved.
        """
        positions = np.asarray(positions, float)
        if positions.shape != self.positions.shape:
            raise InputError(f"{len(positions)} positions for {len(self)} keypoints")
        changed = (positions != self.positions).any(axis=1)
        if not changed.any():
            return self
        origins = tuple(
            origin if moved else old for moved, old in zip(changed, self.origin, strict=True)
        )
        return replace(self, positions=positions, origin=origins, anchor=None)

    def renamed(self, index: int, name: str) -> KeypointSet:
        """Return the set with another name for one keypoint."""
        names = tuple(name if i == index else old for i, old in enumerate(self.schema.names))
        return replace(self, schema=replace(self.schema, names=names))

    def with_lock(self, index: int, locked: bool) -> KeypointSet:
        """Return the set with one keypoint locked or free."""
        locks = np.array(self.locked)
        locks[index] = locked
        return replace(self, locked=locks)
