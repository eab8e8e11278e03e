from __future__ import annotations

import numpy as np
import pytest

from kpstudio.evaluation.iou import Matches, average_precision, matches, ranked

#: Three found, four annotated: the first finds two, the second none, the third one.
DISTANCES = np.array([[0.01, 0.02, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.04, 0.5]])


def test_a_case_by_hand() -> None:
    near, far = matches(DISTANCES, (0.02, 0.04))
    assert near == Matches(annotated=4, missed=2, superfluous=2)
    assert near.iou == pytest.approx(2 / 6)
    assert far.iou == pytest.approx(3 / 5)


def test_perfect_keypoints_score_one_and_none_score_zero() -> None:
    perfect = 1.0 - np.eye(5)
    assert matches(perfect, (0.0,))[0].iou == 1.0
    assert matches(np.zeros((0, 5)), (0.1,))[0] == Matches(5, 5, 0)
    assert Matches(5, 5, 0).iou == 0.0


def test_shapes_are_pooled_not_averaged() -> None:
    pooled = Matches(2, 0, 0) + Matches(8, 8, 10)
    assert pooled.iou == pytest.approx(2 / 20)


def test_average_precision_by_hand() -> None:
    """Right, wrong, right of four annotated: precision 1 and 2/3 at recalls 1/4 and 2/4."""
    shape = ranked(DISTANCES, np.array([0.9, 0.8, 0.7]))
    assert average_precision([shape], 0.05) == pytest.approx((1.0 + 2.0 / 3.0) / 4.0)
    # A threshold is not reached by being met: KeypointNet compares with "<".
    assert average_precision([shape], 0.04) == pytest.approx(1.0 / 4.0)


def test_the_second_keypoint_for_the_same_annotation_is_wrong() -> None:
    twice = ranked(np.array([[0.01], [0.02]]), np.array([0.5, 0.9]))
    assert average_precision([twice], 0.1) == 1.0  # the surer one comes first and is right
    late = ranked(np.array([[0.5], [0.02]]), np.array([0.9, 0.5]))
    assert average_precision([late], 0.1) == pytest.approx(0.5)


def test_perfect_keypoints_have_precision_one_over_several_shapes() -> None:
    perfect = ranked(1.0 - np.eye(3), np.array([0.1, 0.2, 0.3]))
    assert average_precision([perfect, perfect], 0.05) == 1.0
    assert average_precision([], 0.05) == 0.0


def test_precision_is_the_area_under_an_envelope(rng) -> None:
    """The same by the textbook: precision over recall, made monotone, summed at its steps."""
    shapes = [ranked(rng.random((20, 8)), rng.random(20)) for _ in range(4)]
    rows = sorted(
        (-c, s, n, d)
        for s, shape in enumerate(shapes)
        for c, n, d in zip(shape.confidence, shape.nearest, shape.distance, strict=True)
    )
    taken, points, hits = set(), [(0.0, 0.0)], 0
    for rank, (_, shape, near, distance) in enumerate(rows, 1):
        if distance < 0.1 and (shape, near) not in taken:
            taken.add((shape, near))
            hits += 1
        points.append((hits / 32, hits / rank))
    area = sum(
        (points[i][0] - points[i - 1][0]) * max(p for _, p in points[i:])
        for i in range(1, len(points))
    )
    assert average_precision(shapes, 0.1) == pytest.approx(area)
