from __future__ import annotations

import gc
from dataclasses import replace
from weakref import ref

import numpy as np
import pytest
import pyvista

from kpstudio.app.studio import Studio
from kpstudio.data.shape import Shape
from kpstudio.document.history import Insert
from kpstudio.document.item import Item
from kpstudio.geometry.orientation import Orientation
from kpstudio.viewport.scene import Scene
from tests.viewport.kit import SIZE, Kit, Mouse, ball, ball_mesh, vtk_objects


def colors(kit: Kit) -> np.ndarray:
    return kit.scene.screenshot(size=(120, 90)).astype(int)


def test_the_first_shape_is_looked_at(kit: Kit) -> None:
    screen = kit.scene.stage.projection.to_screen(kit.item.value.mesh.vertices)
    assert screen.min() > 0.0
    assert (screen.max(axis=0) < SIZE).all()
    assert np.ptp(screen[:, 1]) > 0.7 * SIZE[1]


def test_later_shapes_leave_the_camera_alone_if_they_are_in_view(kit: Kit) -> None:
    before = kit.scene.stage.camera.GetPosition()
    mesh = ball_mesh()
    kit.open(ball(mesh.moved(mesh.vertices * 0.5 + 0.5)))
    assert kit.scene.stage.camera.GetPosition() == before


def test_a_shape_that_would_not_be_seen_is_looked_for(kit: Kit) -> None:
    mesh = ball_mesh()
    kit.open(ball(mesh.moved(mesh.vertices + 5.0)))
    for vertices in (mesh.vertices, mesh.vertices + 5.0):
        screen = kit.scene.stage.projection.to_screen(vertices)
        assert screen.min() > 0.0
        assert (screen.max(axis=0) < SIZE).all()
    # from where it looked before
    assert np.allclose(kit.scene.stage.camera.GetDirectionOfProjection(), (0, 0, -1))


def test_shapes_that_arrive_together_are_all_in_the_first_frame(
    studio: Studio, plotter: pyvista.Plotter
) -> None:
    scene = Scene(plotter, studio, request_frame=lambda: None)
    mesh = ball_mesh()
    for shift in (0.0, 4.0, 8.0):
        studio.history.push(Insert(Item(ball(mesh.moved(mesh.vertices + shift))), 0, "Open"))
    scene.render_now()
    for shift in (0.0, 8.0):
        screen = scene.stage.projection.to_screen(mesh.vertices + shift)
        assert screen.min() > 0.0
        assert (screen.max(axis=0) < SIZE).all()
    scene.close()


def test_the_view_turns_with_a_shape_whose_orientation_is_found_out_later(kit: Kit) -> None:
    kit.scene.look_from("isometric")
    kit.studio.edits.set_orientation(kit.item.id, Orientation("+z", "+x"))
    assert kit.scene.stage.camera.GetViewUp()[2] > 0.7
    # but not when the person has turned it
    kit.mouse.drag((8, 8), (60, 30))
    before = kit.scene.stage.camera.GetViewUp()
    kit.studio.edits.set_orientation(kit.item.id, Orientation("+y", "+z"))
    assert kit.scene.stage.camera.GetViewUp() == before


def test_presets_look_at_the_selected_shapes_sides(kit: Kit) -> None:
    kit.studio.edits.set_orientation(kit.item.id, Orientation("+z", "+x"))
    kit.scene.look_from("front")
    assert np.allclose(kit.scene.stage.camera.GetDirectionOfProjection(), (-1, 0, 0))
    assert np.allclose(kit.scene.stage.camera.GetViewUp(), (0, 0, 1))


def test_the_axes_say_what_is_up_and_front(kit: Kit) -> None:
    assert kit.scene.gallery.triad.labels == ["x", "y up", "z front"]
    kit.studio.edits.set_orientation(kit.item.id, Orientation("+z", "-x"))
    assert kit.scene.gallery.triad.labels == ["x back", "y", "z up"]


def test_the_projection_follows_the_view_options(kit: Kit) -> None:
    kit.studio.view.update(orthographic=True)
    assert kit.scene.stage.camera.GetParallelProjection()
    kit.scene.set_orthographic(False)
    assert not kit.studio.view.value.orthographic
    assert not kit.scene.stage.camera.GetParallelProjection()


def test_closed_and_reopened_shapes(kit: Kit) -> None:
    item = kit.item
    full = colors(kit)
    kit.studio.edits.remove(item.id)
    with pytest.raises(KeyError):
        kit.scene.gallery[item.id]
    assert np.abs(colors(kit) - full).max() > 50
    kit.studio.history.undo()
    kit.studio.selection.select_item(item.id)
    assert np.abs(colors(kit) - full).max() <= 2


def test_the_themes_differ_in_their_ground(kit: Kit) -> None:
    dark = colors(kit)[2, 60].mean()
    kit.scene.set_theme("light")
    assert kit.scene.theme == "light"
    assert colors(kit)[2, 60].mean() > dark + 100


def test_a_shape_that_is_not_selected_steps_back(kit: Kit) -> None:
    first = kit.item
    bright = kit.scene.gallery[first.id].mesh.actor.GetProperty().GetColor()
    kit.open(ball(ball_mesh(2)))
    dim = kit.scene.gallery[first.id].mesh.actor.GetProperty().GetColor()
    assert max(dim) < max(bright)


def test_keypoints_on_the_screen_count_from_the_top_left(kit: Kit) -> None:
    top = kit.scene.keypoint_screen_position(kit.item.id, 2)
    bottom = kit.scene.keypoint_screen_position(kit.item.id, 3)
    assert top[1] < bottom[1]
    assert top[0] == pytest.approx(SIZE[0] / 2, abs=1)
    for item_id, index in ((kit.item.id, 6), (kit.item.id, -1), (-5, 0)):
        with pytest.raises(KeyError):
            kit.scene.keypoint_screen_position(item_id, index)


def test_a_frame_is_asked_for_once(studio: Studio, plotter: pyvista.Plotter) -> None:
    asked: list[None] = []
    scene = Scene(plotter, studio, request_frame=lambda: asked.append(None))
    kit = Kit(studio, scene, Mouse(scene), plotter, [])
    scene.render_now()
    scene.render_now()  # the first frame told what draws, and asked for a better one
    assert scene.is_drawn
    asked.clear()
    kit.open(ball())
    studio.view.update(cage=True)
    studio.selection.select_keypoints((1,))
    assert len(asked) == 1
    assert not scene.is_drawn
    scene.render_now()
    assert scene.is_drawn
    scene.close()


def test_a_painting_window_draws_when_it_likes(studio: Studio, plotter: pyvista.Plotter) -> None:
    asked: list[None] = []
    scene = Scene(plotter, studio, request_frame=lambda: None, draw=lambda: asked.append(None))
    scene.stage.window.Render()
    scene.render_now()
    assert len(asked) == 1
    assert not scene.is_drawn
    scene.stage.window.Render()
    assert scene.is_drawn
    scene.close()


def test_close_leaves_nothing_behind(studio: Studio, plotter: pyvista.Plotter) -> None:
    plotter.render_window.Render()
    renderers = plotter.render_window.GetRenderers().GetNumberOfItems()
    layers = plotter.render_window.GetNumberOfLayers()
    props = plotter.renderer.GetViewProps().GetNumberOfItems()
    before = vtk_objects()
    scene = Scene(plotter, studio)
    kit = Kit(studio, scene, Mouse(scene), plotter, [])
    kit.open(ball())
    studio.view.update(cage=True, ghost=True, mirror_plane=True, raw=True, field="displacement")
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (40, 10))))
    gone = ref(scene)
    scene.close()
    scene.close()
    studio.view.update(cage=False)  # nobody listens any more
    kit.mouse.press((10, 10))
    assert plotter.render_window.GetRenderers().GetNumberOfItems() == renderers
    assert plotter.render_window.GetNumberOfLayers() == layers
    assert plotter.renderer.GetViewProps().GetNumberOfItems() == props
    del scene, kit
    gc.collect()
    assert gone() is None
    assert len(vtk_objects() - before) <= 2  # the camera and its renderer, which VTK keeps


def test_a_removed_shape_leaves_nothing_behind(kit: Kit) -> None:
    kit.studio.view.update(cage=True, ghost=True, mirror_plane=True, raw=True)
    before = vtk_objects()
    item = kit.open(ball(ball_mesh(2)))
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (40, 10))))
    kit.studio.edits.remove(item.id)
    assert len(vtk_objects() - before) == 0


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_shapes_of_any_size_are_drawn_alike(kit: Kit, scale: float) -> None:
    kit.scene.look_from("isometric")
    usual = colors(kit)
    mesh = ball_mesh()
    kit.studio.edits.remove(kit.item.id)
    shape = ball(mesh)
    assert shape.detection is not None
    points = shape.detection.keypoints
    scaled = replace(mesh, vertices=mesh.vertices * scale)
    detection = replace(
        shape.detection,
        keypoints=points.moved(points.positions * scale),
        handling=None,
    )
    kit.open(Shape(scaled).detected(detection))
    kit.scene.look_from("isometric")
    assert (np.abs(colors(kit) - usual).max(axis=2) > 40).mean() < 0.02
