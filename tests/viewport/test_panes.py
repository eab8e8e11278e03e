from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pyvista
from PIL import Image

from kpstudio.app.options import Layout
from kpstudio.app.studio import Studio
from kpstudio.viewport.camera import projection_of
from kpstudio.viewport.offscreen import render_picture
from kpstudio.viewport.pane import Pane
from kpstudio.viewport.panes import AREAS
from kpstudio.viewport.scene import Scene
from kpstudio.viewport.screen import pixels_of
from tests.viewport.kit import PLACES, SIZE, Kit, Mouse, ball, vtk_objects

FIELDS = ("height", ("displacement", "", "heatmap"))


@pytest.fixture
def four(kit: Kit) -> Kit:
    """Four views, each with a field of its own."""
    field, others = FIELDS
    kit.studio.view.update(layout=Layout.FOUR, field=field, other_fields=others)
    return kit


def at(kit: Kit, pane: int, index: int) -> tuple[float, float]:
    """Where a keypoint is in a view, from the bottom left of the window."""
    x, y = kit.scene.keypoint_screen_position(kit.item.id, index, pane)
    return x, SIZE[1] - 1 - y


def away(place: tuple[float, float], across: float, along: float) -> tuple[float, float]:
    return place[0] + across, place[1] + along


def stands(kit: Kit) -> list[tuple[float, ...]]:
    """Where the cameras of the views are."""
    cameras = [pane.stage.camera for pane in kit.scene.panes]
    return [(*c.GetPosition(), *c.GetFocalPoint(), *c.GetViewUp()) for c in cameras]


def part(pane: Pane, picture: np.ndarray) -> np.ndarray:
    """A view's part of a picture of the window."""
    size = picture.shape[1], picture.shape[0]
    left, bottom, width, height = pixels_of(pane.stage.area, size)
    return picture[size[1] - bottom - height : size[1] - bottom, left : left + width].astype(int)


# --- layout ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(400, 300), (401, 301), (803, 599), (7, 5)])
@pytest.mark.parametrize("layout", Layout)
def test_the_views_fill_the_window_without_gap_or_overlap(
    layout: Layout, size: tuple[int, int]
) -> None:
    covered = np.zeros(size[::-1], int)
    for area in AREAS[layout]:
        left, bottom, width, height = pixels_of(area, size)
        covered[bottom : bottom + height, left : left + width] += 1
    assert len(AREAS[layout]) == layout.panes
    assert (covered == 1).all()


@pytest.mark.parametrize("size", [(400, 300), (401, 301), (333, 257)])
def test_pixels_are_counted_as_vtk_counts_them(studio: Studio, size: tuple[int, int]) -> None:
    plotter = pyvista.Plotter(off_screen=True, window_size=list(size))
    scene = Scene(plotter, studio)
    studio.view.update(layout=Layout.FOUR)
    for pane in scene.panes:
        assert pane.stage.main.GetSize() == pane.stage.size
        assert pane.stage.main.GetOrigin() == pane.stage.corner
    scene.close()
    plotter.close()


def test_views_differ_by_their_field(four: Kit) -> None:
    four.studio.selection.select_keypoints((4,))
    picture = four.scene.screenshot()
    parts = [part(pane, picture) for pane in four.scene.panes]
    for a, first in enumerate(parts):
        for second in parts[:a]:
            assert (np.abs(first - second).max(axis=2) > 40).mean() > 0.2
    height, displacement, plain, heatmap = (pane.gallery for pane in four.scene.panes)
    assert height.color_bar.range == (-1.0, 1.0)
    assert displacement.color_bar.range is not None
    assert plain.color_bar.range is None
    assert heatmap.field is not None
    assert heatmap.field.title == "Heatmap of front"


def test_titles_say_what_a_view_shows(four: Kit) -> None:
    titles = [pane.frame.title for pane in four.scene.panes]
    assert titles[:3] == ["Height", "Displacement [mm]", "Plain"]
    assert titles[3].startswith("Heatmap")
    assert titles[3].endswith("no keypoint selected")
    four.studio.selection.select_keypoints((2,))
    assert four.scene.panes[3].frame.title == "Heatmap of top"
    four.studio.view.update(other_fields=("none such", "", ""))
    assert four.scene.panes[1].frame.title == "None such · not on this shape"
    four.studio.view.update(layout=Layout.ONE)
    assert [pane.frame.title for pane in four.scene.panes] == [""]


def test_an_empty_window_has_no_titles(studio: Studio, plotter: pyvista.Plotter) -> None:
    scene = Scene(plotter, studio)
    studio.view.update(layout=Layout.TWO)
    assert [pane.frame.title for pane in scene.panes] == ["", ""]
    scene.close()


def test_the_view_at_hand_is_marked_but_not_in_pictures(four: Kit) -> None:
    four.studio.view.update(pane=2)
    assert [pane.frame.is_marked for pane in four.scene.panes] == [False, False, True, False]
    first = four.scene.screenshot()
    four.studio.view.update(pane=1)
    parts = [part(pane, first) for pane in four.scene.panes]
    top = parts[2][0]
    assert np.abs(top - parts[3][0]).max() < 30  # no blue bar on one of them
    assert np.abs(four.scene.screenshot().astype(int) - first).max() <= 2


def test_closing_views_leaves_nothing_behind(kit: Kit) -> None:
    window = kit.scene.screen.window
    kit.studio.view.update(cage=True, ghost=True, mirror_plane=True, raw=True)
    kit.mouse.drag(kit.at(4), away(kit.at(4), 20, 10))
    before = vtk_objects()
    renderers = window.GetRenderers().GetNumberOfItems()
    kit.studio.view.update(layout=Layout.FOUR, field="height", other_fields=("", "heatmap", ""))
    assert window.GetRenderers().GetNumberOfItems() == renderers + 6
    kit.studio.view.update(layout=Layout.TWO, linked=False)
    assert window.GetRenderers().GetNumberOfItems() == renderers + 2
    kit.studio.view.update(layout=Layout.ONE, linked=True)
    assert window.GetRenderers().GetNumberOfItems() == renderers
    kit.studio.view.update(field="")
    assert len(vtk_objects() - before) == 0
    kit.mouse.move((200, 150))
    assert kit.scene.stage.size == SIZE


def test_the_scene_closes_with_all_its_views(studio: Studio, plotter: pyvista.Plotter) -> None:
    assert plotter.render_window is not None
    renderers = plotter.render_window.GetRenderers().GetNumberOfItems()
    scene = Scene(plotter, studio)
    Kit(studio, scene, Mouse(scene), plotter, []).open(ball())
    studio.view.update(layout=Layout.FOUR, linked=False)
    scene.close()
    studio.view.update(layout=Layout.TWO)  # nobody listens any more
    assert plotter.render_window.GetRenderers().GetNumberOfItems() == renderers
    assert plotter.renderer.GetViewport() == (0.0, 0.0, 1.0, 1.0)


def test_a_layout_that_goes_gives_its_drag_up(four: Kit) -> None:
    before = four.item
    four.mouse.press(at(four, 3, 4))
    four.mouse.move(away(at(four, 3, 4), 30, 0))
    assert four.scene.is_dragging
    four.studio.view.update(layout=Layout.TWO)
    assert not four.scene.is_dragging
    assert four.item is before
    assert np.allclose(at(four, 0, 4), at(four, 0, 5))  # back where it was, over its opposite


# --- cameras -----------------------------------------------------------------------------------


def test_linked_cameras_move_together(four: Kit) -> None:
    before = stands(four)[0]
    four.mouse.drag((210, 10), (240, 25))  # in the lower right view
    assert len(set(stands(four))) == 1
    assert stands(four)[0] != before


def test_free_cameras_move_alone(four: Kit) -> None:
    four.studio.view.update(linked=False)
    before = stands(four)
    four.mouse.drag((210, 10), (240, 25))
    four.mouse.send("MouseWheelForwardEvent", (100.0, 200.0))
    after = stands(four)
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, True, False]
    assert after[0] != after[3]


def test_linking_takes_the_view_at_hand(four: Kit) -> None:
    four.studio.view.update(linked=False)
    four.mouse.drag((210, 10), (240, 25))
    turned = stands(four)[3]
    four.studio.view.update(linked=True)
    assert stands(four) == [turned] * 4


def test_presets_turn_the_view_at_hand_or_all(four: Kit) -> None:
    four.scene.look_from("top")
    assert np.allclose([s[:3] for s in stands(four)], stands(four)[0][:3])
    four.studio.view.update(linked=False, pane=2)
    four.scene.look_from("front")
    directions = [pane.stage.camera.GetDirectionOfProjection() for pane in four.scene.panes]
    assert np.allclose(directions[2], (0, 0, -1))
    assert np.allclose([directions[i] for i in (0, 1, 3)], (0, -1, 0))


def test_free_cameras_are_of_one_kind(four: Kit) -> None:
    four.studio.view.update(linked=False)
    four.studio.view.update(orthographic=True)
    assert all(pane.stage.camera.GetParallelProjection() for pane in four.scene.panes)


def test_shapes_stay_in_view_when_the_layout_changes(kit: Kit) -> None:
    kit.mouse.drag((8, 8), (40, 20))  # now the view is the person's
    one = stands(kit)[0]
    kit.studio.view.update(layout=Layout.TWO)
    for pane in kit.scene.panes:
        screen = pane.stage.projection.to_screen(kit.item.value.mesh.vertices)
        assert screen.min() > 0.0
        assert (screen.max(axis=0) < pane.stage.size).all()
    kit.studio.view.update(layout=Layout.ONE)
    assert np.allclose(stands(kit)[0], one)


def test_a_view_nobody_has_touched_is_fitted_anew(kit: Kit) -> None:
    kit.scene.look_from("isometric")
    kit.studio.view.update(layout=Layout.TWO)
    screen = kit.scene.stage.projection.to_screen(kit.item.value.mesh.vertices)
    assert np.ptp(screen[:, 0]) > 0.7 * SIZE[0] / 2
    assert screen.min() > 0.0


# --- the mouse ---------------------------------------------------------------------------------


@pytest.mark.parametrize("linked", [True, False])
def test_every_view_is_picked_in_exactly(four: Kit, linked: bool) -> None:
    four.studio.view.update(linked=linked)
    four.scene.look_from("isometric")
    for pane in four.scene.panes:
        x, y = pane.stage.corner
        inside = pane.stage.projection.to_screen([0.3, 0.4, (1.0 - 0.25) ** 0.5])[0]
        hit = pane.tools.context.surface_at(tuple(inside))
        assert hit is not None
        assert np.allclose(hit.point.position, (0.3, 0.4, 0.75**0.5), atol=0.02)
        again = pane.stage.projection.to_screen(hit.point.position)[0]
        assert np.allclose(again, inside, atol=1e-3)
        four.mouse.click(at(four, pane.index, 4))
        assert four.studio.selection.keypoints == (4,)
        assert four.studio.view.value.pane == pane.index
        four.mouse.move(away(at(four, pane.index, 2), 1, -1))
        assert four.studio.selection.hovered == 2
        four.mouse.move((x + 2, y + 2))
        assert four.studio.selection.hovered is None


def test_surfaces_hide_keypoints_in_each_view(four: Kit) -> None:
    four.studio.view.update(linked=False)
    for index, preset in enumerate(("front", "back", "top", "bottom")):
        four.studio.view.update(pane=index)
        four.scene.look_from(preset)
    behind = {0: 5, 1: 4, 2: 3, 3: 2}  # the far end of the axis looked along
    for pane, keypoint in behind.items():
        hidden = four.scene.panes[pane].gallery.hidden
        assert np.flatnonzero(hidden[[keypoint, keypoint ^ 1]]).tolist() == [0]


def test_many_keypoints_are_looked_up_where_the_view_is(kit: Kit) -> None:
    kit.studio.view.update(layout=Layout.FOUR)
    points = np.tile([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]], (40, 1))
    seen: dict[int, list[bool]] = {}

    def look(index: int) -> None:
        seen[index] = kit.scene.panes[index].stage.occluded(points, 0.01).tolist()

    stages = [pane.stage for pane in kit.scene.panes]
    tags = [stage.overlay.AddObserver("StartEvent", lambda *_, i=i: look(i))
            for i, stage in enumerate(stages)]  # fmt: skip
    kit.scene.render_now()
    for stage, tag in zip(stages, tags, strict=True):
        stage.overlay.RemoveObserver(tag)
    assert all(seen[index] == [False, True] * 40 for index in range(4))


def test_a_drag_in_one_view_is_seen_in_all(four: Kit) -> None:
    start = at(four, 1, 0)
    four.mouse.press(start)
    four.mouse.move(away(start, 20, 10))
    moved = [pane.gallery[four.item.id].mesh.surface for pane in four.scene.panes]
    rest = four.item.value.mesh
    for surface in moved:
        assert surface is not None
        assert np.abs(surface.positions + surface.origin - rest.vertices).max() > 0.05
    places = [at(four, pane, 0) for pane in range(4)]
    for pane, place in zip(four.scene.panes, places, strict=True):
        assert np.allclose(np.subtract(place, pane.stage.corner),
                           np.subtract(places[1], four.scene.panes[1].stage.corner))  # fmt: skip
    assert np.allclose(places[1], away(start, 20, 10), atol=1.0)  # under the cursor
    four.mouse.release(away(start, 20, 10))
    assert four.item.value.is_deformed
    assert four.studio.history.labels[-1].startswith("Move")


def test_a_gesture_stays_in_the_view_where_it_began(four: Kit) -> None:
    start = at(four, 0, 0)
    four.mouse.press(start)
    far = away(start, 120, 0)  # over the next view
    four.mouse.move(far)
    assert four.studio.view.value.pane == 0
    assert np.allclose(at(four, 0, 0), far, atol=1.0)
    four.mouse.release(far)
    assert four.studio.history.labels[-1].startswith("Move")


def test_a_frame_selects_what_it_holds_in_its_view(four: Kit) -> None:
    left, bottom = four.scene.panes[3].stage.corner
    four.mouse.drag((left + 2, bottom + 2), (left + 100, bottom + 148), shift=True)
    assert 1 in four.studio.selection.keypoints
    assert 0 not in four.studio.selection.keypoints


def test_a_press_elsewhere_follows_a_release_that_was_lost(four: Kit) -> None:
    four.mouse.press((10, 160))  # turns the upper left view
    four.mouse.move((40, 170))
    four.mouse.press(at(four, 3, 4))  # the release went to another window
    four.mouse.release(at(four, 3, 4))
    assert four.studio.selection.keypoints == (4,)
    assert four.studio.view.value.pane == 3
    assert not four.scene.is_dragging


def test_keys_go_to_the_view_in_which_something_goes_on(four: Kit) -> None:
    start = at(four, 2, 0)
    four.mouse.press(start)
    four.mouse.move(away(start, 20, 10))
    assert four.scene.key_press("X")
    assert four.scene.panes[2].tools.dragging.guide.axes == [0]
    assert four.scene.key_press("Escape")
    four.mouse.release(start)
    assert not four.item.value.is_deformed
    four.studio.selection.select_keypoints((0,))
    assert four.scene.key_press("Up")
    assert four.positions[0, 1] > PLACES[0, 1]


# --- pictures ----------------------------------------------------------------------------------


def test_a_picture_shows_the_layout_in_any_size(four: Kit, tmp_path: Path) -> None:
    four.studio.view.update(linked=False, pane=3)
    four.scene.look_from("top")
    small = four.scene.screenshot()
    large = four.scene.screenshot(tmp_path / "large.png", (3 * SIZE[0], 3 * SIZE[1]))
    shrunk = np.asarray(Image.fromarray(large).resize(SIZE, Image.Resampling.BOX)).astype(int)
    assert (np.abs(shrunk - small).max(axis=2) > 60).mean() < 0.02


def test_a_picture_without_a_scene_shows_the_layout(studio: Studio, kit: Kit) -> None:
    studio.view.update(layout=Layout.TWO, linked=False, other_fields=("height", "", ""))
    picture = render_picture(studio, SIZE, preset="front").astype(int)
    left, right = picture[:, : SIZE[0] // 2], picture[:, SIZE[0] // 2 :]
    difference = np.abs(left - right).max(axis=2) > 40
    assert 0.2 < difference.mean() < 0.8
    assert difference[:20].mean() < 0.3  # the same shape in the same place


def test_sizes_are_in_logical_pixels_in_every_view(
    studio: Studio, plotter: pyvista.Plotter
) -> None:
    assert plotter.render_window is not None
    plotter.render_window.SetDPI(144)
    scene = Scene(plotter, studio)
    kit = Kit(studio, scene, Mouse(scene), plotter, [])
    kit.open(ball())
    studio.view.update(layout=Layout.FOUR)
    for pane in scene.panes:
        glyphs = pane.gallery[kit.item.id].keypoints.handles
        view = projection_of(pane.stage.camera, pane.stage.size)
        sizes = pyvista.wrap(glyphs.actor.GetMapper().GetInput())["size"]
        front = int(np.argmax(sizes))
        pixels = sizes[front] / view.pixel_sizes(PLACES[front])[0]
        assert pixels == pytest.approx(2.0 * studio.view.value.handle_size, rel=1e-4)
    scene.close()
