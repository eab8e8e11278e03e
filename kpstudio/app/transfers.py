"""What is on one shape is brought onto another: keypoints, fields, colours."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kpstudio.app.operations import with_handles
from kpstudio.app.pairing import DensePair, keypoints_of
from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Appearance
from kpstudio.data.shape import Shape
from kpstudio.geometry.closest import SurfaceLocator

#: Stands for the detector of keypoints that were brought over.
TRANSFER = "transfer"


@dataclass(frozen=True)
class What:
    """What is brought over.

    Parameters
    ----------
    keypoints
        The keypoints with their names, mirror pairs and edges.
    fields
        The fields of the detection that is edited; values that are all whole numbers are labels
        and are never mixed.
    colors
        The colours of the file, where the source has some.
    """

    keypoints: bool = True
    fields: bool = True
    colors: bool = True


def transfer(source: Shape, target: Shape, maps: DensePair, what: What | None = None) -> Shape:
    """Return the target with what is on the source, back in its rest state.

    Parameters
    ----------
    source, target
        The first and the second shape of the maps.
    maps
        Where the vertices of the two are on each other.
    what
        What is brought over.

    Raises
    ------
    InputError
        The maps are of other meshes, or the source has nothing of what is wanted.
    """
    what = what or What()
    sizes = (len(source.mesh.vertices), len(target.mesh.vertices))
    if (len(maps.there), len(maps.back)) != sizes:
        raise InputError("the dense map is of other meshes", remedy="Compute it again.")
    result, moved = target, False
    if what.colors and (colors := _colors(source, maps)) is not None:
        mesh = replace(target.mesh, appearance=Appearance(colors=colors))
        result, moved = replace(target, mesh=mesh, deformed=mesh), True
    fields = _fields(source, maps) if what.fields else ()
    if what.keypoints and source.keypoints is not None:
        found = Detection(_keypoints(source, target, maps), _provenance(source, maps), None, fields)
        return with_handles(result.detected(found))
    if fields:
        return _with_fields(result, fields, source, maps)
    if not moved:
        raise InputError(f"{source.mesh.name} has nothing of what is to be transferred",
                         remedy="Run a detector on it first.")  # fmt: skip
    return result


def transferred_positions(source: Shape, target: Shape, maps: DensePair) -> FloatArray:
    """Return (k,3) where the source's keypoints, at rest, are on the target at rest."""
    keypoints = _rest(source)
    mesh, there = source.mesh, maps.there.fetch(target.mesh.vertices, target.mesh.faces)
    found = SurfaceLocator(mesh.vertices, mesh.faces).closest(keypoints.positions)
    if len(mesh.faces) == 0:
        places = there[found.faces]
    else:
        places = np.einsum("kc,kcd->kd", found.barycentric, there[mesh.faces[found.faces]])
    # Between the images of three vertices there may be air.
    on = SurfaceLocator(target.mesh.vertices, target.mesh.faces).closest(places)
    return np.where(keypoints.defined[:, None], on.points, places)


def _rest(shape: Shape) -> KeypointSet:
    """Return the keypoints on the rest mesh, of which the maps are."""
    if shape.is_deformed and shape.detection is not None:
        return shape.detection.keypoints
    return keypoints_of(shape)


def _keypoints(source: Shape, target: Shape, maps: DensePair) -> KeypointSet:
    here, positions = _rest(source), transferred_positions(source, target, maps)
    mesh = source.mesh
    near = SurfaceLocator(mesh.vertices, mesh.faces).closest(here.positions)
    vertex = near.faces if len(mesh.faces) == 0 else (
        mesh.faces[near.faces, near.barycentric.argmax(axis=1)])  # fmt: skip
    confidence = np.clip(here.confidence, 0.0, 1.0) * maps.there.confidence[vertex]
    return KeypointSet(positions, here.schema, confidence, defined=here.defined)


def _fields(source: Shape, maps: DensePair) -> tuple[Field, ...]:
    detection = source.detection
    fields = detection.fields if detection is not None else ()
    fitting = (one for one in fields if len(one.values) == len(source.mesh.vertices))
    return tuple(replace(one, values=_brought(one.values, source, maps)) for one in fitting)


def _brought(values: FloatArray, source: Shape, maps: DensePair) -> FloatArray:
    if np.array_equal(values, np.rint(values)):  # labels: half of 2 and 4 is not 3
        return values[maps.back.vertices]
    return maps.back.fetch(values, source.mesh.faces)


def _colors(source: Shape, maps: DensePair) -> np.ndarray | None:
    look = source.mesh.appearance
    if look is None or look.colors is None:
        return None
    brought = maps.back.fetch(look.colors, source.mesh.faces)
    return np.rint(brought).astype(np.uint8)


def _with_fields(target: Shape, fields: tuple[Field, ...], source: Shape, maps: DensePair) -> Shape:
    """Return the target with more fields on what is edited."""
    detection = target.detection
    if detection is None:
        nothing = KeypointSet(np.zeros((0, 3)))
        return target.detected(Detection(nothing, _provenance(source, maps), None, fields))
    names = {one.name for one in fields}
    kept = tuple(one for one in detection.fields if one.name not in names)
    return replace(target, detection=replace(detection, fields=kept + fields))


def _provenance(source: Shape, maps: DensePair) -> Provenance:
    told = {"from": source.mesh.name, "by": maps.there.source}
    return Provenance(TRANSFER, told)
