"""Alignment: bringing the keypoints of one shape into the arrangement of another's."""

from __future__ import annotations

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
