"""Alignment: bringing the keypoints of one shape into the arrangement of another's."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError
from kpstudio.geometry.normalise import Normalisation


def align_offsets(
    source_keypoints: FloatArray,
    target_keypoints: FloatArray,
    amount: float,
    source_normalisation: Normalisation,
    target_normalisation: Normalisation,
) -> FloatArray:
    """Return the offsets that deform a source towards a target by their keypoints.

    Both are compared in their normalised frames, so place, size and orientation of the two files
    do not matter, and the source keeps its own.

    Parameters
    ----------
    source_keypoints, target_keypoints
        (k,3) in their own file coordinates; index i means the same place on both.
    amount
        0 leaves the source as it is, 1 goes all the way; more exaggerates.
    source_normalisation, target_normalisation
        From the file coordinates of each to the normalised frame.

    Returns
    -------
    (k,3) offsets in the source's file coordinates.

    Raises
    ------
    InputError
        The numbers of keypoints differ.
    """
    if source_keypoints.shape != target_keypoints.shape:
        raise InputError(
            f"{len(source_keypoints)} keypoints cannot follow {len(target_keypoints)}",
            remedy="Detect both shapes with the same detector and model.",
        )
    source = source_normalisation.apply(source_keypoints)
    target = target_normalisation.apply(target_keypoints)
    return source_normalisation.invert_vectors(amount * (target - source))


def bounding_box_baseline(
    vertices: FloatArray,
    source_normalisation: Normalisation,
    target_bounds: FloatArray,
) -> FloatArray:
    """Return a source stretched to the proportions of a target's box: what alignment must beat.

    Parameters
    ----------
    vertices
        (n,3) of the source, file coordinates.
    source_normalisation
        Of the source, fitted to its box.
    target_bounds
        (2,3) corners of the target's box in the normalised frame.

    Returns
    -------
    (n,3) in the normalised frame; an axis without extent in the source stays as it is.
    """
    normalised = source_normalisation.apply(vertices)
    low, high = normalised.min(axis=0), normalised.max(axis=0)
    extent = high - low
    wanted = target_bounds[1] - target_bounds[0]
    factors = np.divide(wanted, extent, out=np.ones(3), where=extent > 1e-9)
    return (normalised - (low + high) / 2.0) * factors + target_bounds.mean(axis=0)
