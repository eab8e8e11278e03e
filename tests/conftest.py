"""What every test gets: a display if possible, fixed seeds, its own home, and no leaks."""

from __future__ import annotations

import gc
import os
import random
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

# Before numpy and torch: tests run side by side, threads of their own would only fight.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["QT_API"] = "pyqt6"
os.environ.pop("KPSTUDIO_MODELS", None)
# Optimisers import triton if it is there. Its LLVM and that of OpenGL in software end the process
# when a window was open before a training; nothing here needs it.
sys.modules.setdefault("triton", None)  # type: ignore[arg-type]

import hypothesis  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

from tests import display, leaks, shapes  # noqa: E402

HERE = Path(__file__).parent
IN_CI = bool(os.environ.get("CI"))
_virtual_display = pytest.StashKey[display.VirtualDisplay | None]()
_failed = pytest.StashKey[bool]()

# The same examples in every run: a red test is red for everybody.
hypothesis.settings.register_profile(
    "kpstudio", deadline=None, derandomize=True, database=None, max_examples=30
)
hypothesis.settings.load_profile("kpstudio")


def pytest_configure(config: pytest.Config) -> None:
    # Windows share focus and clipboard: processes side by side need a display each.
    start = display.start_own if hasattr(config, "workerinput") else display.start_if_missing
    config.stash[_virtual_display] = start()


def pytest_unconfigure(config: pytest.Config) -> None:
    virtual = config.stash.get(_virtual_display, None)
    if virtual is not None:
        gc.collect()  # a VTK window that outlives its display ends the process with an error
        virtual.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE / "ui" in item.path.parents:
            item.add_marker("gui")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gui") and not display.has_display():
        message = "no display: install xvfb (apt-get install xvfb) or set DISPLAY"
        if IN_CI:
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[_failed] = True
    return report


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings, caches and recent files go to a folder of this test alone."""
    monkeypatch.setenv("KPSTUDIO_HOME", str(tmp_path / "home"))


@pytest.fixture(autouse=True)
def _seeds() -> None:
    """Start every test with the same random numbers, whatever ran before it."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - libraries may still draw from it
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(autouse=True)
def _vtk_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test when VTK complains: it writes errors instead of raising them."""
    messages = leaks.watch_vtk_errors()
    yield
    if not request.node.stash.get(_failed, False) and messages:
        pytest.fail("VTK reported:\n" + "\n".join(messages), pytrace=False)


@pytest.fixture(autouse=True)
def _no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a gui test that leaves windows, threads, timers or render windows behind."""
    if request.node.get_closest_marker("gui") is None:
        yield
        return
    # After the test: qtbot closes its widgets before this goes on, since it was set up later.
    request.getfixturevalue("qapp")
    before = leaks.snapshot()
    yield
    if not request.node.stash.get(_failed, False):
        left = leaks.left_since(before)
        if left:
            pytest.fail("left behind: " + ", ".join(sorted(left)), pytrace=False)


@pytest.fixture
def sphere() -> shapes.Mesh:
    """A closed unit sphere of 320 faces."""
    return shapes.icosphere(2)


@pytest.fixture
def cube() -> shapes.Mesh:
    """A closed unit box of 192 faces."""
    return shapes.box(divisions=3)


@pytest.fixture
def torus() -> shapes.Mesh:
    """A closed torus of 1024 faces around the y axis."""
    return shapes.torus()
