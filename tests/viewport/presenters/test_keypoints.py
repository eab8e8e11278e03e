from __future__ import annotations

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy

from kpstudio.app.options import Labels
from kpstudio.viewport.glyphs import CUBE, SPHERE, Glyphs
from kpstudio.viewport.palette import keypoint_color
from kpstudio.viewport.presenters.keypoints import KeypointPresenter
from tests.viewport.kit import PLACES, Kit, ball


def presenter(kit: Kit) -> KeypointPresenter:
    return kit.scene.gallery[kit.item.id].keypoints


def drawn(glyphs: Glyphs, name: str) -> np.ndarray:
    return vtk_to_numpy(glyphs.actor.GetMapper().GetInput().GetPointData().GetArray(name))


def labels(kit: Kit) -> set[str]:
    return set(kit.scene.gallery[kit.item.id].labels.texts.values())


def test_a_handle_is_where_its_keypoint_is_and_has_its_colour(kit: Kit) -> None:
    handles = presenter(kit).handles
    points = vtk_to_numpy(handles.actor.GetMapper().GetInput().GetPoints().GetData())
    assert np.allclose(points + handles.actor.GetPosition(), PLACES)
    expected = np.array([keypoint_color(index) for index in range(6)]) * 255
    assert np.allclose(drawn(handles, "color"), expected, atol=0.51)


def test_what_is_behind_the_surface_is_found_out(kit: Kit) -> None:
    # parallel rays from the front: the back is hidden, the rim and the front are seen
    kit.studio.view.update(orthographic=True)
    assert presenter(kit).hidden.tolist() == [False, False, False, False, False, True]
    kit.scene.look_from("back")
    assert presenter(kit).hidden.tolist() == [False, False, False, False, True, False]
    kit.scene.look_from("isometric")
    assert presenter(kit).hidden.tolist() == [False, True, False, True, False, True]
    kit.studio.view.update(orthographic=False)
    assert presenter(kit).hidden.tolist() == [False, True, False, True, False, True]


def test_another_shape_hides_as_well(kit: Kit) -> None:
    first = kit.item
    shape = ball()
    front = shape.mesh.moved(shape.mesh.vertices * 1.2 + (0.0, 0.0, 3.0))
    kit.open(ball(front))
    kit.studio.selection.select_item(first.id)
    kit.scene.look_from("front")
    assert presenter(kit).hidden.all()


def test_many_keypoints_are_found_out_like_few(kit: Kit) -> None:
    kit.studio.view.update(orthographic=True)
    stage, seen = kit.scene.stage, []
    for count in (10, 200):
        points = PLACES[np.arange(count) % 6]
        tag = stage.overlay.AddObserver(
            "StartEvent", lambda *_, p=points: seen.append(stage.occluded(p, 0.01))
        )
        kit.scene.render_now()
        stage.overlay.RemoveObserver(tag)
    assert np.array_equal(seen[0], seen[1][:10])
    assert seen[1].tolist() == ([False] * 5 + [True]) * 33 + [False] * 2


def test_handles_keep_their_size_on_the_screen(kit: Kit) -> None:
    stage = kit.scene.stage
    for _ in range(2):
        sizes = drawn(presenter(kit).handles, "size")
        seen = ~presenter(kit).hidden
        pixels = sizes / stage.projection.pixel_sizes(PLACES)
        assert np.allclose(pixels[seen], kit.studio.view.value.handle_size, rtol=1e-4)
        assert np.allclose(pixels[~seen], 0.0)
        kit.mouse.send("MouseWheelForwardEvent", (200, 150))
    kit.studio.view.update(handle_size=11.0)
    pixels = drawn(presenter(kit).handles, "size") / stage.projection.pixel_sizes(PLACES)
    assert np.allclose(pixels[~presenter(kit).hidden], 11.0, rtol=1e-4)


def test_selected_and_hovered_handles_stand_out(kit: Kit) -> None:
    kit.studio.view.update(orthographic=True)
    plain = presenter(kit).rings.radii
    kit.studio.selection.select_keypoints((2,))
    kit.mouse.move(kit.at(0))
    grown = presenter(kit).rings.radii[:5] / plain[:5]  # the sixth is behind
    assert grown[2] > 1.1
    assert grown[0] > 1.1
    assert np.allclose(grown[[1, 3, 4]], 1.0)
    rings = drawn(presenter(kit).rings, "color")
    assert (rings[[0, 2]] != rings[1]).any(axis=1).all()


def test_locked_ones_are_cubes_and_missing_ones_are_not_drawn(kit: Kit) -> None:
    kit.open(ball(locked=np.arange(6) == 2, defined=np.arange(6) != 4))
    kit.scene.look_from("front")
    forms = drawn(presenter(kit).handles, "form")
    assert forms.tolist() == [SPHERE, SPHERE, CUBE, SPHERE, SPHERE, SPHERE]
    assert drawn(presenter(kit).handles, "size")[4] == 0.0


def test_labels(kit: Kit) -> None:
    assert labels(kit) == set()
    kit.studio.selection.select_keypoints((2, 4))
    assert labels(kit) == {"top", "front"}
    kit.mouse.move(kit.at(0))
    assert labels(kit) == {"top", "front", "left"}
    kit.studio.view.update(labels=Labels.ALL)
    assert len(labels(kit)) == 6
    kit.studio.edits.rename_keypoint(kit.item.id, 4, "nose")
    assert "nose" in labels(kit)
    kit.studio.view.update(labels=Labels.NONE)
    assert labels(kit) == set()


def test_without_keypoints_nothing_is_drawn(kit: Kit) -> None:
    kit.studio.selection.select_keypoints((2,))
    kit.studio.view.update(keypoints=False)
    assert not presenter(kit).handles.actor.GetVisibility()
    assert labels(kit) == set()


def test_handles_follow_a_drag(kit: Kit) -> None:
    start = kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (30, 0))))
    handles = presenter(kit).handles
    points = vtk_to_numpy(handles.actor.GetMapper().GetInput().GetPoints().GetData())
    assert points[4, 0] > 0.1
    kit.scene.key_press("Escape")
    points = vtk_to_numpy(handles.actor.GetMapper().GetInput().GetPoints().GetData())
    assert np.allclose(points, PLACES, atol=1e-6)
