"""Photos: what a detector sees in one, and the pose of a shape that explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.base.parameters import build
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.prior import ShapePrior
from kpstudio.data.shape import Shape
from kpstudio.data.views import Sight
from kpstudio.detectors import registry
from kpstudio.detectors.lens import Lens
from kpstudio.detectors.picture_detector import PictureDetector
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.pose_fit import FEWEST, PoseFit, fit_pose
from kpstudio.geometry.square import Square, fit_square, place_square
from kpstudio.geometry.viewpoint import Viewpoint, viewpoint_of
from kpstudio.io.pictures import load_picture
from kpstudio.nn.catalogue import find_model, installed_models

#: How far off a keypoint is taken to be that the network is sure of, as a share of the picture.
_NOISE = 0.02
#: Longest side of a photo as it is shown beside other views, pixels.
_SHOWN = 768
#: Said of every photo.
RENDERINGS = (
    "the model was trained on renderings: expect much less of photographs without a plain "
    "background"
)


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo and what was seen in it.

    Parameters
    ----------
    path
        Its file.
    picture
        (h,w,3) uint8.
    detector, model
        Ids of who looked at it.
    category
        What it is taken to show.
    sight
        What was seen in the square that the network was shown.
    place
        Where that square lies in the photo.
    lens
        The camera that the network knows; nobody knows that of the photo.
    schema
        What its keypoints are.
    fit
        Pose and shape that explain the keypoints; None where nothing is known of how they vary,
        or too few were seen.
    deviations
        (b,) coefficients of that shape, standard deviations; empty without a fit.
    notes
        What a person should know, a sentence each.
    """

    path: Path
    picture: ByteArray
    detector: str
    model: str
    category: str
    sight: Sight
    place: Square
    lens: Lens
    schema: KeypointSchema
    fit: PoseFit | None
    deviations: FloatArray
    notes: tuple[str, ...]

    @property
    def pixels(self) -> FloatArray:
        """(k,2) the keypoints in the photo."""
        return self.place.to_photo(self.sight.pixels)

    @property
    def viewpoint(self) -> Viewpoint | None:
        """From where it shows its category, longest sides; None without a fit."""
        if self.fit is None:
            return None
        return viewpoint_of(
            replace(self.lens.camera, rotation=self.fit.rotation, translation=self.fit.translation)
        )

    @property
    def misfit(self) -> float | None:
        """Median distance of the keypoints from those of the fit, shares of the longer side."""
        if self.fit is None:
            return None
        return float(np.nanmedian(self.fit.residuals)) / self.lens.size

    @cached_property
    def enlarged(self) -> Sight:
        """What was seen, over the photo's own pixels in place of the network's few.

        The picture is the square that was looked at, so that maps lie over all of it; `window`
        says which part of it is the photo.
        """
        side = min(max(self.picture.shape[:2]), _SHOWN)
        picture, place = fit_square(self.picture, side)
        return replace(self.sight, picture=picture, pixels=place.from_photo(self.pixels))

    @property
    def window(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom end of the photo in the square, shares of its side."""
        height, width = self.picture.shape[:2]
        ends = self.place.from_photo(np.array([[0.0, 0.0], [width, height]])) / self.lens.size
        (left, top), (right, bottom) = ends
        return float(left), float(top), float(right), float(bottom)

    def camera_of(self, shape: Shape) -> Camera | None:
        """Return the camera that sees a shape as the photo shows it; None without a fit.

        Parameters
        ----------
        shape
            A shape of the category.

        Returns
        -------
        Camera
            File coordinates of the shape; its picture has the size of the photo.
        """
        if self.fit is None:
            return None
        here = replace(
            self.lens.camera, rotation=self.fit.rotation, translation=self.fit.translation
        )
        # The square is in the middle of the photo, and so are their axes.
        height, width = self.picture.shape[:2]
        whole = replace(here, focal=here.focal * self.place.scale, size=(width, height))
        return shape.normalisation.invert_camera(whole)

    def fits(self, shape: Shape) -> bool:
        """Return whether a shape's keypoints are those of this photo, so that it can follow."""
        found = shape.detection
        if self.fit is None or found is None or found.handling is None:
            return False
        return found.provenance.model == self.model


def picture_detector(detector_id: str) -> PictureDetector:
    """Return a detector that looks at pictures.

    Raises
    ------
    PluginError
        There is no such detector.
    ParameterError
        It looks at something else.
    """
    detector = registry.get_detector(detector_id)
    if not isinstance(detector, PictureDetector):
        raise ParameterError(
            f"{detector.spec.title} does not look at pictures",
            remedy="Choose one that does, such as keypointnet.",
        )
    return detector


def category_of(shape: Shape) -> str:
    """Return what a shape is: as it says, or as the models that found keypoints on it know it."""
    if shape.category:
        return shape.category
    categories = {model.id: model.category for model in installed_models()}
    known = (categories.get(found.provenance.model, "") for found in shape.detections)
    return next((category for category in known if category), "")


def read_photo(
    path: Path | str,
    category: str,
    detector_id: str = "keypointnet",
    parameters: Any = None,
    ctx: RunContext | None = None,
) -> Photo:
    """Return what a detector sees in a photo, and the pose and shape that explain it.

    Parameters
    ----------
    path
        A PNG or JPEG file.
    category
        What it shows; or a model's id or file.
    detector_id
        A detector that looks at pictures.
    parameters
        The detector's parameter object, a mapping of its values, or None for the defaults.
    ctx
        Progress and cancellation.

    Raises
    ------
    FileError
        The photo cannot be read.
    PluginError, ParameterError, ModelError
        No such detector, one that does not look at pictures, or no such model.
    """
    from kpstudio.nn.keypoint_model import read_keypoints  # imports torch

    path, ctx = Path(path), ctx or RunContext()
    detector = picture_detector(detector_id)
    if parameters is None or isinstance(parameters, Mapping):
        parameters = build(detector.spec.parameters, parameters or {})
    ctx.progress(0.0, f"Reading {path.name}")
    picture = load_picture(path)
    ctx.progress(0.3, f"Looking at {path.name}")
    sight = detector.look_at_photo(picture, category, parameters, ctx.part(0.3, 0.8))
    loaded = detector.model_named(category, parameters)
    model = find_model(category, detector.models(parameters).kind)
    lens = detector.lens(loaded)
    schema, prior = read_keypoints(loaded.metadata, loaded.extras, len(sight.pixels))
    ctx.progress(0.8, "Fitting the pose")
    fit, notes = fit_photo(sight, lens, prior)
    deviations = np.zeros(0)
    if fit is not None and prior is not None:
        deviations = fit.coefficients / np.sqrt(prior.variances)
    height, width = picture.shape[:2]
    place = place_square((width, height), lens.size)
    return Photo(path, picture, detector_id, model.id, model.category or category, sight, place,
                 lens, schema, fit, deviations, (RENDERINGS, *notes))  # fmt: skip


def fit_photo(
    sight: Sight, lens: Lens, prior: ShapePrior | None
) -> tuple[PoseFit | None, tuple[str, ...]]:
    """Return the pose and shape that explain a sight, or why there are none.

    Parameters
    ----------
    sight
        What was seen in a photo.
    lens
        The camera it is taken for.
    prior
        How the keypoints vary, if that is known.
    """
    if prior is None:
        return None, ("its model does not know how keypoints vary: there is no pose",)
    if len(sight.pixels) < FEWEST:
        return None, (f"{len(sight.pixels)} keypoints are too few for a pose",)
    try:
        fit = fit_pose(
            sight.pixels, sight.confidence, prior, lens.camera, "full", _NOISE * lens.size
        )
    except InputError as error:
        return None, (f"there is no pose: {error.message}",)
    return fit, ()
