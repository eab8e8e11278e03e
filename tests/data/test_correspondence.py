from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.correspondence import Correspondence, DenseMap
from kpstudio.data.keypoints import Anchor
from tests import shapes


def three() -> Correspondence:
    return Correspondence([[0, 2], [1, 0], [2, 1]], [0.5, 0.25, 1.0], "nearest")


def test_both_sides() -> None:
    pairs = three()
    assert pairs.first.tolist() == [0, 1, 2]
    assert pairs.turned_round().first.tolist() == pairs.second.tolist() == [2, 0, 1]
    assert pairs.turned_round().turned_round().pairs.tolist() == pairs.pairs.tolist()
    assert Correspondence([[4, 4]]).confidence.tolist() == [1.0]


def test_wrong_pairs_are_cut_and_right_ones_drawn() -> None:
    cut = three().without(1)
    assert cut.pairs.tolist() == [[0, 2], [2, 1]]
    assert cut.confidence.tolist() == [0.5, 1.0]
    assert three().kept([2, 0]).pairs.tolist() == [[2, 1], [0, 2]]
    # 1 and 1 each had another partner.
    drawn = three().joined(1, 1)
    assert drawn.pairs.tolist() == [[0, 2], [1, 1]]
    assert drawn.confidence.tolist() == [0.5, 1.0]
    assert drawn.source == "nearest"


@pytest.mark.parametrize(
    ("pairs", "confidence"),
    [([[0, -1]], None), ([[0, 1], [0, 1]], None), ([[0, 1]], [1.5]), ([[0, 1]], [np.nan]),
     ([[0, 1]], [1.0, 1.0]), ([0, 1], None)],
)  # fmt: skip
def test_refuses_what_is_no_correspondence(pairs: list, confidence: list | None) -> None:
    with pytest.raises(InputError):
        Correspondence(pairs, confidence)


def test_fits_the_sets_it_is_of() -> None:
    three().check_fits(3, 3)
    with pytest.raises(InputError, match="sets of 3 and 2"):
        three().check_fits(3, 2)
    Correspondence(np.zeros((0, 2))).check_fits(0, 0)


def test_values_of_the_target_are_fetched() -> None:
    mesh = shapes.box()
    heights = mesh.vertices[:, 1]
    dense = DenseMap([3, 0, 0])
    assert dense.fetch(heights, mesh.faces).tolist() == heights[[3, 0, 0]].tolist()
    between = Anchor([5, 2], [[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
    placed = DenseMap([0, 0], anchor=between).fetch(mesh.vertices, mesh.faces)
    np.testing.assert_allclose(placed, between.positions(mesh.vertices, mesh.faces))


def test_refuses_what_is_no_map() -> None:
    with pytest.raises(InputError):
        DenseMap([0, -1])
    with pytest.raises(InputError):
        DenseMap([0, 1], confidence=[1.0])
    with pytest.raises(InputError):
        DenseMap([0, 1], anchor=Anchor([0], [[1.0, 0.0, 0.0]]))
