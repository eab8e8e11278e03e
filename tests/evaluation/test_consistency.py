"""Consistency: scores that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.evaluation.consistency import LabelledShapes, consistency, majority_labels

CORNERS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])


def shapes(predicted: np.ndarray, known: np.ndarray | None = None) -> LabelledShapes:
    count = len(predicted)
    return LabelledShapes(
        predicted=predicted,
        landmarks=np.tile(CORNERS, (count, 1, 1)),
        known=np.ones((count, 4), bool) if known is None else known,
        diagonals=np.ones(count),
    )


def test_landmarks_themselves_score_one() -> None:
    perfect = shapes(np.tile(CORNERS[[2, 0]], (5, 1, 1)))
    found = consistency(perfect, perfect)
    assert (found.das, found.pck) == (1.0, 1.0)
    assert found.labels.tolist() == [2, 0]


def test_a_constant_offset_is_no_inconsistency() -> None:
    away = shapes(np.tile(CORNERS[[1]] + 0.3, (5, 1, 1)))
    assert consistency(away, away).pck == 1.0


def test_fractions_by_hand(rng: np.random.Generator) -> None:
    learned = shapes(np.tile(CORNERS[[0, 1]], (3, 1, 1)))
    # Keypoint 0 is at its label in three of four shapes, keypoint 1 in two; once it is
    # 0.09 away from it, still near enough for both scores.
    held_out = np.tile(CORNERS[[0, 1]], (4, 1, 1))
    held_out[3, 0] = CORNERS[3]
    held_out[2:, 1] = CORNERS[2]
    held_out[0, 1] += (0.09, 0, 0)
    found = consistency(learned, shapes(held_out))
    assert found.das == pytest.approx(5 / 8)
    assert found.pck == pytest.approx(5 / 8)
    assert found.agreement.tolist() == [0.75, 0.5]


def test_the_label_is_the_majority() -> None:
    predicted = np.stack([CORNERS[[1]], CORNERS[[2]], CORNERS[[2]]])
    assert majority_labels(shapes(predicted)).tolist() == [2]


def test_shapes_without_the_label_do_not_count() -> None:
    learned = shapes(np.tile(CORNERS[[3]], (2, 1, 1)))
    known = np.array([[True] * 4, [True, True, True, False]])
    held_out = shapes(np.stack([CORNERS[[3]], CORNERS[[0]]]), known)
    assert consistency(learned, held_out).das == 1.0
    with pytest.raises(InputError):
        consistency(learned, shapes(np.tile(CORNERS[[3]], (1, 1, 1)), known[1:]))


def test_unknown_landmarks_are_nobodys_nearest() -> None:
    known = np.array([[False, True, True, True]])
    assert shapes(CORNERS[None, [0]] + (0.1, 0, 0), known).nearest_landmarks().tolist() == [[1]]


def test_nothing_to_score() -> None:
    empty = shapes(np.empty((0, 1, 3)))
    with pytest.raises(InputError):
        consistency(empty, empty)
