"""Bipeds: people, robots and toys, standing, walking and waving."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.training.procedural.assembly import Assembly, Instance
from kpstudio.training.procedural.draw import Draw
from kpstudio.training.procedural.primitives import Solid, loft, rounded_outline, tube

PARTS = ("torso", "head", "arm", "hand", "leg", "foot")
_PAIRED = ("shoulder", "elbow", "hand", "hip", "knee", "toe", "heel")
KEYPOINTS = (
    *(f"{side} {name}" for name in _PAIRED for side in ("left", "right")),
    "head top", "face", "chest",
)  # fmt: skip
_SIDES = {"left": 1.0, "right": -1.0}


@dataclass(frozen=True)
class Limb:
    """How an arm or a leg hangs: angles in radians.

    Parameters
    ----------
    swing
        Of the upper part, forwards from hanging down.
    spread
        Of the upper part, outwards from hanging down.
    bend
        Of the lower part against the upper, forwards for elbows, backwards for knees.
    """

    swing: float
    spread: float
    bend: float

    def steps(self, upper: float, lower: float) -> FloatArray:
        """Return (2,3) the ways from the joint to the next and on, for the left side."""
        out, down = np.sin(self.spread), -np.cos(self.spread)
        angles = np.array([self.swing, self.swing + self.bend])
        lengths = np.array([[upper], [lower]])
        sin, cos = np.sin(angles), np.cos(angles)
        return lengths * np.stack([out * cos, down * cos, sin], axis=1)


@dataclass(frozen=True)
class Plan:
    """Everything that was drawn for one figure; lengths in units of its height.

    Parameters
    ----------
    hip, shoulder, chin
        Heights.
    hip_width, shoulder_width, depth
        Half widths and half depth of the trunk.
    head
        Half width, half height and half depth of the head.
    arm, leg
        Length and radius.
    foot
        Length of the foot.
    sides
        Corners of limbs and trunk.
    boxy
        0 for round sections, 1 for nearly square ones.
    """

    hip: float
    shoulder: float
    chin: float
    hip_width: float
    shoulder_width: float
    depth: float
    head: tuple[float, float, float]
    arm: tuple[float, float]
    leg: float
    foot: float
    sides: int
    boxy: float


def _plan(draw: Draw) -> Plan:
    toy = draw.between(0.0, 1.0) ** 2  # large head, short legs
    hip = draw.between(0.46, 0.53) - 0.14 * toy
    head = draw.between(0.062, 0.075) + 0.1 * toy
    shoulder = 1.0 - 2.0 * head - draw.between(0.02, 0.045)
    width = draw.between(0.095, 0.13) + 0.02 * toy
    stout = draw.between(0.8, 1.3)
    return Plan(
        hip, shoulder, 1.0 - 2.0 * head, width * draw.between(0.55, 0.85) * stout**0.5, width,
        draw.between(0.055, 0.085) * stout, (head * draw.between(0.72, 1.0), head,
        head * draw.between(0.8, 1.05)), (draw.between(0.36, 0.44) - 0.08 * toy,
        draw.between(0.022, 0.034) * stout), draw.between(0.034, 0.05) * stout,
        draw.between(0.12, 0.16), draw.one_of(6, 8, 8, 12), draw.between(0.0, 0.8),
    )  # fmt: skip


def _pose(draw: Draw) -> dict[str, Limb]:
    """Return how each limb hangs: alike on both sides, or as somebody walks or waves."""
    style = draw.weighted({"down": 0.3, "a": 0.2, "t": 0.15, "walk": 0.2, "free": 0.15})
    spread = {"a": draw.between(0.5, 0.9), "t": draw.between(1.3, 1.6)}.get(
        style, draw.between(0.05, 0.3)
    )
    bend, stance, knee = draw.between(0.0, 0.5), draw.between(0.0, 0.16), draw.between(0.0, 0.1)
    arms = dict.fromkeys(_SIDES, Limb(draw.between(-0.1, 0.2), spread, bend))
    legs = dict.fromkeys(_SIDES, Limb(0.0, stance, -knee))
    if style == "walk":
        stride, lead = draw.between(0.2, 0.6), draw.one_of(1.0, -1.0)
        for side, sign in _SIDES.items():
            ahead = stride * lead * sign
            legs[side] = Limb(ahead, 0.03, -max(0.1, -ahead) * draw.between(0.5, 1.4))
            arms[side] = Limb(-ahead, spread, bend + 0.2)
    if style == "free":
        for side in _SIDES:
            arms[side] = Limb(
                draw.between(-0.4, 1.2), draw.between(0.1, 2.2), draw.between(0.0, 1.4)
            )
    return {f"{side} arm": arms[side] for side in _SIDES} | {
        f"{side} leg": legs[side] for side in _SIDES
    }


def build(draw: Draw) -> Instance:
    """Return one figure about 1 high, its feet near y = 0."""
    plan, pose = _plan(draw), _pose(draw)
    assembly = Assembly(PARTS, KEYPOINTS)
    torso = _torso(plan)
    assembly.add("torso", torso)
    assembly.mark("chest", _extreme(torso, (0.0, 0.0, 1.0), plan.shoulder - 0.3 * (
        plan.shoulder - plan.hip)))  # fmt: skip
    head = _head(plan)
    assembly.add("head", head)
    assembly.mark("head top", head.vertices[-1])
    assembly.mark("face", _extreme(head, (0.0, 0.0, 1.0), plan.chin + plan.head[1]))
    for side, sign in _SIDES.items():
        _add_arm(assembly, plan, pose[f"{side} arm"], side, sign)
        _add_leg(assembly, plan, pose[f"{side} leg"], side, sign)
    return assembly.build()


def _section(plan: Plan, half_width: float, height: float, half_depth: float) -> FloatArray:
    """Return a level ring (s,3) around the vertical axis."""
    outline = rounded_outline(2.0 * half_width, 2.0 * half_depth, 1.0 - plan.boxy, 2 * plan.sides)
    return np.insert(outline, 1, height, axis=1)


def _torso(plan: Plan) -> Solid:
    hip, shoulder, depth = plan.hip, plan.shoulder, plan.depth
    rise = shoulder - hip
    levels = (
        (0.75 * plan.hip_width, hip - 0.05, 0.75 * depth), (plan.hip_width, hip, depth),
        (0.86 * plan.hip_width, hip + 0.35 * rise, 0.85 * depth),
        (0.92 * plan.shoulder_width, hip + 0.75 * rise, depth),
        (0.8 * plan.shoulder_width, shoulder, 0.7 * depth),
        (0.4 * plan.head[0], shoulder + 0.02, 0.4 * plan.head[0]),
        (0.4 * plan.head[0], plan.chin + 0.4 * plan.head[1], 0.4 * plan.head[0]),
    )  # fmt: skip
    return loft(np.stack([_section(plan, *level) for level in levels]))


def _head(plan: Plan) -> Solid:
    half_width, half_height, half_depth = plan.head
    heights = np.array([-0.92, -0.6, 0.0, 0.5, 0.85])
    widths = np.sqrt(1.0 - heights**2)
    rings = [
        _section(plan, half_width * width, plan.chin + half_height * (1.0 + height),
                 half_depth * width)
        for height, width in zip(heights, widths, strict=True)
    ]  # fmt: skip
    return loft(np.stack(rings), end_tip=(0.0, plan.chin + 2.0 * half_height, 0.0))


def _add_arm(assembly: Assembly, plan: Plan, limb: Limb, side: str, sign: float) -> None:
    length, radius = plan.arm
    start = np.array([0.88 * plan.shoulder_width, plan.shoulder - 1.1 * radius, 0.0])
    steps = limb.steps(0.46 * length, 0.4 * length)
    elbow, wrist = start + steps[0], start + steps.sum(axis=0)
    tip = wrist + 0.14 * length * steps[1] / np.linalg.norm(steps[1])
    arm = _limb(plan, (start, elbow, wrist), (1.25 * radius, radius, 0.8 * radius), sign)
    hand = _limb(plan, (wrist - 0.1 * steps[1], 0.5 * (wrist + tip), tip),
                 (0.8 * radius, 1.2 * radius, 0.6 * radius), sign)  # fmt: skip
    assembly.add("arm", arm)
    assembly.add("hand", hand)
    flip = np.array([sign, 1.0, 1.0])
    outward = start + 1.25 * radius * np.array([0.7, 0.7, 0.0])
    assembly.mark(f"{side} shoulder", _nearest(arm, flip * outward))
    assembly.mark(f"{side} elbow", _nearest(arm, flip * (elbow - (0.0, 0.0, radius))))
    assembly.mark(f"{side} hand", _nearest(hand, flip * tip))


def _add_leg(assembly: Assembly, plan: Plan, limb: Limb, side: str, sign: float) -> None:
    radius = plan.leg
    start = np.array([0.55 * plan.hip_width, plan.hip, 0.0])
    length = plan.hip - 0.04
    knee, ankle = start + np.cumsum(limb.steps(0.5 * length, 0.5 * length), axis=0)
    leg = _limb(plan, (start, knee, ankle), (1.35 * radius, 0.95 * radius, 0.7 * radius), sign)
    assembly.add("leg", leg)
    heel, toe = ankle - (0.0, 0.01, 0.28 * plan.foot), ankle + (0.0, -0.02, 0.72 * plan.foot)
    foot = _limb(plan, (heel, 0.5 * (heel + toe), toe), (0.02, 0.026, 0.017), sign)
    assembly.add("foot", foot)
    flip = np.array([sign, 1.0, 1.0])
    assembly.mark(f"{side} hip", _nearest(leg, flip * (start + (1.35 * radius, 0.0, 0.0))))
    assembly.mark(f"{side} knee", _nearest(leg, flip * (knee + (0.0, 0.0, radius))))
    assembly.mark(f"{side} toe", _nearest(foot, flip * toe))
    assembly.mark(f"{side} heel", _nearest(foot, flip * heel))


def _limb(
    plan: Plan, joints: tuple[FloatArray, ...], radii: tuple[float, ...], sign: float
) -> Solid:
    """Return a tube through the joints of a left limb, or its mirror image."""
    solid = tube(np.stack(joints), np.array(radii), plan.sides)
    return solid if sign > 0.0 else solid.mirrored()


def _nearest(solid: Solid, place: FloatArray) -> FloatArray:
    """Return the vertex nearest to a place (3,)."""
    return solid.vertices[np.argmin(np.linalg.norm(solid.vertices - place, axis=1))]


def _extreme(solid: Solid, direction: tuple[float, float, float], height: float) -> FloatArray:
    """Return the vertex furthest in a direction, of those in the middle ring nearest a height."""
    levels = np.abs(solid.vertices[:, 1] - height)
    ring = solid.vertices[levels < levels.min() + 1e-9]
    score = ring @ np.array(direction) - 0.5 * np.abs(ring[:, 0])
    return ring[np.argmax(score)]
