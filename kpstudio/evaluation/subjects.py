"""Shapes to score a detector on, and what it finds on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.protocol import Detector
from kpstudio.evaluation.consistency import LabelledShapes
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.orientation import Orientation
from kpstudio.geometry.sampling import SurfaceSamples, sample_surface

#: Surface samples that stand for a shape in every figure.
SAMPLES = 2048


@dataclass(frozen=True, eq=False)
class Subject:
    """A shape in canonical axes, and where its landmarks are, if anybody knows.

    Parameters
    ----------
    name
        Its name.
    mesh
        The mesh.
    landmarks
        (g,3) ground-truth keypoints in mesh coordinates, or None.
    known
        (g,) which of them the shape has.
    names
        g names, the same landmark having the same name on all shapes of a category; may be empty.
    weights
        (g,) how much each counts, such as how many people marked it; all the same if None.
    category
        What kind of shape it is, such as "chair"; empty when nobody said.
    orientation
        Which of its axes are up and front, for detectors that ask.
    """

    name: str
    mesh: Mesh
    landmarks: FloatArray | None = None
    known: BoolArray | None = None
    names: tuple[str, ...] = ()
    weights: FloatArray | None = None
    category: str = ""
    orientation: Orientation = field(default_factory=Orientation)


@dataclass(frozen=True, eq=False)
class Finding:
    """What a detector found on a subject.

    Parameters
    ----------
    subject
        The shape.
    detection
        What was found, keypoints not snapped.
    frame
        The shape's normalised frame.
    samples
        Surface samples, mesh coordinates.
    """

    subject: Subject
    detection: Detection
    frame: Normalisation
    samples: SurfaceSamples

    @property
    def cloud(self) -> FloatArray:
        """(p,3) the samples, normalised."""
        return self.frame.apply(self.samples.points)

    @property
    def keypoints(self) -> FloatArray:
        """(k,3) the keypoints, normalised."""
        return self.frame.apply(self.detection.keypoints.positions)


def examine(
    subjects: Sequence[Subject],
    detector: Detector,
    parameters: object,
    seed: int = 0,
    ctx: RunContext | None = None,
) -> list[Finding]:
    """Run a detector on every subject.

    Parameters
    ----------
    subjects
        The shapes, in canonical axes.
    detector
        The detector.
    parameters
        Its parameters.
    seed
        Seed of the samples; the detector's own is in its parameters.
    """
    ctx = ctx or RunContext()
    findings = []
    for index, subject in enumerate(subjects):
        ctx.progress(index / len(subjects), subject.name)
        mesh = subject.mesh
        detection = detector.detect(mesh, None, parameters, RunContext(cancelled=ctx.cancelled))
        samples = sample_surface(mesh.vertices, mesh.faces, SAMPLES, seed)
        findings.append(Finding(subject, detection, mesh.normalisation(), samples))
    return findings


def labelled(
    findings: Sequence[Finding], keypoints: FloatArray | None = None
) -> LabelledShapes | None:
    """Return the findings with at least one landmark, ready to be scored; None if there are none.

    Parameters
    ----------
    findings
        What a detector found.
    keypoints
        (s,k,3) other keypoints to score in place of those found, normalised.
    """
    rows = [row for row, finding in enumerate(findings) if _known(finding.subject).any()]
    if not rows:
        return None
    chosen = [findings[row] for row in rows]
    diagonals = [finding.subject.mesh.diagonal / finding.frame.scale for finding in chosen]
    if keypoints is None:
        keypoints = np.stack([finding.keypoints for finding in findings])
    return LabelledShapes(
        predicted=keypoints[rows],
        landmarks=np.stack([_landmarks(finding) for finding in chosen]),
        known=np.stack([_known(finding.subject) for finding in chosen]),
        diagonals=np.array(diagonals),
    )


def _landmarks(finding: Finding) -> FloatArray:
    assert finding.subject.landmarks is not None
    return finding.frame.apply(finding.subject.landmarks)


def _known(subject: Subject) -> BoolArray:
    if subject.landmarks is None:
        return np.zeros(0, bool)
    return np.ones(len(subject.landmarks), bool) if subject.known is None else subject.known
