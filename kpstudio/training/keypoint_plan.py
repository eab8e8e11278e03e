"""Which keypoints a model shall have: named after landmarks, or free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import BoolArray

#: Words that change places in a mirror, by the axis its plane is normal to.
_SIDES = {0: ("left", "right"), 2: ("front", "back")}
#: A landmark that fewer procedural shapes than this have is not made a keypoint.
_COMMON = 0.8


@dataclass(frozen=True)
class KeypointPlan:
    """Order and names of k keypoints: pairs (0,1), (2,3), ... first, then those in the middle.

    Parameters
    ----------
    pairs, middle
        Number of mirrored pairs and of keypoints on the mirror plane.
    mirror_axis
        Axis that the plane is normal to.
    keypoints, landmarks
        Keypoint `keypoints[i]` is supervised by landmark `landmarks[i]`.
    names
        k names.
    """

    pairs: int
    middle: int
    mirror_axis: int
    keypoints: tuple[int, ...]
    landmarks: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def named(self) -> bool:
        """Whether any keypoint is supervised."""
        return bool(self.keypoints)


def free_plan(pairs: int, middle: int, mirror_axis: int = 0) -> KeypointPlan:
    """Return a plan without names: keypoints called by their index."""
    names = tuple(str(index) for index in range(2 * pairs + middle))
    return KeypointPlan(pairs, middle, mirror_axis, (), (), names)


def named_plan(
    landmark_names: Sequence[str],
    known: BoolArray,
    pairs: int = 0,
    middle: int = 0,
    mirror_axis: int = 0,
) -> KeypointPlan:
    """Return a plan with a keypoint for each common landmark, and some free ones.

    Parameters
    ----------
    landmark_names
        g names; those that differ in left and right only are mirror partners.
    known
        (s,g) which shapes have which; landmarks in fewer than 80 % of them are left out.
    pairs, middle
        Number of free pairs and of free keypoints in the middle.
    mirror_axis
        Axis that the mirror plane is normal to.
    """
    common = np.flatnonzero(np.mean(known, axis=0) >= _COMMON).tolist()
    names = {landmark_names[index]: index for index in common}
    sides = [
        (name, partner)
        for name in names
        if (partner := mirror_name(name, mirror_axis)) in names and partner > name
    ]
    ordered = [name for pair in sides for name in pair]
    centre = [name for name in names if mirror_name(name, mirror_axis) == name]
    first_middle = len(ordered) + 2 * pairs
    keypoints = (*range(len(ordered)), *range(first_middle, first_middle + len(centre)))
    total = first_middle + len(centre) + middle
    labels = dict(zip(keypoints, (*ordered, *centre), strict=True))
    return KeypointPlan(
        pairs=len(sides) + pairs,
        middle=len(centre) + middle,
        mirror_axis=mirror_axis,
        keypoints=keypoints,
        landmarks=tuple(names[name] for name in (*ordered, *centre)),
        names=tuple(labels.get(index, f"extra {index}") for index in range(total)),
    )


def mirror_name(name: str, mirror_axis: int = 0) -> str:
    """Return the name with left and right exchanged ("left wing tip" - "right wing tip")."""
    first, second = _SIDES.get(mirror_axis, ("", ""))
    swap = {first: second, second: first}
    return " ".join(swap.get(word, word) for word in name.split(" "))
