"""Shapes that several detectors have looked at, with hand-made descriptors."""

from __future__ import annotations

import numpy as np

from kpstudio.data.descriptor import Descriptor
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import Anchor, KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from tests.handled import box_mesh, detection

#: The descriptor says where on the unit box a vertex is, so the answers are known.
NAME, SPACE = "place", "box"


def place_descriptor(mesh: Mesh, space: str = SPACE) -> Descriptor:
    low, high = mesh.bounds
    return Descriptor(NAME, ((mesh.vertices - low) / (high - low)).astype(np.float32), space)


def corner_detection(mesh: Mesh, detector: str = "iss", *, count: int = 8) -> Detection:
    """Keypoints at vertices: the corners of a box first; anchored, with sizes and a field."""
    spread = np.abs(mesh.vertices - mesh.bounds.mean(axis=0)).sum(axis=1)
    vertices = np.argsort(-spread, kind="stable")[:count]
    places = [np.argwhere(mesh.faces == vertex)[0] for vertex in vertices]
    anchor = Anchor([face for face, _ in places], [np.eye(3)[corner] for _, corner in places],
                    mesh.key)  # fmt: skip
    return Detection(
        KeypointSet(mesh.vertices[vertices], anchor=anchor),
        Provenance(detector, input_key=mesh.key),
        fields=(Field("saliency", spread / spread.max()),),
        sizes=np.full(count, 0.1 * mesh.diagonal),
        descriptors=(place_descriptor(mesh),),
    )


def compared_shape(size: tuple[float, float, float] = (2.0, 1.0, 1.5), divisions: int = 4) -> Shape:
    """A box whose sides are edited, with its corners found by ISS to compare with."""
    mesh = box_mesh(size, divisions)
    return Shape(mesh).detected(corner_detection(mesh)).detected(detection(mesh))
