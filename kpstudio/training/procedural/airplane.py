"""Airplanes: airliners, light propeller planes, fighters, gliders and stylised toys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.training.procedural.assembly import Assembly, Instance
from kpstudio.training.procedural.draw import Draw
from kpstudio.training.procedural.fuselage import Fuselage
from kpstudio.training.procedural.primitives import (
    Solid,
    bar,
    box,
    lathe,
    loft,
    rotation_about,
)

PARTS = ("fuselage", "wing", "tailplane", "fin", "engine", "propeller", "gear", "canopy")
KEYPOINTS = (
    "nose", "tail",
    "left wing tip", "right wing tip",
    "left wing root front", "right wing root front",
    "left wing root rear", "right wing root rear",
    "left tailplane tip", "right tailplane tip",
    "fin top", "top middle", "belly middle",
)  # fmt: skip


@dataclass(frozen=True)
class Foil:
    """One lifting surface, seen from its root at (x, y, z): wing half, tailplane half or fin.

    All lengths are in units of the fuselage's length; sweep and dihedral are slopes, that is
    offsets per unit of span.
    """

    root: tuple[float, float, float]
    span: float
    chord: float
    taper: float
    sweep: float
    dihedral: float
    thickness: float
    sides: int = 6
    winglet: float = 0.0
    kink: float = 0.0

    def stations(self) -> tuple[FloatArray, FloatArray]:
        """Return the leading edge (r,3) and the chord (r,) at each station from root to tip."""
        at = np.array([0.0, 0.35, 1.0]) if self.kink else np.array([0.0, 1.0])
        chord = self.chord * (1.0 - (1.0 - self.taper) * at)
        back = self.sweep * self.span * at
        if self.kink:
            # A crank: the inner third has its trailing edge straight, the outer part is slim.
            chord[1] *= 1.0 - self.kink
        x, y, z = self.root
        lead = np.stack([x + self.span * at, y + self.dihedral * self.span * at, z - back], axis=1)
        if self.winglet:
            up = self.winglet * self.span
            end = lead[-1] + (0.25 * up, up, -0.8 * up)
            lead, chord = np.vstack([lead, end]), np.append(chord, 0.6 * chord[-1])
        return lead, chord

    def solid(self) -> Solid:
        """Return the closed surface, its last vertex the middle of the tip."""
        lead, chord = self.stations()
        half = (self.sides - 2) // 2
        share = (np.arange(half) + 1.0) / (half + 1.0)
        # Thickest about a third of the chord behind the leading edge.
        bulge = np.sin(np.pi * share**0.7)
        along = np.concatenate([[0.0], share, [1.0], share[::-1]])
        lift = np.concatenate([[0.0], bulge, [0.0], -bulge[::-1]])
        rings = np.repeat(lead[:, None], self.sides, axis=1)
        rings[..., 2] -= chord[:, None] * along
        across = 0.5 * self.thickness * chord[:, None] * lift
        if self.winglet:
            # The winglet stands up, so its thickness points outwards.
            rings[-1, :, 0] += across[-1]
            across[-1] = 0.0
        rings[..., 1] += across
        return loft(rings)

    def tip(self) -> FloatArray:
        """Return the middle of the tip section (3,)."""
        return self.solid().vertices[-1]

    def root_edges(self, body: Fuselage) -> tuple[FloatArray, FloatArray]:
        """Return where the leading and the trailing edge leave the fuselage, (3,) each."""
        lead, chord = self.stations()
        trail = lead - np.stack([0.0 * chord, 0.0 * chord, chord], axis=1)
        return _leaving(lead, body), _leaving(trail, body)


def _leaving(edge: FloatArray, body: Fuselage) -> FloatArray:
    """Return the first point along a polyline (r,3) that lies outside the fuselage."""
    at = np.linspace(0.0, 1.0, 400)
    steps = np.linspace(0.0, 1.0, len(edge))
    points = np.stack([np.interp(at, steps, edge[:, axis]) for axis in range(3)], axis=1)
    outside = points[:, 0] > body.half_width(points[:, 2], points[:, 1])
    return points[int(np.argmax(outside))]


def upright(solid: Solid, root: tuple[float, float, float]) -> Solid:
    """Turn a half wing built along +x into a fin along +y, about its root."""
    return solid.turned(rotation_about(2, np.pi / 2.0), root)


@dataclass(frozen=True)
class Plan:
    """Everything that was drawn for one airplane."""

    body: Fuselage
    wing: Foil
    tailplane: Foil
    fin: Foil
    sides: int
    pods: tuple[tuple[float, float, float], ...] = ()
    pod_size: tuple[float, float] = (0.03, 0.1)
    pylon: float = 0.0
    props: bool = False
    nose_prop: float = 0.0
    gear: float = 0.0
    canopy: float = 0.0
    struts: bool = False


def _fin(draw: Draw, body: Fuselage, height: float, chord: float, sweep: float,
         sides: int) -> Foil:  # fmt: skip
    taper = draw.between(0.3, 0.7)
    # The fin's trailing edge ends near the tail.
    z = -0.5 + chord * draw.between(0.95, 1.15) + 0.02
    root = (0.0, float(body.top(z - 0.5 * chord)) - 0.3 * float(body.half_height(z)), z)
    return Foil(root, height, chord, taper, sweep, 0.0, draw.between(0.07, 0.14), sides)


def _tailplane(draw: Draw, body: Fuselage, fin: Foil, span: float, chord: float, sweep: float,
               sides: int, *, high: bool) -> Foil:  # fmt: skip
    taper = draw.between(0.4, 0.8)
    if high:
        lead, chords = fin.stations()
        # The fin was drawn along +x and then stood up: its span is a height.
        y = fin.root[1] + fin.span * draw.between(0.9, 1.0)
        z = float(lead[-1, 2]) + 0.1 * float(chords[-1])
        root = (0.0, y, z)
    else:
        z = fin.root[2] - fin.chord + chord * draw.between(0.95, 1.2)
        root = (
            0.0,
            float(body.centre(z)) + draw.between(-0.1, 0.5) * float(body.half_height(z)),
            z,
        )
    return Foil(root, span, chord, taper, sweep, draw.between(-0.03, 0.12), 0.1, sides)


def _airliner(draw: Draw) -> Plan:
    sides = draw.one_of(8, 12, 16)
    radius = draw.between(0.045, 0.072)
    body = Fuselage.airliner(draw, radius, sides)
    span = draw.between(0.36, 0.55)
    low = draw.chance(0.8)
    y = float(body.centre(0.0)) + (draw.between(-0.75, -0.45) if low else 0.85) * radius
    wing = Foil((0.3 * radius, y, draw.between(0.08, 0.2)), span, draw.between(0.16, 0.26),
                draw.between(0.2, 0.4), draw.between(0.35, 0.75),
                draw.between(0.05, 0.14) if low else draw.between(-0.08, 0.02),
                draw.between(0.08, 0.13), draw.one_of(4, 6, 8),
                draw.between(0.05, 0.12) if draw.chance(0.4) else 0.0,
                draw.between(0.1, 0.25) if draw.chance(0.5) else 0.0)  # fmt: skip
    fin = _fin(draw, body, draw.between(0.13, 0.21), draw.between(0.13, 0.2),
               draw.between(0.5, 0.95), draw.one_of(4, 6))  # fmt: skip
    rear = draw.chance(0.22)
    high = draw.chance(0.85) if rear else draw.chance(0.5 if not low else 0.04)
    tailplane = _tailplane(draw, body, fin, draw.between(0.15, 0.22), draw.between(0.08, 0.13),
                           draw.between(0.35, 0.7), draw.one_of(4, 6), high=high)  # fmt: skip
    size = (radius * draw.between(0.38, 0.58), draw.between(0.08, 0.14))
    if rear:
        place = (radius + 1.15 * size[0], float(body.centre(-0.22)) + 0.4 * radius, -0.2)
        return Plan(body, wing, tailplane, fin, sides, (place,), size)
    places = draw.one_of((0.33,), (0.33,), (0.33,), (0.3, 0.58))
    props = draw.chance(0.25)
    drop = 0.0 if props else (1.15 if low else 1.3) * size[0]
    pods = tuple(
        (wing.root[0] + at * span, wing.root[1] + wing.dihedral * at * span - drop,
         wing.root[2] - wing.sweep * at * span + (0.35 if props else 0.1) * size[1])
        for at in places
    )  # fmt: skip
    return Plan(body, wing, tailplane, fin, sides, pods, size, pylon=drop, props=props)


def _light(draw: Draw) -> Plan:
    sides = draw.one_of(8, 8, 12)
    radius = draw.between(0.06, 0.11)
    body = Fuselage.light(draw, radius, sides)
    low = draw.chance(0.5)
    z = draw.between(0.12, 0.26)
    y = float(body.centre(z)) + (-0.75 if low else 0.9) * float(body.half_height(z))
    wing = Foil((0.3 * radius, y, z), draw.between(0.45, 0.75), draw.between(0.14, 0.26),
                draw.between(0.5, 1.0), draw.between(-0.02, 0.12),
                draw.between(0.04, 0.16) if low else draw.between(-0.02, 0.08),
                draw.between(0.09, 0.17), draw.one_of(4, 6, 8))  # fmt: skip
    fin = _fin(draw, body, draw.between(0.13, 0.22), draw.between(0.12, 0.2),
               draw.between(0.2, 0.7), draw.one_of(4, 6))  # fmt: skip
    tailplane = _tailplane(draw, body, fin, draw.between(0.15, 0.26), draw.between(0.09, 0.16),
                           draw.between(0.0, 0.3), draw.one_of(4, 6),
                           high=draw.chance(0.12))  # fmt: skip
    twin = draw.chance(0.2)
    size = (radius * draw.between(0.3, 0.45), draw.between(0.12, 0.2))
    pods = ((wing.root[0] + 0.3 * wing.span, wing.root[1] + 0.3 * wing.dihedral * wing.span,
             wing.root[2] + 0.35 * size[1]),) if twin else ()  # fmt: skip
    return Plan(body, wing, tailplane, fin, sides, pods, size, props=twin,
                nose_prop=0.0 if twin else draw.between(0.09, 0.15),
                gear=draw.between(0.06, 0.1) if draw.chance(0.5) else 0.0,
                canopy=0.0 if not low else draw.between(0.0, 0.6),
                struts=not low and draw.chance(0.5))  # fmt: skip


def _fighter(draw: Draw) -> Plan:
    sides = draw.one_of(8, 12)
    radius = draw.between(0.05, 0.085)
    body = Fuselage.fighter(draw, radius, sides)
    delta = draw.chance(0.5)
    chord = draw.between(0.3, 0.45) if delta else draw.between(0.2, 0.3)
    z = draw.between(-0.05, 0.08) + 0.3 * chord
    root = (0.4 * radius, draw.between(-0.4, 0.4) * radius, z)
    wing = Foil(root, draw.between(0.24, 0.38), chord,
                draw.between(0.12, 0.35), draw.between(0.6, 1.1), draw.between(-0.06, 0.06),
                draw.between(0.04, 0.08), draw.one_of(4, 6))  # fmt: skip
    fin = _fin(draw, body, draw.between(0.13, 0.2), draw.between(0.15, 0.25),
               draw.between(0.6, 1.1), 4)  # fmt: skip
    tailplane = _tailplane(draw, body, fin, draw.between(0.13, 0.22), draw.between(0.1, 0.16),
                           draw.between(0.5, 0.9), 4, high=False)  # fmt: skip
    return Plan(body, wing, tailplane, fin, sides, canopy=draw.between(0.5, 0.9))


def _glider(draw: Draw) -> Plan:
    sides = draw.one_of(8, 12, 16)
    radius = draw.between(0.035, 0.06)
    body = Fuselage.glider(draw, radius, sides)
    z = draw.between(0.1, 0.2)
    y = float(body.centre(z)) + draw.between(0.2, 0.8) * radius
    wing = Foil((0.3 * radius, y, z), draw.between(0.75, 1.2), draw.between(0.09, 0.14),
                draw.between(0.3, 0.6), draw.between(-0.02, 0.06), draw.between(0.02, 0.08),
                draw.between(0.1, 0.15), draw.one_of(4, 6, 8))  # fmt: skip
    fin = _fin(draw, body, draw.between(0.13, 0.2), draw.between(0.1, 0.15),
               draw.between(0.1, 0.5), 6)  # fmt: skip
    tailplane = _tailplane(draw, body, fin, draw.between(0.14, 0.22), draw.between(0.06, 0.1),
                           draw.between(0.0, 0.2), 6, high=draw.chance(0.7))  # fmt: skip
    return Plan(body, wing, tailplane, fin, sides)


STYLES = {"airliner": 0.5, "light": 0.25, "fighter": 0.15, "glider": 0.1}
_PLANS = {"airliner": _airliner, "light": _light, "fighter": _fighter, "glider": _glider}


def build(draw: Draw) -> Instance:
    """Return one airplane, its fuselage one unit long."""
    plan = _PLANS[draw.weighted(STYLES)](draw)
    assembly = Assembly(PARTS, KEYPOINTS)
    body = plan.body
    assembly.add("fuselage", body.solid())
    assembly.add("wing", *plan.wing.solid().both())
    assembly.add("tailplane", *plan.tailplane.solid().both())
    fin = upright(plan.fin.solid(), plan.fin.root)
    assembly.add("fin", fin)
    for pod in plan.pods:
        _add_engine(assembly, plan, pod)
    if plan.nose_prop:
        _add_propeller(assembly, body.nose(), plan.nose_prop, draw.whole(2, 4))
    if plan.gear:
        _add_gear(assembly, plan)
    if plan.canopy:
        _add_canopy(assembly, plan)
    if plan.struts:
        _add_struts(assembly, plan)
    _mark(assembly, plan, fin)
    return assembly.build()


def _mark(assembly: Assembly, plan: Plan, fin: Solid) -> None:
    body, wing = plan.body, plan.wing
    assembly.mark("nose", body.nose())
    assembly.mark("tail", body.tail())
    assembly.mark_pair("wing tip", wing.tip())
    front, rear = wing.root_edges(body)
    assembly.mark_pair("wing root front", front)
    assembly.mark_pair("wing root rear", rear)
    assembly.mark_pair("tailplane tip", plan.tailplane.tip())
    assembly.mark("fin top", fin.vertices[-1])
    middle = 0.5 * (front[2] + rear[2])
    assembly.mark("top middle", (0.0, float(body.top(middle)), middle))
    assembly.mark("belly middle", (0.0, float(body.bottom(middle)), middle))


def _add_engine(assembly: Assembly, plan: Plan, place: tuple[float, float, float]) -> None:
    radius, length = plan.pod_size
    profile = [(0.55, 0.5), (0.97, 0.5), (1.0, 0.2), (0.85, -0.2), (0.5, -0.5)]
    if plan.props:
        profile = [(0.3, 0.5), (0.7, 0.35), (0.8, 0.0), (0.6, -0.6), (0.2, -0.9)]
    points = np.array(profile) * (radius, length)
    pod = lathe(points, max(plan.sides, 8)).turned(rotation_about(0, np.pi / 2.0)).moved(place)
    assembly.add("engine", *pod.both())
    if plan.pylon:
        x, y, z = place
        half = 0.12 * radius
        pylon = box((x - half, y, z - 0.5 * length), (x + half, y + plan.pylon, z + 0.2 * length))
        assembly.add("engine", *pylon.both())
    if plan.props:
        hub = np.array(place) + (0.0, 0.0, 0.5 * length)
        for side in (1.0, -1.0):
            _add_propeller(assembly, hub * (side, 1.0, 1.0), 2.0 * radius, 3)


def _add_propeller(assembly: Assembly, hub: FloatArray, radius: float, blades: int) -> None:
    for index in range(blades):
        blade = box((-0.09 * radius, 0.0, -0.02 * radius), (0.09 * radius, radius, 0.02 * radius))
        turn = rotation_about(2, 2.0 * np.pi * index / blades)
        assembly.add("propeller", blade.turned(turn).moved(hub - (0.0, 0.0, 0.01)))


def _add_gear(assembly: Assembly, plan: Plan) -> None:
    body, z = plan.body, plan.wing.root[2] - 0.3 * plan.wing.chord
    floor = float(body.bottom(z)) - plan.gear
    for x, at in ((0.9 * float(body.half_height(z)), z), (0.0, 0.36)):
        foot = np.array([x, floor, at])
        leg = bar((0.6 * x, float(body.centre(at)), at), foot, 0.008)
        wheel = lathe([(0.028, -0.009), (0.028, 0.009)], 8).turned(rotation_about(2, np.pi / 2.0))
        solids = [leg, wheel.moved(foot)]
        assembly.add("gear", *(solids if x == 0.0 else [s for o in solids for s in o.both()]))


def _add_canopy(assembly: Assembly, plan: Plan) -> None:
    body = plan.body
    z = np.linspace(0.34, 0.08, 5)
    rise = plan.canopy * body.half_height(z) * np.array([0.05, 0.75, 1.0, 0.7, 0.05])
    width = 0.6 * body.half_height(z) * np.array([0.4, 0.9, 1.0, 0.9, 0.4])
    angles = np.linspace(0.0, np.pi, 6)
    base = body.top(z) - 0.35 * body.half_height(z)
    arch = np.stack([
        width[:, None] * np.cos(angles),
        base[:, None] + (rise + 0.35 * body.half_height(z))[:, None] * np.sin(angles),
        np.repeat(z[:, None], len(angles), axis=1),
    ], axis=-1)  # fmt: skip
    assembly.add("canopy", loft(arch))


def _add_struts(assembly: Assembly, plan: Plan) -> None:
    wing, body = plan.wing, plan.body
    z = wing.root[2] - 0.3 * wing.chord
    low = (0.5 * float(body.half_height(z)), float(body.bottom(z)) + 0.01, z)
    high = (0.45 * wing.span, wing.root[1] + 0.45 * wing.dihedral * wing.span, z)
    assembly.add("gear", *bar(low, high, 0.006).both())
