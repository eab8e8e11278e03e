"""Views of a shape: pictures from known cameras, with all that every pixel knows of the surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import BoolArray, ByteArray, Float32Array, FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.data.mesh import Mesh
from kpstudio.data.views import View
from kpstudio.geometry.camera import Camera
from kpstudio.rendering.hits import Hits, meet, normals_at
from kpstudio.rendering.rasterise import Rasteriser
from kpstudio.rendering.shading import GREY, STUDIO, WHITE, Lighting, background_of, shade


def render(
    mesh: Mesh,
    cameras: Sequence[Camera],
    light: Lighting = STUDIO,
    background: ArrayLike = WHITE,
    *,
    supersample: int = 1,
    colors: ArrayLike = GREY,
    ctx: RunContext | None = None,
) -> tuple[View, ...]:
    """Return what cameras see of a shape.

    The same arguments give the same bytes. Colours alone depend on light, background, colours and
    `supersample`; faces, barycentric, depth and normals are those of the pixels' centres.

    Parameters
    ----------
    mesh
        The shape, in the cameras' world; both sides of its faces are seen.
    cameras
        The cameras; their pictures may differ in size.
    light
        Lamps and highlights.
    background
        uint8 colour (3,) or image (a,b,3), cropped to the picture's proportions; or one of either
        for every camera, (v,3) or (v,a,b,3).
    supersample
        A colour is the mean of so many times so many samples.
    colors
        uint8 sRGB of the whole surface (3,) or of its vertices (n,3) or (n,4), such as
        `mesh.appearance.colors`.
    ctx
        Progress and cancellation, between two cameras.

    Raises
    ------
    InputError
        A mesh without faces or with too many, colours or background of another shape, a picture
        that is too large, or no sample at all.
    KPStudioError
        OpenGL is not installed.
    """
    if supersample < 1:
        raise InputError(f"{supersample} samples give no colour", remedy="Take one or more.")
    ctx = ctx or RunContext()
    painter = _Painter(mesh, light, np.asarray(background, np.uint8), _vertex_colours(mesh, colors))
    views = []
    for index, camera in enumerate(cameras):
        ctx.progress(index / len(cameras), "Rendering views")
        views.append(painter.view(index, camera, supersample))
    return tuple(views)


class _Painter:
    """What the views of one call have in common."""

    def __init__(
        self, mesh: Mesh, light: Lighting, background: ByteArray, colours: FloatArray
    ) -> None:
        self._mesh, self._light, self._background, self._colours = mesh, light, background, colours
        self._rasteriser = Rasteriser(mesh.vertices, mesh.faces)

    def view(self, index: int, camera: Camera, supersample: int) -> View:
        """Return one view, the `index`-th."""
        faces = self._rasteriser.seen_from(camera)
        seen = faces >= 0
        hits, normals = self._surface(camera, faces, seen)
        if supersample == 1:
            colour = self._picture(index, camera, seen, hits, normals)
        else:
            colour = self._fine_picture(index, camera, supersample)
        return View(
            camera,
            np.rint(colour).astype(np.uint8),
            faces,
            _spread(seen, hits.barycentric, 0.0),
            _spread(seen, hits.depth, np.inf),
            _spread(seen, normals, 0.0),
        )

    def _fine_picture(self, index: int, camera: Camera, factor: int) -> FloatArray:
        """Return (h,w,3) the means of blocks of a larger picture."""
        width, height = camera.size
        fine = camera.resized((width * factor, height * factor))
        faces = self._rasteriser.seen_from(fine)
        seen = faces >= 0
        picture = self._picture(index, fine, seen, *self._surface(fine, faces, seen))
        return picture.reshape(height, factor, width, factor, 3).mean(axis=(1, 3))

    def _surface(self, camera: Camera, faces: IntArray, seen: BoolArray) -> tuple[Hits, FloatArray]:
        """Return where the q pixels with a face meet it, and its (q,3) normals there."""
        pixels = camera.pixel_centres()[seen]
        hits = meet(self._mesh, camera, pixels, faces[seen])
        return hits, normals_at(self._mesh, camera, pixels, hits)

    def _picture(
        self, index: int, camera: Camera, seen: BoolArray, hits: Hits, normals: FloatArray
    ) -> FloatArray:
        """Return (h,w,3) colours 0..255."""
        rays = camera.directions(camera.pixel_centres()[seen]) @ camera.rotation.T
        colours = hits.of(self._mesh, self._colours)
        picture = np.empty((*seen.shape, 3))
        picture[:] = background_of(self._background, index, camera.size)
        picture[seen] = shade(self._light, normals, rays, camera.rotation, colours)
        return picture


def _vertex_colours(mesh: Mesh, colors: ArrayLike) -> FloatArray:
    """Return (n,3) colours 0..255."""
    given = np.asarray(colors, float)
    count = len(mesh.vertices)
    if given.shape == (3,):
        return np.broadcast_to(given, (count, 3))
    if given.shape not in {(count, 3), (count, 4)}:
        raise InputError(f"colours have shape {given.shape}, expected 3 or {count} x 3")
    return given[:, :3]


def _spread(seen: BoolArray, values: FloatArray, empty: float) -> Float32Array:
    """Return values (q,...) of the pixels that are seen as a picture (h,w,...)."""
    picture = np.full((*seen.shape, *values.shape[1:]), empty, np.float32)
    picture[seen] = values
    return picture
