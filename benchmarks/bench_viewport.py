"""What one mouse move of a drag costs in the viewport, and what re-adding the mesh would cost.

    pytest benchmarks/bench_viewport.py --benchmark-columns=min,median --benchmark-sort=name

A step is all of it: mouse event, picking of the place, solve, positions, normals, handles. "Drawn"
adds the frame, which depends on the graphics card; with software rendering it is most of the time.
The promise: without drawing, a step of 100k vertices takes less than 5 ms.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import pyvista
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.bench_deformation import rig, wavy_sheet
from kpstudio.app.jobs import Mailbox
from kpstudio.app.options import Layout
from kpstudio.app.settings import Settings
from kpstudio.app.studio import Studio
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.document.history import Insert
from kpstudio.document.item import Item
from kpstudio.viewport.picking import SurfacePicker
from kpstudio.viewport.scene import Scene
from kpstudio.viewport.surface import Surface

SIZE = (1280, 800)
COUNTS = [10_000, 100_000, 500_000]
IDS = ["10k vertices", "100k vertices", "500k vertices"]
HELD = 5


class Bench:
    """A scene with a drag going on."""

    def __init__(self, count: int, drawn: bool, layout: Layout = Layout.ONE) -> None:
        studio = Studio(Mailbox().post, Settings(Path(tempfile.mkdtemp()) / "settings.json"))
        studio.detecting.options.update(live=False)
        studio.view.update(layout=layout)
        self._studio = studio
        self.plotter = pyvista.Plotter(off_screen=True, window_size=list(SIZE))
        draw = None if drawn else lambda: None
        self._scene = Scene(self.plotter, studio, request_frame=lambda: None, draw=draw, whole=True)
        bound = rig(count)
        detection = Detection(bound.keypoints, Provenance("bench"), handling=bound.handling)
        shape = Shape(bound.mesh).detected(detection)
        studio.rigs.keep(shape, bound)
        item = Item(shape)
        studio.history.push(Insert(item, 0, "Open"))
        studio.selection.select_item(item.id)
        self._scene.look_from("isometric")
        self._scene.render_now()
        x, y = self._scene.keypoint_screen_position(item.id, HELD)
        self._start = np.array([x, SIZE[1] - 1 - y])
        self._mouse("MouseMoveEvent", 0)
        self._mouse("LeftButtonPressEvent", 0)
        self._turn = itertools.cycle(range(10, 60))
        self.step()
        assert self._scene.is_dragging

    def step(self) -> None:
        self._mouse("MouseMoveEvent", next(self._turn))
        self._scene.render_now()

    def close(self) -> None:
        self._scene.close()
        self._studio.close()
        self.plotter.close()

    def _mouse(self, name: str, along: float) -> None:
        interactor = self._scene.stage.interactor
        x, y = np.round(self._start + (along, along)).astype(int)
        interactor.SetEventInformation(int(x), int(y), 0, 0, chr(0), 0, None)
        interactor.InvokeEvent(name)


@pytest.fixture
def dragging() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(count: int, drawn: bool, layout: Layout = Layout.ONE) -> Bench:
        made.append(Bench(count, drawn, layout))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


def test_a_step_of_100k_vertices_within_5_ms(dragging: Callable[..., Bench]) -> None:
    bench = dragging(100_000, False)
    times = []
    for _ in range(60):
        start = time.perf_counter()
        bench.step()
        times.append(time.perf_counter() - start)
    assert min(times) < 0.005  # the rest is what else the machine does


@pytest.mark.benchmark(group="drag step, not drawn")
@pytest.mark.parametrize("count", COUNTS, ids=IDS)
def test_step(benchmark: BenchmarkFixture, dragging: Callable[..., Bench], count: int) -> None:
    benchmark(dragging(count, False).step)


@pytest.mark.benchmark(group="drag step of 100k vertices in several views, not drawn")
@pytest.mark.parametrize("layout", Layout)
def test_step_in_views(
    benchmark: BenchmarkFixture, dragging: Callable[..., Bench], layout: Layout
) -> None:
    benchmark(dragging(100_000, False, layout).step)


@pytest.mark.benchmark(group="drag step, drawn at 1280 x 800")
@pytest.mark.parametrize("count", COUNTS, ids=IDS)
def test_drawn_step(
    benchmark: BenchmarkFixture, dragging: Callable[..., Bench], count: int
) -> None:
    benchmark.pedantic(dragging(count, True).step, rounds=10, warmup_rounds=2)


@pytest.mark.benchmark(group="drag step, drawn at 1280 x 800")
@pytest.mark.parametrize("count", COUNTS[:2], ids=IDS[:2])
def test_re_adding_the_mesh(benchmark: BenchmarkFixture, count: int) -> None:
    mesh = wavy_sheet(count)
    plotter = pyvista.Plotter(off_screen=True, window_size=list(SIZE))
    plotter.render_window.SetMultiSamples(0)
    faces = np.column_stack([np.full(len(mesh.faces), 3), mesh.faces]).reshape(-1)
    buffer = mesh.vertices.astype(np.float32)

    def step() -> None:
        buffer[:, 1] += 0.001
        polydata = pyvista.PolyData(buffer, faces)
        plotter.add_mesh(polydata, name="mesh", smooth_shading=True, render=False)
        plotter.render_window.Render()

    benchmark.pedantic(step, rounds=5, warmup_rounds=1)
    plotter.close()


@cache
def sheet(count: int) -> Mesh:
    mesh = wavy_sheet(count)
    _ = mesh.bounds
    return mesh


@pytest.mark.benchmark(group="set-up of a shape")
@pytest.mark.parametrize("count", COUNTS, ids=IDS)
def test_surface(benchmark: BenchmarkFixture, count: int) -> None:
    def make() -> None:
        Surface(sheet(count)).update_normals()

    benchmark.pedantic(make, rounds=5)


@pytest.mark.benchmark(group="set-up of a shape")
@pytest.mark.parametrize("count", COUNTS, ids=IDS)
def test_locator(benchmark: BenchmarkFixture, count: int) -> None:
    def make() -> None:
        SurfacePicker(sheet(count)).closest(np.zeros(3))

    benchmark.pedantic(make, rounds=3)
