from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from kpstudio.app.options import Colormap, Shading
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.data.shape import Shape
from kpstudio.viewport.presenters.mesh import MeshPresenter
from kpstudio.viewport.skin import Skin
from kpstudio.viewport.surface import Surface
from tests.viewport.kit import Kit, ball, ball_mesh


def presenter(kit: Kit) -> MeshPresenter:
    return kit.scene.gallery[kit.item.id].mesh


def surface(kit: Kit) -> Surface:
    found = presenter(kit).surface
    assert found is not None
    return found


def skin(kit: Kit) -> Skin:
    found = presenter(kit).skin
    assert found is not None
    return found


def values(kit: Kit) -> np.ndarray:
    return vtk_to_numpy(skin(kit).polydata.GetPointData().GetScalars())


def drag(kit: Kit) -> None:
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (40, 10))))


def test_an_edit_is_written_in_place(kit: Kit) -> None:
    actor, polydata = presenter(kit).actor, skin(kit).polydata
    points, mapper = polydata.GetPoints().GetData(), actor.GetMapper()
    actors = kit.scene.stage.main.GetViewProps().GetNumberOfItems()
    drag(kit)
    assert presenter(kit).actor is actor
    assert actor.GetMapper() is mapper
    assert skin(kit).polydata is polydata
    assert polydata.GetPoints().GetData() is points
    assert kit.scene.stage.main.GetViewProps().GetNumberOfItems() == actors
    mesh = kit.item.value
    assert np.array_equal(
        vtk_to_numpy(points), (mesh.current.vertices - mesh.mesh.origin).astype(np.float32)
    )


def test_normals_follow_an_edit(kit: Kit) -> None:
    drag(kit)
    normals = vtk_to_numpy(skin(kit).polydata.GetPointData().GetNormals())
    assert np.allclose(normals, kit.item.value.current.vertex_normals, atol=0.02)
    assert np.abs(normals - kit.item.value.mesh.vertex_normals).max() > 0.05


def test_normals_of_large_meshes_wait_for_the_end_of_the_drag(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kpstudio.viewport.surface._NORMALS_LIMIT", 100)

    def normals() -> np.ndarray:
        return vtk_to_numpy(skin(kit).polydata.GetPointData().GetNormals()).copy()

    rest, start = normals(), kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (40, 10))))
    assert np.array_equal(normals(), rest)
    kit.mouse.release(tuple(np.add(start, (40, 10))))
    assert np.allclose(normals(), kit.item.value.current.vertex_normals, atol=0.02)
    # a preview that becomes the document's state as it is
    shape = kit.item.value
    assert shape.keypoints is not None
    bent = replace(kit.item, value=shape.edited(shape.keypoints, shape.mesh.vertices * (1, 0.5, 1)))
    kit.studio.document.preview(bent)
    kit.studio.document.replace(bent)
    assert np.allclose(normals(), kit.item.value.current.vertex_normals, atol=0.02)


def test_a_constant_field_has_a_colour(kit: Kit) -> None:
    shape = ball()
    assert shape.detection is not None
    flat = Field("flat", np.full(len(shape.mesh.vertices), 3.0))
    kit.open(shape.detected(replace(shape.detection, fields=(flat,))))
    kit.studio.view.update(field="flat", keypoints=False)
    assert kit.scene.gallery.color_bar.range == (3.0, 3.0)
    picture = kit.scene.screenshot(size=(80, 60))
    assert np.ptp(picture[25:35, 35:45].astype(int), axis=(0, 1)).max() < 80


def test_a_new_mesh_gets_a_new_surface(kit: Kit) -> None:
    before = surface(kit)
    shape = Shape(ball_mesh(2))
    kit.studio.edits.set_detection(kit.item.id, shape, "Replace")
    assert surface(kit) is not before
    assert len(surface(kit).positions) == len(shape.mesh.vertices)


def test_the_camera_and_the_selection_write_nothing(kit: Kit) -> None:
    before = skin(kit).polydata.GetMTime()
    kit.scene.look_from("top")
    kit.studio.selection.select_keypoints((1, 2))
    kit.mouse.move(kit.at(2))
    assert skin(kit).polydata.GetMTime() == before


def test_shading(kit: Kit) -> None:
    style = presenter(kit).actor.GetProperty()
    looks = {
        Shading.SMOOTH: ("Surface", "Gouraud"),
        Shading.FLAT: ("Surface", "Flat"),
        Shading.WIREFRAME: ("Wireframe", "Gouraud"),
        Shading.POINTS: ("Points", "Gouraud"),
    }
    for shading, expected in looks.items():
        kit.studio.view.update(shading=shading)
        found = style.GetRepresentationAsString(), style.GetInterpolationAsString()
        assert found == expected
    kit.studio.view.update(shading=Shading.SMOOTH, edges=True)
    assert style.GetEdgeVisibility()


def test_a_hidden_shape_is_not_drawn(kit: Kit) -> None:
    kit.studio.edits.set_visible(kit.item.id, False)
    assert not presenter(kit).actor.GetVisibility()
    kit.studio.edits.set_visible(kit.item.id, True)
    assert presenter(kit).actor.GetVisibility()


def test_influence_of_the_selected_keypoint(kit: Kit) -> None:
    kit.studio.view.update(field="influence")
    assert presenter(kit).field is None  # no keypoint, no influence
    kit.studio.selection.select_keypoints((2,))
    rig = kit.studio.rigs.get(kit.item.value)
    assert rig is not None
    assert np.allclose(values(kit), rig.response[:, 2])
    assert kit.scene.gallery.color_bar.title == "Influence of top"
    kit.studio.selection.select_keypoints((3,))
    assert np.allclose(values(kit), rig.response[:, 3])
    kit.studio.selection.select_keypoints(())
    assert presenter(kit).field is None
    assert kit.scene.gallery.color_bar.title == ""


def test_influence_appears_when_the_rig_is_ready(kit: Kit) -> None:
    kept = dict(kit.studio.rigs._rigs)
    kit.studio.rigs._rigs.clear()
    kit.studio.selection.select_keypoints((2,))
    kit.studio.view.update(field="influence")
    assert presenter(kit).field is None
    kit.studio.rigs._rigs.update(kept)
    kit.studio.rigs.ready.emit(kit.item.id)
    assert presenter(kit).field is not None


def test_heatmap_of_the_selected_keypoint(kit: Kit) -> None:
    kit.studio.selection.select_keypoints((5,))
    kit.studio.view.update(field="heatmap")
    detection = kit.item.value.detection
    assert detection is not None
    assert np.allclose(values(kit), detection.keypoint_fields["heatmap"][5].values)


def test_a_signed_field_is_centred_on_zero(kit: Kit) -> None:
    kit.studio.view.update(field="height")
    assert np.allclose(values(kit), kit.item.value.mesh.vertices[:, 1])
    assert kit.scene.gallery.color_bar.range == (-1.0, 1.0)
    field = presenter(kit).field
    assert field is not None
    assert field.scale.centred
    assert field.scale.colormap is Colormap.COOLWARM


def test_a_field_that_is_not_there_leaves_the_plain_colour(kit: Kit) -> None:
    kit.studio.view.update(field="no such field")
    assert presenter(kit).field is None
    assert not presenter(kit).actor.GetMapper().GetScalarVisibility()


def test_displacement_follows_the_drag_in_a_fixed_range(kit: Kit) -> None:
    kit.studio.view.update(field="displacement")
    assert values(kit).max() == 0.0
    bar = kit.scene.gallery.color_bar
    start, before = kit.at(4), bar.range
    kit.mouse.press(start)
    for step in (20, 40):
        kit.mouse.move(tuple(np.add(start, (step, 0))))
        moved = surface(kit).positions - surface(kit).rest
        assert np.allclose(values(kit), np.linalg.norm(moved, axis=1), atol=1e-6)
        assert values(kit).max() > 0.05
        assert bar.range == before
    kit.mouse.release(tuple(np.add(start, (40, 0))))
    assert bar.range == (0.0, pytest.approx(values(kit).max()))
    assert bar.title == "Displacement [mm]"
    kit.studio.history.undo()
    assert values(kit).max() == 0.0


def test_only_the_selected_shape_is_coloured(kit: Kit) -> None:
    first = kit.item
    kit.studio.view.update(field="height")
    kit.open(ball(ball_mesh(2)), "second")
    assert presenter(kit).field is not None
    assert kit.scene.gallery[first.id].mesh.field is None


def test_vertex_colours_give_way_to_a_field(kit: Kit) -> None:
    mesh = ball_mesh(2)
    colors = np.tile(np.array([200, 40, 30, 255], np.uint8), (len(mesh.vertices), 1))
    kit.open(ball(replace(mesh, appearance=Appearance(colors=colors))))
    mapper = presenter(kit).actor.GetMapper()
    assert mapper.GetScalarVisibility()
    assert np.array_equal(values(kit), colors[:, :3])
    kit.studio.view.update(field="height")
    assert values(kit).ndim == 1
    kit.studio.view.update(field="")
    assert np.array_equal(values(kit), colors[:, :3])
    assert mapper.GetScalarVisibility()


def test_a_texture_is_drawn_the_right_way_up(kit: Kit) -> None:
    square = Mesh(
        np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float),
        np.array([[0, 1, 2], [0, 2, 3]], np.int32),
        appearance=Appearance(
            uv=np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float),
            texture=np.repeat(
                np.array([[[255, 0, 0, 255]], [[0, 0, 255, 255]]], np.uint8), 2, axis=1
            ),  # red above blue
        ),
    )
    kit.studio.edits.remove(kit.item.id)
    kit.open(Shape(square))
    kit.scene.look_from("front")
    picture = kit.scene.screenshot(size=(200, 200)).astype(int)
    above, below = picture[60, 100], picture[140, 100]
    assert above[0] > above[2] + 60
    assert below[2] > below[0] + 60


def test_a_cloud_is_drawn(kit: Kit) -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (2000, 3))
    kit.studio.edits.remove(kit.item.id)
    empty = kit.scene.screenshot(size=(100, 100)).astype(int)
    kit.open(Shape(Mesh(points, np.zeros((0, 3), np.int32))))
    picture = kit.scene.screenshot(size=(100, 100)).astype(int)
    assert (np.abs(picture - empty).max(axis=2) > 40).sum() > 500


def test_a_field_of_another_length_is_not_shown(kit: Kit) -> None:
    # keypoints that were brought to another mesh may carry fields of their own
    detection = Detection(
        KeypointSet(np.eye(3)),
        Provenance("test"),
        fields=tuple(kit.item.value.detection.fields),  # type: ignore[union-attr]
    )
    kit.open(Shape(ball_mesh(1)).detected(detection))
    kit.studio.view.update(field="height")
    assert presenter(kit).field is None
