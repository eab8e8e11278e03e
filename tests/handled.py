"""A small shape with keypoints that move it: mirror pairs, a cage, an influence and a prior."""

from __future__ import annotations

import dataclasses

import numpy as np

from kpstudio.data.detection import Detection, Handling, Provenance
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.deformation.handling import distance_handling
from kpstudio.deformation.prior import fit_prior
from tests import shapes

SCHEMA = KeypointSchema(
    ("left", "right", "top", "bottom", "front", "back"), mirror=(1, 0, 2, 3, 4, 5)
)
#: The same six places, as parts of the half sizes of a box.
PLACES = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
LEFT, RIGHT, TOP = 0, 1, 2


def box_mesh(size: tuple[float, float, float] = (2.0, 1.0, 1.5), divisions: int = 4) -> Mesh:
    """A closed box that is longest in x, symmetric in it."""
    return shapes.box(size, divisions)


def detection(mesh: Mesh, detector: str = "keypoint-deformer") -> Detection:
    """Keypoints in the middle of the six sides, with handling and prior."""
    half = (mesh.bounds[1] - mesh.bounds[0]) / 2
    positions = mesh.bounds.mean(axis=0) + PLACES * half
    shape = Shape(mesh)
    handling = distance_handling(mesh, positions, shape.normalisation)
    handling = dataclasses.replace(handling, prior=box_prior())
    assert isinstance(handling, Handling)
    return Detection(
        KeypointSet(positions, SCHEMA, confidence=np.linspace(0.5, 1.0, len(PLACES))),
        Provenance(detector, {"model": "box"}, "keypoint-deformer-box", input_key=mesh.key),
        raw=positions * 1.02,
        handling=handling,
    )


def box_prior():
    """How boxes of many sizes vary, in the normalised frame: wide ones stay symmetric."""
    rng = np.random.default_rng(7)
    halves = 0.3 + 0.1 * rng.random((80, 3))
    return fit_prior(halves[:, None, :] * PLACES[None])


def handled_shape(size: tuple[float, float, float] = (2.0, 1.0, 1.5), divisions: int = 4) -> Shape:
    """The box with its detection in place."""
    mesh = box_mesh(size, divisions)
    return Shape(mesh).detected(detection(mesh))
