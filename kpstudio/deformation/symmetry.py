"""Symmetric editing: what one side does, the other does mirrored."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import FloatArray
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.geometry.reflect import Plane, reflect_vectors


def mirrored_offsets(
    offsets: FloatArray,
    moved: ArrayLike,
    schema: KeypointSchema,
    plane: Plane,
) -> FloatArray:
    """Let the mirror partners of moved keypoints move as their mirror images.

    A keypoint on the plane stays on it: its offset loses the part across. Where both partners are
    moved, both go where they were sent. Without a partner nothing is added.

    Parameters
    ----------
    offsets
        (k,3) offsets of all keypoints.
    moved
        Indices of those that a person moves.
    schema
        Its `mirror` names the partners.
    plane
        The mirror plane, in the frame of the offsets.

    Returns
    -------
    (k,3) offsets of all keypoints.
    """
    result = np.array(offsets, float)
    if not schema.mirror:
        return result
    normal = plane.normal
    held = np.asarray(moved, np.intp).reshape(-1)
    partners = np.asarray(schema.mirror, np.intp)[held]
    central = held[partners == held]
    result[central] -= (result[central] @ normal)[:, None] * normal
    follows = (partners >= 0) & ~np.isin(partners, held)
    result[partners[follows]] = reflect_vectors(result[held[follows]], normal)
    return result
