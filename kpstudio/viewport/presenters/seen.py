"""What a picture detector sees where the camera is: rings at its keypoints."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.data.views import Sight
from kpstudio.viewport.forms import CIRCLE
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.marks import Marks
from kpstudio.viewport.palette import keypoint_color
from kpstudio.viewport.presenters.look import Look, mask
from kpstudio.viewport.projection import Projection

#: Radius of a ring of confidence 0 and 1, and of how much larger a selected one is.
_SMALLEST, _LARGEST, _CHOSEN = 6.0, 11.0, 1.35
#: Over the handles, logical pixels.
_LIFT = 3.0
#: Degrees by which the camera may have turned since: what is older is not shown.
_STALE = 15.0


class SeenPresenter:
    """Draws a ring where each keypoint is seen, larger where the detector is surer.

    Parameters
    ----------
    stage
        Where they stand.
    """

    def __init__(self, stage: Ground) -> None:
        self._rings = Marks(stage, CIRCLE, lift=_LIFT)
        self._sight: Sight | None = None
        self._seen: tuple[object, ...] = ()

    @property
    def rings(self) -> Marks:
        """The rings, for tests."""
        return self._rings

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        shown = look.item.visible and look.active and not look.moving
        sight = look.sight if shown else None
        if sight is None or sight.camera is None:
            self._sight = None
            self._rings.show(False)
            return
        key = (sight, look.palette, look.chosen)
        if key != self._seen:
            count, palette = len(sight.pixels), look.palette
            colors = np.array([keypoint_color(index) for index in range(count)]).reshape(-1, 3)
            radii = _SMALLEST + (_LARGEST - _SMALLEST) * np.clip(sight.confidence, 0.0, 1.0)
            radii = radii * np.where(mask(count, look.chosen), _CHOSEN, 1.0)
            centers = places_of(sight, look.shape.mesh.origin)
            self._rings.set(centers, look.shape.mesh.origin, colors, palette.outline, radii)
        self._sight, self._seen = sight, key

    def place(self, view: Projection, ratio: float) -> None:
        """Turn the rings to the camera; hide them when it has turned away from what was seen."""
        if self._sight is None:
            return
        self._rings.show(not is_stale(self._sight, view))
        self._rings.place(view, ratio)

    def close(self) -> None:
        """Leave the stage."""
        self._rings.close()


def places_of(sight: Sight, middle: FloatArray) -> FloatArray:
    """Return (k,3) points that lie where a sight shows its keypoints, from its camera.

    They are as deep as the network says; where it knows no depths, as the surface is there, or
    else as the middle (3,) of the shape.
    """
    assert sight.camera is not None
    depths = sight.depth
    if depths is None:
        depths = np.full(len(sight.pixels), float(sight.camera.to_camera(middle)[2]))
        if (surface := sight.maps.get("depth")) is not None:
            scale = np.array(surface.shape[::-1]) / sight.camera.size
            columns, rows = np.floor(sight.pixels * scale).astype(int).T
            rows = np.clip(rows, 0, surface.shape[0] - 1)
            columns = np.clip(columns, 0, surface.shape[1] - 1)
            drawn = surface[rows, columns]
            depths = np.where(np.isfinite(drawn), drawn, depths)
    return sight.camera.unproject(sight.pixels, depths)


def is_stale(sight: Sight, view: Projection) -> bool:
    """Return whether a view looks another way than a sight did.

    The directions to what the sight looked at are compared, not where the cameras stand: the
    network may have looked from another distance.
    """
    assert sight.camera is not None
    middle = places_of(sight, sight.camera.position + sight.camera.forward).mean(axis=0)
    there = middle - sight.camera.position
    here = view.forward if view.parallel else middle - view.eye
    cosine = float(there @ here) / max(float(np.linalg.norm(there) * np.linalg.norm(here)), 1e-300)
    return cosine < float(np.cos(np.radians(_STALE)))
