"""Parsing: peaks, trees, and two figures told apart by their limbs."""

from __future__ import annotations

import pytest
import torch

from kpstudio.base.errors import InputError
from kpstudio.nn.part_fields import confidence_maps, field_maps
from kpstudio.nn.part_parsing import find_peaks, parse, tree_edges
from kpstudio.nn.picture_maps import pixel_places

SIZE = (64, 64)
EDGES = [(0, 1), (1, 2), (1, 3)]
# Two figures leaning over each other: the second's head is nearer to the first's hip than its own.
FIGURES = torch.tensor(
    [
        [[-0.1, -0.7], [-0.5, 0.0], [-0.8, 0.6], [-0.2, 0.6]],
        [[0.15, -0.7], [0.5, 0.1], [0.2, 0.7], [0.8, 0.7]],
    ]
)


def drawn(figures: torch.Tensor, known: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    confidence = confidence_maps(figures[None], known[None], SIZE, 0.06)
    return confidence[0], field_maps(figures[None], known[None], EDGES, SIZE, 0.06)[0]


def test_peaks_come_highest_first_and_above_the_threshold() -> None:
    values = torch.zeros(16, 16)
    values[3, 4], values[10, 12], values[10, 11], values[14, 2] = 0.5, 0.9, 0.8, 0.1
    places, heights = find_peaks(values, 0.3)
    grid = pixel_places((16, 16), values)
    assert heights.tolist() == pytest.approx([0.9, 0.5])
    assert torch.equal(places, torch.stack([grid[10, 12], grid[3, 4]]))


def test_a_peak_between_pixels_is_one_peak() -> None:
    values = torch.zeros(16, 16)
    values[5:7, 8:10] = 0.7
    assert len(find_peaks(values, 0.3)[0]) == 1
    assert find_peaks(torch.zeros(8, 8), 0.3)[0].shape == (0, 2)


def test_trees_leave_out_what_closes_a_circle() -> None:
    assert tree_edges([(0, 1), (1, 2), (2, 0), (3, 4), (2, 3), (4, 0)], 5) == [0, 1, 3, 4]
    with pytest.raises(InputError, match="circle"):
        parse(torch.zeros(3, 8, 8), torch.zeros(3, 2, 8, 8), [(0, 1), (1, 2), (2, 0)])


def test_two_figures_are_told_apart() -> None:
    found = parse(*drawn(FIGURES, torch.ones(2, 4, dtype=torch.bool)), EDGES)
    assert len(found) == 2
    found.sort(key=lambda figure: float(figure.places[1, 0]))
    for figure, expected in zip(found, FIGURES, strict=True):
        assert torch.allclose(figure.places, expected, atol=1.0 / 64.0 + 1e-6)
        assert (figure.edges > 0.8).all()
        assert (figure.confidence > 0.85).all()


def test_missing_keypoints_stay_missing() -> None:
    known = torch.ones(2, 4, dtype=torch.bool)
    known[0, 3] = False
    found = parse(*drawn(FIGURES, known), EDGES)
    missing = [figure for figure in found if figure.places.isnan().any()]
    assert len(found) == 2
    assert len(missing) == 1
    assert missing[0].places.isnan().any(dim=1).tolist() == [False, False, False, True]
    assert missing[0].confidence[3] == missing[0].edges[2] == 0.0


def test_peaks_without_limbs_are_no_figure() -> None:
    confidence, fields = drawn(FIGURES, torch.ones(2, 4, dtype=torch.bool))
    assert parse(confidence, torch.zeros_like(fields), EDGES) == []
    assert parse(torch.zeros_like(confidence), fields, EDGES) == []
