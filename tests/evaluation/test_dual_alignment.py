from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.evaluation.consistency import LabelledShapes
from kpstudio.evaluation.dual_alignment import (
    das_all_references,
    das_one_reference,
    index_agreement,
)

LANDMARKS = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])


def labelled(predicted, known=None) -> LabelledShapes:
    count = len(predicted)
    known = np.ones((count, 3), bool) if known is None else np.array(known)
    return LabelledShapes(
        np.array(predicted, float), np.tile(LANDMARKS, (count, 1, 1)), known, np.ones(count)
    )


SWAPPED = LANDMARKS[[1, 0, 2]]


def test_perfect_keypoints_score_one() -> None:
    shapes = labelled([LANDMARKS + 0.1, LANDMARKS - 0.1, LANDMARKS])
    for score in (das_all_references(shapes), das_one_reference(shapes)):
        assert (score.forward, score.backward, score.score) == (1.0, 1.0, 1.0)


def test_two_of_three_keypoints_swapped_on_one_of_three_shapes() -> None:
    """Pairs with the odd shape agree on one keypoint of three, the other pair on all."""
    shapes = labelled([LANDMARKS, LANDMARKS, SWAPPED])
    # Six ordered pairs: two agree wholly, four by a third.
    expected = (2 * 1.0 + 4 / 3) / 6
    assert das_all_references(shapes).forward == pytest.approx(expected)
    assert das_all_references(shapes).backward == pytest.approx(expected)


def test_with_one_reference_it_matters_which() -> None:
    shapes = labelled([SWAPPED, LANDMARKS, LANDMARKS])
    assert das_one_reference(shapes, 0).score == pytest.approx(1 / 3)
    assert das_one_reference(shapes, 1).score == pytest.approx((1 + 1 / 3) / 2)


def test_the_way_back_asks_only_shapes_that_have_the_landmark() -> None:
    known = [[True, True, True], [True, True, False]]
    shapes = labelled([LANDMARKS, LANDMARKS], known)
    # Keypoint 2 falls to landmark 1 on the second shape, which has no landmark 2.
    assert das_all_references(shapes).forward == pytest.approx(2 / 3)
    assert das_all_references(shapes).backward == 1.0


def test_index_agreement_asks_no_landmarks() -> None:
    still = np.tile(LANDMARKS, (4, 1, 1))
    assert index_agreement(still) == 1.0
    assert index_agreement(np.array([LANDMARKS, SWAPPED])) == pytest.approx(1 / 3)


def test_random_keypoints_agree_as_often_as_chance_says(rng) -> None:
    keypoints = rng.random((300, 8, 3))
    assert index_agreement(keypoints) == pytest.approx(1 / 8, abs=0.02)


def test_one_shape_is_not_enough() -> None:
    one = labelled([LANDMARKS])
    for score in (das_all_references, das_one_reference):
        with pytest.raises(InputError, match="two shapes"):
            score(one)
    with pytest.raises(InputError, match="two shapes"):
        index_agreement(np.zeros((1, 3, 3)))
