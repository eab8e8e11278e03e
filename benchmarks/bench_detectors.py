"""Hand-crafted detectors: how long a person waits, and ISS against Open3D's in the same run.

    pip install "kpstudio[bench]"
    pytest benchmarks/bench_detectors.py --benchmark-columns=min,median --benchmark-sort=name

The tests beside the groups hold the promises: ISS on 100k vertices no slower than Open3D's on the
same points with the same radii; every detector within 10 s on 50k vertices; with another parameter
ten times faster than the first time. Open3D works with all processors, ISS here with one: on more
than two the comparison is another one.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.bench_deformation import fastest, wavy_sheet
from kpstudio.base.parameters import build
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.registry import detector_ids, get_detector
from kpstudio.detectors.surface_detector import SurfaceDetector
from kpstudio.detectors.surfaces import surface_of

DETECTORS = [name for name in detector_ids() if isinstance(get_detector(name), SurfaceDetector)]

#: A parameter of each detector that a person turns after the first look, and another value.
ANOTHER: dict[str, dict[str, Any]] = {
    "iss": {"ratio_21": 0.8},
    "kpq": {"ratio": 1.2},
    "lsp": {"alpha": 0.5},
    "shape-index": {"flat": 1.0},
    "harris3d": {"k": 0.06},
    "hks": {"time": 0.3},
    "mesh-saliency": {"peak_radius": 4.0},
    "salient-points": {"inhibition": 0.5},
    "meshdog": {"corner_ratio": 5.0},
    "lbss": {"scales": 4},
    "sift3d": {"contrast": 0.03},
}

#: Seconds for 50k vertices.
PATIENCE = 10.0


@cache
def bumpy(count: int) -> Mesh:
    """A closed body of `count` vertices with bumps of many sizes."""
    from scipy.spatial import ConvexHull

    # Points along a spiral, a golden angle apart, are spread evenly; their hull is the ball.
    height = 1.0 - (2.0 * np.arange(count) + 1.0) / count
    angle = np.pi * (3.0 - 5.0**0.5) * np.arange(count)
    across = np.sqrt(1.0 - height**2)
    ball = np.stack([across * np.cos(angle), across * np.sin(angle), height], axis=1)
    hull = ConvexHull(ball)
    outward = np.linalg.det(ball[hull.simplices]) > 0.0
    faces = np.where(outward[:, None], hull.simplices, hull.simplices[:, ::-1])
    rng = np.random.default_rng(0)
    radius = np.ones(count)
    for _ in range(60):
        way = rng.normal(size=3)
        way /= np.linalg.norm(way)
        radius += rng.uniform(-0.1, 0.3) * np.exp(-rng.uniform(10, 300) * (1.0 - ball @ way))
    return Mesh(ball * radius[:, None] * (1.3, 1.0, 0.8), faces)


_turns = itertools.count(1)


def anew(mesh: Mesh) -> Mesh:
    """The same shape as a mesh nobody has looked at: nothing is kept of it."""
    return mesh.moved(mesh.vertices * (1.0 + 1e-6 * next(_turns)))


def detect(name: str, mesh: Mesh, **values: Any) -> Any:
    detector = get_detector(name)
    return detector.detect(mesh, None, build(detector.spec.parameters, values))


def first_run(name: str, unseen: Mesh) -> float:
    """Seconds for a mesh of which nothing is kept."""
    return seconds(lambda: detect(name, unseen))


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


# --- ISS against Open3D --------------------------------------------------------------------------


def open3d_iss(mesh: Mesh) -> Callable[[], Any]:
    """Open3D's ISS on the points of a mesh, with the radii of ours."""
    open3d = pytest.importorskip(
        "open3d",
        reason='Open3D is not installed: pip install "kpstudio[bench]"',
        exc_type=ImportError,
    )
    surface = surface_of(mesh)
    cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(surface.points))
    salient, peak = 6.0 * surface.resolution, 4.0 * surface.resolution
    iss = open3d.geometry.keypoint.compute_iss_keypoints
    return lambda: iss(cloud, salient, peak, 0.975, 0.975, 5)


def put_in_order(mesh: Mesh) -> Mesh:
    """A mesh nobody has looked at, its surface at hand: what Open3D gets as well."""
    unseen = anew(mesh)
    assert surface_of(unseen).resolution > 0.0
    return unseen


@pytest.mark.benchmark(group="ISS, 100k vertices")
@pytest.mark.parametrize("case", ["Open3D, points", "kpstudio, points", "kpstudio, from the mesh"])
def test_iss_100k(benchmark: BenchmarkFixture, case: str) -> None:
    mesh = wavy_sheet(100_000)
    if case.startswith("Open3D"):
        benchmark.pedantic(open3d_iss(mesh), rounds=5)
        return
    prepare = anew if case.endswith("mesh") else put_in_order
    benchmark.pedantic(
        lambda one: detect("iss", one), setup=lambda: ((prepare(mesh),), {}), rounds=5
    )


def test_promise_iss() -> None:
    for mesh in (wavy_sheet(100_000), bumpy(100_000)):
        theirs = fastest(open3d_iss(mesh), 5)
        ours = min(first_run("iss", put_in_order(mesh)) for _ in range(5))
        assert ours <= theirs, f"{ours:.2f} s, Open3D {theirs:.2f} s"


# --- all detectors -------------------------------------------------------------------------------


@pytest.mark.benchmark(group="first run, 50k vertices", min_rounds=1)
@pytest.mark.parametrize("name", DETECTORS)
def test_first_run(benchmark: BenchmarkFixture, name: str) -> None:
    mesh = bumpy(50_000)
    benchmark.pedantic(lambda one: detect(name, one), setup=lambda: ((anew(mesh),), {}), rounds=1)


@pytest.mark.parametrize("name", DETECTORS)
def test_promise_first_run_and_another_parameter(name: str) -> None:
    mesh = anew(bumpy(50_000))
    first = first_run(name, mesh)
    assert first < PATIENCE, f"{name}: {first:.1f} s"
    values = ANOTHER[name]
    second = seconds(lambda: detect(name, mesh, **values))
    assert second < first / 10.0, f"{name}: {first:.2f} s, then {second:.2f} s"
