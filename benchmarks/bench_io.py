"""Opening and saving large files, next to plain trimesh in the same run.

    pytest benchmarks/bench_io.py --benchmark-columns=min,median --benchmark-sort=name

Each group compares like with like: the same file of 500k vertices and a million faces. The tests
beside the groups hold the promises: opening and saving leave other threads, such as the window's,
no gap of 100 ms; a project of that size is saved within two seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import trimesh
from pytest_benchmark.fixture import BenchmarkFixture

from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.io.project import ProjectContents, ShapeEntry, load_project, save_project
from kpstudio.io.registry import inspect_mesh, load_mesh, save_mesh

SIDE = 708  # its square is half a million
FORMATS = ("ply", "obj", "off", "stl", "glb", "vtp")
OF_TRIMESH = ("ply", "obj", "off", "stl", "glb")


@cache
def wavy_sheet() -> Mesh:
    u, v = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1, 1, SIDE), indexing="ij")
    height = 0.3 * np.sin(4 * u) * np.cos(3 * v)
    corner = (np.arange(SIDE - 1)[:, None] * SIDE + np.arange(SIDE - 1)).reshape(-1)
    lower = np.stack([corner, corner + SIDE, corner + 1], axis=1)
    upper = np.stack([corner + 1, corner + SIDE, corner + SIDE + 1], axis=1)
    return Mesh(np.stack([u, height, v], -1).reshape(-1, 3), np.concatenate([lower, upper]))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("meshes")
    for suffix in FORMATS:
        save_mesh(path / f"sheet.{suffix}", wavy_sheet())
    return path


def project() -> ProjectContents:
    mesh = wavy_sheet()
    moved = Shape(mesh).edited(KeypointSet(np.zeros((12, 3))), mesh.vertices * 1.1)
    return ProjectContents([ShapeEntry("sheet", True, moved)])


def longest_gap(work: Callable[[], object]) -> float:
    """Return how long, s, another thread that wakes every 5 ms was kept waiting."""
    gaps, done = [0.0], threading.Event()

    def watch() -> None:
        last = time.perf_counter()
        while not done.wait(0.005):
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    thread = threading.Thread(target=watch)
    thread.start()
    work()
    done.set()
    thread.join()
    return max(gaps)


# --- promises -----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", FORMATS)
def test_opening_leaves_other_threads_their_turn(folder: Path, suffix: str) -> None:
    # The best of three: other programs may hold a thread up as well.
    assert min(longest_gap(lambda: load_mesh(folder / f"sheet.{suffix}")) for _ in range(3)) < 0.1


@pytest.mark.parametrize("suffix", FORMATS)
def test_saving_leaves_other_threads_their_turn(tmp_path: Path, suffix: str) -> None:
    work = lambda: save_mesh(tmp_path / f"a.{suffix}", wavy_sheet())  # noqa: E731
    assert min(longest_gap(work) for _ in range(3)) < 0.1


def test_a_project_is_saved_in_two_seconds_beside_the_window(tmp_path: Path) -> None:
    contents = project()
    start = time.perf_counter()
    gap = longest_gap(lambda: save_project(tmp_path / "a.kpstudio", contents))
    assert time.perf_counter() - start < 2.0
    assert gap < 0.1


# --- comparisons --------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", FORMATS)
def test_open(benchmark: BenchmarkFixture, folder: Path, suffix: str) -> None:
    benchmark.group = f"open {suffix}, 500k vertices"
    benchmark.name = "kpstudio"
    benchmark.pedantic(load_mesh, (folder / f"sheet.{suffix}",), rounds=3)


@pytest.mark.parametrize("suffix", OF_TRIMESH)
def test_open_with_trimesh(benchmark: BenchmarkFixture, folder: Path, suffix: str) -> None:
    benchmark.group = f"open {suffix}, 500k vertices"
    benchmark.name = "trimesh"
    path = folder / f"sheet.{suffix}"
    benchmark.pedantic(lambda: trimesh.load_mesh(path, process=False), rounds=3)


@pytest.mark.parametrize("suffix", FORMATS)
def test_save(benchmark: BenchmarkFixture, tmp_path: Path, suffix: str) -> None:
    benchmark.group = f"save {suffix}, 500k vertices"
    benchmark.name = "kpstudio"
    benchmark.pedantic(save_mesh, (tmp_path / f"a.{suffix}", wavy_sheet()), rounds=3)


@pytest.mark.parametrize("suffix", OF_TRIMESH)
def test_save_with_trimesh(benchmark: BenchmarkFixture, tmp_path: Path, suffix: str) -> None:
    benchmark.group = f"save {suffix}, 500k vertices"
    benchmark.name = "trimesh"
    mesh = trimesh.Trimesh(wavy_sheet().vertices, wavy_sheet().faces, process=False)
    benchmark.pedantic(mesh.export, (tmp_path / f"a.{suffix}",), rounds=3)


@pytest.mark.benchmark(group="project, 500k vertices, deformed")
def test_save_project(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    benchmark.pedantic(save_project, (tmp_path / "a.kpstudio", project()), rounds=3)


@pytest.mark.benchmark(group="project, 500k vertices, deformed")
def test_open_project(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    save_project(tmp_path / "a.kpstudio", project())
    benchmark.pedantic(load_project, (tmp_path / "a.kpstudio",), rounds=3)


@pytest.mark.benchmark(group="inspect a million faces")
def test_inspect(benchmark: BenchmarkFixture) -> None:
    benchmark.pedantic(inspect_mesh, (wavy_sheet(),), rounds=3)
