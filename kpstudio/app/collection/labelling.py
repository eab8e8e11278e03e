"""Labels for the keypoints of a collection: by their order, or matched and made to agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from kpstudio.app.collection.collection import Collection, Entry
from kpstudio.app.collection.labels import TOLERANCE, Figures, Labelling
from kpstudio.app.collection.outliers import outlier_scores
from kpstudio.app.opening import load_shape
from kpstudio.base.arrays import BoolArray, FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.data.universe import Universe
from kpstudio.detectors.surfaces import surface_of
from kpstudio.matching.affinities import Affinities, match_all
from kpstudio.matching.consistency import (
    correct_share,
    cycle_error,
    match_distances,
    pairwise_agreement,
)
from kpstudio.matching.keypoint_descriptors import Described
from kpstudio.matching.semantic_matching import SemanticParameters, match_collection
from kpstudio.matching.surface_descriptors import SurfaceDescriptor, describe_surface

#: Labels that are sought beside those that are wanted, as a share of these: shapes with many wrong
#: matches take some, which would go to nothing else.
_SPARE = 0.25
#: Shapes that a label must be on.
_LEAST_SHAPES = 2
#: Distances at which matches count as right, longest side of a shape = 1.
THRESHOLDS = np.linspace(0.0, 0.2, 41)


class MatchBy(StrEnum):
    """What keypoints are matched by."""

    #: Keypoints of the same name and number are the same.
    ORDER = "names"
    #: Where they are, in the normalised frame: for shapes in one pose.
    PLACE = "place"
    HEAT = "heat kernel signature"
    WAVE = "wave kernel signature"
    FPFH = "fast point feature histogram"


@dataclass(frozen=True)
class MatchOptions:
    """How the keypoints of a collection are matched.

    Parameters
    ----------
    by
        What they are matched by.
    features
        Number of labels; 0 for as many as a shape usually has keypoints.
    geometry
        How much it counts that shapes are alike, beside matches; 0 leaves it out.
    """

    by: MatchBy = MatchBy.PLACE
    features: int = 0
    geometry: float = 1.0


def label_collection(
    collection: Collection, options: MatchOptions, ctx: RunContext | None = None
) -> Collection:
    """Return the collection with labels; shapes without keypoints have none.

    Raises
    ------
    InputError
        Fewer than two shapes have keypoints, or they do not fit together.
    ParameterError
        More labels than keypoints.
    """
    ctx, entries = ctx or RunContext(), collection.with_keypoints
    if len(entries) < 2:
        raise InputError(
            "two shapes or more must have keypoints", remedy="Detect keypoints on all first."
        )
    counts = np.array([len(entry.candidates) for entry in entries], np.int32)
    places = np.concatenate([entry.places(collection.orientation) for entry in entries])
    truth = by_names(entries)
    if options.by is MatchBy.ORDER:
        if truth is None:
            raise InputError(
                "no two shapes have keypoints of the same name",
                remedy="Match them by place or by a descriptor.",
            )
        before, universe = Affinities.of_universe(truth), truth
    else:
        descriptors = _descriptors(collection, entries, options.by, ctx.part(0.0, 0.6))
        before = match_all(descriptors, ctx=ctx.part(0.6, 0.7))
        usual = options.features or int(np.median(counts))
        size = min(int(np.ceil((1.0 + _SPARE) * usual)), int(counts.sum()))
        geometry = options.geometry if size > SemanticParameters().rank else 0.0
        parameters = SemanticParameters(size, geometry)
        found = match_collection(before, places, parameters, ctx.part(0.7, 0.95))
        universe = _kept(found.universe, options.features or size)
        if not universe.size:
            raise InputError(
                "no keypoint is found again on another shape",
                remedy="Match by something else, or detect other keypoints.",
            )
    ctx.progress(0.95, "Comparing the shapes")
    figures = _figures(before, Affinities.of_universe(universe), truth, places)
    labelling = Labelling(
        tuple(entry.name for entry in entries),
        universe,
        _names(entries, universe),
        options.by.value,
        np.full((len(entries), universe.size), np.nan),
        np.full(len(entries), np.inf),
        figures,
    )
    labelled = replace(collection, labelling=labelling)
    residuals, scores = outlier_scores(*labelled.features())
    return replace(collection, labelling=replace(labelling, residuals=residuals, scores=scores))


def by_names(entries: tuple[Entry, ...]) -> Universe | None:
    """Return the universe of keypoints that have the same names; None if no two shapes share one.

    Only keypoints that mean the same everywhere count: those of many detectors are numbered by
    chance.
    """
    names: Counter[str] = Counter()
    own = []
    for entry in entries:
        assert entry.keypoints is not None
        schema = entry.keypoints.schema
        mine = [schema.names[i] for i in entry.candidates] if schema.ordered else []
        own.append(mine)
        names.update(list(dict.fromkeys(mine)))
    shared = {name: number for number, name in enumerate(n for n in names if names[n] > 1)}
    if not shared:
        return None
    labels: list[int] = []
    for entry, mine in zip(entries, own, strict=True):
        taken: set[str] = set()
        for name in mine or [""] * len(entry.candidates):
            labels.append(-1 if name in taken else shared.get(name, -1))
            taken.add(name)
    counts = np.array([len(entry.candidates) for entry in entries], np.int32)
    return Universe(np.array(labels, np.int32), counts, len(shared))


def _descriptors(
    collection: Collection, entries: tuple[Entry, ...], by: MatchBy, ctx: RunContext
) -> list[FloatArray]:
    if by is MatchBy.PLACE:
        return [entry.places(collection.orientation) for entry in entries]
    found = []
    for number, entry in enumerate(entries):
        part = ctx.part(number / len(entries), (number + 1) / len(entries))
        part.progress(0.0, f"Describing {entry.name}")
        assert entry.keypoints is not None
        mesh = load_shape(entry.path, "", "").mesh
        descriptor = describe_surface(surface_of(mesh), SurfaceDescriptor(by.value))
        described = Described(mesh, entry.keypoints, descriptor).at_keypoints()
        found.append(described[entry.candidates])
    return found


def _kept(universe: Universe, most: int) -> Universe:
    """Return the universe with the labels that are on most shapes, these first."""
    shapes = (universe.places >= 0).sum(axis=0)
    numbers = np.argsort(-shapes, kind="stable")[:most]
    numbers = numbers[shapes[numbers] >= _LEAST_SHAPES]
    rank = np.full(universe.size + 1, -1, np.int32)  # the last one is for no label
    rank[numbers] = np.arange(len(numbers), dtype=np.int32)
    return replace(universe, labels=rank[universe.labels], size=len(numbers))


def _names(entries: tuple[Entry, ...], universe: Universe) -> tuple[str, ...]:
    """Return the names most of a label's keypoints have already, else numbered ones."""
    counted: list[Counter[str]] = [Counter() for _ in range(universe.size)]
    ends = np.cumsum(universe.counts)[:-1]
    for entry, labels in zip(entries, np.split(universe.labels, ends), strict=True):
        assert entry.keypoints is not None
        schema = entry.keypoints.schema
        for index, label in zip(entry.candidates, labels, strict=True):
            if label >= 0 and schema.ordered:
                counted[label][schema.names[index]] += 1
    names: list[str] = []
    for number, counter in enumerate(counted):
        usual = counter.most_common(1)
        name = usual[0][0] if usual else f"label {number + 1}"
        names.append(name if name not in names else f"{name} ({number + 1})")
    return tuple(names)


def _figures(
    before: Affinities, after: Affinities, truth: Universe | None, places: FloatArray
) -> Figures:
    errors = cycle_error(before).error, cycle_error(after).error
    matrices = pairwise_agreement(before), pairwise_agreement(after)
    if truth is None:
        return Figures(*matrices, errors)
    right = Affinities.of_universe(truth)
    curves, pairs = [], []
    for found in (before, after):
        shapes, distances = match_distances(found, right, places)
        curves.append(correct_share(distances, THRESHOLDS))
        pairs.append(_share_of_pairs(shapes, distances <= TOLERANCE, len(right)))
    return Figures(*matrices, errors, THRESHOLDS, np.stack(curves), *pairs)


def _share_of_pairs(shapes: IntArray, correct: BoolArray, count: int) -> FloatArray:
    """Return (n,n) the share of matches (q,) between each two shapes that are correct."""
    total, good = np.zeros((count, count)), np.zeros((count, count))
    np.add.at(total, tuple(shapes.T), 1.0)
    np.add.at(good, tuple(shapes.T), correct)
    return np.divide(good, total, out=np.full((count, count), np.nan), where=total > 0.0)
