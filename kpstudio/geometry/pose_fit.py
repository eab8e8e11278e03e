"""Pose and shape from the keypoints of one picture, each known with some confidence.

Pavlakos, Zhou, Chan, Derpanis, Daniilidis 2017, "6-DoF object pose from semantic keypoints",
ICRA, arXiv:1703.04670: a shape S = B_0 + sum_i c_i B_i in a pose (R, T) under weak or full
perspective,

    min  1/2 |xi D^(1/2)|² + lambda/2 |c|²,

D being the confidences. Ours: xi is the reprojection in both models (the source's full model
measures in space, with a depth for each keypoint), lambda counts a coefficient in its standard
deviations, and both are solved as `pose_problem` says, from several starts at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.pose_problem import Guesses, PoseProblem
from kpstudio.geometry.procrustes import align
from kpstudio.geometry.relative_rotation import angle_between
from kpstudio.geometry.rotations import random_rotations

#: How a picture is taken: at one scale for the whole shape, or nearer parts larger.
Perspective = Literal["weak", "full"]

#: Fewest keypoints that tell a pose: three leave several.
FEWEST = 4
#: Rotations among which the starts are chosen: 25 degrees from each other.
_GRID = random_rotations(1000, np.random.default_rng(0))
#: Starts that are followed, and how far they are apart at least, degrees.
_STARTS, _APART = 5, 40.0


class Basis(Protocol):
    """A mean shape and its modes, such as `data.prior.ShapePrior`."""

    @property
    def mean(self) -> FloatArray:
        """(k,3) mean keypoints."""
        ...

    @property
    def modes(self) -> FloatArray:
        """(b,k,3) modes."""
        ...

    @property
    def variances(self) -> FloatArray:
        """(b,) variances of the coefficients."""
        ...


@dataclass(frozen=True, eq=False)
class PoseFit:
    """A shape in a pose: x = R s + t in camera axes (x right, y down, z forward).

    Parameters
    ----------
    rotation
        (3,3) R, from the shape's axes to the camera's.
    translation
        (3,) t, units of the shape. Without a camera the depth is not known; then t_z stands for
        the one at which a lens of focal length 1 would give the scale.
    scale
        Pixels a unit of the shape, at the depth of its middle.
    coefficients
        (b,) c.
    points
        (k,3) all keypoints of the shape in camera coordinates, the unseen ones too.
    projected
        (k,2) where the model shows them, pixels.
    residuals
        (k,) distance of the given pixels from these, pixels; NaN where none was given.
    cost
        Value of the objective, in squared standard deviations.
    model
        "weak" or "full".
    """

    rotation: FloatArray
    translation: FloatArray
    scale: float
    coefficients: FloatArray
    points: FloatArray
    projected: FloatArray
    residuals: FloatArray
    cost: float
    model: Perspective


def fit_pose(
    pixels: FloatArray,
    confidence: FloatArray,
    basis: Basis,
    camera: Camera | None = None,
    model: Perspective = "full",
    noise: float = 1.0,
    ridge: float = 1.0,
) -> PoseFit:
    """Return the pose and the shape that explain the keypoints of a picture best.

    Weak perspective has two answers that look much alike, each the other's reversal in depth;
    both are followed, and full perspective, which starts from them, tells them apart by the sizes
    of near and far parts.

    Parameters
    ----------
    pixels
        (k,2) keypoints in the picture; NaN where there is none.
    confidence
        (k,) how sure each is, not negative.
    basis
        The category's shapes.
    camera
        The lens is taken from it, not its place. None for weak perspective of pixels in any unit,
        right and down.
    model
        Perspective.
    noise
        Standard deviation of a coordinate of a keypoint of confidence 1, pixels.
    ridge
        lambda: 1 makes the coefficients as likely as the basis says, 0 leaves them free.

    Raises
    ------
    InputError
        Arrays that do not fit each other, or fewer than four keypoints with confidence.
    ParameterError
        Full perspective without a camera, no noise, or a negative ridge.
    """
    if model == "full" and camera is None:
        raise ParameterError(
            "full perspective needs the camera's lens", remedy="Choose the model 'weak'."
        )
    if not noise > 0.0 or not ridge >= 0.0:
        raise ParameterError(f"a pose cannot be fitted with noise {noise} and ridge {ridge}")
    problem = _problem(pixels, confidence, basis, camera, noise, ridge)
    guesses = problem.descend(_starts(problem), 0.0)
    guesses = guesses.joined(problem.descend(_reversed(problem, guesses), 0.0))
    if model == "full":
        guesses = problem.descend(guesses, 1.0)
    return _result(problem, guesses.take([guesses.best]), model, np.asarray(pixels, float), camera)


def _problem(
    pixels: FloatArray,
    confidence: FloatArray,
    basis: Basis,
    camera: Camera | None,
    noise: float,
    ridge: float,
) -> PoseProblem:
    mean, modes = np.asarray(basis.mean, float), np.asarray(basis.modes, float)
    pixels, confidence = np.asarray(pixels, float), np.asarray(confidence, float)
    count = len(mean)
    if pixels.shape != (count, 2) or confidence.shape != (count,) or not (confidence >= 0.0).all():
        raise InputError(f"a shape of {count} keypoints needs as many pixels and confidences")
    weights = np.where(np.isfinite(pixels).all(axis=1), confidence, 0.0)
    if np.count_nonzero(weights) < FEWEST:
        raise InputError(
            f"a pose needs {FEWEST} keypoints", remedy="Choose a picture that shows more of it."
        )
    focal, centre = _lens(camera)
    middle = np.average(mean, axis=0, weights=weights)
    return PoseProblem(
        flat=np.where(weights[:, None] > 0.0, (pixels - centre) / focal, 0.0),
        stiffness=np.sqrt(weights) * focal / noise,
        mean=mean - middle,
        middle=middle,
        modes=modes,
        pull=np.sqrt(ridge / np.asarray(basis.variances, float)),
    )


def _lens(camera: Camera | None) -> tuple[float, FloatArray]:
    return (1.0, np.zeros(2)) if camera is None else (camera.focal, camera.centre)


def _starts(problem: PoseProblem) -> Guesses:
    """Return the rotations of a grid that explain the mean shape best, far from each other.

    Scale and place follow from the rotation, by least squares under weak perspective.
    """
    w = problem.stiffness**2 / np.sum(problem.stiffness**2)
    middle = w @ problem.flat
    seen = np.einsum("nij,kj->nki", _GRID[:, :2], problem.mean)
    offset = np.einsum("k,nki->ni", w, seen)
    seen = seen - offset[:, None]
    product = np.einsum("k,nki,ki->n", w, seen, problem.flat - middle)
    square = np.maximum(np.einsum("k,nki,nki->n", w, seen, seen), 1e-300)
    gain = np.where(product > 0.0, product**2 / square, 0.0)
    chosen: list[int] = []
    while len(chosen) < _STARTS and gain.max() > 0.0:
        chosen.append(int(gain.argmax()))
        gain[angle_between(_GRID, _GRID[chosen[-1]]) < _APART] = 0.0
    if not chosen:
        raise InputError("all keypoints are seen at one place")
    scale = (product / square)[chosen]
    place = np.column_stack([middle - scale[:, None] * offset[chosen], np.log(scale)])
    coefficients = np.zeros((len(chosen), len(problem.modes)))
    return Guesses(_GRID[chosen], place, coefficients, np.full(len(chosen), np.inf))


def _reversed(problem: PoseProblem, guesses: Guesses) -> Guesses:
    """Return the rotation that comes nearest to the best guess with near and far exchanged."""
    best = guesses.take([guesses.best])
    shape = problem.shapes(best.coefficients)[0]
    mirrored = (shape @ best.rotation[0].T) * (1.0, 1.0, -1.0)
    turned = align(shape, mirrored, scale=False, weights=problem.stiffness**2).rotation
    return best._replace(rotation=turned[None])


def _result(
    problem: PoseProblem,
    best: Guesses,
    model: Perspective,
    pixels: FloatArray,
    camera: Camera | None,
) -> PoseFit:
    focal, centre = _lens(camera)
    depth = float(np.exp(-best.place[0, 2]))
    middle = depth * np.append(best.place[0, :2], 1.0)
    points = problem.shapes(best.coefficients)[0] @ best.rotation[0].T + middle
    projected = focal * problem.project(best, float(model == "full"))[0] + centre
    return PoseFit(
        rotation=best.rotation[0],
        translation=middle - best.rotation[0] @ problem.middle,
        scale=focal / depth,
        coefficients=best.coefficients[0],
        points=points,
        projected=projected,
        residuals=np.linalg.norm(projected - pixels, axis=1),
        cost=float(best.cost[0]),
        model=model,
    )
