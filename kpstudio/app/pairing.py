"""Two shapes: which keypoints correspond, the motion between them, and where every vertex goes.

Functions of shapes, for the window, the command line and the Python API alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.correspondence import Correspondence, DenseMap
from kpstudio.data.descriptor import Descriptor
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.detectors.surfaces import surface_of
from kpstudio.geometry.chamfer import nearest
from kpstudio.geometry.surface import Surface
from kpstudio.matching.assign import LOWE, Rule, by_order
from kpstudio.matching.dense import DenseParameters, dense_map
from kpstudio.matching.descriptors import comparable
from kpstudio.matching.keypoint_descriptors import Described, match_keypoints
from kpstudio.matching.ransac import agree
from kpstudio.matching.registration import Registration, Scan, register, register_scans
from kpstudio.matching.surface_descriptors import SurfaceDescriptor, describe_surface

#: Smallest, largest and usual distance from the place where a verified motion puts a keypoint, as
#: a share of the target's diagonal.
TOLERANCES = (0.005, 0.2, 0.05)


class Method(StrEnum):
    """By what keypoints are matched."""

    ORDER = "order"  #: the same number is the same place
    DETECTOR = "detector"  #: the descriptors that came with the keypoints
    HEAT = "hks"
    WAVE = "wks"
    FPFH = "fpfh"


class Verification(StrEnum):
    """What all matches must agree on."""

    NONE = "none"
    RIGID = "rigid"  #: one rotation and translation
    SIMILAR = "similar"  #: one rotation, translation and scale


_SURFACE = {
    Method.HEAT: SurfaceDescriptor.HEAT,
    Method.WAVE: SurfaceDescriptor.WAVE,
    Method.FPFH: SurfaceDescriptor.FPFH,
}


@dataclass(frozen=True)
class MatchOptions:
    """How the keypoints of two shapes are matched.

    Parameters
    ----------
    method
        What is compared.
    rule, ratio
        Which pairs are chosen by descriptors; the ratio belongs to the rule of that name.
    verify
        What the matches must agree on; the others are left out.
    tolerance
        How far from its partner a keypoint may then be, as a share of the target's diagonal.

    Raises
    ------
    ParameterError
        A ratio or a tolerance out of range.
    """

    method: Method = Method.FPFH
    rule: Rule = Rule.MUTUAL
    ratio: float = LOWE
    verify: Verification = Verification.NONE
    tolerance: float = TOLERANCES[2]

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not 0.0 < self.ratio <= 1.0:
            raise ParameterError(f"a ratio of {self.ratio:g}", remedy="Choose up to 1.")
        if not 0.0 < self.tolerance <= 1.0:
            raise ParameterError(f"a tolerance of {self.tolerance:g}", remedy="Choose up to 1.")


@dataclass(frozen=True, eq=False)
class DensePair:
    """Where the vertices of two shapes are on each other.

    Parameters
    ----------
    there
        Where every vertex of the first is on the second.
    back
        Where every vertex of the second is on the first.
    """

    there: DenseMap
    back: DenseMap


def match(
    first: Shape, second: Shape, options: MatchOptions, ctx: RunContext | None = None
) -> Correspondence:
    """Return which keypoints of two shapes correspond.

    Parameters
    ----------
    first, second
        Two shapes with keypoints.
    options
        How they are matched.
    ctx
        Progress and cancellation.

    Raises
    ------
    InputError
        One has no keypoints, they have nothing that could be compared, or the matches agree on
        no motion.
    """
    ctx = ctx or RunContext()
    a, b = keypoints_of(first), keypoints_of(second)
    if options.method is Method.ORDER:
        found = by_order(a, b)
    else:
        descriptors = descriptors_for(first, second, options.method, ctx)
        one = Described(first.current, a, descriptors[0])
        other = Described(second.current, b, descriptors[1])
        found = match_keypoints(one, other, options.rule, options.ratio)
    return _verified(first, second, found, options)


def descriptors_for(
    first: Shape, second: Shape, method: Method, ctx: RunContext | None = None
) -> tuple[Descriptor, Descriptor]:
    """Return descriptors of the vertices of two shapes that can be compared.

    Raises
    ------
    InputError
        Their detectors gave none that name the same space.
    """
    ctx = ctx or RunContext()
    if method in _SURFACE:
        what = _SURFACE[method]
        return (
            described_as(first.mesh, what, ctx.part(0.0, 0.5)),
            described_as(second.mesh, what, ctx.part(0.5, 1.0)),
        )
    for a in _own_descriptors(first):
        for b in _own_descriptors(second):
            if comparable(a, b):
                return a, b
    raise InputError(
        "the detections of the two shapes have no descriptors in common",
        remedy="Detect both with UKPGAN or D3Feat, or match by another descriptor.",
    )


def described_as(mesh: Mesh, what: SurfaceDescriptor, ctx: RunContext) -> Descriptor:
    """Return a descriptor of a mesh; it is kept with its surface."""
    surface = surface_of(mesh)
    return surface.kept(f"descriptor {what}", lambda: describe_surface(surface, what, ctx))


def register_shapes(
    source: Shape,
    target: Shape,
    matches: Correspondence | None = None,
    tolerance: float = TOLERANCES[2],
    ctx: RunContext | None = None,
) -> Registration:
    """Return the rigid motion that carries a source onto a target.

    Parameters
    ----------
    source, target
        Two shapes as they are now, in the same unit.
    matches
        Pairs of their keypoints; with fewer than three evenly spread points are matched instead.
    tolerance
        How far a right keypoint may be from its partner, as a share of the target's diagonal.
    ctx
        Progress and cancellation.

    Raises
    ------
    InputError
        The matches agree on no motion, or the shapes do not come near each other.
    """
    ctx = ctx or RunContext()
    here, there = Scan.of(_surface_now(source)), Scan.of(_surface_now(target))
    if matches is None or len(matches) < 3:
        return register_scans(here, there, ctx=ctx)
    a, b = keypoints_of(source).positions, keypoints_of(target).positions
    return register(here, there, a, b, matches, tolerance * target.current.diagonal, ctx=ctx)


def dense_pair(
    first: Shape,
    second: Shape,
    matches: Correspondence | None = None,
    parameters: DenseParameters | None = None,
    ctx: RunContext | None = None,
) -> DensePair:
    """Return where the vertices of two shapes, at rest, are on each other.

    Parameters
    ----------
    first, second
        Two shapes of which one bends into the other.
    matches
        Pairs of their keypoints, which are landmarks of the map.
    parameters
        How fine it is.
    ctx
        Progress and cancellation.
    """
    ctx = ctx or RunContext()
    a, b = surface_of(first.mesh), surface_of(second.mesh)
    landmarks = None
    if matches is not None and len(matches):
        vertices = (vertices_at(first)[matches.first], vertices_at(second)[matches.second])
        pairs, index = np.unique(np.stack(vertices, axis=1), axis=0, return_index=True)
        landmarks = Correspondence(pairs, matches.confidence[index], matches.source)
    turned = landmarks.turned_round() if landmarks is not None else None
    return DensePair(
        dense_map(a, b, landmarks, parameters, ctx.part(0.0, 0.5)),
        dense_map(b, a, turned, parameters, ctx.part(0.5, 1.0)),
    )


def vertices_at(shape: Shape) -> IntArray:
    """Return (k,) the vertex nearest to each keypoint."""
    mesh = shape.current
    used = mesh.referenced
    found, _ = nearest(keypoints_of(shape).positions, mesh.vertices[used])
    return used[found]


def keypoints_of(shape: Shape) -> KeypointSet:
    """Return the keypoints of a shape as they are now.

    Raises
    ------
    InputError
        There are none.
    """
    if shape.keypoints is None or len(shape.keypoints) == 0:
        raise InputError(f"{shape.mesh.name} has no keypoints", remedy="Run a detector first.")
    return shape.keypoints


def _verified(
    first: Shape, second: Shape, matches: Correspondence, options: MatchOptions
) -> Correspondence:
    if options.verify is Verification.NONE or len(matches) == 0:
        return matches
    a: FloatArray = keypoints_of(first).positions[matches.first]
    b: FloatArray = keypoints_of(second).positions[matches.second]
    reach = options.tolerance * second.current.diagonal
    agreed = agree(a, b, reach, scale=options.verify is Verification.SIMILAR)
    return matches.kept(agreed.inliers)


def _own_descriptors(shape: Shape) -> list[Descriptor]:
    count = len(shape.mesh.vertices)
    return [one for detection in shape.detections for one in detection.descriptors
            if len(one.values) == count]  # fmt: skip


def _surface_now(shape: Shape) -> Surface:
    if not shape.is_deformed:
        return surface_of(shape.mesh)
    return Surface(shape.current.vertices, shape.current.faces)
