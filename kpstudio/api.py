"""The Python API: load, detect, deform, align, sample, save. docs/python.md shows it at work.

Shapes are frozen: every function returns a new one and leaves its input alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.app import operations
from kpstudio.app.files import fields_of, keypoint_info
from kpstudio.app.moves import MoveOptions
from kpstudio.app.opening import load_shape
from kpstudio.app.pairing_by_name import match, register
from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError, KPStudioError, ParameterError
from kpstudio.data.detection import Detection
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.deformation.rig import Rig
from kpstudio.detectors.registry import detector_ids
from kpstudio.io import registry as formats
from kpstudio.io.samples import sample_path
from kpstudio.nn.catalogue import installed_models

__all__ = [
    "KPStudioError",
    "KeypointSet",
    "Mesh",
    "Shape",
    "align",
    "deform",
    "detect",
    "detector_ids",
    "installed_models",
    "keypoint_index",
    "load",
    "load_keypoints",
    "match",
    "register",
    "sample",
    "sample_path",
    "save",
    "save_keypoints",
]

# Binding is the slow step: once is enough for as long as somebody holds the detection. A rig does
# not hold its detection itself, or nothing would ever leave.
_rigs: WeakKeyDictionary[Detection, Rig] = WeakKeyDictionary()


def load(
    path: Path | str, *, up: str = "", front: str = "", ctx: RunContext | None = None
) -> Shape:
    """Return the shape in a mesh file; the parts of a scene become one mesh.

    Parameters
    ----------
    path
        The file: OBJ, PLY, OFF, STL, GLB, glTF or VTP, told by what it holds.
    up, front
        The file's axes that point up and to the front, such as "+z". For one that is not given
        stands the canonical "+y" or "+z", or, where the other is on that axis, what programs with
        z up do: "+z" up, "-y" to the front. Without both, `detect` recognises the pose.
    ctx
        Progress and cancellation.

    Raises
    ------
    FileError, FormatError
        The file cannot be read, or is not what its format promises.
    ParameterError
        The axes do not span a frame.
    """
    return load_shape(path, up, front, ctx)


def detect(
    shape: Shape,
    detector: str = "keypoint-deformer",
    model: str | None = None,
    *,
    ctx: RunContext | None = None,
    **parameters: object,
) -> Shape:
    """Return the shape with the keypoints a detector finds, in its rest state.

    Parameters
    ----------
    shape
        The shape; its rest mesh is looked at.
    detector
        One of `detector_ids()`.
    model
        Category, model id or .safetensors file, for a detector that needs one; recognised by
        default.
    ctx
        Progress and cancellation.
    **parameters
        The detector's own parameters, as `kpstudio detectors list --json` describes them.

    Returns
    -------
    Shape
        Its `detection` holds what there is to look at; `detection.notes` are sentences that a
        person should read, such as that a model's proposals have collapsed.

    Raises
    ------
    PluginError, ParameterError, ModelError, InputError
        Unknown detector, wrong parameters, no such model, a mesh it cannot work on.
    """
    values = {**({"model": model} if model else {}), **parameters}
    guess = not shape.orientation_chosen
    return operations.detect(shape, detector, values, ctx, guess_orientation=guess)


def deform(
    shape: Shape,
    moves: Mapping[int | str, ArrayLike],
    *,
    prior: float = 0.0,
    symmetric: bool = False,
    units: Literal["file", "shape"] = "file",
    ctx: RunContext | None = None,
) -> Shape:
    """Return the shape with some keypoints moved and the mesh following.

    Parameters
    ----------
    shape
        A shape with keypoints, as it is now: deformed or not.
    moves
        For each keypoint, by index or name, the offset (3,) from where it is.
    prior
        How much the shape prior moves the other keypoints, 0 to 1.
    symmetric
        Mirror every move to the partner keypoint.
    units
        "file": offsets in the file's coordinates. "shape": in the normalised cube, where the
        longest side of the shape is 1, +y is up and +z the front.
    ctx
        Progress and cancellation of the first deformation; later ones reuse its binding.

    Raises
    ------
    InputError
        No keypoints, or keypoints that do not move the mesh.
    ParameterError
        No such keypoint, an offset that is not three finite numbers, unknown units, or a
        strength of the prior outside 0..1.
    """
    options = MoveOptions(prior, symmetric)
    indices = [keypoint_index(shape, keypoint) for keypoint in moves]
    if len(set(indices)) < len(indices):
        raise ParameterError("a keypoint is moved twice", remedy="Name every keypoint once.")
    offsets = np.array([_offset(*move) for move in moves.items()]).reshape(-1, 3)
    if units == "shape":
        offsets = shape.normalisation.invert_vectors(offsets)
    elif units != "file":
        raise ParameterError(f"units are {units!r}", remedy='Use "file" or "shape".')
    return operations.move_keypoints(shape, _rig(shape, ctx), indices, offsets, options)


def align(
    source: Shape, target: Shape, amount: float = 1.0, *, ctx: RunContext | None = None
) -> Shape:
    """Return the source deformed so that its keypoints take the target's arrangement.

    The source keeps its place, size and orientation.

    Parameters
    ----------
    source, target
        Two shapes with keypoints of the same detector and model.
    amount
        0 gives the undeformed source, 1 the target's arrangement.
    ctx
        Progress and cancellation.

    Raises
    ------
    InputError
        No keypoints, or keypoints that do not correspond.
    """
    return operations.align(source, target, _rig(source, ctx), amount)


def sample(
    shape: Shape,
    seed: int | np.random.Generator = 0,
    spread: float = 1.0,
    *,
    ctx: RunContext | None = None,
) -> Shape:
    """Return a new plausible shape: keypoints drawn from the shape prior, the mesh following.

    Parameters
    ----------
    shape
        A shape with keypoints of a model that has a prior.
    seed
        The same seed gives the same shape; a generator goes on where it was.
    spread
        How far from the category's mean, in standard deviations.
    ctx
        Progress and cancellation.

    Raises
    ------
    InputError
        No keypoints, or nothing is known of how they vary.
    """
    return operations.sample(shape, _rig(shape, ctx), seed, spread)


def save(shape: Shape, path: Path | str, *, ctx: RunContext | None = None) -> tuple[str, ...]:
    """Write the shape's mesh as it is now, with fields and keypoints where the format has room.

    Parameters
    ----------
    shape
        The shape.
    path
        The file; its suffix is the format. What was there is replaced only when all went well.
    ctx
        Cancellation.

    Returns
    -------
    tuple of str
        What the format cannot hold and is lost, in sentences.

    Raises
    ------
    FileError
        Unknown suffix, no such folder, no permission, or the disk is full.
    """
    return formats.save_mesh(path, shape.current, fields_of(shape), shape.keypoints, ctx)


def load_keypoints(path: Path | str, *, space: str = "") -> KeypointSet:
    """Return the keypoints in a file: JSON, 3D Slicer markups, CSV, or a GLB or VTP with some.

    Parameters
    ----------
    path
        The file.
    space
        Anatomical frame of the mesh they are for, `shape.mesh.space`; "" is taken for "LPS".
        Positions are turned round only when the file names the other frame.

    Raises
    ------
    FileError, FormatError
        The file cannot be read, or holds no keypoints.
    """
    return formats.load_keypoints(path, space).keypoints


def save_keypoints(shape: Shape, path: Path | str) -> tuple[str, ...]:
    """Write the shape's keypoints as they are now, in file coordinates.

    Parameters
    ----------
    shape
        A shape with keypoints.
    path
        The file; its suffix is the format: .json, .mrk.json or .csv.

    Returns
    -------
    tuple of str
        What the format cannot hold and is lost, in sentences.

    Raises
    ------
    InputError
        The shape has no keypoints.
    FileError
        Unknown suffix, no such folder, no permission, or the disk is full.
    """
    return formats.save_keypoints(path, _keypoints(shape), keypoint_info(shape))


def keypoint_index(shape: Shape, keypoint: int | str) -> int:
    """Return the index of a keypoint given by index or name; "3" is an index if no name is.

    Raises
    ------
    InputError
        The shape has no keypoints.
    ParameterError
        It has no such keypoint.
    """
    names = _keypoints(shape).schema.names
    if keypoint in names:
        return names.index(str(keypoint))
    if str(keypoint).isdecimal() and int(keypoint) < len(names):
        return int(keypoint)
    known = ", ".join(name for index, name in enumerate(names) if name != str(index))
    raise ParameterError(
        f"there is no keypoint {keypoint!r}",
        remedy=f"Use 0 to {len(names) - 1}{f', or one of: {known}' if known else ''}.",
    )


def _offset(keypoint: int | str, offset: ArrayLike) -> FloatArray:
    try:
        array = np.array(offset, float)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.shape != (3,) or not np.isfinite(array).all():
        raise ParameterError(
            f"the offset of keypoint {keypoint!r} is {offset!r}",
            remedy="Give three finite numbers: x, y, z.",
        )
    return array


def _keypoints(shape: Shape) -> KeypointSet:
    if shape.keypoints is None:
        raise InputError("the shape has no keypoints", remedy="Detect them first.")
    return shape.keypoints


def _rig(shape: Shape, ctx: RunContext | None) -> Rig:
    rig = _rigs.get(shape.detection) if shape.detection is not None else None
    if rig is None or rig.mesh is not shape.mesh:
        rig = operations.rig_for(shape, ctx)
        assert shape.detection is not None
        _rigs[shape.detection] = rig
    return rig
