"""Which landmarks become keypoints, and in which order."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.training.keypoint_plan import free_plan, mirror_name, named_plan

NAMES = ("nose", "left wing tip", "right wing tip", "left hook", "right hook", "tail left")


def known(*absent: int) -> np.ndarray:
    table = np.ones((10, len(NAMES)), bool)
    table[:5, list(absent)] = False
    return table


def test_pairs_first_then_the_middle() -> None:
    plan = named_plan(NAMES[:5], known()[:, :5])
    assert plan.names == ("left wing tip", "right wing tip", "left hook", "right hook", "nose")
    assert (plan.pairs, plan.middle) == (2, 1)
    assert [NAMES[index] for index in plan.landmarks] == list(plan.names)
    assert plan.keypoints == (0, 1, 2, 3, 4)


def test_rare_landmarks_and_their_partners_are_left_out() -> None:
    plan = named_plan(NAMES, known(3))
    assert plan.names == ("left wing tip", "right wing tip", "nose")


def test_free_keypoints_lie_between_named_pairs_and_the_named_middle() -> None:
    plan = named_plan(NAMES[:3], known()[:, :3], pairs=1, middle=1)
    assert plan.names == (
        "left wing tip",
        "right wing tip",
        "extra 2",
        "extra 3",
        "nose",
        "extra 5",
    )
    assert plan.keypoints == (0, 1, 4)


def test_free_plan() -> None:
    plan = free_plan(2, 1)
    assert plan.names == ("0", "1", "2", "3", "4")
    assert not plan.named


@pytest.mark.parametrize(
    ("name", "partner"),
    [("left wing tip", "right wing tip"), ("seat front right", "seat front left"), ("nose", "nose"),
     ("leftmost", "leftmost")],
)  # fmt: skip
def test_mirror_names(name: str, partner: str) -> None:
    assert mirror_name(name) == partner
    assert mirror_name(partner) == name
