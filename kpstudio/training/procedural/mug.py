"""Mugs and cups: straight, tapered and bulging bodies with one handle towards +z."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.training.procedural.assembly import Assembly, Instance
from kpstudio.training.procedural.draw import Draw
from kpstudio.training.procedural.primitives import Solid, lathe, tube

PARTS = ("body", "handle")
#: Directions around the axis, as angles from +z (front) towards +x (left).
_AROUND = {"front": 0.0, "left": 0.5 * np.pi, "back": np.pi, "right": 1.5 * np.pi}
KEYPOINTS = (
    *(f"rim {side}" for side in ("left", "right", "front", "back")),
    *(f"base {side}" for side in ("left", "right", "front", "back")),
    "handle top", "handle outer", "handle bottom", "floor middle",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """Everything that was drawn for one mug; lengths in units of its height.

    Parameters
    ----------
    outer
        (p,2) radius and height of the outer wall, from the base up.
    wall, floor
        Thickness of wall and floor.
    sides
        Corners of the cross-section.
    handle
        Shape: "c", "d" or "ear".
    top, bottom
        Heights at which the handle leaves the body.
    reach
        How far the handle stands out from the wall.
    grip, squash
        Half the width of the handle, and the ratio of its thickness to it.
    """

    outer: FloatArray
    wall: float
    floor: float
    sides: int
    handle: str
    top: float
    bottom: float
    reach: float
    grip: float
    squash: float


def _plan(draw: Draw) -> Plan:
    radius = draw.between(0.3, 0.62)
    taper = draw.between(0.62, 1.08)
    bulge = draw.between(0.0, 0.18) if draw.chance(0.4) else 0.0
    heights = np.linspace(0.0, 1.0, draw.whole(3, 9))
    rounded = draw.between(0.0, 0.35) if draw.chance(0.4) else 0.0  # a bowl's round foot
    swell = taper + (1.0 - taper) * heights + bulge * np.sin(np.pi * heights)
    foot = 1.0 - rounded * (1.0 - heights) ** 3
    reach = draw.between(0.18, 0.42)
    grip = draw.between(0.035, 0.085)
    return Plan(
        np.stack([radius * swell * foot, heights], axis=1),
        radius * draw.between(0.05, 0.2), draw.between(0.03, 0.12),
        draw.one_of(6, 8, 12, 16, 24, 32), draw.weighted({"c": 0.5, "d": 0.25, "ear": 0.25}),
        draw.between(0.72, 0.92), draw.between(0.12, 0.38), reach, min(grip, 0.35 * reach),
        draw.between(0.4, 1.0),
    )  # fmt: skip


def build(draw: Draw) -> Instance:
    """Return one mug standing on y = 0, 1 high, its handle towards +z."""
    plan = _plan(draw)
    assembly = Assembly(PARTS, KEYPOINTS)
    assembly.add("body", _body(plan))
    handle = _handle(plan, draw.whole(6, 12), draw.one_of(4, 6, 8))
    assembly.add("handle", handle)
    for side, angle in _AROUND.items():
        assembly.mark(f"rim {side}", _around(plan, -1, angle))
        assembly.mark(f"base {side}", _around(plan, 0, angle))
    points = handle.vertices[:-2]  # the last two close the ends, inside the wall
    outside = points[points[:, 2] > _radius(plan, points[:, 1])]
    # The tube's corners come in pairs left and right of x = 0: their middle is on its surface.
    middle = outside * (0.0, 1.0, 1.0)
    assembly.mark("handle top", middle[np.argmax(middle[:, 1])])
    assembly.mark("handle outer", middle[np.argmax(middle[:, 2])])
    assembly.mark("handle bottom", middle[np.argmin(middle[:, 1])])
    assembly.mark("floor middle", (0.0, plan.floor, 0.0))
    return assembly.build()


def _body(plan: Plan) -> Solid:
    """Return the wall: from the floor up inside, over the rim, down outside."""
    inside = plan.outer[plan.outer[:, 1] > plan.floor] - (plan.wall, 0.0)
    floor = (_radius(plan, np.array([plan.floor]))[0] - plan.wall, plan.floor)
    return lathe(np.concatenate([[floor], inside, plan.outer[::-1]]), plan.sides)


def _handle(plan: Plan, count: int, sides: int) -> Solid:
    """Return the handle: a tube in the plane x = 0 whose ends are buried in the wall."""
    share = np.linspace(0.0, 1.0, count)
    out = {
        "c": np.sin(np.pi * share) ** 0.7,
        "d": np.minimum(1.0, 4.0 * np.minimum(share, 1.0 - share)),
        "ear": np.sin(np.pi * share**1.5) ** 0.8,
    }[plan.handle]
    heights = plan.top + (plan.bottom - plan.top) * share
    if plan.handle == "ear":  # rises above where it leaves the wall
        heights = heights + 0.1 * np.sin(np.pi * share) * (1.0 - share)
    # Between the two sides of the wall, where its corners are and where its flats are.
    buried = 0.5 * (_radius(plan, heights) * np.cos(np.pi / plan.sides) - plan.wall)
    buried = buried + 0.5 * _radius(plan, heights) * np.cos(np.pi / plan.sides)
    path = np.stack([np.zeros(count), heights, buried + (plan.reach + plan.wall) * out], axis=1)
    return tube(path, plan.grip, sides, squash=plan.squash)


def _radius(plan: Plan, heights: FloatArray) -> FloatArray:
    """Return the outer radius, at the corners of the section, at given heights."""
    return np.interp(heights, plan.outer[:, 1], plan.outer[:, 0])


def _around(plan: Plan, level: int, angle: float) -> FloatArray:
    """Return the point of a ring of the outer wall in a direction from the axis."""
    radius, height = plan.outer[level]
    step = 2.0 * np.pi / plan.sides
    # The flats' middles are at multiples of the step (see `lathe`).
    off = (angle + 0.5 * step) % step - 0.5 * step
    distance = radius * np.cos(0.5 * step) / np.cos(off)
    return np.array([distance * np.sin(angle), height, distance * np.cos(angle)])
