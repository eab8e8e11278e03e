"""Scoring keypoints on one shape: everything that needs no other shape."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.evaluation.contest import Conditions
from kpstudio.evaluation.distances import ON_CLOUD, ON_SURFACE, Measure, measures
from kpstudio.evaluation.disturbances import Disturbance, Disturbed
from kpstudio.evaluation.iou import matches, ranked
from kpstudio.evaluation.misses import misses
from kpstudio.evaluation.outcome import Scores
from kpstudio.evaluation.repeatability import repeatability
from kpstudio.evaluation.spread import (
    coverage_by_boxes,
    coverage_by_diagonals,
    inclusivity,
    unit_sphere,
)
from kpstudio.evaluation.subjects import SAMPLES, Subject
from kpstudio.geometry.sampling import sample_surface

#: Thresholds of inclusivity: that of the text of SC3K, that of its code.
INCLUSIVITY = (0.05, 0.03)


class Stage:
    """One shape, set up once for all detectors.

    Parameters
    ----------
    subject
        The shape.
    conditions
        How it is scored.
    """

    def __init__(self, subject: Subject, conditions: Conditions) -> None:
        self.subject, self.conditions = subject, conditions
        self._disturbed: dict[str, Disturbed] = {}

    def disturbed(self, disturbance: Disturbance) -> Disturbed:
        """Return the shape after a disturbance: the same for every detector."""
        name = disturbance.name
        if name not in self._disturbed:
            seed = self.conditions.seed_of(self.subject.mesh.key, name)
            self._disturbed[name] = disturbance.apply(self.subject.mesh, seed)
        return self._disturbed[name]

    def standing(self, keypoints: FloatArray, confidence: FloatArray) -> Scores:
        """Return the scores of keypoints (k,3), confidence (k,), on the shape as it is."""
        subject = self.subject
        frame = subject.mesh.normalisation(subject.orientation)
        in_sphere = unit_sphere(self._cloud)
        cloud, points = in_sphere(self._cloud), in_sphere(keypoints)
        scores = Scores(
            len(keypoints),
            coverage_diagonals=coverage_by_diagonals(keypoints, self._cloud),
            coverage_boxes=coverage_by_boxes(keypoints, self._cloud),
            inclusivity={f"{limit:g}": inclusivity(points, cloud, limit) for limit in INCLUSIVITY},
            keypoints=tuple(map(tuple, frame.apply(keypoints).tolist())),
        )
        return self._with_agreement(scores, keypoints, confidence) if self._measures else scores

    def repeated(
        self, keypoints: FloatArray, again: FloatArray, disturbance: Disturbance
    ) -> Scores:
        """Return the scores of keypoints (m,3) of the disturbed shape against those before."""
        disturbed = self.disturbed(disturbance)
        limits = [limit * self.subject.mesh.diagonal for limit in self.conditions.thresholds]
        found = repeatability(
            keypoints, disturbed.back(again), limits, disturbed.overlaps(keypoints)
        )
        return Scores(len(again), repeatability=found)

    def _with_agreement(
        self, scores: Scores, keypoints: FloatArray, confidence: FloatArray
    ) -> Scores:
        limits = self.conditions.thresholds
        distances = {one.name: one.to_annotated(keypoints) for one in self._measures}
        return replace(
            scores,
            misses=misses(distances[ON_SURFACE], limits, self._weights),
            matches={name: matches(values, limits) for name, values in distances.items()},
            ranked=ranked(distances[ON_CLOUD], confidence),
        )

    @cached_property
    def _cloud(self) -> FloatArray:
        mesh = self.subject.mesh
        seed = self.conditions.seed_of(mesh.key, "cloud")
        return sample_surface(mesh.vertices, mesh.faces, SAMPLES, seed).points

    @cached_property
    def _known(self) -> BoolArray:
        subject = self.subject
        if subject.landmarks is None:
            return np.zeros(0, bool)
        return np.ones(len(subject.landmarks), bool) if subject.known is None else subject.known

    @cached_property
    def _weights(self) -> FloatArray | None:
        weights = self.subject.weights
        return None if weights is None else weights[self._known]

    @cached_property
    def _measures(self) -> tuple[Measure, ...]:
        landmarks = self.subject.landmarks
        if landmarks is None or not self._known.any():
            return ()
        seed = self.conditions.seed_of(self.subject.mesh.key, "geodesics")
        return measures(self.subject.mesh, landmarks[self._known], seed)
