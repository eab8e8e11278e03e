"""The real window, driven by real events."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PyQt6.QtTest import QTest

from kpstudio.app.notices import Notice
from kpstudio.data.shape import Shape
from kpstudio.document.history import Insert
from kpstudio.document.item import Item
from kpstudio.io.registry import save_mesh
from kpstudio.ui.application import create_application, create_window, prepare_opengl
from kpstudio.ui.main_window import MainWindow
from tests.handled import box_mesh, handled_shape

prepare_opengl()  # before pytest-qt makes the application

LEFT_BUTTON = Qt.MouseButton.LeftButton
NO_KEY = Qt.KeyboardModifier.NoModifier
SECONDS = 20_000  # milliseconds a test waits for what must happen


@pytest.fixture
def window(qtbot, qapp) -> Iterator[MainWindow]:
    """An empty window; live detection is off, so that tests say what runs."""
    create_application()
    window = create_window()
    window.studio.detecting.options.update(live=False)
    window.resize(1100, 720)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()  # shortcuts need the keyboard
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.finish()
    window.deleteLater()
    # pytest holds on to the window until after the search for leaks: it must hold nothing.
    vars(window).clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()


@pytest.fixture
def notices(window) -> list[Notice]:
    told: list[Notice] = []
    window.studio.notified.connect(told.append)
    return told


@pytest.fixture
def settle(qtbot, window) -> Callable[[], None]:
    """Wait until no job runs and the newest state is on the screen."""

    def wait() -> None:
        qtbot.waitUntil(lambda: window.studio.jobs.idle and window.scene.is_drawn, timeout=SECONDS)

    return wait


@pytest.fixture
def add(window, settle) -> Callable[..., int]:
    """Put a shape with keypoints into the document, bound and selected; return its id."""

    def put(shape: Shape | None = None) -> int:
        item = Item(shape if shape is not None else handled_shape())
        window.studio.history.push(Insert(item, len(window.studio.document), f"Open {item.name}"))
        window.studio.selection.select_item(item.id)
        settle()
        window.scene.fit()
        settle()
        return item.id

    return put


@pytest.fixture
def box_file(tmp_path) -> Path:
    path = tmp_path / "box.ply"
    save_mesh(path, box_mesh())
    return path


@pytest.fixture
def where(window) -> Callable[[int, int], QPoint]:
    """Return where a keypoint is in the viewport, logical pixels."""

    def find(item_id: int, index: int) -> QPoint:
        x, y = window.scene.keypoint_screen_position(item_id, index)
        ratio = window.viewport.devicePixelRatioF()
        return QPoint(round(x / ratio), round(y / ratio))

    return find


@pytest.fixture
def drag(qtbot, window) -> Callable[..., None]:
    """Drag with the left button, frame by frame; `release=False` keeps the button down."""

    def move(start: QPoint, stop: QPoint, *, steps: int = 4, release: bool = True) -> None:
        viewport = window.viewport
        QTest.mouseMove(viewport, start)
        QTest.mousePress(viewport, LEFT_BUTTON, NO_KEY, start)
        for step in range(1, steps + 1):
            QTest.mouseMove(viewport, start + (stop - start) * step / steps)
            qtbot.wait(25)
        if release:
            QTest.mouseRelease(viewport, LEFT_BUTTON, NO_KEY, stop)

    return move
