"""Keypoints of the detectors that are compared with the edited one."""

from __future__ import annotations

import numpy as np

from kpstudio.app.comparing import style_of
from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.data.detection import Detection
from kpstudio.viewport.forms import form_of
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.marks import Marks
from kpstudio.viewport.palette import detector_color
from kpstudio.viewport.presenters.keypoints import BEHIND, BEHIND_OPACITY, TOLERANCE
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.projection import Projection


class OtherKeypointsPresenter:
    """Draws the keypoints of every other detection on the selected shape, each in its own form.

    Parameters
    ----------
    stage
        Where they stand.
    """

    def __init__(self, stage: Ground) -> None:
        self._stage = stage
        self._pairs: dict[str, _Pair] = {}
        self._seen: tuple[object, ...] | None = None
        self._tolerance = 0.0
        #: (k,) which of them, one detector after the other, a surface hid in the last frame.
        self.hidden: BoolArray = np.zeros(0, bool)

    @property
    def shown(self) -> dict[str, tuple[Marks, Marks]]:
        """By detector the markers that are seen and those behind a surface, for tests."""
        return {name: (pair.seen, pair.behind) for name, pair in self._pairs.items()}

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        found = compared(look)
        for name in set(self._pairs) - {one.provenance.detector for one in found}:
            self._pairs.pop(name).close()
        if not found:
            self._seen = None
            return
        moves = look.positions is not None
        key = (found, look.shape.current, look.palette, look.view.handle_size)
        if key == self._seen and not moves:
            return
        self._seen = None if moves else key
        self._tolerance = TOLERANCE * look.shape.mesh.diagonal
        for detection in found:
            self._draw(look, detection)

    def reveal(self, view: Projection, ratio: float) -> None:
        """Find out which are seen, the surfaces being drawn, and keep their size."""
        if not self._pairs:
            self.hidden = np.zeros(0, bool)
            return
        centers = np.concatenate([pair.seen.centers for pair in self._pairs.values()])
        self.hidden = self._stage.occluded(centers, self._tolerance)
        start = 0
        for pair in self._pairs.values():
            count = len(pair.seen.centers)
            pair.fade(self.hidden[start : start + count])
            pair.place(view, ratio)
            start += count

    def place(self, view: Projection, ratio: float) -> None:
        """Wait for `reveal`: markers are sized when the surfaces are drawn."""

    def close(self) -> None:
        """Leave the stage."""
        for pair in self._pairs.values():
            pair.close()
        self._pairs.clear()

    def _draw(self, look: Look, detection: Detection) -> None:
        name = detection.provenance.detector
        style = style_of(name)
        if name not in self._pairs:
            self._pairs[name] = _Pair(self._stage, style, len(self._pairs))
        self._pairs[name].draw(look, places_now(look, detection), style)


class _Pair:
    """The markers of one detector: whole where they are seen and faint behind a surface."""

    def __init__(self, stage: Ground, style: int, rank: int) -> None:
        form, lift = form_of(style), 2.0 + 0.4 * rank
        self.seen = Marks(stage, form, lift=lift)
        self.behind = Marks(stage, form, lift=lift, opacity=BEHIND_OPACITY)
        self._radius = 0.0

    def draw(self, look: Look, centers: FloatArray, style: int) -> None:
        self._radius = look.view.handle_size
        color, rim = detector_color(style), look.palette.outline
        for marks in (self.seen, self.behind):
            marks.set(centers, look.shape.mesh.origin, color, rim, self._radius)
            marks.show(True)

    def fade(self, hidden: BoolArray) -> None:
        self.seen.set_radii(np.where(hidden, 0.0, self._radius))
        self.behind.set_radii(np.where(hidden, BEHIND * self._radius, 0.0))

    def place(self, view: Projection, ratio: float) -> None:
        self.seen.place(view, ratio)
        self.behind.place(view, ratio)

    def close(self) -> None:
        self.seen.close()
        self.behind.close()


def compared(look: Look) -> tuple[Detection, ...]:
    """Return the detections whose keypoints are shown beside the edited ones."""
    if not (look.active and look.item.visible and look.view.compare):
        return ()
    left_out = look.view.left_out
    return tuple(one for one in look.shape.others if one.provenance.detector not in left_out)


def places_now(look: Look, detection: Detection) -> FloatArray:
    """Return (k,3) where a detection's keypoints are on the mesh as it is seen.

    Those bound to the surface move along with it; others stay where they were found.
    """
    keypoints, mesh = detection.keypoints, look.shape.mesh
    anchor = keypoints.anchor
    if anchor is None or not look.edited:
        places = keypoints.positions
    else:
        corners = mesh.faces[anchor.faces]
        if look.positions is not None:
            at = look.positions[corners] + mesh.origin
        else:
            at = look.shape.current.vertices[corners]
        places = np.einsum("kc,kcd->kd", anchor.barycentric, at)
    return np.asarray(places[keypoints.defined])
