"""A shape of a collection to be edited: its keypoints move the mesh, and know the others."""

from __future__ import annotations

import numpy as np

from kpstudio.app.collection.collection import Collection, Entry
from kpstudio.app.collection.shape_space import ShapeSpace
from kpstudio.app.opening import load_shape
from kpstudio.app.operations import with_handles
from kpstudio.base.context import RunContext
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.data.prior import ShapePrior
from kpstudio.data.shape import Shape
from kpstudio.geometry.procrustes import Similarity

#: What stands for the detector of keypoints that a collection gave.
DETECTOR = "collection"


def editable(
    collection: Collection, space: ShapeSpace | None, entry: Entry, ctx: RunContext | None = None
) -> Shape:
    """Return a shape of the collection as it is edited in the window.

    With a shape space its keypoints are the labels that take part, all of them: those that the
    shape lacks stand where they are expected, with no confidence. They have the collection's prior.
    Without one, or for a shape that is not in it, they are those of the entry.

    Raises
    ------
    KPStudioError
        The file cannot be read, or its mesh cannot be enclosed.
    """
    ctx = ctx or RunContext()
    pose = collection.orientation
    shape = load_shape(entry.path, pose.up, pose.front, ctx.part(0.0, 0.5))
    keypoints, prior = collection.carried(entry), None
    if space is not None and entry.name in space.shapes:
        row = space.shapes.index(entry.name)
        to_common = space.together.transforms[row]
        there = to_common.inverted().apply(space.completed(row))
        positions = shape.normalisation.invert(there)
        confidence = np.where(space.seen[row], 1.0, 0.0)
        keypoints = KeypointSet(positions, KeypointSchema(space.names), confidence=confidence)
        prior = prior_in_frame(space.model.prior, to_common)
    if keypoints is None:
        return shape
    made = Provenance(
        DETECTOR, {"folder": collection.folder.name}, orientation=pose, input_key=shape.mesh.key
    )
    return with_handles(shape.detected(Detection(keypoints, made, prior=prior)))


def prior_in_frame(prior: ShapePrior, to_common: Similarity) -> ShapePrior:
    """Return a prior of the common frame in the one that a similarity leads from.

    x = mean + sum_i b_i m_i there is R^T (x - t) / s here: modes turn with the frame and keep their
    length, and coefficients are divided by s.
    """
    return ShapePrior(
        to_common.inverted().apply(prior.mean),
        prior.modes @ to_common.rotation,
        prior.variances / to_common.scale**2,
        prior.count,
        prior.explained,
    )
