from __future__ import annotations

import numpy as np
import pytest
import pyvista
from vtkmodules.util.numpy_support import vtk_to_numpy

from kpstudio.app.studio import Studio
from kpstudio.viewport.scene import Scene
from kpstudio.viewport.tools.handlers import THRESHOLD
from tests.viewport.kit import PLACES, SIZE, Kit, Mouse, ball


def test_sizes_are_in_logical_pixels(studio: Studio, plotter: pyvista.Plotter) -> None:
    assert plotter.render_window is not None
    plotter.render_window.SetDPI(144)
    scene = Scene(plotter, studio)
    kit = Kit(studio, scene, Mouse(scene), plotter, [])
    kit.open(ball())
    scene.look_from("front")
    assert scene.stage.pixel_ratio == 2.0
    polydata = scene.gallery[kit.item.id].keypoints.handles.actor.GetMapper().GetInput()
    sizes = vtk_to_numpy(polydata.GetPointData().GetArray("size"))
    pixels = sizes[4] / scene.stage.projection.pixel_sizes(PLACES[4])[0]
    assert pixels == pytest.approx(2.0 * studio.view.value.handle_size, rel=1e-4)
    # less than the threshold, which is as far again
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (1.8 * THRESHOLD, 0))))
    assert studio.history.labels == ("Open",)
    scene.close()


def test_the_kind_of_renderer_decides_about_samples(
    studio: Studio, plotter: pyvista.Plotter, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plotter.render_window is not None
    monkeypatch.setattr("kpstudio.viewport.screen._SOFTWARE", ("",))
    scene = Scene(plotter, studio)
    scene.render_now()
    assert scene.stage.is_software
    assert plotter.render_window.GetMultiSamples() == 0
    scene.set_samples(2)
    assert plotter.render_window.GetMultiSamples() == 2
    scene.close()
    monkeypatch.setattr("kpstudio.viewport.screen._SOFTWARE", ())
    scene = Scene(plotter, studio)
    scene.render_now()
    assert not scene.stage.is_software
    assert plotter.render_window.GetMultiSamples() > 0
    scene.close()


def test_the_depth_of_what_is_drawn_tells_what_is_hidden(kit: Kit) -> None:
    points = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 0.9], [0.0, 0.0, -1.0], [5.0, 0.0, 0.0]])
    for parallel in (False, True):
        kit.studio.view.update(orthographic=parallel)
        seen: list[np.ndarray] = []
        stage = kit.scene.stage
        tag = stage.overlay.AddObserver(
            "StartEvent", lambda *_, s=stage, found=seen: found.append(s.occluded(points, 0.01))
        )
        kit.scene.render_now()
        stage.overlay.RemoveObserver(tag)
        # in front, inside, behind, and beside the view
        assert seen[0].tolist() == [False, True, True, False]


def test_the_scene_may_be_closed_after_its_plotter(studio: Studio) -> None:
    plotter = pyvista.Plotter(off_screen=True, window_size=list(SIZE))
    scene = Scene(plotter, studio)
    kit = Kit(studio, scene, Mouse(scene), plotter, [])
    kit.open(ball())
    plotter.close()
    scene.close()
