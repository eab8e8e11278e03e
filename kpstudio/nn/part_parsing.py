"""Which peaks belong to one figure: one-to-one pairs for each edge, merged along a tree.

Cao et al. 2019, doi:10.1109/TPAMI.2019.2929257, section 3.3: edges restricted to a tree, each
matched by itself, and pairs that share a peak put together. A path through a tree comes back to no
keypoint, so a figure never holds one twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.base.errors import InputError
from kpstudio.nn.part_fields import SAMPLES, Edges, pair_scores
from kpstudio.nn.picture_maps import pixel_places


class Figure(NamedTuple):
    """One figure of a picture.

    Its keypoints (k,2) in unit coordinates, NaN where one is missing; their confidence (k,), 0
    where missing; and the scores (e,) of its edges, 0 where missing.
    """

    places: Tensor
    confidence: Tensor
    edges: Tensor


class _Link(NamedTuple):
    """An edge between two peaks, each a keypoint and the number of its peak."""

    edge: int
    start: tuple[int, int]
    end: tuple[int, int]
    score: float


def find_peaks(values: Tensor, threshold: float, radius: int = 1) -> tuple[Tensor, Tensor]:
    """Return places (n,2) and values (n,) of the peaks of one map (h,w), highest first.

    Parameters
    ----------
    values
        The map.
    threshold
        Least value of a peak.
    radius
        Pixels around, to every side, that hold no higher value.
    """
    largest = nn.functional.max_pool2d(values[None, None], 2 * radius + 1, 1, radius)[0, 0]
    pixels = ((values >= largest) & (values >= threshold)).nonzero()
    heights = values[pixels[:, 0], pixels[:, 1]]
    order = heights.argsort(descending=True, stable=True)
    # A peak between two pixels is as high on both: the first of them stands for it.
    kept: list[int] = []
    for index in order.tolist():
        apart = (pixels[kept] - pixels[index]).abs().amax(dim=1) > radius
        if bool(apart.all()):
            kept.append(index)
    height, width = values.shape
    rows, columns = pixels[kept].unbind(dim=1)
    return pixel_places((height, width), values)[rows, columns], heights[kept]


def tree_edges(edges: Edges, count: int) -> list[int]:
    """Return the numbers of edges that form a tree or several: those that close no circle.

    Parameters
    ----------
    edges
        The edges, the more important first.
    count
        Number of keypoints.
    """
    group = list(range(count))
    kept = []
    for index, (first, second) in enumerate(edges):
        one, other = group[first], group[second]
        if one != other:
            group = [one if each == other else each for each in group]
            kept.append(index)
    return kept


def parse(
    confidence: Tensor,
    fields: Tensor,
    edges: Edges,
    *,
    threshold: float = 0.3,
    least: float = 0.3,
    samples: int = SAMPLES,
) -> list[Figure]:
    """Return the figures of one picture, those with the largest scores first.

    Parameters
    ----------
    confidence
        (k,h,w) confidence maps of the keypoints.
    fields
        (e,2,h,w) part affinity fields of the edges.
    edges
        The edges, without circles (`tree_edges` chooses such ones).
    threshold
        Least confidence of a peak.
    least
        Least score of a pair.
    samples
        Places at which a field is looked up.

    Raises
    ------
    InputError
        The edges close a circle.
    """
    if len(tree_edges(edges, len(confidence))) < len(edges):
        raise InputError(
            "the edges between keypoints close a circle",
            remedy="Leave out edges until there is one way between any two keypoints.",
        )
    peaks = [find_peaks(values, threshold) for values in confidence]
    links = [
        _Link(edge, (first, start), (second, end), score)
        for edge, (first, second) in enumerate(edges)
        for start, end, score in _pairs(
            pair_scores(fields[edge], peaks[first][0], peaks[second][0], samples), least
        )
    ]
    figures = [_figure(group, peaks, len(edges)) for group in _groups(links)]
    return sorted(figures, key=lambda each: -float(each.confidence.sum() + each.edges.sum()))


def _pairs(scores: Tensor, least: float) -> Iterator[tuple[int, int, float]]:
    """Give rows, columns and values of the best one-to-one pairing of scores (n,m)."""
    from scipy.optimize import linear_sum_assignment

    # A pair that would be thrown away afterwards must not keep others apart.
    worth = torch.where(scores >= least, scores, 0.0).cpu().numpy()
    for row, column in zip(*linear_sum_assignment(worth, maximize=True), strict=True):
        if worth[row, column] > 0.0:
            yield int(row), int(column), float(worth[row, column])


def _groups(links: list[_Link]) -> list[list[_Link]]:
    """Put links that share a peak together."""
    groups: list[list[_Link]] = []
    for link in links:
        own = {link.start, link.end}
        touching = [any(own & {each.start, each.end} for each in group) for group in groups]
        merged = [link]
        for group in itertools.compress(groups, touching):
            merged += group
        apart = [group for group, touches in zip(groups, touching, strict=True) if not touches]
        groups = [*apart, merged]
    return groups


def _figure(links: list[_Link], peaks: list[tuple[Tensor, Tensor]], edges: int) -> Figure:
    like = peaks[0][0]
    figure = Figure(
        like.new_full((len(peaks), 2), torch.nan), like.new_zeros(len(peaks)), like.new_zeros(edges)
    )
    for link in links:
        figure.edges[link.edge] = link.score
        for keypoint, peak in (link.start, link.end):
            places, values = peaks[keypoint]
            figure.places[keypoint] = places[peak]
            figure.confidence[keypoint] = values[peak]
    return figure
