"""A thousand small meshes with one worker process and with two, in the same run.

    pytest benchmarks/bench_batch.py -s

Two workers promise 1.8 times the files a second of one, the start of the workers included. Work
that only waits tells what it costs to hand out files, whatever else the machine does; detection
tells the rest, where nothing else runs. On a busy machine compare processor times: what all
workers use for the same files must hardly grow.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from kpstudio.app.batch.cluster import local_cluster, processors
from kpstudio.app.batch.run import Batch, run
from kpstudio.app.batch.sources import find_sources
from kpstudio.app.batch.work import Detecting, Work
from kpstudio.base.context import RunContext
from kpstudio.data.mesh import Mesh
from kpstudio.io.registry import save_mesh
from tests import shapes
from tests.toil import Toil

COUNT = int(os.environ.get("KPSTUDIO_BENCH_FILES", "1000"))


@dataclass(frozen=True)
class Cost:
    """What a run took.

    Parameters
    ----------
    wall
        Seconds from start to end, workers started and ended.
    steady
        Seconds from the first file that was done to the last.
    handing_out
        Processor seconds of this process.
    working
        Processor seconds of the workers.
    """

    wall: float
    steady: float
    handing_out: float
    working: float


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("meshes")
    random = np.random.default_rng(0)
    torus = shapes.torus(48, 24)
    for number in range(COUNT):
        sizes = random.uniform(0.5, 1.5, 3)
        bumps = 0.02 * random.normal(size=torus.vertices.shape)
        save_mesh(path / f"{number:04}.off", Mesh(torus.vertices * sizes + bumps, torus.faces))
    return path


def cost(work: Work, folder: Path, workers: int) -> Cost:
    out = folder.parent / f"{folder.name}-{workers}"
    batch = Batch(work, find_sources([f"{folder}/*"], out), out)
    arrivals = []

    def heard(fraction: float, text: str) -> None:
        if " of " in text:
            arrivals.append(time.perf_counter())

    before, start = os.times(), time.perf_counter()
    result = run(batch, lambda files: local_cluster(workers), RunContext(heard))
    wall, after = time.perf_counter() - start, os.times()
    assert len(result.outcomes) == COUNT
    assert not result.failures
    return Cost(
        wall,
        arrivals[-1] - arrivals[0],
        after.user + after.system - before.user - before.system,
        after.children_user + after.children_system - before.children_user - before.children_system,
    )


def speedup(work: Work, folder: Path) -> float:
    one, two = map(partial(cost, work, folder), (1, 2))
    print(f"\n{COUNT} files, one worker: {one}\n{COUNT} files, two workers: {two}")
    print(f"wall {one.wall / two.wall:.2f}, steady {one.steady / two.steady:.2f} times")
    return one.wall / two.wall


def test_two_workers_are_worth_almost_two_where_files_wait(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(COUNT):
        (folder / f"{number:04}.txt").write_text("sleep 0.08")
    assert speedup(Toil(), folder) >= 1.8


@pytest.mark.skipif(processors() < 2, reason="two workers need two processors")
def test_two_workers_are_worth_almost_two(folder: Path) -> None:
    assert speedup(Detecting(".json", "iss"), folder) >= 1.8
