"""Tables: rectangular, round and oval tops on legs, pedestals, trestles and drawers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.training.procedural.assembly import Assembly, Instance
from kpstudio.training.procedural.chair import CORNERS
from kpstudio.training.procedural.draw import Draw
from kpstudio.training.procedural.primitives import (
    bar,
    box,
    lathe,
    post,
    prism,
    rounded_outline,
)

PARTS = ("top", "leg", "drawer", "shelf")
KEYPOINTS = (
    *(f"top {corner}" for corner in CORNERS),
    *(f"foot {corner}" for corner in CORNERS),
    "top middle", "top left", "top right", "top front", "top back",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """Everything that was drawn for one table, in metres; width is never below depth."""

    width: float
    depth: float
    height: float
    thickness: float
    outline: FloatArray
    roundness: float
    base: str
    leg: float
    leg_sides: int
    taper: float
    splay: float
    inset: float


def _plan(draw: Draw) -> Plan:
    kind = draw.weighted({"rectangle": 0.62, "round": 0.2, "oval": 0.1, "soft": 0.08})
    depth = draw.between(0.4, 1.0)
    stretch = 1.0 if kind == "round" else draw.between(1.0, 2.2)
    height = draw.between(0.3, 1.1) * (0.75 if draw.chance(0.3) else 1.0)
    roundness = {"rectangle": 0.0, "round": 1.0, "oval": 1.0, "soft": draw.between(0.3, 0.8)}[kind]
    sides = 4 if kind == "rectangle" else draw.one_of(16, 24, 32)
    base = draw.weighted(
        {"legs": 0.6, "pedestal": 0.12, "trestle": 0.1, "panels": 0.08, "drawers": 0.1}
    )
    if kind == "round" and draw.chance(0.5):
        base = "pedestal"
    width = depth * stretch
    return Plan(
        width, depth, height, draw.between(0.015, 0.09),
        rounded_outline(width, depth, roundness, sides), roundness, base,
        draw.between(0.015, 0.06), draw.one_of(4, 4, 4, 8), draw.between(0.5, 1.0),
        draw.between(0.0, 0.2) if draw.chance(0.3) else 0.0, draw.between(0.0, 0.08),
    )  # fmt: skip


def build(draw: Draw) -> Instance:
    """Return one table standing on y = 0, in metres, its long side along x."""
    plan = _plan(draw)
    assembly = Assembly(PARTS, KEYPOINTS)
    _add_top(assembly, plan, draw)
    _BASES[plan.base](assembly, plan, draw)
    return assembly.build()


def _add_top(assembly: Assembly, plan: Plan, draw: Draw) -> None:
    top = plan.height
    bevel = draw.between(0.0, 0.02) if draw.chance(0.3) else 0.0
    assembly.add("top", prism(plan.outline, top - plan.thickness, top, bevel=bevel))
    rim = plan.outline * (1.0 - bevel)
    for corner, (x, z) in CORNERS.items():
        at = rim[np.argmax(rim @ (x / plan.width, z / plan.depth))]
        assembly.mark(f"top {corner}", (at[0], top, at[1]))
    half = rim.max(axis=0)
    assembly.mark("top middle", (0.0, top, 0.0))
    for name, x, z in (("left", 1, 0), ("right", -1, 0), ("front", 0, 1), ("back", 0, -1)):
        assembly.mark(f"top {name}", (x * half[0], top, z * half[1]))


def _corners(plan: Plan) -> dict[str, FloatArray]:
    """Return where each leg meets the underside of the top."""
    reach = 1.0 - 0.32 * plan.roundness
    x = 0.5 * reach * plan.width - plan.inset - plan.leg
    z = 0.5 * reach * plan.depth - plan.inset - plan.leg
    under = plan.height - plan.thickness
    return {name: np.array([i * x, under, k * z]) for name, (i, k) in CORNERS.items()}


def _add_legs(assembly: Assembly, plan: Plan, draw: Draw) -> None:
    tops = _corners(plan)
    spread = plan.splay * plan.height
    feet = {
        name: np.array(
            [top[0] + CORNERS[name][0] * spread, 0.0, top[2] + CORNERS[name][1] * spread]
        )
        for name, top in tops.items()
    }
    for name, top in tops.items():
        above = top + (0.0, 0.2 * plan.thickness, 0.0)
        assembly.add("leg", post(above, feet[name], plan.leg, plan.leg_sides, plan.taper))
        assembly.mark(f"foot {name}", feet[name])
    if plan.roundness == 0.0 and draw.chance(0.4):
        _add_apron(assembly, tops, draw.between(0.04, 0.12))
    if plan.splay == 0.0 and draw.chance(0.25):
        at = draw.between(0.12, 0.4) * plan.height
        low, high = tops["back right"], tops["front left"]
        assembly.add("shelf", box((low[0], at, low[2]), (high[0], at + 0.02, high[2])))


def _add_apron(assembly: Assembly, tops: dict[str, FloatArray], height: float) -> None:
    for one, other in (("front left", "front right"), ("back left", "back right"),
                       ("front left", "back left"), ("front right", "back right")):  # fmt: skip
        ends = np.stack([tops[one], tops[other]])
        low, high = ends.min(axis=0) - 0.008, ends.max(axis=0) + 0.008
        low[1], high[1] = ends[0, 1] - height, ends[0, 1] + 0.004
        assembly.add("leg", box(low, high))


def _mark_base(assembly: Assembly, vertices: FloatArray) -> None:
    """Mark the lowest points towards each corner as feet."""
    low = vertices[vertices[:, 1] < vertices[:, 1].min() + 1e-6]
    size = np.ptp(low, axis=0)
    for name, (x, z) in CORNERS.items():
        assembly.mark(f"foot {name}", low[np.argmax(low @ (x / size[0], 0.0, z / size[2]))])


def _add_pedestal(assembly: Assembly, plan: Plan, draw: Draw) -> None:
    under = plan.height - 0.8 * plan.thickness
    column = draw.between(0.025, 0.06)
    size = draw.between(0.28, 0.42) * plan.depth
    stretch = 1.0 + 0.5 * (plan.width / plan.depth - 1.0)
    if draw.chance(0.5):
        foot = lathe([(size, 0.0), (size, 0.02), (0.9 * size, 0.035), (column, 0.06)], 24)
        foot = foot.scaled((stretch, 1.0, 1.0))
        assembly.add("leg", foot)
        _mark_base(assembly, foot.vertices)
    else:
        arms = {
            name: np.array([x * stretch * size, 0.0, z * size]) for name, (x, z) in CORNERS.items()
        }
        for name, end in arms.items():
            assembly.add(
                "leg",
                bar((0.0, 0.12 * plan.height + 0.02, 0.0), end + (0.0, 0.02, 0.0), 0.03, 0.02),
            )
            assembly.add("leg", box(end - (0.02, 0.0, 0.02), end + (0.02, 0.03, 0.02)))
            assembly.mark(f"foot {name}", end)
    profile = [
        (1.3 * column, 0.03),
        (column, 0.12 * plan.height),
        (draw.between(0.7, 1.2) * column, 0.5 * plan.height),
        (1.4 * column, under),
    ]
    assembly.add("leg", lathe(profile, 12))


def _add_trestle(assembly: Assembly, plan: Plan, draw: Draw) -> None:
    tops = _corners(plan)
    size = plan.leg
    crossed = draw.chance(0.5)
    for side in ("left", "right"):
        front, back = tops[f"front {side}"], tops[f"back {side}"]
        down = np.array([1.0, 0.0, 1.0])
        if crossed:
            assembly.add(
                "leg",
                post(back, front * down, size, 4, 1.0),
                post(front, back * down, size, 4, 1.0),
            )
        else:
            middle = 0.5 * (front + back)
            assembly.add("leg", post(middle, middle * down + (0.0, 0.01, 0.0), 1.3 * size, 4, 1.0))
            x = front[0]
            assembly.add("leg", box((x - size, 0.0, back[2]), (x + size, 1.5 * size, front[2])))
        for end, top in (("front", front), ("back", back)):
            assembly.mark(f"foot {end} {side}", top * down)
    height = draw.between(0.2, 0.6) * plan.height
    x = tops["front left"][0]
    assembly.add("leg", box((-x, height, -0.6 * size), (x, height + 1.5 * size, 0.6 * size)))


def _add_panels(assembly: Assembly, plan: Plan, draw: Draw) -> None:
    tops = _corners(plan)
    x, under, z = tops["front left"]
    side = box((x - plan.leg, 0.0, -z), (x + plan.leg, under + 0.2 * plan.thickness, z))
    assembly.add("leg", *side.both())
    for name, (i, k) in CORNERS.items():
        assembly.mark(f"foot {name}", (i * (x + plan.leg), 0.0, k * z))
    if draw.chance(0.5):
        assembly.add("leg", box((-x, 0.3 * under, -z), (x, under, -z + 0.02)))


def _add_drawers(assembly: Assembly, plan: Plan, draw: Draw) -> None:
    tops = _corners(plan)
    x, under, z = tops["front left"]
    for name, top in tops.items():
        foot = top * (1.0, 0.0, 1.0)
        assembly.add("leg", post(top, foot, plan.leg, 4, plan.taper))
        assembly.mark(f"foot {name}", foot)
    height = draw.between(0.15, 0.85) * under
    share = draw.one_of(1.0, 0.5, 0.38)
    sides = ((1.0,), (-1.0,), (1.0, -1.0))[draw.whole(0, 2)] if share < 1.0 else (0.0,)
    for sign in sides:
        half = share * x
        centre = sign * (x - half)
        assembly.add("drawer", box((centre - half, under - height, -z), (centre + half, under, z)))
        count = draw.whole(1, 4)
        edges = np.linspace(under - height, under, count + 1)
        for low, high in itertools.pairwise(edges):
            gap = 0.06 * (high - low)
            assembly.add("drawer", box((centre - 0.94 * half, low + gap, z - 0.01),
                                       (centre + 0.94 * half, high - gap, z + 0.012)))  # fmt: skip
            knob = 0.5 * (low + high)
            assembly.add("drawer", box((centre - 0.15 * half, knob - 0.008, z),
                                       (centre + 0.15 * half, knob + 0.008, z + 0.03)))  # fmt: skip


_BASES = {
    "legs": _add_legs, "pedestal": _add_pedestal, "trestle": _add_trestle,
    "panels": _add_panels, "drawers": _add_drawers,
}  # fmt: skip
