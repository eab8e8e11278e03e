"""What there is to see in the views of a shape: whose views, and what over their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.app.inspecting import detector_title, named
from kpstudio.app.view_pictures import view_pictures
from kpstudio.base.context import RunContext
from kpstudio.data.keypoints import KeypointSchema
from kpstudio.data.shape import Shape
from kpstudio.data.views import Sight, View
from kpstudio.geometry.camera import Camera

#: Key of the views that no detector has looked at.
PLAIN = ""
#: What can be seen over any picture; maps follow as "map:" and their name.
PICTURE, HEATMAP, HEATMAPS, MAP = "picture", "heatmap", "heatmaps", "map:"
#: How far behind what is drawn a point still counts as seen, shares of the diagonal.
_TOLERANCE = 0.02
#: Confidence of a keypoint that the shape itself hides.
_HIDDEN = 0.2
#: Degrees over the horizon from which a view is one from above, and below it one from below.
_STEEP = 60.0
#: Around what is cut out of pictures, a share of their side.
_MARGIN = 0.03
_SIDES = ("front", "front left", "left", "back left", "back", "back right", "right", "front right")


@dataclass(frozen=True, eq=False)
class SightSource:
    """Some views of a shape.

    Parameters
    ----------
    key
        Id of the detector that looked at them; `PLAIN` for none.
    title
        What people call it.
    sights
        What it saw in each.
    schema
        Its keypoints; None if there are none.
    shared
        Whether these are the keypoints that are edited: what is selected here is selected there.
    """

    key: str
    title: str
    sights: tuple[Sight, ...]
    schema: KeypointSchema | None
    shared: bool

    def name(self, index: int) -> str:
        """Return the name of a keypoint."""
        known = self.schema is not None and index < len(self.schema)
        return self.schema.names[index] if known and self.schema else str(index)


def sources_of(shape: Shape) -> tuple[SightSource, ...]:
    """Return the views that picture detectors looked at, those of the edited detection first."""
    names = shape.keypoints.schema.names if shape.keypoints is not None else None
    return tuple(
        SightSource(
            found.provenance.detector, detector_title(found), found.sights, found.keypoints.schema,
            shared=found.keypoints.schema.names == names,
        )
        for found in shape.detections
        if found.sights
    )  # fmt: skip


def plain_source(shape: Shape, count: int, ctx: RunContext | None = None) -> SightSource:
    """Return views of a shape as it is now, with its keypoints where they are.

    Parameters
    ----------
    shape
        The shape.
    count
        How many views around it.
    ctx
        Progress and cancellation.

    Raises
    ------
    InputError
        A mesh without faces.
    """
    views = view_pictures(shape, count=count, colours=True, ctx=ctx)
    schema = shape.keypoints.schema if shape.keypoints is not None else None
    sights = tuple(_plain_sight(shape, view) for view in views)
    return SightSource(PLAIN, "Rendered views", sights, schema, shared=True)


def _plain_sight(shape: Shape, view: View) -> Sight:
    maps = {"depth": view.depth, "mask": view.mask.astype(np.float32)}
    keypoints = shape.keypoints
    points = keypoints.positions if keypoints is not None else np.zeros((0, 3))
    pixels, depth = view.camera.project(points)
    width, height = view.camera.size
    columns, rows = np.floor(np.nan_to_num(pixels)).astype(int).T
    drawn = view.depth[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    hidden = depth > drawn + _TOLERANCE * shape.current.diagonal
    confidence = np.where(hidden, _HIDDEN, 1.0)
    return Sight(view.colour, np.nan_to_num(pixels), confidence, view.camera, depth=depth,
                 maps=maps)  # fmt: skip


def layers_of(sights: Sequence[Sight]) -> dict[str, str]:
    """Return the titles of all that can be seen over the pictures of sights, by key."""
    layers = {PICTURE: "Picture"}
    if sights and all(sight.heatmaps is not None for sight in sights):
        layers |= {HEATMAP: "Heatmap of keypoint", HEATMAPS: "All heatmaps"}
    for sight in sights:
        layers |= {MAP + name: named(name.replace("_", " ")) for name in sight.maps}
    return layers


def window_of(sights: Sequence[Sight]) -> tuple[float, float, float, float]:
    """Return the part around the middle of pictures that shows all of the shape in all of them.

    Returns
    -------
    Left, top, right and bottom as shares of the sides; all of the pictures where nobody knows
    which of their pixels show the shape.
    """
    reach = 0.0
    for sight in sights:
        mask = sight.maps.get("mask")
        if mask is None:
            return 0.0, 0.0, 1.0, 1.0
        for axis in (0, 1):
            drawn = np.flatnonzero(mask.any(axis=axis))
            if len(drawn):
                ends = np.array([drawn[0], drawn[-1] + 1]) / mask.shape[1 - axis]
                reach = max(reach, float(np.abs(ends - 0.5).max()))
    reach = min(reach + _MARGIN, 0.5) if reach else 0.5
    return 0.5 - reach, 0.5 - reach, 0.5 + reach, 0.5 + reach


def side_of(camera: Camera, shape: Shape) -> str:
    """Return from where a camera looks at a shape, such as "front left, 20° up".

    Parameters
    ----------
    camera
        The camera, file coordinates.
    shape
        The shape; its orientation says what is in front, and left is its own left.
    """
    x, y, z = shape.orientation.rotation @ (camera.position - shape.mesh.origin)
    up = round(float(np.degrees(np.arctan2(y, np.hypot(x, z)))))
    if abs(up) >= _STEEP:
        return "above" if up > 0 else "below"
    side = _SIDES[round(float(np.degrees(np.arctan2(x, z))) / 45.0) % 8]
    return side if up == 0 else f"{side}, {abs(up)}\N{DEGREE SIGN} {'up' if up > 0 else 'down'}"
