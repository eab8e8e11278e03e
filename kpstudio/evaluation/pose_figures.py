"""How well a detector tells the pose of a shape from a single picture, near and far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.data.views import Sight, View
from kpstudio.detectors.lens import Lens
from kpstudio.detectors.picture_detector import PictureDetector
from kpstudio.evaluation.card import Target
from kpstudio.evaluation.sights import sights_of
from kpstudio.evaluation.subjects import Subject
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.relative_rotation import angle_between
from kpstudio.nn.catalogue import Model
from kpstudio.rendering.lift import landmarks_seen
from kpstudio.rendering.rigs import band, nearer

#: What the rotation shall be known to on average, degrees.
MOST_DEGREES = 6.0
#: Distances of close views, longest sides.
CLOSE = (1.3, 1.6)
#: A rotation that is off by more than this is another one.
_WRONG = 30.0
#: A keypoint is right that is this near to its landmark, share of the picture's side.
_RIGHT = 0.05


@dataclass(frozen=True, eq=False)
class Posed:
    """One shape in one picture.

    Parameters
    ----------
    sight
        The sight; its camera is in the shape's normalised frame.
    landmarks
        (g,2) where its landmarks are, pixels.
    known, visible
        (g,) which of them it has, and which of these are seen.
    names
        g names.
    """

    sight: Sight
    landmarks: FloatArray
    known: BoolArray
    visible: BoolArray
    names: tuple[str, ...]

    @property
    def degrees(self) -> float:
        """Angle between the pose that was found and the true one."""
        assert self.sight.camera is not None
        assert self.sight.pose is not None
        return float(angle_between(self.sight.pose, self.sight.camera.rotation))


def look_once(
    subjects: Sequence[Subject],
    detector: PictureDetector,
    model: Model,
    parameters: Any = None,
    seed: int = 0,
    ctx: RunContext | None = None,
    *,
    close: bool = False,
) -> list[Posed]:
    """Return a sight of every shape, from a random side and a height of 0 to 40 degrees.

    Parameters
    ----------
    subjects
        The shapes, in canonical axes.
    detector
        The detector.
    model
        Its model.
    parameters
        Its parameters; the defaults if None.
    seed
        Seed of the cameras.
    ctx
        Progress and cancellation.
    close
        Look from 1.3 to 1.6 longest sides, through a lens as much wider, instead of the usual
        distance.
    """

    def cameras(lens: Lens, rng: np.random.Generator) -> tuple[Camera, ...]:
        (camera,) = band(1, rng, **lens.rig)
        return (nearer(camera, rng.uniform(*CLOSE)),) if close else (camera,)

    found = sights_of(subjects, detector, model, cameras, parameters, seed, ctx)
    return [
        Posed(seen.sights[0], *_landmarks(seen.subject, seen.views[0]), seen.subject.names)
        for seen in found
    ]


def pose_figures(
    subjects: Sequence[Subject],
    detector: PictureDetector,
    model: Model,
    parameters: Any,
    seed: int = 0,
    ctx: RunContext | None = None,
    names: Sequence[str] = (),
) -> dict[str, float]:
    """Return `rotation_figures` of one picture of every shape, and `close_figures`.

    Parameters
    ----------
    subjects, detector, model, parameters, seed, ctx
        As for `look_once`.
    names
        Names of the keypoints.
    """
    asked = (subjects, detector, model, parameters, seed, ctx)
    return rotation_figures(look_once(*asked), names) | close_figures(*asked)


def rotation_figures(posed: Sequence[Posed], names: Sequence[str] = ()) -> dict[str, float]:
    """Return figures of the rotation from single pictures; none of a detector without poses.

    Parameters
    ----------
    posed
        One picture of every shape.
    names
        Names of the keypoints: those that are names of landmarks are compared with these.

    Returns
    -------
    dict
        "rotation mean" and "rotation median", degrees; "rotation wrong", the share beyond 30
        degrees; "pck in pictures", the share of visible landmarks that are found within 5 % of the
        picture's side.
    """
    if not posed or posed[0].sight.pose is None:
        return {}
    degrees = np.array([each.degrees for each in posed])
    figures = {
        "rotation mean": float(degrees.mean()),
        "rotation median": float(np.median(degrees)),
        "rotation wrong": float((degrees > _WRONG).mean()),
    }
    share = pck_in_pictures(posed, names)
    return figures if share is None else figures | {"pck in pictures": share}


def pck_in_pictures(posed: Sequence[Posed], names: Sequence[str]) -> float | None:
    """Return the share of visible landmarks that are found; None if no keypoint is one by name.

    Parameters
    ----------
    posed
        Sights of shapes.
    names
        Names of the keypoints.
    """
    right = np.concatenate([np.zeros(0, bool), *(_hits(each, names) for each in posed)])
    return float(right.mean()) if len(right) else None


def close_figures(
    subjects: Sequence[Subject],
    detector: PictureDetector,
    model: Model,
    parameters: Any,
    seed: int = 0,
    ctx: RunContext | None = None,
) -> dict[str, float]:
    """Return mean degrees in close views, of a detector that can be told the perspective.

    Parameters
    ----------
    subjects, detector, model, parameters, seed, ctx
        As for `look_once`.

    Returns
    -------
    dict
        "close, full perspective" and "close, weak perspective"; empty for other detectors.
    """
    if not subjects or not hasattr(parameters, "perspective"):
        return {}
    figures = {}
    for perspective in ("full", "weak"):
        told = replace(parameters, perspective=perspective)
        near = look_once(subjects, detector, model, told, seed, ctx, close=True)
        off = [each.degrees for each in near]
        figures[f"close, {perspective} perspective"] = float(np.mean(off))
    return figures


def pose_targets(figures: Mapping[str, Any]) -> list[Target]:
    """Return the targets for the figures of one kind of shapes that are about poses."""
    known = figures.get("pictures") or {}
    targets = []
    if (mean := known.get("rotation mean")) is not None:
        text = "degrees mean error of the rotation, at most"
        targets.append(Target(text, mean, MOST_DEGREES, mean <= MOST_DEGREES))
    if (weak := known.get("close, weak perspective")) is not None:
        full = known["close, full perspective"]
        text = "degrees in close views, full perspective below weak"
        targets.append(Target(text, full, weak, full < weak))
    return targets


def _landmarks(subject: Subject, view: View) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Return pixels of a shape's landmarks (g,2), which are known, and which of these seen."""
    if subject.landmarks is None:
        return np.zeros((0, 2)), np.zeros(0, bool), np.zeros(0, bool)
    points = subject.mesh.normalisation(subject.orientation).apply(subject.landmarks)
    pixels, depth = view.camera.project(points)
    known = np.ones(len(points), bool) if subject.known is None else subject.known
    return pixels, known, known & landmarks_seen(view, pixels, depth)


def _hits(posed: Posed, names: Sequence[str]) -> BoolArray:
    """Return for each visible landmark that is a keypoint by name whether it is found."""
    chosen = [
        (posed.names.index(name), index)
        for index, name in enumerate(names)
        if name in posed.names and posed.visible[posed.names.index(name)]
    ]
    if not chosen:
        return np.zeros(0, bool)
    landmarks, keypoints = np.array(chosen).T
    offsets = posed.sight.pixels[keypoints] - posed.landmarks[landmarks]
    near: BoolArray = np.linalg.norm(offsets, axis=1) <= _RIGHT * max(posed.sight.picture.shape[:2])
    return near
