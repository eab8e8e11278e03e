"""Chairs: four legs, swivel, sled and cantilever; with arms or none; stools too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.training.procedural.assembly import Assembly, Instance
from kpstudio.training.procedural.draw import Draw
from kpstudio.training.procedural.primitives import (
    bar,
    box,
    lathe,
    post,
    prism,
    rounded_outline,
    slab,
    tube,
)

PARTS = ("seat", "back", "leg", "arm")
CORNERS = {
    "front left": (1, 1),
    "front right": (-1, 1),
    "back left": (1, -1),
    "back right": (-1, -1),
}
KEYPOINTS = (
    *(f"seat {corner}" for corner in CORNERS),
    *(f"foot {corner}" for corner in CORNERS),
    "back top left", "back top right", "back top middle", "seat middle",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """Everything that was drawn for one chair, in metres."""

    width: float
    depth: float
    seat: float
    thickness: float
    roundness: float
    base: str
    back: str
    back_height: float
    lean: float
    curve: float
    arms: str
    leg: float
    splay: float
    leg_sides: int
    inset: float


def _plan(draw: Draw) -> Plan:
    stool = draw.chance(0.08)
    base = draw.weighted(
        {"legs": 0.66, "swivel": 0.14, "sled": 0.08, "cantilever": 0.05, "panels": 0.07}
    )
    seat = draw.between(0.6, 0.8) if (stool and draw.chance(0.6)) else draw.between(0.36, 0.5)
    width = draw.between(0.38, 0.62)
    back = draw.weighted({"solid": 0.34, "slats": 0.2, "rungs": 0.2, "open": 0.14, "round": 0.12})
    return Plan(
        width=0.8 * width if stool else width,
        depth=(0.8 if stool else 1.0) * width * draw.between(0.85, 1.12),
        seat=seat,
        thickness=draw.between(0.02, 0.11),
        roundness=draw.between(0.0, 1.0) if stool or draw.chance(0.35) else 0.0,
        base=base,
        back="none" if stool else back,
        back_height=draw.between(0.28, 0.62),
        lean=draw.between(0.0, 0.25),
        curve=draw.between(0.0, 0.09) if draw.chance(0.5) else 0.0,
        arms="none" if stool or draw.chance(0.66) else draw.one_of("posts", "panels", "loop"),
        leg=draw.between(0.012, 0.034),
        splay=draw.between(0.0, 0.16) if draw.chance(0.45) else 0.0,
        leg_sides=draw.one_of(4, 4, 8),
        inset=draw.between(0.0, 0.05),
    )


def build(draw: Draw) -> Instance:
    """Return one chair standing on y = 0, in metres."""
    plan = _plan(draw)
    assembly = Assembly(PARTS, KEYPOINTS)
    _add_seat(assembly, plan)
    _BASES[plan.base](assembly, plan, draw)
    if plan.back != "none":
        _add_back(assembly, plan, draw)
    if plan.arms != "none":
        _add_arms(assembly, plan)
    return assembly.build()


def _add_seat(assembly: Assembly, plan: Plan) -> None:
    sides = 4 if plan.roundness == 0.0 else 16
    outline = rounded_outline(plan.width, plan.depth, plan.roundness, sides)
    assembly.add("seat", prism(outline, plan.seat - plan.thickness, plan.seat))
    for corner, (x, z) in CORNERS.items():
        at = outline[np.argmax(outline @ (x / plan.width, z / plan.depth))]
        assembly.mark(f"seat {corner}", (at[0], plan.seat, at[1]))
    assembly.mark("seat middle", (0.0, plan.seat, 0.0))


def _leg_tops(plan: Plan) -> dict[str, FloatArray]:
    """Return where each leg meets the underside of the seat."""
    reach = 1.0 - 0.3 * plan.roundness
    half = np.array([
        0.5 * reach * plan.width - plan.inset - plan.leg,
        0.5 * reach * plan.depth - plan.inset - plan.leg,
    ])  # fmt: skip
    under = plan.seat - plan.thickness
    return {
        corner: np.array([x * half[0], under, z * half[1]]) for corner, (x, z) in CORNERS.items()
    }


def _add_legs(assembly: Assembly, plan: Plan, draw: Draw) -> None:
    tops = _leg_tops(plan)
    taper = draw.between(0.5, 1.0)
    feet = {}
    for corner, top in tops.items():
        x, z = CORNERS[corner]
        foot = np.array(
            [top[0] + x * plan.splay * plan.seat, 0.0, top[2] + z * plan.splay * plan.seat]
        )
        feet[corner] = foot
        above = top + (0.0, 0.25 * plan.thickness, 0.0)
        assembly.add("leg", post(above, foot, plan.leg, plan.leg_sides, taper))
        assembly.mark(f"foot {corner}", foot)
    if draw.chance(0.35):
        height = draw.between(0.2, 0.5)
        pairs = [("front left", "back left"), ("front right", "back right")]
        pairs += [("front left", "front right"), ("back left", "back right")] * draw.chance(0.5)
        for one, other in pairs:
            ends = [(1 - height) * feet[c] + height * tops[c] for c in (one, other)]
            assembly.add("leg", bar(ends[0], ends[1], 0.6 * plan.leg))


def _add_swivel(assembly: Assembly, plan: Plan, draw: Draw) -> None:
    under = plan.seat - plan.thickness
    if draw.chance(0.25):
        reach = draw.between(0.4, 0.55) * plan.width
        disc = lathe([(reach, 0.0), (reach, 0.015), (0.3 * reach, 0.03)], 24)
        assembly.add(
            "leg", disc, bar((0, 0.02, 0), (0, under + 0.2 * plan.thickness, 0), plan.leg, sides=8)
        )
        for corner, (x, z) in CORNERS.items():
            at = disc.vertices[np.argmax(disc.vertices @ (x, -0.1, z))]
            assembly.mark(f"foot {corner}", at)
        return
    arms = draw.one_of(4, 5, 5, 5, 6)
    reach = draw.between(0.48, 0.62) * plan.width
    start = np.pi / 4.0 if arms == 4 else np.pi / 2.0
    hub = draw.between(0.08, 0.13)
    caster = draw.between(0.02, 0.035)
    assembly.add(
        "leg",
        bar(
            (0, hub - 0.03, 0),
            (0, under + 0.2 * plan.thickness, 0),
            draw.between(0.02, 0.035),
            sides=8,
        ),
    )
    ends = []
    for index in range(arms):
        angle = start + 2.0 * np.pi * index / arms
        end = np.array([np.cos(angle) * reach, 2.0 * caster, np.sin(angle) * reach])
        assembly.add("leg", bar((0, hub, 0), end, 0.022, 0.014))
        low = end - (0.0, 2.0 * caster, 0.0)
        assembly.add("leg", box(low - (caster, 0.0, caster), low + (caster, 2.2 * caster, caster)))
        ends.append(low)
    feet = np.stack(ends)
    for corner, (x, z) in CORNERS.items():
        nearest = feet[np.argmax(feet @ (x, 0.0, z))]
        assembly.mark(f"foot {corner}", nearest)


def _add_sled(assembly: Assembly, plan: Plan, _: Draw) -> None:
    tops = _leg_tops(plan)
    radius = 0.6 * plan.leg
    for side in ("left", "right"):
        front, back = tops[f"front {side}"], tops[f"back {side}"]
        low = np.array([0.0, radius - plan.seat + plan.thickness, 0.0])
        path = [front, front + low, back + low, back]
        assembly.add("leg", tube(path, radius, 8))
        for end, top in (("front", front), ("back", back)):
            assembly.mark(f"foot {end} {side}", (top[0], 0.0, top[2]))


def _add_cantilever(assembly: Assembly, plan: Plan, _: Draw) -> None:
    tops = _leg_tops(plan)
    radius = 0.6 * plan.leg
    under = plan.seat - plan.thickness - radius
    for side in ("left", "right"):
        front, back = tops[f"front {side}"], tops[f"back {side}"]
        x = front[0]
        path = [
            (x, under, back[2]),
            (x, under, front[2]),
            (x, radius, front[2]),
            (x, radius, back[2]),
        ]
        assembly.add("leg", tube(path, radius, 8))
        assembly.mark(f"foot front {side}", (x, 0.0, front[2]))
        assembly.mark(f"foot back {side}", (x, 0.0, back[2]))
    ends = [
        (tops[f"back {side}"][0], radius, tops[f"back {side}"][2]) for side in ("left", "right")
    ]
    assembly.add("leg", bar(ends[0], ends[1], radius, sides=8))


def _add_panels(assembly: Assembly, plan: Plan, _: Draw) -> None:
    half, under = 0.5 * plan.width, plan.seat - 0.75 * plan.thickness
    thick = 1.2 * plan.leg
    for sign in (1.0, -1.0):
        ends = sorted((sign * half, sign * (half - thick)))
        assembly.add(
            "leg", box((ends[0], 0.0, -0.48 * plan.depth), (ends[1], under, 0.48 * plan.depth))
        )
    for corner, (x, z) in CORNERS.items():
        assembly.mark(f"foot {corner}", (x * half, 0.0, z * 0.48 * plan.depth))


_BASES = {
    "legs": _add_legs, "swivel": _add_swivel, "sled": _add_sled,
    "cantilever": _add_cantilever, "panels": _add_panels,
}  # fmt: skip


def _sheet(
    plan: Plan,
    low: float,
    high: float,
    width: float,
    thickness: float,
    rows: int = 6,
    columns: int = 9,
    arch: float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Return the front and the rear grid of a piece of the backrest between two heights."""
    u = np.linspace(-1.0, 1.0, columns)
    v = np.linspace(0.0, 1.0, rows)
    x = 0.5 * width * u[None, :] * np.ones((rows, 1))
    rise = arch * (high - low) * (1.0 - u**2)[None, :] * v[:, None]
    y = (
        low
        + (high - low) * v[:, None] * np.ones((1, columns))
        + rise
        - arch * (high - low) * v[:, None]
    )
    z = _back_z(plan, y) + plan.curve * (u**2)[None, :]
    front = np.stack([x, y, z], axis=-1)
    return front, front - (0.0, 0.0, thickness)


def _back_z(plan: Plan, y: FloatArray | float) -> FloatArray:
    """Return the z of the backrest's front middle at height y."""
    base = -0.5 * plan.depth * (1.0 - 0.15 * plan.roundness)
    return base + 0.02 - plan.lean * (np.asarray(y) - plan.seat)


def _add_back(assembly: Assembly, plan: Plan, draw: Draw) -> None:
    width = plan.width * (draw.between(0.85, 1.0) - 0.25 * plan.roundness)
    top = plan.seat + plan.back_height
    thickness = draw.between(0.015, 0.05)
    arch = draw.between(0.1, 0.5) if plan.back == "round" else 0.0
    gap = draw.between(0.06, 0.2) if plan.back in ("open", "round") else 0.0
    if plan.back in ("solid", "round", "open"):
        low = plan.seat + gap - (0.02 if gap == 0.0 else 0.0)
        panel = _sheet(plan, low, top, width, thickness, arch=arch)
        assembly.add("back", slab(*panel))
    else:
        rail = draw.between(0.15, 0.3) * plan.back_height
        panel = _sheet(plan, top - rail, top, width, thickness)
        assembly.add("back", slab(*panel))
        _fill_back(assembly, plan, draw, width, top - rail, thickness)
    if gap or plan.back in ("slats", "rungs"):
        _add_stiles(assembly, plan, width, top - 0.1 * plan.back_height, thickness)
    edge = panel[0][-1]
    assembly.mark("back top left", edge[-1])
    assembly.mark("back top right", edge[0])
    assembly.mark("back top middle", edge[len(edge) // 2])


def _add_stiles(assembly: Assembly, plan: Plan, width: float, top: float, thickness: float) -> None:
    half = 0.4 * thickness + 0.004
    for sign in (1.0, -1.0):
        x = sign * (0.5 * width - half)
        ends = [
            (x, y, float(_back_z(plan, y)) + plan.curve - 0.5 * thickness)
            for y in (plan.seat - 0.5 * plan.thickness, top)
        ]
        assembly.add("back", bar(ends[0], ends[1], half))


def _fill_back(assembly: Assembly, plan: Plan, draw: Draw, width: float, top: float,
               thickness: float) -> None:  # fmt: skip
    count = draw.whole(2, 6)
    if plan.back == "rungs":
        heights = np.linspace(plan.seat, top, count + 1)[1:]
        size = 0.35 * (top - plan.seat) / (count + 1)
        for y in heights[:-1]:
            assembly.add(
                "back",
                slab(*_sheet(plan, y - size, y + size, 0.96 * width, 0.8 * thickness, rows=2)),
            )
        return
    for x in np.linspace(-0.5, 0.5, count + 2)[1:-1] * width:
        bend = plan.curve * (2.0 * x / width) ** 2 - 0.5 * thickness
        ends = [(x, y, float(_back_z(plan, y)) + bend) for y in (plan.seat - 0.01, top + 0.01)]
        assembly.add("back", bar(ends[0], ends[1], draw.between(0.006, 0.016)))


def _add_arms(assembly: Assembly, plan: Plan) -> None:
    x = 0.5 * plan.width + plan.leg
    height = plan.seat + min(0.24, 0.6 * plan.back_height)
    front, back = 0.35 * plan.depth, float(_back_z(plan, height)) + plan.curve
    half = 1.1 * plan.leg
    if plan.arms == "panels":
        arm = box(
            (x - half, plan.seat - plan.thickness, back),
            (x + half, height, front + 0.1 * plan.depth),
        )
        assembly.add("arm", *arm.both())
        return
    rest = box((x - half, height - half, back - 0.01), (x + half, height, front + half))
    post = bar(
        (x, plan.seat - 0.5 * plan.thickness, front), (x, height - 0.2 * half, front), 0.6 * half
    )
    assembly.add("arm", *rest.both(), *post.both())
    if plan.arms == "loop":
        low = bar(
            (x, plan.seat - 0.4 * plan.thickness, front),
            (x, plan.seat - 0.4 * plan.thickness, back),
            0.5 * half,
        )
        assembly.add("arm", *low.both())
