"""Comparing what several detectors found on one shape."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from kpstudio.app.inspecting import detector_title
from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.data.detection import Detection
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.shape import Shape
from kpstudio.detectors import registry
from kpstudio.matching.agreement import Agreement, agreement


@dataclass(frozen=True, eq=False)
class Compared:
    """One of the detections on a shape, beside the one that is edited.

    Parameters
    ----------
    detection
        The detection.
    title
        What people call its detector.
    count
        Number of keypoints it has on this shape.
    style
        Number of its colour and marker: every detector has its own, the same on every shape.
    edited
        Whether its keypoints are the ones that are edited.
    agreement
        With the edited one, which comes first; None for that one itself, or if there is none.
    """

    detection: Detection
    title: str
    count: int
    style: int
    edited: bool
    agreement: Agreement | None

    @property
    def detector(self) -> str:
        """Id of the detector."""
        return self.detection.provenance.detector

    @property
    def summary(self) -> str:
        """The agreement in words, such as "12 of 40"; the count where there is nothing to say."""
        if self.agreement is None:
            return f"{self.count} keypoints" if self.count != 1 else "1 keypoint"
        return f"{len(self.agreement)} of {self.count}"


def compare(shape: Shape, radius: float) -> tuple[Compared, ...]:
    """Return all detections on a shape, the edited one first, each with how far it agrees.

    Parameters
    ----------
    shape
        The shape.
    radius
        Up to which distance two keypoints are at the same place, as a share of the diagonal.
    """
    edited = _edited_places(shape)
    compared = []
    for detection in shape.detections:
        places = _places(detection.keypoints)
        is_edited = detection is shape.detection
        found = None
        if edited is not None and not is_edited:
            found = agreement(edited, places, radius * shape.mesh.diagonal)
        count = len(places) if edited is None or not is_edited else len(edited)
        title, style = detector_title(detection), style_of(detection.provenance.detector)
        compared.append(Compared(detection, title, count, style, is_edited, found))
    return tuple(compared)


def agreement_of(shape: Shape, first: Detection, second: Detection, radius: float) -> Agreement:
    """Return how far two detections on a shape agree, as they were detected.

    Parameters
    ----------
    shape
        The shape.
    first, second
        Two of its detections.
    radius
        Share of the diagonal.
    """
    places = _places(first.keypoints), _places(second.keypoints)
    return agreement(*places, radius * shape.mesh.diagonal)


def agreement_matrix(shape: Shape, radius: float) -> IntArray:
    """Return (d,d) how many keypoints each two of a shape's detections share.

    The diagonal holds how many each has. Order: that of `Shape.detections`.

    Parameters
    ----------
    shape
        The shape.
    radius
        Share of the diagonal.
    """
    found = shape.detections
    matrix = np.zeros((len(found), len(found)), np.int32)
    for row, first in enumerate(found):
        matrix[row, row] = len(_places(first.keypoints))
        for column, second in enumerate(found[:row]):
            shared = len(agreement_of(shape, first, second, radius))
            matrix[row, column] = matrix[column, row] = shared
    return matrix


def style_of(detector: str) -> int:
    """Return the number of a detector's colour and marker, the same in every run."""
    known = registry.detector_ids()
    return known.index(detector) if detector in known else len(known) + crc32(detector.encode())


def _edited_places(shape: Shape) -> FloatArray | None:
    """Return the places (k,3) on the rest mesh of the keypoints that are edited.

    A person who moves keypoints over a mesh at rest changes what they agree with. Those that have
    deformed the mesh are where they were detected, as all others are.
    """
    if shape.keypoints is not None and not shape.is_deformed:
        return _places(shape.keypoints)
    return _places(shape.detection.keypoints) if shape.detection is not None else None


def _places(keypoints: KeypointSet) -> FloatArray:
    return keypoints.positions[keypoints.defined]
