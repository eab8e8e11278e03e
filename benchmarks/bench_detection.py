"""How long a person waits for keypoints.

    pytest benchmarks/bench_detection.py --benchmark-columns=min,median --benchmark-sort=name

The promise: the keypoints of a shape within 50 ms, once the model is loaded. Reading the surface of
a large mesh (sampling, snapping, cage, heatmaps) is timed apart, for it grows with the mesh.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from kpstudio.data.mesh import Mesh
from kpstudio.detectors.keypoint_deformer import DETECTOR, KeypointDeformerParameters
from kpstudio.geometry.icosphere import icosphere
from kpstudio.geometry.sampling import sample_surface
from kpstudio.nn.catalogue import find_model

SAMPLES = KeypointDeformerParameters().points


def blob(subdivisions: int) -> Mesh:
    """A long, wavy ball."""
    vertices, faces = icosphere(subdivisions)
    return Mesh(vertices * (1.0, 0.4, 1.2) + 0.05 * np.sin(5.0 * vertices), faces)


def predict_once() -> None:
    from kpstudio.detectors.keypoint_network import predict
    from kpstudio.nn.keypoint_deformer_file import load_keypoint_deformer

    net = load_keypoint_deformer(find_model("airplane", "keypoint-deformer")).net
    mesh = blob(4)
    predict(
        net, mesh.normalisation().apply(sample_surface(mesh.vertices, mesh.faces, SAMPLES).points)
    )


def test_keypoints_within_50_ms_after_load() -> None:
    predict_once()
    times = []
    for _ in range(20):
        start = time.perf_counter()
        predict_once()
        times.append(time.perf_counter() - start)
    assert np.median(times) < 0.050


@pytest.mark.benchmark(group="keypoints of a shape, model loaded")
def test_predict(benchmark: BenchmarkFixture) -> None:
    predict_once()
    benchmark(predict_once)


@pytest.mark.benchmark(group="detection with cage, snap and heatmaps")
@pytest.mark.parametrize("subdivisions", [4, 7], ids=["2.5k vertices", "164k vertices"])
def test_detect(benchmark: BenchmarkFixture, subdivisions: int) -> None:
    mesh = blob(subdivisions)
    parameters = KeypointDeformerParameters(model="airplane")
    benchmark.pedantic(DETECTOR.detect, (mesh, None, parameters), rounds=3, warmup_rounds=1)
