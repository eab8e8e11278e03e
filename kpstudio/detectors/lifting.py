"""Lifting: depths and a pose for the named keypoints that another detector sees in pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from kpstudio.base.arrays import BoolArray, ByteArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import ModelError
from kpstudio.base.parameters import parameter
from kpstudio.data.views import Sight
from kpstudio.detectors.any_shape import choose_any_model
from kpstudio.detectors.picture_detector import PictureDetector, PictureParameters
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.registry import get_detector
from kpstudio.geometry.camera import Camera

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile, NetworkKind

#: The least keypoints that fix a pose; of fewer sure ones the surest count.
_FEWEST = 5
#: Detectors of named keypoints.
SOURCES = ("pose", "bootstrap")


@dataclass(frozen=True)
class LiftingParameters(PictureParameters):
    """Views, whose keypoints are lifted, and by which model."""

    source: str = parameter(
        "pose", "Detector whose keypoints are lifted; `model` names one of its.", choices=SOURCES
    )
    lifting: str = parameter(
        "", "Model that lifts: id or .safetensors file; empty: the one that is preferred."
    )
    surest: float = parameter(
        0.1,
        "Keypoints less sure than this are taken for hidden: the shape says where they are.",
        low=0.0,
        high=1.0,
        advanced=True,
    )


@dataclass(frozen=True, eq=False)
class LiftedSights:
    """Keypoints of v pictures in space.

    Parameters
    ----------
    shapes
        (v,k,3) in the shape's axes, normalised frame.
    rotations
        (v,3,3) from there to the camera's axes.
    translations
        (v,3) from the eye to the middle of the normalised frame, camera axes.
    """

    shapes: FloatArray
    rotations: FloatArray
    translations: FloatArray

    @property
    def in_camera(self) -> FloatArray:
        """(v,k,3) along the camera's axes, from the eye."""
        return self.shapes @ self.rotations.transpose(0, 2, 1) + self.translations[:, None]


class Lifting(PictureDetector):
    """The detector; see `kpstudio.nn.lifting` for the network.

    Its own model knows many categories. What is by category is the model that sees keypoints.
    """

    spec = DetectorSpec(
        id="lifting",
        title="Lifting",
        summary="Named keypoints of single pictures lifted into space, and their pose, by one "
        "model for many categories.",
        parameters=LiftingParameters,
        kind="mesh",
        ordered=True,
        needs_model=True,
        by_category=True,
        models_of="pose",
        citation="Can, Liniger, Paudel, Van Gool 2021, End-to-end learning of multi-category 3D "
        "pose and shape estimation, arXiv:2112.10196",
    )

    def network(self) -> NetworkKind[Any]:
        """Return the kind of the models that lift."""
        from kpstudio.nn.lifting import NETWORK

        return NETWORK

    def models(self, parameters: LiftingParameters) -> NetworkKind[Any]:
        """Return the kind of the models that see keypoints."""
        return _source(parameters).network()

    def look(
        self,
        loaded: NetworkFile[Any],
        pictures: ByteArray,
        cameras: Sequence[Camera] | None,
        parameters: LiftingParameters,
        ctx: RunContext,
    ) -> tuple[Sight, ...]:
        """Return what the other detector sees, with lifted depths and poses.

        Keypoints that it is not sure of are where the lifted shape has them. How far away the shape
        is a picture tells badly: depths are about its middle, where the camera is known, and
        fitted in a photo.

        Raises
        ------
        ModelError
            There is no model that lifts, or it does not know these keypoints.
        """
        source = _source(parameters)
        lifter = self.network().load(choose_any_model(self.spec.id, parameters.lifting))
        category, slots = slots_of(lifter, loaded.category, loaded.metadata["names"])
        sights = source.look(loaded, pictures, cameras, source.spec.parameters(), ctx)
        eyes = [sight.camera or self.lens(loaded).camera for sight in sights]
        sure = np.stack([_sure(sight.confidence, parameters.surest) for sight in sights])
        pixels = np.stack([sight.pixels for sight in sights])
        lifted = lift(lifter, category, slots, eyes, pixels, sure)
        away = lifted.translations[:, 2]
        return tuple(map(_lifted, sights, eyes, sure, lifted.in_camera, lifted.rotations, away))


def slots_of(
    lifter: NetworkFile[Any], category: str, names: Sequence[str]
) -> tuple[int, list[int]]:
    """Return the number of the category in a model that lifts, and where its keypoints stand.

    Parameters
    ----------
    lifter
        The model.
    category
        The category. A name of a person's own is taken for the first category that has the
        keypoints.
    names
        Names of the k keypoints.

    Returns
    -------
    tuple
        The number, and (k,) slots.

    Raises
    ------
    ModelError
        The model knows no category with these keypoints.
    """
    categories, slots = lifter.metadata["categories"], list(lifter.metadata["names"])
    for known in sorted(categories, key=lambda name: name != category):
        wanted = [f"{known} {name}" for name in names]
        if set(wanted) <= set(slots):
            return categories.index(known), [slots.index(name) for name in wanted]
    raise ModelError(
        f"the model that lifts knows no shapes with the keypoints of {category!r}: it was trained "
        f"on {', '.join(categories)}",
        remedy="Choose one of these, or train both models on the same shapes.",
    )


def lift(
    lifter: NetworkFile[Any],
    category: int,
    slots: Sequence[int],
    cameras: Sequence[Camera],
    pixels: FloatArray,
    visible: BoolArray,
) -> LiftedSights:
    """Return keypoints of v pictures in space.

    Parameters
    ----------
    lifter
        The model.
    category, slots
        As `slots_of` returns them.
    cameras
        Through which lens each picture was taken; where from is not asked.
    pixels
        (v,k,2) the keypoints.
    visible
        (v,k) which of them count.
    """
    import torch

    from kpstudio.nn.lifting_losses import place

    count = len(pixels)
    places = torch.zeros(count, lifter.net.rows.shape[1], 2)
    seen = torch.zeros(places.shape[:2], dtype=torch.bool)
    units = [camera.to_unit(points) for camera, points in zip(cameras, pixels, strict=True)]
    places[:, slots] = torch.tensor(np.stack(units)).float()
    seen[:, slots] = torch.tensor(visible)
    lifted = lifter.net(places, seen, torch.full((count,), category))
    tangents = [max(camera.size) / 2.0 / camera.focal for camera in cameras]
    placed = place(lifted, places, seen, torch.tensor(tangents).float()[:, None, None])
    # u = (s x + t) / (1 + h s z) is the picture of (x + t / s, z + 1 / (h s)).
    ends = np.column_stack([placed.shift[:, 0].double().numpy(), 1.0 / np.array(tangents)])
    translations = ends / placed.scale[:, 0].double().numpy()
    return LiftedSights(
        lifted.shape[:, slots].double().numpy(), lifted.rotation.double().numpy(), translations
    )


def _source(parameters: LiftingParameters) -> PictureDetector:
    return cast(PictureDetector, get_detector(parameters.source))


def _sure(confidence: FloatArray, surest: float) -> BoolArray:
    """Return (k,) which keypoints count: the sure ones, and the surest if those are too few."""
    sure: BoolArray = confidence >= surest
    sure[np.argsort(-confidence, kind="stable")[:_FEWEST]] = True
    return sure


def _lifted(
    sight: Sight,
    camera: Camera,
    sure: BoolArray,
    points: FloatArray,
    rotation: FloatArray,
    away: float,
) -> Sight:
    """Return a sight with depths and pose, and with its unsure keypoints where they should be."""
    depth = points[:, 2]
    if sight.camera is not None:
        depth = depth - away + camera.to_camera(np.zeros(3))[2]
    unit = points[:, :2] / points[:, 2:] * (2.0 * camera.focal / max(camera.size))
    pixels = np.where(sure[:, None], sight.pixels, camera.from_unit(unit))
    return replace(sight, pixels=pixels, depth=depth, pose=rotation)


#: The detector.
DETECTOR = Lifting()
