"""What can be done with a shape: functions from shapes to shapes, without a window.

The window, the command line and the Python API all call these, so that each thing is done in
one way only. Shapes are frozen: every function returns a new one and leaves its input alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.app.moves import FREE, MoveOptions, total_offsets
from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError, ModelError
from kpstudio.base.parameters import as_dict, build
from kpstudio.data.detection import Detection, Handling
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.prior import ShapePrior
from kpstudio.data.shape import Shape
from kpstudio.deformation import align as alignment
from kpstudio.deformation import prior as priors
from kpstudio.deformation.handling import distance_handling
from kpstudio.deformation.rig import Rig, bind
from kpstudio.detectors import registry
from kpstudio.detectors.model_choice import recognised_model
from kpstudio.detectors.recognise import recognise
from kpstudio.detectors.selection import differs_in_selection_only
from kpstudio.detectors.selection import reselect as select_again
from kpstudio.nn.catalogue import find_model

#: Up to so many keypoints a cage of 42 vertices tells apart; with more than the second number no
#: cage of ours does.
FEW_HANDLES, MOST_HANDLES = 16, 96


def detect(
    shape: Shape,
    detector_id: str,
    parameters: Any = None,
    ctx: RunContext | None = None,
    *,
    guess_orientation: bool = False,
) -> Shape:
    """Return the shape with the keypoints a detector finds, back in its rest state.

    Whatever the detector, its keypoints move the mesh: by an influence the detector brings, else
    by one that goes by distance.

    A detector that needs a model takes the one its parameters name, else the one of the shape's
    category, else of the category that is recognised.

    Parameters
    ----------
    shape
        The shape; its rest mesh is looked at, never the deformed one.
    detector_id
        One of `detectors.registry.detector_ids()`.
    parameters
        The detector's parameter object, a mapping of its values, or None for the defaults.
    ctx
        Progress and cancellation.
    guess_orientation
        Recognise the orientation too where it matters; else the shape's is taken as it is.

    Raises
    ------
    PluginError, ParameterError, ModelError, InputError
        Unknown detector, wrong parameters, no model, a mesh it cannot work on.
    """
    ctx = ctx or RunContext()
    detector = registry.get_detector(detector_id)
    if parameters is None or isinstance(parameters, Mapping):
        parameters = build(detector.spec.parameters, parameters or {})
    if detector.spec.by_category:
        name = parameters.model or shape.category
        if guess_orientation:
            shape, name = _recognised(shape, detector.spec.models, name, ctx)
        parameters = replace(parameters, model=name)
    before = _chosen_from(shape, detector_id, parameters)
    if before is not None:
        detection = select_again(before, shape.mesh, as_dict(parameters))
    else:
        detection = detector.detect(shape.mesh, shape.orientation, parameters, ctx)
    return shape.detected(_handled(shape, detection))


def edit_other(shape: Shape, detector_id: str) -> Shape:
    """Return the shape with the keypoints of another of its detections to edit, back at rest.

    What was edited before is kept among the others as it was detected.

    Raises
    ------
    InputError
        That detector has found nothing on the shape.
    """
    for other in shape.others:
        if other.provenance.detector == detector_id:
            return shape.detected(_handled(shape, other))
    raise InputError(f"there are no keypoints of {detector_id}", remedy="Run that detector first.")


def reselect(shape: Shape, values: Mapping[str, Any]) -> Shape:
    """Return the shape with other keypoints of the detection it has, back in its rest state.

    They do not move the mesh before `with_handles`, which takes longer than to choose them.

    Parameters
    ----------
    shape
        A shape whose detector chose its keypoints among candidates.
    values
        Values of `SelectionParameters` by name; those left out stay as they were.

    Raises
    ------
    InputError
        No keypoints, or they were not chosen.
    """
    detection = _detection(shape)
    if detection.candidates is None:
        raise InputError(
            f"{detection.provenance.detector} does not choose its keypoints among candidates",
            remedy="Use a detector with a threshold, such as iss.",
        )
    return shape.detected(select_again(detection, shape.mesh, values))


def with_handles(shape: Shape) -> Shape:
    """Return the shape with keypoints that move the mesh, by distance if nothing better is known.

    The same shape if they do already, if it has none, or more than a cage tells apart.
    """
    if shape.detection is None:
        return shape
    detection = _handled(shape, shape.detection)
    return shape if detection is shape.detection else replace(shape, detection=detection)


def _chosen_from(shape: Shape, detector_id: str, parameters: Any) -> Detection | None:
    """Return what the detector found before, if only other keypoints of that are asked for."""
    for found in shape.detections:
        made = found.provenance
        same_input = made.input_key == shape.mesh.key and made.orientation == shape.orientation
        if made.detector == detector_id and same_input:
            return found if differs_in_selection_only(found, parameters) else None
    return None


def _handled(shape: Shape, detection: Detection) -> Detection:
    """Return the detection with handles on the mesh, by distance where the detector has none."""
    count = len(detection.keypoints)
    if detection.handling is not None or not 0 < count <= MOST_HANDLES:
        return detection
    handling = distance_handling(
        shape.mesh,
        detection.keypoints.positions,
        shape.normalisation,
        subdivisions=1 if count <= FEW_HANDLES else 2,
    )
    handling = replace(handling, prior=detection.prior)
    return replace(detection, handling=handling)


def _recognised(shape: Shape, kind: str, name: str, ctx: RunContext) -> tuple[Shape, str]:
    """Return the shape in the orientation that is recognised, and the name of the model to use."""
    category = find_model(name, kind).category if name else ""
    try:
        found = recognise(shape.mesh, ctx)
    except ModelError:
        if not name:
            raise
        return shape, name  # somebody said what it is: only the proposal for its pose is missing
    if not found.category or (category and found.category != category):
        return shape, name
    if not name:
        recognised_model(kind, found.category)  # a name would look as if a person had given it
    return replace(shape, orientation=found.orientation), name or found.category


def rig_for(shape: Shape, ctx: RunContext | None = None) -> Rig:
    """Return the rig that lets the shape's keypoints move its mesh; good for all its edits.

    Binding takes time that grows with the mesh; keep the rig for as long as the detection.

    Raises
    ------
    InputError
        The shape has no keypoints, or they come from a detector that does not move meshes.
    """
    detection = _detection(shape)
    return bind(shape.mesh, detection.keypoints, _handling(detection), ctx or RunContext())


def move_keypoints(
    shape: Shape,
    rig: Rig,
    moved: ArrayLike,
    offsets: ArrayLike,
    options: MoveOptions = FREE,
) -> Shape:
    """Return the shape with some keypoints moved and the mesh following.

    Parameters
    ----------
    shape
        The shape as it is now.
    rig
        Its rig, from `rig_for`.
    moved
        (m,) indices of the keypoints.
    offsets
        (m,3) how far each goes from where it is, or (3,) for all of them; file units.
    options
        What else moves along: mirror partners, the shape prior.

    Raises
    ------
    InputError
        No keypoints, or none of such an index.
    """
    keypoints, total = total_offsets(shape, moved, offsets, options)
    return shape.edited(keypoints, rig.deform(total))


def placed(shape: Shape, rig: Rig, positions: FloatArray) -> Shape:
    """Return the shape with its keypoints at `positions` (k,3) and the mesh following.

    Locked keypoints stay where they are. Keypoints back at their detected places give back the
    very mesh that was loaded.
    """
    detection, keypoints = _detection(shape), _keypoints(shape)
    positions = np.where(keypoints.locked[:, None], keypoints.positions, positions)
    vertices = rig.deform(positions - detection.keypoints.positions)
    return shape.edited(keypoints.moved(positions), vertices)


def reset(shape: Shape) -> Shape:
    """Return the shape as it was detected: rest mesh and keypoints; names and locks stay.

    A shape that is as it was detected is returned itself.
    """
    found = _detection(shape).keypoints
    if not shape.is_deformed and np.array_equal(_keypoints(shape).positions, found.positions):
        return shape
    keypoints = replace(
        _keypoints(shape), positions=found.positions, origin=found.origin, anchor=found.anchor
    )
    return shape.edited(keypoints, shape.mesh.vertices)


def align(source: Shape, target: Shape, rig: Rig, amount: float = 1.0) -> Shape:
    """Return the source deformed so that its keypoints take the target's arrangement.

    The two are compared in their normalised frames: the source keeps its place, size and
    orientation. The target is taken as it is now, deformed or not.

    Parameters
    ----------
    source, target
        Two shapes with keypoints of the same detector and model.
    rig
        The source's rig, from `rig_for`.
    amount
        0 gives the undeformed source, 1 the target's arrangement.

    Raises
    ------
    InputError
        One of them has no keypoints, or their keypoints do not mean the same places.
    """
    rest, goal = _detection(source).keypoints, _keypoints(target)
    if not (rest.schema.ordered and rest.schema.names == goal.schema.names):
        raise InputError(
            "the keypoints of source and target do not correspond",
            remedy="Detect both with the same detector and model.",
        )
    offsets = alignment.align_offsets(
        rest.positions, goal.positions, amount, source.normalisation, target.normalisation
    )
    return placed(source, rig, rest.positions + offsets)


def prior_of(shape: Shape) -> ShapePrior:
    """Return the shape prior of the category whose keypoints the shape has.

    Raises
    ------
    InputError
        No keypoints, or nothing is known of how they vary.
    """
    prior = _handling(_detection(shape)).prior
    if prior is None:
        raise InputError(
            "there is no shape prior for these keypoints",
            remedy="Use a detector of ordered keypoints, such as keypoint-deformer.",
        )
    return prior


def coefficients(shape: Shape) -> FloatArray:
    """Return (b,) the prior's coefficients of the keypoints as they are, standard deviations."""
    prior = prior_of(shape)
    here = shape.normalisation.apply(_keypoints(shape).positions)
    return priors.coefficients(prior, here) / np.sqrt(prior.variances)


def with_coefficients(shape: Shape, rig: Rig, deviations: ArrayLike) -> Shape:
    """Return the shape with other coefficients (b,) of the prior's modes, standard deviations.

    What sets this shape apart from its category and is not in the modes stays.
    """
    prior, frame = prior_of(shape), shape.normalisation
    values = np.asarray(deviations, float) * np.sqrt(prior.variances)
    here = frame.apply(_keypoints(shape).positions)
    return placed(shape, rig, frame.invert(priors.with_coefficients(prior, here, values)))


def sample(shape: Shape, rig: Rig, seed: int | np.random.Generator, spread: float = 1.0) -> Shape:
    """Return a new plausible shape made from this one's mesh.

    Parameters
    ----------
    shape
        The shape whose mesh is deformed.
    rig
        Its rig.
    seed
        The same seed gives the same shape; a generator goes on where it was.
    spread
        How far from the category's mean, in standard deviations.
    """
    drawn = priors.sample(prior_of(shape), np.random.default_rng(seed), spread)
    return placed(shape, rig, shape.normalisation.invert(drawn))


def _detection(shape: Shape) -> Detection:
    if shape.detection is None:
        raise InputError("the shape has no keypoints", remedy="Run a detector first.")
    return shape.detection


def _keypoints(shape: Shape) -> KeypointSet:
    if shape.keypoints is None:
        raise InputError("the shape has no keypoints", remedy="Run a detector first.")
    return shape.keypoints


def _handling(detection: Detection) -> Handling:
    if detection.handling is None:
        raise InputError(
            f"the keypoints of {detection.provenance.detector} do not move the mesh",
            remedy=f"Use a detector that finds some, {MOST_HANDLES} at most.",
        )
    return detection.handling
