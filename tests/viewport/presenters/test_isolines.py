from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from kpstudio.app.field_scale import FieldScale
from kpstudio.app.inspecting import FieldChoice, VertexColors
from kpstudio.app.options import FieldRange, FieldStyle
from kpstudio.data.field import Field
from kpstudio.data.shape import Shape
from kpstudio.document.item import Item
from kpstudio.viewport.presenters.isolines import IsolinePresenter, isoline_levels
from tests.viewport.kit import Kit, ball

LINES = FieldStyle(isolines=3)


def lines(kit: Kit) -> IsolinePresenter:
    return kit.scene.gallery[kit.item.id].isolines


def points(kit: Kit) -> np.ndarray:
    mapper = lines(kit).actor.GetMapper()
    mapper.Update()
    return vtk_to_numpy(mapper.GetInput().GetPoints().GetData())


def shown(kit: Kit) -> bool:
    return bool(lines(kit).actor.GetVisibility())


def test_levels_are_even_within_the_range() -> None:
    assert isoline_levels(FieldScale(-1.0, 1.0), 3) == pytest.approx([-0.5, 0.0, 0.5])
    assert isoline_levels(FieldScale(0.1, 1000.0, log=True), 3) == pytest.approx([0, 1, 2])


def test_lines_lie_on_the_surface_at_their_values(kit: Kit) -> None:
    kit.studio.view.update(field="height", style=LINES)
    assert shown(kit)
    drawn = points(kit) + kit.item.value.mesh.origin
    assert len(drawn) > 30
    assert set(np.unique(drawn[:, 1].round(5))) == {-0.5, 0.0, 0.5}
    assert np.linalg.norm(drawn, axis=1) == pytest.approx(1.0, abs=0.03)


def test_they_come_and_go_with_count_and_field(kit: Kit) -> None:
    kit.studio.view.update(field="height")
    assert not shown(kit)
    kit.studio.view.update(style=LINES)
    assert shown(kit)
    kit.studio.view.update(field="")
    assert not shown(kit)


def test_they_follow_the_mesh_during_a_drag(kit: Kit) -> None:
    kit.studio.view.update(field="height", style=LINES)
    before, start = points(kit).copy(), kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (40, 10))))
    assert shown(kit)
    during = points(kit)
    assert not np.array_equal(before, during)
    kit.mouse.release(tuple(np.add(start, (40, 10))))


def test_on_large_meshes_they_wait_for_the_end_of_a_drag(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kpstudio.viewport.presenters.isolines._LIVE_FACES", 100)
    kit.studio.view.update(field="height", style=LINES)
    start = kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (40, 10))))
    assert not shown(kit)
    kit.mouse.release(tuple(np.add(start, (40, 10))))
    assert shown(kit)


def test_they_are_light_on_dark_colours_and_dark_on_light_ones(kit: Kit) -> None:
    kit.studio.view.update(field="height", style=LINES)
    table = lines(kit).actor.GetMapper().GetLookupTable()
    assert table.GetTableValue(0)[0] > 0.8  # cool and warm ends are dark
    assert table.GetTableValue(32)[0] < 0.2


class Painter:
    def choices(self, shape: Shape) -> tuple[FieldChoice, ...]:
        return ()

    def find(self, item: Item, key: str) -> Field | VertexColors | None:
        colors = np.tile([1.0, 0.0, 0.0], (len(item.value.mesh.vertices), 1))
        return VertexColors("paint", colors) if key == "colors:paint" else None


def test_colours_a_vertex_paint_every_shape_and_have_neither_bar_nor_lines(kit: Kit) -> None:
    kit.studio.inspecting.add(Painter())
    first = kit.item.id
    kit.open(ball())
    kit.studio.view.update(field="height", style=LINES)
    kit.studio.view.update(field="colors:paint")
    for item_id in (first, kit.item.id):
        mesh = kit.scene.gallery[item_id].mesh
        assert mesh.skin is not None
        scalars = vtk_to_numpy(mesh.skin.polydata.GetPointData().GetScalars())
        assert (scalars == [255, 0, 0]).all()
    assert kit.scene.gallery.color_bar.title == ""
    assert not shown(kit)
    kit.studio.view.update(field="")
    assert kit.scene.gallery[first].mesh.actor.GetMapper().GetScalarVisibility() == 0


def test_a_style_changes_the_colours_and_not_the_values(kit: Kit) -> None:
    kit.studio.view.update(field="height")
    mesh = kit.scene.gallery[kit.item.id].mesh
    assert mesh.skin is not None
    values = vtk_to_numpy(mesh.skin.polydata.GetPointData().GetScalars()).copy()
    table = mesh.actor.GetMapper().GetLookupTable()
    kit.studio.view.update(style=replace(FieldStyle(), low=0.0, high=0.5, span=FieldRange.FIXED))
    assert mesh.actor.GetMapper().GetLookupTable() is not table
    assert kit.scene.gallery.color_bar.range == (0.0, 0.5)
    now = vtk_to_numpy(mesh.skin.polydata.GetPointData().GetScalars())
    assert np.array_equal(values, now)
