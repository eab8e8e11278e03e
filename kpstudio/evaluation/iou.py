"""Intersection over union of found and annotated keypoints, and average precision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray


@dataclass(frozen=True)
class Matches:
    """How keypoints and annotations of one shape, or of several, match at one threshold.

    Parameters
    ----------
    annotated
        Number of annotated keypoints n.
    missed
        Annotated keypoints without any found one within the threshold: false negatives.
    superfluous
        Found keypoints without any annotated one within the threshold: false positives.
    """

    annotated: int
    missed: int
    superfluous: int

    def __add__(self, other: Matches) -> Matches:
        return Matches(
            self.annotated + other.annotated,
            self.missed + other.missed,
            self.superfluous + other.superfluous,
        )

    @property
    def iou(self) -> float:
        """(n - missed) / (n + superfluous).

        The quantity of KeypointNet (You et al. 2020, arXiv:2002.12687), UKPGAN (You et al. 2022,
        arXiv:2011.11974) and Skeleton Merger (Shi et al. 2021, doi:10.1109/CVPR46437.2021.00011);
        what differs is how distances are measured.
        """
        return (self.annotated - self.missed) / max(self.annotated + self.superfluous, 1)


def matches(distances: FloatArray, thresholds: Sequence[float]) -> tuple[Matches, ...]:
    """Return the matches of one shape at every threshold.

    Parameters
    ----------
    distances
        (a,g) distance of every found keypoint to every annotated one; at least one annotated.
    thresholds
        Largest distances of a match, same unit.
    """
    found, annotated = distances.shape
    to_found = distances.min(axis=0) if found else np.full(annotated, np.inf)
    to_annotated = distances.min(axis=1)
    return tuple(
        Matches(
            annotated,
            int((to_found > threshold).sum()),
            int((to_annotated > threshold).sum()),
        )
        for threshold in thresholds
    )


@dataclass(frozen=True)
class Ranked:
    """The keypoints of one shape as average precision sees them.

    Parameters
    ----------
    confidence
        (a,) confidence of every keypoint.
    nearest
        (a,) the annotated keypoint nearest to each.
    distance
        (a,) how far that is.
    annotated
        Number of annotated keypoints.
    """

    confidence: tuple[float, ...]
    nearest: tuple[int, ...]
    distance: tuple[float, ...]
    annotated: int


def ranked(distances: FloatArray, confidence: FloatArray) -> Ranked:
    """Return the keypoints of one shape, from distances (a,g) and confidence (a,)."""
    return Ranked(
        tuple(confidence.tolist()),
        tuple(distances.argmin(axis=1).tolist()),
        tuple(distances.min(axis=1).tolist()),
        distances.shape[1],
    )


def average_precision(shapes: Iterable[Ranked], threshold: float) -> float:
    """Return the area under precision over recall of the keypoints of all shapes together.

    KeypointNet's protocol: keypoints by falling confidence; one is right if the annotated keypoint
    nearest to it is nearer than the threshold and no surer one has taken that already; precision
    at a recall is the best at this or any higher recall.
    """
    rows, total = [], 0
    for index, shape in enumerate(shapes):
        total += shape.annotated
        columns = zip(shape.confidence, shape.nearest, shape.distance, strict=True)
        rows += [(-sure, index, near, gap) for sure, near, gap in columns]
    right, taken = [], set()
    for _, index, near, gap in sorted(rows, key=lambda row: row[0]):
        hit = gap < threshold and (index, near) not in taken
        right.append(hit)
        if hit:
            taken.add((index, near))
    if not any(right):
        return 0.0
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(best[right].sum() / total)
