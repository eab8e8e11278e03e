"""The geometry of a drag: from the cursor to offsets of the held points.

Moving keeps the grabbed point a under the cursor: the ray through the cursor meets the view plane
through a, or the plane of the constraint, or the axis of the constraint. Turning by the angle t
that the cursor sweeps around the centroid c gives p -> c + R(t) (p - c); scaling by the ratio s of
the cursor's distances from c gives p -> c + s (p - c), along the constraint only if there is one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.geometry.rotations import from_vectors
from kpstudio.viewport.projection import Projection, Ray

#: Sine of the angle between ray and plane below which the meeting point runs away.
_GRAZING = 0.05
#: Device pixels: nearer to the centre the cursor's direction and distance mean nothing.
_CENTER_PIXELS = 3.0


class Mode(StrEnum):
    """What a drag does to the held points."""

    MOVE = "Move"
    ROTATE = "Rotate"
    SCALE = "Scale"


@dataclass(frozen=True)
class Constraint:
    """An axis to move along, or to move across.

    Parameters
    ----------
    axis
        0, 1 or 2: x, y or z of the file.
    across
        False: along the axis. True: in the plane across it.
    """

    axis: int
    across: bool = False

    @property
    def direction(self) -> FloatArray:
        """Unit vector (3,) of the axis."""
        vector: FloatArray = np.eye(3)[self.axis]
        return vector

    @property
    def title(self) -> str:
        """What it is called: "along X" or "across X"."""
        return f"{'across' if self.across else 'along'} {'XYZ'[self.axis]}"


@dataclass(frozen=True, eq=False)
class Gesture:
    """A drag of some points as it was set up; every cursor position gives offsets.

    Parameters
    ----------
    view
        The camera; it stands still during a drag.
    points
        (s,3) held points at the start.
    anchor
        (3,) the grabbed one among them.
    start
        Cursor at the start, device pixels from the bottom left.
    mode
        What the drag does.
    constraint
        What it is limited to.
    """

    view: Projection
    points: FloatArray
    anchor: FloatArray
    start: tuple[float, float]
    mode: Mode = Mode.MOVE
    constraint: Constraint | None = None

    @property
    def center(self) -> FloatArray:
        """(3,) centroid of the held points."""
        center: FloatArray = self.points.mean(axis=0)
        return center

    def restarted(self, mode: Mode, cursor: tuple[float, float]) -> Gesture:
        """Return the gesture in another mode, beginning at the cursor."""
        return replace(self, mode=mode, start=cursor)

    def constrained(self, constraint: Constraint) -> Gesture:
        """Return the gesture under a constraint; the same one again sets it free."""
        return replace(self, constraint=None if constraint == self.constraint else constraint)

    def offsets(self, cursor: tuple[float, float]) -> FloatArray:
        """Return (s,3) how far each held point goes."""
        if self.mode is Mode.MOVE:
            return np.broadcast_to(self._shift(cursor), self.points.shape)
        away = self.points - self.center
        if self.mode is Mode.ROTATE:
            return away @ (self._rotation(cursor) - np.eye(3)).T
        return away @ (self._scaling(cursor) - np.eye(3)).T

    def target(self, cursor: tuple[float, float]) -> Ray:
        """Return the ray on which the grabbed point is wanted.

        The distance from cursor to point at the press is kept, so nothing jumps.
        """
        grip = self.view.to_screen(self.anchor)[0] - self.start
        return self.view.ray(*(np.asarray(cursor) + grip))

    # --- moving --------------------------------------------------------------------------------

    def _shift(self, cursor: tuple[float, float]) -> FloatArray:
        ray, forward = self.target(cursor), self.view.forward
        free = ray.meet_plane(self.anchor, forward)
        shift = np.zeros(3) if free is None else free - self.anchor
        if self.constraint is None:
            return shift
        axis = self.constraint.direction
        if self.constraint.across:
            return self._on_plane(ray, axis, shift)
        # Of all planes through the axis the one that faces the camera meets the ray best.
        side = np.cross(axis, ray.direction)
        normal = np.cross(side, axis)
        return float(self._on_plane(ray, normal, shift) @ axis) * axis

    def _on_plane(self, ray: Ray, normal: FloatArray, shift: FloatArray) -> FloatArray:
        """Return the offset in a plane through the anchor; from `shift` when it is edge-on."""
        length = float(np.linalg.norm(normal))
        if length < 1e-9:
            return np.zeros(3)
        normal = normal / length
        met = ray.meet_plane(self.anchor, normal)
        if met is None or abs(float(ray.direction @ normal)) < _GRAZING:
            return shift - (shift @ normal) * normal
        return met - self.anchor

    # --- turning and scaling -------------------------------------------------------------------

    def _arms(self, cursor: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
        """Return the cursor at the start and now, from the centroid, device pixels."""
        center = self.view.to_screen(self.center)[0]
        return np.asarray(self.start) - center, np.asarray(cursor) - center

    def _rotation(self, cursor: tuple[float, float]) -> FloatArray:
        before, now = self._arms(cursor)
        if min(np.linalg.norm(before), np.linalg.norm(now)) < _CENTER_PIXELS:
            return np.eye(3)
        angle = float(np.arctan2(before[0] * now[1] - before[1] * now[0], before @ now))
        axis = -self.view.forward
        if self.constraint is not None:
            direction = self.constraint.direction
            # What turns counter-clockwise on the screen follows the cursor.
            axis = direction if direction @ axis >= 0.0 else -direction
        return from_vectors(angle * axis)

    def _scaling(self, cursor: tuple[float, float]) -> FloatArray:
        before, now = self._arms(cursor)
        reference = max(float(np.linalg.norm(before)), _CENTER_PIXELS)
        ratio = float(np.linalg.norm(now)) / reference
        if self.constraint is None:
            return ratio * np.eye(3)
        axis = self.constraint.direction
        along = np.outer(axis, axis)
        across = np.eye(3) - along
        return along + ratio * across if self.constraint.across else ratio * along + across
