"""A scene without a window."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvista

from kpstudio.app.jobs import Mailbox
from kpstudio.app.notices import Notice
from kpstudio.app.settings import Settings
from kpstudio.app.studio import Studio
from kpstudio.viewport.scene import Scene
from tests.viewport.kit import SIZE, Kit, Mouse, ball


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(Mailbox().post, Settings(tmp_path / "settings.json"))
    studio.detecting.options.update(live=False)
    yield studio
    studio.close()


@pytest.fixture
def plotter() -> Iterator[pyvista.Plotter]:
    plotter = pyvista.Plotter(off_screen=True, window_size=list(SIZE))
    yield plotter
    plotter.close()


@pytest.fixture
def kit(studio: Studio, plotter: pyvista.Plotter) -> Iterator[Kit]:
    """A scene in which every request is drawn at once, looking at a ball from the front."""
    scene = Scene(plotter, studio)
    notices: list[Notice] = []
    studio.notified.connect(notices.append)
    result = Kit(studio, scene, Mouse(scene), plotter, notices)
    result.open(ball())
    scene.look_from("front")
    yield result
    scene.close()


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure() -> None:
    """Let go of VTK's windows while the display they are connected to is still there."""
    gc.collect()
