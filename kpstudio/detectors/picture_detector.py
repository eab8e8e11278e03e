"""What detectors share that look at pictures of a shape: views, fusion, and the way back to it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from kpstudio.base.arrays import ByteArray, Float32Array
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.base.memo import Memo
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.data.mesh import Mesh
from kpstudio.data.views import Sight, View
from kpstudio.detectors.category import OrderedDetector, Predicted
from kpstudio.detectors.lens import RIGS, Lens
from kpstudio.detectors.model_choice import choose_model
from kpstudio.detectors.picture_fusion import Fused, ellipsoids, fuse, rays
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.orientation import Orientation
from kpstudio.geometry.square import fit_square
from kpstudio.nn.catalogue import find_model

if TYPE_CHECKING:
    from kpstudio.nn.model_file import NetworkFile

#: Meshes in their normalised frames, with the normals that were derived from them: a camera that
#: turns asks for the same one many times a second.
_meshes = Memo(most=4)
_NO_MAPS: Mapping[str, Float32Array] = {}


@dataclass(frozen=True)
class PictureParameters:
    """What every detector of this kind can be told."""

    model: str = parameter(
        "", "Category, model id or .safetensors file; empty: the category that is recognised."
    )
    views: int = parameter(8, "Number of pictures of the shape.", low=1, high=64)
    rig: str = parameter(
        "turntable",
        "Where the cameras are: around the shape, on its upper half, or on all sides.",
        choices=RIGS,
    )
    elevation: float = parameter(
        20.0, "Height of a turntable over the horizon.", unit="degrees", low=-80.0, high=80.0
    )
    snap: bool = parameter(True, "Move keypoints to the nearest point of the surface.")
    maps: bool = parameter(
        True, "Bring the heatmap of every keypoint back to the mesh.", advanced=True
    )


class PictureDetector(OrderedDetector):
    """A detector of ordered keypoints whose network looks at pictures of the shape.

    A subclass gives `spec`, whose parameters extend `PictureParameters` and whose kind is "mesh",
    `network` and `look`; both import torch inside. It may have its own way to `fuse`.
    """

    @abstractmethod
    def look(
        self,
        loaded: NetworkFile[Any],
        pictures: ByteArray,
        cameras: Sequence[Camera] | None,
        parameters: Any,
        ctx: RunContext,
    ) -> tuple[Sight, ...]:
        """Return what the network sees in each picture.

        Parameters
        ----------
        loaded
            The model.
        pictures
            (v,h,w,3) uint8, square, of the size of its `lens`.
        cameras
            The camera of each, normalised frame; None for photos.
        parameters
            The detector's parameters.
        ctx
            Progress and cancellation.
        """

    def fuse(self, sights: Sequence[Sight], views: Sequence[View], parameters: Any) -> Fused:
        """Return keypoints in space from what was seen in pictures; see `picture_fusion.fuse`.

        Parameters
        ----------
        sights
            What was seen in each picture, cameras in the normalised frame.
        views
            What each picture shows.
        parameters
            The detector's parameters.
        """
        return fuse(sights)

    def lens(self, loaded: NetworkFile[Any]) -> Lens:
        """Return the camera that a model was trained with, as its network's config says."""
        config = loaded.net.config
        known = (field.name for field in fields(Lens) if hasattr(config, field.name))
        return Lens(**{name: getattr(config, name) for name in known})

    def find(
        self,
        loaded: NetworkFile[Any],
        mesh: Mesh,
        frame: Normalisation,
        parameters: Any,
        ctx: RunContext,
    ) -> Predicted:
        """Return what the network sees from all sides, fused.

        Raises
        ------
        InputError
            No camera sees anything of the shape.
        """
        from kpstudio.rendering.views import render

        shape = _in_frame(mesh, frame)
        lens = self.lens(loaded)
        cameras = lens.around(parameters.rig, parameters.views, parameters.elevation)
        views = render(shape, cameras, ctx=ctx.part(0.0, 0.4))
        if not any(view.mask.any() for view in views):
            raise InputError(
                f"no camera sees anything of {mesh.name}", remedy="Its faces have no area."
            )
        ctx.progress(0.4, "Looking at the views")
        pictures = np.stack([view.colour for view in views])
        sights = self.look(loaded, pictures, cameras, parameters, ctx.part(0.4, 0.8))
        found = self.fuse(sights, views, parameters)
        overlays = [*found.overlays, rays(sights, found.positions)]
        if found.covariance is not None:
            overlays.append(ellipsoids(found.positions, found.covariance))
        ctx.progress(0.8, "Drawing heatmaps")
        heat = _heat(shape, sights, views, loaded) if parameters.maps else ()
        return Predicted(
            found.positions,
            found.confidence,
            keypoint_fields={"heatmap": heat} if heat else {},
            overlays=tuple(overlays),
            notes=found.notes,
            sights=tuple(map(_with_maps, sights, views, found.maps or repeat(_NO_MAPS))),
        )

    def see(
        self,
        mesh: Mesh,
        camera: Camera,
        orientation: Orientation | None = None,
        parameters: Any = None,
        ctx: RunContext | None = None,
        *,
        as_trained: bool = False,
    ) -> Sight:
        """Return what the network sees from one camera; many times a second.

        Parameters
        ----------
        mesh
            The mesh.
        camera
            The camera, file coordinates. Of a picture that is not square the network sees the
            square around it.
        orientation, parameters, ctx
            As for `detect`; a model that is named saves recognising the category.
        as_trained
            Look from this camera's side, but from the distance and through the lens that the
            network knows from its training: elsewhere it sees less well, and its depths are
            wrong.

        Returns
        -------
        Sight
            Its camera, file coordinates, is the one that was used.

        Raises
        ------
        InputError, ModelError, Cancelled
            As `detect`; or the camera looks away from the shape.
        """
        from kpstudio.rendering.views import render

        orientation = orientation or Orientation()
        parameters = parameters or self.spec.parameters()
        ctx = ctx or RunContext()
        ctx.check()
        self.check(mesh)
        frame = mesh.normalisation(orientation)
        models = self.models(parameters)
        loaded = models.load(choose_model(models.kind, mesh, orientation, parameters.model, ctx))
        lens, here = self.lens(loaded), frame.apply_camera(camera)
        here = lens.turned_as(here) if as_trained else lens.square(here)
        (view,) = render(_in_frame(mesh, frame), [here], ctx=ctx)
        (sight,) = self.look(loaded, view.colour[None], [here], parameters, ctx)
        return _with_maps(sight, view).in_file(frame)

    def look_at_photo(
        self,
        picture: ByteArray,
        model: str,
        parameters: Any = None,
        ctx: RunContext | None = None,
    ) -> Sight:
        """Return what the network sees in a photo.

        Parameters
        ----------
        picture
            (h,w,3) uint8. What is not square is padded: `geometry.square.place_square` tells the
            way back to its pixels.
        model
            Category, model id or .safetensors file: nothing recognises a category in a photo.
        parameters, ctx
            As for `detect`.

        Raises
        ------
        ParameterError
            No model is named.
        ModelError, Cancelled
            As `detect`.
        """
        ctx = ctx or RunContext()
        ctx.check()
        parameters = parameters or self.spec.parameters()
        loaded = self.model_named(model, parameters)
        square, _ = fit_square(picture, self.lens(loaded).size)
        (sight,) = self.look(loaded, square[None], None, parameters, ctx)
        return sight

    def model_named(self, name: str, parameters: Any = None) -> NetworkFile[Any]:
        """Return the model of a category, an id or a file.

        Parameters
        ----------
        name
            Its name.
        parameters
            The detector's parameters; the defaults if None.

        Raises
        ------
        ParameterError
            No name.
        ModelError
            There is no such model.
        """
        if not name:
            raise ParameterError(
                "what a photo shows is not known", remedy="Name its category, such as car."
            )
        models = self.models(parameters or self.spec.parameters())
        return models.load(find_model(name, models.kind))


def _in_frame(mesh: Mesh, frame: Normalisation) -> Mesh:
    """Return the mesh in a normalised frame, the same one for the same mesh."""
    key = mesh.key, frame.rotation.tobytes()
    return _meshes.get(key, lambda: replace(mesh, vertices=frame.apply(mesh.vertices), unit=""))


def _with_maps(sight: Sight, view: View, more: Mapping[str, Float32Array] = _NO_MAPS) -> Sight:
    """Return a sight with more maps, and with depth and mask of its view if it has none."""
    known = {"depth": view.depth, "mask": view.mask.astype(np.float32)}
    return replace(sight, maps=known | dict(sight.maps) | dict(more))


def _heat(
    shape: Mesh, sights: Sequence[Sight], views: Sequence[View], loaded: NetworkFile[Any]
) -> tuple[Field, ...]:
    """Return a field a keypoint: the heat of its maps on the surface, the hottest place 1."""
    from kpstudio.rendering.lift import vertex_heat

    maps = [sight.heatmaps for sight in sights if sight.heatmaps is not None]
    if len(maps) < len(sights):
        return ()
    heat = vertex_heat(views, maps, shape)
    heat = heat / np.maximum(heat.max(axis=0), np.finfo(float).tiny)
    names = loaded.metadata.get("names", range(heat.shape[1]))
    return tuple(
        Field(f"heatmap of {name}", column) for name, column in zip(names, heat.T, strict=True)
    )
