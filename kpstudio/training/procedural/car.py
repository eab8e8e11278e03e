"""Cars: sedans, hatchbacks, SUVs, pickups, vans and sports cars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.training.procedural.assembly import Assembly, Instance
from kpstudio.training.procedural.draw import Draw
from kpstudio.training.procedural.primitives import box, lathe, loft, rotation_about

PARTS = ("body", "wheel", "spoiler", "fitting")
KEYPOINTS = (
    "left front wheel", "right front wheel", "left rear wheel", "right rear wheel",
    "left front bumper", "right front bumper", "left rear bumper", "right rear bumper",
    "left front roof", "right front roof", "left rear roof", "right rear roof",
    "left windscreen foot", "right windscreen foot",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """Everything that was drawn for one car; lengths in metres, z from front (+) to rear (-).

    The profile is a row of (z, height) pairs along the middle from the front bumper to the rear;
    `roof` names the pair where the roof begins, `foot` the one below the windscreen.
    """

    length: float
    width: float
    clearance: float
    belt: float
    profile: tuple[tuple[float, float], ...]
    foot: int
    roof: int
    tumblehome: float
    narrow: float
    wheel: float
    wheel_width: float
    axles: tuple[float, float]
    spoiler: bool
    rack: bool


#: Along the length (0 front, 1 rear): hood start, windscreen foot, roof start, roof end, tail, and
#: heights (share of the total) of nose, hood, deck.
_STYLES = {
    "sedan": ((0.27, 0.31), (0.38, 0.43), (0.62, 0.7), (0.78, 0.86), (0.48, 0.56), (0.62, 0.7)),
    "hatch": ((0.24, 0.3), (0.36, 0.42), (0.78, 0.86), (0.93, 0.98), (0.48, 0.58), (0.62, 0.7)),
    "suv": ((0.24, 0.3), (0.36, 0.41), (0.86, 0.93), (0.95, 0.99), (0.52, 0.6), (0.62, 0.68)),
    "van": ((0.06, 0.14), (0.2, 0.28), (0.9, 0.96), (0.97, 0.99), (0.4, 0.52), (0.5, 0.6)),
    "sports": ((0.34, 0.42), (0.46, 0.53), (0.58, 0.66), (0.82, 0.93), (0.5, 0.6), (0.66, 0.74)),
    "pickup": ((0.25, 0.29), (0.34, 0.38), (0.52, 0.56), (0.57, 0.61), (0.52, 0.6), (0.62, 0.68)),
}
_SHARES = {"sedan": 0.28, "hatch": 0.16, "suv": 0.2, "van": 0.12, "sports": 0.16, "pickup": 0.08}
_HEIGHTS = {"sedan": (1.35, 1.55), "hatch": (1.4, 1.6), "suv": (1.6, 1.95), "van": (1.8, 2.4),
            "sports": (1.08, 1.3), "pickup": (1.65, 1.9)}  # fmt: skip


def _plan(draw: Draw) -> Plan:
    style = draw.weighted(_SHARES)
    foot, roof, roof_end, deck, nose, hood = (draw.between(*limits) for limits in _STYLES[style])
    toy = draw.chance(0.4)
    length = draw.between(2.6, 3.6) if toy else draw.between(3.6, 5.0)
    height = draw.between(*_HEIGHTS[style]) * (draw.between(0.9, 1.15) if toy else 1.0)
    clearance = draw.between(0.12, 0.24) * height / 1.5
    rise = height - clearance
    wheel = (
        draw.between(0.19, 0.25) * height if style != "van" else draw.between(0.16, 0.2) * height
    )
    deck_height = hood + draw.between(0.0, 0.06)
    rows = [(0.0, 0.9 * nose), (0.03, nose), (foot, hood), (roof, 0.97),
            (0.5 * (roof + roof_end), 1.0), (roof_end, 0.97), (deck, deck_height),
            (0.985, deck_height - 0.03), (1.0, 0.9 * deck_height - 0.04)]  # fmt: skip
    if style in ("hatch", "suv", "van"):
        rows[-3:] = [(deck, hood), (1.0, 0.9 * hood)]
    profile = tuple((length * (0.5 - at), clearance + rise * up) for at, up in rows)
    front, rear = draw.between(0.17, 0.22), draw.between(0.17, 0.23)
    return Plan(
        length, draw.between(1.55, 1.95) * (draw.between(0.85, 1.1) if toy else 1.0), clearance,
        clearance + rise * (hood - draw.between(0.05, 0.12)), profile, 2, 3,
        draw.between(0.06, 0.24), draw.between(0.02, 0.14), wheel, draw.between(0.16, 0.28),
        (length * (0.5 - front), length * (rear - 0.5)),
        draw.chance(0.3 if style == "sports" else 0.06), draw.chance(0.12),
    )  # fmt: skip


def build(draw: Draw) -> Instance:
    """Return one car standing on y = 0, in metres."""
    plan = _plan(draw)
    assembly = Assembly(PARTS, KEYPOINTS)
    rings = _sections(plan)
    assembly.add("body", loft(rings))
    _add_wheels(assembly, plan, draw)
    if plan.spoiler:
        _add_spoiler(assembly, plan)
    if draw.chance(0.5):
        _add_lights(assembly, plan)
    if plan.rack:
        _add_rack(assembly, plan)
    for name, station, row in (
        ("front bumper", 0, 1), ("rear bumper", -1, 1), ("front roof", plan.roof, 3),
        ("rear roof", plan.roof + 2, 3), ("windscreen foot", plan.foot, 3),
    ):  # fmt: skip
        assembly.mark_pair(name, rings[station, row])
    return assembly.build()


def _sections(plan: Plan) -> FloatArray:
    """Return (r,8,3) rings: sill, side, belt, shoulder on the left, then mirrored on the right."""
    rings = []
    for z, top in plan.profile:
        end = abs(2.0 * z / plan.length) ** 4
        half = 0.5 * plan.width * (1.0 - plan.narrow * end)
        belt = min(plan.belt, plan.clearance + 0.85 * (top - plan.clearance))
        over = max(top - plan.belt, 0.0) / (plan.profile[4][1] - plan.belt)
        inner = half * (1.0 - 0.06 - plan.tumblehome * over)
        sill = plan.clearance + 0.25 * end * (belt - plan.clearance)
        middle = sill + 0.5 * (belt - sill)
        left = [(0.94 * half, sill), (half, middle), (0.98 * half, belt), (inner, top)]
        ring = left + [(-x, y) for x, y in reversed(left)]
        rings.append([(x, y, z) for x, y in ring])
    return np.array(rings)


def _add_wheels(assembly: Assembly, plan: Plan, draw: Draw) -> None:
    sides = draw.one_of(10, 12, 16, 20)
    radius, half = plan.wheel, 0.5 * plan.wheel_width
    rim = draw.between(0.5, 0.75) * radius
    profile = [(rim, -half), (radius, -half), (radius, half), (rim, half), (0.8 * rim, 0.7 * half)]
    # Standing up, a corner of the polygon must touch the ground.
    wheel = lathe(profile, sides).turned(rotation_about(1, np.pi / sides + 0.5 * np.pi))
    wheel = wheel.turned(rotation_about(2, -np.pi / 2.0))
    x = 0.5 * plan.width - half * draw.between(0.3, 1.0)
    for name, z in zip(("front", "rear"), plan.axles, strict=True):
        place = np.array([x, radius, z])
        assembly.add("wheel", *wheel.moved(place).both())
        assembly.mark_pair(f"{name} wheel", (x, 0.0, z))


def _add_spoiler(assembly: Assembly, plan: Plan) -> None:
    z, top = plan.profile[-2]
    half, lift = 0.42 * plan.width, 0.12
    wing = box((-half, top + lift, z - 0.05), (half, top + lift + 0.03, z + 0.2))
    post = box((0.6 * half, top - 0.05, z), (0.66 * half, top + lift + 0.01, z + 0.1))
    assembly.add("spoiler", wing, *post.both())


def _add_lights(assembly: Assembly, plan: Plan) -> None:
    for station in (0, -1):
        z, top = plan.profile[station]
        low = plan.clearance + 0.5 * (top - plan.clearance)
        x = 0.3 * plan.width
        lamp = box((x, low, z - 0.04), (x + 0.12 * plan.width, low + 0.25 * (top - low), z + 0.04))
        assembly.add("fitting", *lamp.both())


def _add_rack(assembly: Assembly, plan: Plan) -> None:
    z, top = plan.profile[plan.roof + 1]
    half = 0.2 * plan.width
    assembly.add("fitting", box((-half, top - 0.02, z - 0.08), (half, top + 0.12, z + 0.08)))
