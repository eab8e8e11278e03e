"""Matching: how long a collection takes, and how that grows with the number of shapes.

    pytest benchmarks/bench_matching.py --benchmark-columns=min,median --benchmark-sort=name

The tests beside the groups hold the promises: 30 shapes with 40 candidates each are matched within
20 s; twice the shapes take no more than four times as long, and somewhat for the noise of a busy
machine. Both are measured in the same run.
"""

from __future__ import annotations

import time
from functools import cache

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from kpstudio.data.universe import Universe
from kpstudio.matching.affinities import Affinities, match_all
from kpstudio.matching.chaining import chain
from kpstudio.matching.semantic_matching import SemanticParameters, match_collection
from kpstudio.matching.synchronise import synchronise
from tests.matching.stretched_copies import collection

#: Seconds for 30 shapes with 40 candidates.
PATIENCE = 20.0
#: How much noise may add to a ratio of times.
NOISE = 1.25
#: Features, and candidates of a shape that are none.
FEATURES, OTHERS = 10, 30
#: Length of the descriptors that are matched.
LENGTH = 16


@cache
def shapes(count: int, wrong: float = 0.6) -> tuple[Affinities, np.ndarray, Universe]:
    return collection(count, FEATURES, OTHERS, wrong=wrong)


def described(count: int) -> list[np.ndarray]:
    """Descriptors of the candidates, those of the same feature alike."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(FEATURES, LENGTH))
    labels = shapes(count)[2].labels.reshape(count, -1)
    own = rng.normal(size=(*labels.shape, LENGTH))
    return list(np.where(labels[..., None] >= 0, features[labels] + 0.5 * own, own))


def from_start(count: int) -> None:
    """What a person waits for: matching each two shapes, and then all."""
    affinities = match_all(described(count))
    match_collection(affinities, shapes(count)[1], SemanticParameters(features=FEATURES))


def solve(count: int, wrong: float = 0.6) -> None:
    affinities, places, _ = shapes(count, wrong)
    match_collection(affinities, places, SemanticParameters(features=FEATURES))


def seconds(count: int, wrong: float = 0.6) -> float:
    shapes(count, wrong)
    start = time.perf_counter()
    solve(count, wrong)
    return time.perf_counter() - start


@pytest.mark.benchmark(group="40 candidates a shape", min_rounds=2)
@pytest.mark.parametrize("count", [15, 30, 60])
def test_semantic_matching(benchmark: BenchmarkFixture, count: int) -> None:
    shapes(count)
    benchmark(solve, count)


@pytest.mark.benchmark(group="30 shapes, 40 candidates", min_rounds=2)
@pytest.mark.parametrize("way", ["chaining", "spectral", "semantic", "with descriptors"])
def test_ways(benchmark: BenchmarkFixture, way: str) -> None:
    affinities = shapes(30)[0]
    runs = {
        "chaining": lambda: chain(affinities),
        "spectral": lambda: synchronise(affinities, FEATURES),
        "semantic": lambda: solve(30),
        "with descriptors": lambda: from_start(30),
    }
    benchmark(runs[way])


@pytest.mark.parametrize("wrong", [0.3, 0.6, 0.8])
def test_promise_30_shapes(wrong: float) -> None:
    taken = seconds(30, wrong)
    assert taken < PATIENCE, f"{taken:.1f} s with {wrong:.0%} wrong"


def test_promise_growth() -> None:
    times = {count: min(seconds(count) for _ in range(3)) for count in (15, 30, 60)}
    for count in (15, 30):
        ratio = times[2 * count] / times[count]
        assert ratio < 4.0 * NOISE, f"{2 * count} shapes take {ratio:.1f} times {count}"
