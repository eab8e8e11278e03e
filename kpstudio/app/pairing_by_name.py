"""Two shapes matched and registered with choices by their names, as Python and shells give them."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from kpstudio.app import pairing
from kpstudio.app.carrying import carried
from kpstudio.app.pairing import TOLERANCES, MatchOptions, Method, Verification
from kpstudio.base.context import RunContext
from kpstudio.base.errors import ParameterError
from kpstudio.data.correspondence import Correspondence
from kpstudio.data.shape import Shape
from kpstudio.matching.assign import LOWE, Rule
from kpstudio.matching.registration import Registration

E = TypeVar("E", bound=StrEnum)


def match(
    first: Shape,
    second: Shape,
    by: str = "fpfh",
    rule: str = "mutual",
    *,
    ratio: float = 0.8,
    verify: str = "none",
    tolerance: float = 0.05,
    ctx: RunContext | None = None,
) -> Correspondence:
    """Return which keypoints of two shapes correspond.

    Parameters
    ----------
    first, second
        Two shapes with keypoints.
    by
        What is compared: "fpfh" (the form nearby), "hks" or "wks" (the same when a shape bends),
        "detector" (descriptors that came with both detections), or "order".
    rule
        "mutual" nearest neighbours, "one-to-one" for as many pairs as possible, or "ratio".
    ratio
        Of that rule: how much nearer the nearest must be than the second nearest.
    verify
        "rigid" or "similar" (with scale): leave out the pairs that do not agree on one motion.
    tolerance
        How far from its partner a keypoint may then be, as a share of the second's diagonal.
    ctx
        Progress and cancellation.

    Returns
    -------
    Correspondence
        `pairs` (m,2) of indices and their `confidence` (m,).

    Raises
    ------
    InputError
        No keypoints, nothing that can be compared, or no three pairs agree on a motion.
    ParameterError
        An unknown name, or a number out of range.
    """
    options = named_options(by, rule, verify, ratio, tolerance)
    return pairing.match(first, second, options, ctx)


def register(
    source: Shape,
    target: Shape,
    matches: Correspondence | None = None,
    *,
    tolerance: float = 0.05,
    ctx: RunContext | None = None,
) -> tuple[Shape, Registration]:
    """Return the source carried onto the target by a rigid motion, and that motion.

    Parameters
    ----------
    source, target
        Two shapes in the same unit, partial scans maybe.
    matches
        Pairs of their keypoints, many of which may be wrong; without, points are matched.
    tolerance
        How far a right keypoint may be from its partner, as a share of the target's diagonal.
    ctx
        Progress and cancellation.

    Returns
    -------
    moved : Shape
        The source with all that was found on it.
    registration : Registration
        `transform` with its (4,4) `matrix`, `rmse`, `overlap`, and which matches were `inliers`.

    Raises
    ------
    InputError
        No motion was found.
    """
    found = pairing.register_shapes(source, target, matches, tolerance, ctx)
    return carried(source, found.transform), found


def named_options(
    by: str, rule: str, verify: str, ratio: float = LOWE, tolerance: float = TOLERANCES[2]
) -> MatchOptions:
    """Return options whose choices are given by their names, "one-to-one" with or without hyphens.

    Raises
    ------
    ParameterError
        An unknown name, or a number out of range.
    """
    method = _named(Method, by, "way to match")
    verification = _named(Verification, verify, "verification")
    return MatchOptions(method, _named(Rule, rule, "rule"), ratio, verification, tolerance)


def _named(kind: type[E], name: str, what: str) -> E:
    for one in kind:
        if name.replace("-", " ").lower() == one.value:
            return one
    known = ", ".join(one.value.replace(" ", "-") for one in kind)
    raise ParameterError(f"{name!r} is no {what}", remedy=f"Choose one of {known}.")
