"""What a file format is: its names, what it can hold, how to tell, read and write it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kpstudio.base.context import RunContext
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.orientation import Orientation

#: What a mesh file may hold beside vertices and faces, and how it is called when it is lost.
MESH_CONTENTS: Mapping[str, str] = {
    "shared vertices": "the order of the vertices",
    "double precision": "coordinates beyond single precision",
    "colors": "vertex colours",
    "texture": "the texture",
    "fields": "fields",
    "keypoints": "keypoints",
    "unit": "the unit",
    "space": "the anatomical frame",
}

#: What a keypoint file may hold beside positions, and how it is called when it is lost.
KEYPOINT_CONTENTS: Mapping[str, str] = {
    "labels": "labels",
    "confidence": "confidence",
    "anchor": "the place on the surface",
    "missing": "which keypoints are missing",
    "locked": "locks",
    "origin": "who placed them",
    "structure": "mirror pairs and edges",
    "provenance": "the detector and its parameters",
    "shape": "the mesh they belong to",
}


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format.

    Parameters
    ----------
    id
        Short name, also the suffix people know it by.
    title
        Name for people.
    suffixes
        File name endings in lower case with their dot, the usual one first.
    holds
        Keys of `MESH_CONTENTS` or `KEYPOINT_CONTENTS` that survive a round trip.
    """

    id: str
    title: str
    suffixes: tuple[str, ...]
    holds: frozenset[str]

    @property
    def can_read(self) -> bool:
        """Whether files of this format can be opened."""
        raise NotImplementedError

    @property
    def can_write(self) -> bool:
        """Whether files of this format can be saved."""
        raise NotImplementedError

    @property
    def contents(self) -> Mapping[str, str]:
        """What files of this kind may hold, in words."""
        raise NotImplementedError

    @property
    def loses(self) -> tuple[str, ...]:
        """What the format cannot hold, in words."""
        return self.lost(self.contents)

    def lost(self, present: Iterable[str]) -> tuple[str, ...]:
        """Return what of the things present the format cannot hold, in words."""
        return tuple(self.contents[key] for key in present if key not in self.holds)


@dataclass(frozen=True, eq=False)
class MeshFile:
    """What was read from a mesh file.

    Parameters
    ----------
    meshes
        The meshes: one, or the parts of the scene when asked to list them.
    fields
        Per-vertex numbers, when there is one mesh.
    keypoints
        Keypoints that the file carries, if any.
    notes
        What a person should know, such as a texture that was not found.
    space
        Anatomical frame the file declares ("LPS" or "RAS"), empty when it does not: `read_mesh`
        puts it into the meshes.
    """

    meshes: tuple[Mesh, ...]
    fields: tuple[Field, ...] = ()
    keypoints: KeypointSet | None = None
    notes: tuple[str, ...] = ()
    space: str = ""


@dataclass(frozen=True, eq=False)
class MeshSource:
    """A mesh file to read.

    Parameters
    ----------
    data
        All its bytes.
    path
        Where it lies: textures are looked for beside it.
    listed
        Give the parts of a scene one by one instead of as one mesh.
    ctx
        Told of progress, asked for cancellation.
    """

    data: bytes
    path: Path
    listed: bool = False
    ctx: RunContext = field(default_factory=RunContext)


@dataclass(frozen=True, eq=False)
class MeshExport:
    """A mesh to write, with what goes beside it where the format has room."""

    mesh: Mesh
    fields: tuple[Field, ...] = ()
    keypoints: KeypointSet | None = None
    ctx: RunContext = field(default_factory=RunContext)


@dataclass(frozen=True, kw_only=True)
class MeshFormat(Format):
    """A mesh format.

    Parameters
    ----------
    sniff
        Given the first bytes of a file and its size, whether it is of this format.
    read
        Reads a file; None when the format cannot be read. Raises `FormatError`.
    write
        Writes to a path and returns what else a person should know; None when it cannot.
    """

    sniff: Callable[[bytes, int], bool]
    read: Callable[[MeshSource], MeshFile] | None = None
    write: Callable[[Path, MeshExport], tuple[str, ...]] | None = None

    @property
    def can_read(self) -> bool:
        """Whether files of this format can be opened."""
        return self.read is not None

    @property
    def can_write(self) -> bool:
        """Whether files of this format can be saved."""
        return self.write is not None

    @property
    def contents(self) -> Mapping[str, str]:
        """What mesh files may hold, in words."""
        return MESH_CONTENTS


@dataclass(frozen=True)
class KeypointInfo:
    """Where keypoints come from: what a file says besides the keypoints themselves.

    Parameters
    ----------
    shape_file
        Name of the mesh file they belong to.
    mesh_key
        `Mesh.key` of that mesh.
    unit
        Unit of the coordinates, empty when unknown.
    orientation
        Which of the file's axes are up and front.
    detector
        Id of the detector that found them, empty when people placed them.
    parameters
        The detector's parameters by name, JSON values only.
    model
        Id of the trained model it used.
    space
        Anatomical frame of the coordinates, "LPS" or "RAS"; empty is taken as LPS, as 3D Slicer
        takes meshes that do not say.
    """

    shape_file: str = ""
    mesh_key: str = ""
    unit: str = ""
    orientation: Orientation = field(default_factory=Orientation)
    detector: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    space: str = ""


@dataclass(frozen=True, eq=False)
class KeypointFile:
    """Keypoints read from a file, what it says of them, and notes for a person."""

    keypoints: KeypointSet
    info: KeypointInfo = field(default_factory=KeypointInfo)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KeypointFormat(Format):
    """A keypoint format.

    Parameters
    ----------
    sniff
        Given the bytes of a file, whether it is of this format.
    read
        Reads the bytes of a file, positions as they stand there. Raises `FormatError`.
    write
        Returns the bytes of a file.
    """

    sniff: Callable[[bytes], bool]
    read: Callable[[bytes], KeypointFile] | None = None
    write: Callable[[KeypointSet, KeypointInfo], bytes] | None = None

    @property
    def can_read(self) -> bool:
        """Whether files of this format can be opened."""
        return self.read is not None

    @property
    def can_write(self) -> bool:
        """Whether files of this format can be saved."""
        return self.write is not None

    @property
    def contents(self) -> Mapping[str, str]:
        """What keypoint files may hold, in words."""
        return KEYPOINT_CONTENTS
