"""What is done with every file of a batch: detecting, aligning, converting.

Each of them says what its result depends on, and does it with one file at a time by the same
functions as the window and the other commands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from kpstudio import __version__
from kpstudio.app import conversion, operations
from kpstudio.app.batch.models import models_used
from kpstudio.app.files import fields_of, keypoint_info
from kpstudio.app.opening import load_shape, pose
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import as_dict, build
from kpstudio.data.shape import Shape
from kpstudio.detectors.registry import get_detector
from kpstudio.io import registry as formats


@dataclass(frozen=True)
class Made:
    """What there is to say of an output.

    Parameters
    ----------
    keypoints
        How many, None where there are none to count.
    model
        Id of the model that was used.
    notes
        What a person should know, in sentences.
    """

    keypoints: int | None = None
    model: str = ""
    notes: tuple[str, ...] = ()


class Work(Protocol):
    """What is done with every file. It travels to other processes, so it must be picklable."""

    @property
    def suffix(self) -> str:
        """What the name of an output has behind the name of its file, such as ".json"."""
        ...

    def identity(self) -> Mapping[str, Any]:
        """Return all that a result depends on beside the file, as JSON."""
        ...

    def perform(self, source: Path, output: Path, ctx: RunContext) -> Made:
        """Make the output of one file.

        Raises
        ------
        KPStudioError
            That file cannot be worked on.
        Cancelled
            `ctx` was cancelled.
        """
        ...


def key_of(work: Work) -> str:
    """Return the hash of a work and of this version: same hash and same file, same output."""
    content = {"kpstudio": __version__, "suffix": work.suffix, **work.identity()}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the hash of a file's bytes.

    Raises
    ------
    OSError
        It cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class Detecting:
    """Find keypoints; parameters are checked, and models looked up, when it is made.

    Parameters
    ----------
    suffix
        A format of keypoints, or of meshes, which are then written with fields and keypoints.
    detector
        Id of the detector.
    parameters
        Values of its parameters by name.
    up, front
        Axes of all files; both empty: recognised where it matters.

    Raises
    ------
    KPStudioError
        Unknown detector or format, wrong parameters or axes, no such model.
    """

    suffix: str
    detector: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    up: str = ""
    front: str = ""

    def __post_init__(self) -> None:
        """Check the words, and write out the values that were left to their defaults."""
        conversion.check_writable(Path(f"file{self.suffix}"))
        pose(self.up, self.front)
        spec = get_detector(self.detector).spec
        values = as_dict(build(spec.parameters, self.parameters))
        object.__setattr__(self, "parameters", values)
        self.identity()

    def __hash__(self) -> int:
        """Return a hash that leaves out the parameters, since a mapping has none."""
        return hash((self.suffix, self.detector, self.up, self.front))

    def identity(self) -> Mapping[str, Any]:
        """Return detector, all parameters, axes, and the hashes of the models it may use."""
        spec = get_detector(self.detector).spec
        recognised = not (self.up or self.front)
        return {
            "detector": self.detector,
            "parameters": dict(self.parameters),
            "axes": [self.up, self.front],
            "models": models_used(spec, self.parameters.get("model", ""), recognised),
        }

    def perform(self, source: Path, output: Path, ctx: RunContext) -> Made:
        """Detect on one file and write the keypoints, or the mesh with them."""
        shape = self.detected(source, ctx)
        return _told(shape, _save(shape, output, ctx))

    def detected(self, source: Path, ctx: RunContext, model: str = "") -> Shape:
        """Return the shape in a file with its keypoints.

        Parameters
        ----------
        source
            The file.
        ctx
            Progress and cancellation.
        model
            Id of the model to use where the parameters name none.
        """
        shape = load_shape(source, self.up, self.front, ctx.part(0.0, 0.3))
        values = dict(self.parameters)
        if model and not values["model"]:
            values["model"] = model
        guess = not shape.orientation_chosen
        ctx = ctx.part(0.3, 1.0)
        return operations.detect(shape, self.detector, values, ctx, guess_orientation=guess)


@dataclass(frozen=True)
class Aligning:
    """Deform every shape so that its keypoints take the arrangement of one target's.

    Parameters
    ----------
    detecting
        How the keypoints of both are found; its suffix is the format of meshes to write.
    target
        The mesh file to come close to.
    amount
        0 gives the shape itself, 1 the target's arrangement.

    Raises
    ------
    KPStudioError
        The target cannot be read, or the format is none of meshes.
    """

    detecting: Detecting
    target: Path
    amount: float = 1.0

    def __post_init__(self) -> None:
        """Read the target once, so that what is wrong with it is not told of every file."""
        formats.writable_mesh_format(Path(f"file{self.suffix}"))
        formats.load_mesh(self.target)

    @property
    def suffix(self) -> str:
        """The format of meshes."""
        return self.detecting.suffix

    def identity(self) -> Mapping[str, Any]:
        """Return that of the detection, the bytes of the target, and how far to go."""
        target = file_sha256(self.target)
        return {**self.detecting.identity(), "target": target, "amount": self.amount}

    def perform(self, source: Path, output: Path, ctx: RunContext) -> Made:
        """Align the shape in one file and write its mesh."""
        shape = self.detecting.detected(source, ctx.part(0.0, 0.4))
        assert shape.detection is not None
        # Only keypoints of one model correspond.
        goal = _goal(self.detecting, self.target, shape.detection.provenance.model)
        rig = operations.rig_for(shape, ctx.part(0.6, 0.9))
        aligned = operations.align(shape, goal, rig, self.amount)
        return _told(aligned, _save(aligned, output, ctx))


@dataclass(frozen=True)
class Converting:
    """Write every file in another format.

    Parameters
    ----------
    suffix
        A format of meshes or keypoints.

    Raises
    ------
    FileError
        It is none.
    """

    suffix: str

    def __post_init__(self) -> None:
        """Check the format."""
        conversion.check_writable(Path(f"file{self.suffix}"))

    def identity(self) -> Mapping[str, Any]:
        """Return that it is a conversion."""
        return {"convert": True}

    def perform(self, source: Path, output: Path, ctx: RunContext) -> Made:
        """Convert one file."""
        return Made(notes=conversion.convert(source, output, ctx))


# The same for every file: once a process is enough.
@lru_cache(maxsize=4)
def _goal(detecting: Detecting, target: Path, model: str) -> Shape:
    return detecting.detected(target, RunContext(), model)


def _save(shape: Shape, output: Path, ctx: RunContext) -> tuple[str, ...]:
    assert shape.keypoints is not None
    if conversion.holds_keypoints(output):
        return formats.save_keypoints(output, shape.keypoints, keypoint_info(shape))
    return formats.save_mesh(output, shape.current, fields_of(shape), shape.keypoints, ctx)


def _told(shape: Shape, lost: tuple[str, ...]) -> Made:
    assert shape.detection is not None
    assert shape.keypoints is not None
    found = shape.detection
    return Made(len(shape.keypoints), found.provenance.model, (*found.notes, *lost))
