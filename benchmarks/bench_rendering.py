"""Pictures of a shape: how long 24 views take, and what is exact in them costs.

    pytest benchmarks/bench_rendering.py --benchmark-columns=min,median --benchmark-sort=name

The test holds the promise: 24 views of 50k faces, 128 pixels wide, with colour, depth, mask and
normals, within 3 s on software OpenGL. The baseline of the same run is the faces of pixels alone.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.bench_deformation import fastest
from kpstudio.data.mesh import Mesh
from kpstudio.rendering.rasterise import visible_faces
from kpstudio.rendering.rigs import hemisphere
from kpstudio.rendering.views import render
from tests.shapes import torus

CAMERAS = hemisphere(24)
#: Seconds for all of them.
PATIENCE = 3.0


@pytest.fixture(scope="module")
def shape() -> Mesh:
    """A ring of 50k faces, longest side 1."""
    return torus(250, 100, 0.37, 0.13)


def test_faces_alone(shape: Mesh, benchmark: BenchmarkFixture) -> None:
    benchmark(visible_faces, shape.vertices, shape.faces, CAMERAS)


def test_views(shape: Mesh, benchmark: BenchmarkFixture) -> None:
    benchmark(render, shape, CAMERAS)


def test_smooth_views(shape: Mesh, benchmark: BenchmarkFixture) -> None:
    benchmark(render, shape, CAMERAS, supersample=2)


def test_a_person_does_not_wait_for_24_views(shape: Mesh) -> None:
    assert len(shape.faces) == 50_000
    assert fastest(lambda: render(shape, CAMERAS), 3) < PATIENCE
