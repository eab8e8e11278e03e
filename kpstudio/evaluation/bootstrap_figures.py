"""What its rounds are worth to a detector that taught itself: figures before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.detectors.picture_detector import PictureDetector
from kpstudio.evaluation.card import Target
from kpstudio.evaluation.place_figures import REPROJECTION, place_figures
from kpstudio.evaluation.pose_figures import look_once, pck_in_pictures
from kpstudio.evaluation.subjects import Finding, examine
from kpstudio.nn.catalogue import Model

#: A keypoint in space is right that is this near to its landmark, longest sides.
_RIGHT = 0.05
#: Shapes that are looked at once more.
_SHAPES = 40
PICTURES, SPACE = "pck in pictures", "pck in space"
_BEFORE = "{}, before the rounds"


def bootstrap_figures(
    findings: Sequence[Finding],
    detector: PictureDetector,
    model: Model,
    parameters: Any,
    seed: int = 0,
    ctx: RunContext | None = None,
) -> dict[str, float]:
    """Return figures of the detector as it is and as it was before; none of one that taught nobody.

    Parameters
    ----------
    findings
        What it finds as it is; figures are those of the first 40.
    detector, model, parameters, seed, ctx
        As for `look_once`.

    Returns
    -------
    dict
        "pck in pictures" as in `pose_figures`; "pck in space", the share of known landmarks within
        5 % of the longest side of which the keypoint of the same name is; "reprojection, % of the
        picture" as in `place_figures`; and the same before the rounds.
    """
    if not findings or not hasattr(parameters, "first"):
        return {}
    findings = findings[:_SHAPES]
    shapes = [finding.subject for finding in findings]
    first = replace(parameters, first=True)
    before = examine(shapes, detector, first, seed, ctx)
    names = findings[0].detection.keypoints.schema.names
    figures: dict[str, float] = {}
    for form, told, found in (("{}", parameters, findings), (_BEFORE, first, before)):
        seen = look_once(shapes, detector, model, told, seed=seed, ctx=ctx)
        values = {
            PICTURES: pck_in_pictures(seen, names),
            SPACE: pck_in_space(found),
            REPROJECTION: place_figures(found).get(REPROJECTION),
        }
        known = {name: value for name, value in values.items() if value is not None}
        figures |= {form.format(name): value for name, value in known.items()}
    return figures


def pck_in_space(findings: Sequence[Finding]) -> float | None:
    """Return the share of known landmarks whose keypoint is near them; None if there are none."""
    right = [
        near
        for finding in findings
        if finding.subject.landmarks is not None
        for near in _near(finding)
    ]
    return float(np.mean(right)) if right else None


def _near(finding: Finding) -> list[bool]:
    subject = finding.subject
    assert subject.landmarks is not None
    landmarks = finding.frame.apply(subject.landmarks)
    known = np.ones(len(landmarks), bool) if subject.known is None else subject.known
    return [
        bool(np.linalg.norm(keypoint - landmarks[index]) <= _RIGHT)
        for name, keypoint in zip(
            finding.detection.keypoints.schema.names, finding.keypoints, strict=True
        )
        if name in subject.names and known[index := subject.names.index(name)]
    ]


def bootstrap_targets(figures: Mapping[str, Any]) -> list[Target]:
    """Return the targets for the figures of one kind of shapes: the rounds have to help."""
    known = figures.get("pictures") or {}
    targets = []
    for name in (PICTURES, SPACE):
        before, after = known.get(_BEFORE.format(name)), known.get(name)
        if before is not None and after is not None:
            targets.append(
                Target(f"{name}, above that before the rounds", after, before, after > before)
            )
    return targets
