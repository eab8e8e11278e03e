"""Take the pictures of the README and the docs from the running application.

    xvfb-run -a -s "-screen 0 1600x1000x24" python scripts/pictures.py [NAME...]

Every picture is the real window on the bundled samples; the names are those of the functions
below, the files are docs/pictures/NAME.png.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
# Pictures show the defaults, not the settings of whoever takes them.
os.environ["KPSTUDIO_HOME"] = tempfile.mkdtemp(prefix="kpstudio-pictures-")

from PyQt6.QtWidgets import QApplication

from kpstudio.app.options import Labels, Layout, ViewOptions
from kpstudio.io.samples import sample_path
from kpstudio.ui.application import create_application, create_window
from kpstudio.ui.main_window import MainWindow

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
SIZE = (1440, 900)
PATIENCE = 120.0  # seconds


def settle(window: MainWindow) -> None:
    """Wait until nothing is going on and all is drawn."""
    quiet, deadline = 0, time.monotonic() + PATIENCE
    while quiet < 10:
        QApplication.processEvents()
        time.sleep(0.02)
        idle = window.studio.jobs.idle and window.scene.is_drawn
        quiet = quiet + 1 if idle else 0
        if time.monotonic() > deadline:
            raise TimeoutError("the window does not come to rest")


def opened(window: MainWindow, *names: str) -> None:
    """Open samples and wait for their keypoints."""
    for name in names:
        window.studio.files.open([sample_path(name)])
        settle(window)


def selected(window: MainWindow, *names: str) -> tuple[int, ...]:
    """Select keypoints of the selected shape by their names."""
    item = window.studio.selected
    assert item is not None
    assert item.value.keypoints is not None
    indices = tuple(item.value.keypoints.schema.names.index(name) for name in names)
    window.studio.selection.select_keypoints(indices)
    return indices


def dragged(window: MainWindow, name: str, offset: tuple[float, float, float]) -> None:
    """Drag a keypoint by an offset in the normalised frame."""
    item = window.studio.selected
    assert item is not None
    session = window.studio.edits.begin_drag(item.id, selected(window, name))
    assert session is not None
    session.move(item.value.normalisation.invert_vectors(np.array(offset)))
    session.commit()
    settle(window)


def window_dark(window: MainWindow) -> None:
    """The sample airplane with the influence of one wing tip."""
    opened(window, "airplane")
    selected(window, "left wing tip")
    window.studio.view.update(field="influence")


def prior(window: MainWindow) -> None:
    """One wing tip pulled back and up; the prior moves the other."""
    opened(window, "airplane")
    window.studio.editing.update(prior_strength=1.0)
    window.studio.view.update(ghost=True, field="displacement")
    dragged(window, "left wing tip", (-0.02, 0.08, -0.12))


def cage(window: MainWindow) -> None:
    """The cage around a chair, and its labelled keypoints; the light theme."""
    if window.themes.current.name == "dark":
        window.switch_theme()
    opened(window, "chair")
    window.studio.view.update(cage=True, labels=Labels.ALL)
    window.docks.raise_panel("display")


def heatmap(window: MainWindow) -> None:
    """Where the detector sees one keypoint of the car."""
    opened(window, "car")
    selected(window, "left front roof")
    window.studio.view.update(field="heatmap")
    window.docks.raise_panel("inspect")


def inspect(window: MainWindow) -> None:
    """Two fields of the figure side by side, with the keypoints of two detectors."""
    if window.themes.current.name == "light":
        window.switch_theme()
    opened(window, "figure")
    for detector in ("harris3d", "hks"):
        window.studio.detecting.choose(detector)
        window.studio.detecting.run()
        settle(window)
    window.studio.view.update(layout=Layout.TWO, compare=True)
    window.studio.view.set(window.studio.view.value.showing("colors:heat kernel signature"))
    window.studio.view.update(pane=1)
    window.studio.view.set(window.studio.view.value.showing("harris3d:corner strength"))
    window.docks.raise_panel("inspect")


def views(window: MainWindow) -> None:
    """What the pose detector sees of the chair from all sides."""
    if window.themes.current.name == "light":
        window.switch_theme()
    opened(window, "chair")
    window.studio.detecting.choose("pose")
    window.studio.detecting.run()
    settle(window)
    selected(window, "back top left")
    window.docks.raise_panel("views")


PICTURES: tuple[Callable[[MainWindow], None], ...] = (
    window_dark, prior, cage, heatmap, inspect, views,
)  # fmt: skip


def main() -> None:
    """Take the pictures that were asked for, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    application = create_application()
    for picture in PICTURES:
        if sys.argv[1:] and picture.__name__ not in sys.argv[1:]:
            continue
        window = create_window()
        window.resize(*SIZE)
        window.studio.view.set(ViewOptions())
        window.show()
        picture(window)
        settle(window)
        path = FOLDER / f"{picture.__name__}.png"
        window.grab().save(str(path), "PNG")
        print(path)
        window.studio.history.mark_saved(window.studio.history.position)
        window.close()
        application.processEvents()


if __name__ == "__main__":
    main()
