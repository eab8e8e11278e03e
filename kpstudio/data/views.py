"""A view, what a camera sees of a shape, and a sight, what a detector sees in a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from kpstudio.base.arrays import BoolArray, ByteArray, Float32Array, FloatArray, IntArray, freeze
from kpstudio.base.errors import InputError
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.normalise import Normalisation


@dataclass(frozen=True, eq=False)
class View:
    """A shape seen by a camera: the picture, and what every pixel knows of the surface.

    Parameters
    ----------
    camera
        The camera; its world is the frame in which the shape was rendered.
    colour
        (h,w,3) uint8 shaded picture, sRGB.
    faces
        (h,w) int32 the face seen at each pixel's centre; -1 for the background.
    barycentric
        (h,w,3) float32 where in that face; zeros for the background.
    depth
        (h,w) float32 along the camera's axis, world units; infinite for the background.
    normals
        (h,w,3) float32 unit normals in camera axes, towards the camera; zeros for the background.
    """

    camera: Camera
    colour: ByteArray
    faces: IntArray
    barycentric: Float32Array
    depth: Float32Array
    normals: Float32Array

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        width, height = self.camera.size
        shape = (height, width)
        fill = object.__setattr__
        fill(self, "colour", freeze(self.colour, (*shape, 3), np.uint8, "colour"))
        fill(self, "faces", freeze(self.faces, shape, np.int32, "faces of pixels"))
        for name, size in (("barycentric", (*shape, 3)), ("normals", (*shape, 3))):
            fill(self, name, freeze(getattr(self, name), size, np.float32, name))
        fill(self, "depth", freeze(self.depth, shape, np.float32, "depth", finite=False))

    @property
    def mask(self) -> BoolArray:
        """(h,w) where the shape is."""
        return self.faces >= 0


@dataclass(frozen=True, eq=False)
class Sight:
    """What a detector sees in one picture.

    Parameters
    ----------
    picture
        (h,w,3) uint8 what the network was shown.
    pixels
        (k,2) its keypoints, pixels as in `geometry.camera`.
    confidence
        (k,) how sure it is of each, 0..1.
    camera
        The camera, in file coordinates of the shape wherever people meet it; None for a photo.
    heatmaps
        (k,a,b) float32 where each keypoint may be, all over the picture at any resolution; None
        if the network has none.
    depth
        (k,) of each keypoint along the camera's axis, where the network knows that; units of the
        camera's world.
    maps
        Other pictures (a,b) of values by name, such as "depth", "mask", "edges", "uncertainty";
        "depth", and others whose names end so, in the units of `depth`.
    edges
        (e,) score 0..1 of each edge of the keypoints' schema; None if there are none.
    pose
        (3,3) rotation from the shape's axes to the camera's that the network found; None if it
        finds none.
    """

    picture: ByteArray
    pixels: FloatArray
    confidence: FloatArray
    camera: Camera | None = None
    heatmaps: Float32Array | None = None
    depth: FloatArray | None = None
    maps: Mapping[str, Float32Array] = field(default_factory=dict)
    edges: FloatArray | None = None
    pose: FloatArray | None = None

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        fill = object.__setattr__
        fill(self, "picture", freeze(self.picture, (None, None, 3), np.uint8, "picture"))
        if self.camera is not None and self.camera.size != self.picture.shape[1::-1]:
            raise InputError("the picture has another size than its camera's")
        fill(self, "pixels", freeze(self.pixels, (None, 2), float, "keypoints in a picture"))
        count = len(self.pixels)
        fill(self, "confidence", freeze(self.confidence, (count,), float, "confidence"))
        if self.heatmaps is not None:
            shape = (count, None, None)
            fill(self, "heatmaps", freeze(self.heatmaps, shape, np.float32, "heatmaps"))
        if self.depth is not None:
            fill(self, "depth", freeze(self.depth, (count,), float, "depth of keypoints"))
        maps = {
            name: freeze(values, (None, None), np.float32, name, finite=False)
            for name, values in self.maps.items()
        }
        fill(self, "maps", maps)
        if self.edges is not None:
            fill(self, "edges", freeze(self.edges, (None,), float, "scores of edges"))
        if self.pose is not None:
            fill(self, "pose", freeze(self.pose, (3, 3), float, "pose"))

    def in_file(self, frame: Normalisation) -> Sight:
        """Return a sight of the normalised frame as one of file coordinates.

        Camera and pose then belong to the file's axes, depths have its units; what is seen where
        in the picture stays.

        Parameters
        ----------
        frame
            The shape's normalised frame.
        """
        maps = {
            name: values * np.float32(frame.scale) if name.endswith("depth") else values
            for name, values in self.maps.items()
        }
        return replace(
            self,
            camera=None if self.camera is None else frame.invert_camera(self.camera),
            depth=None if self.depth is None else self.depth * frame.scale,
            maps=maps,
            pose=None if self.pose is None else self.pose @ frame.rotation,
        )
