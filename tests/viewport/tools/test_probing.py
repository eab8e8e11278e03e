from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpstudio.app.descriptors import Probe
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.document.item import Item
from tests.described import NAME, corner_detection
from tests.viewport.kit import Kit, ball, ball_mesh

KEY = f"iss:distance:{NAME}"


@pytest.fixture
def two(kit: Kit) -> tuple[Item, Item]:
    """Two balls side by side that ISS has looked at; the right one is selected."""
    kit.studio.edits.remove(kit.item.id)
    items = []
    for shift in (-1.2, 1.2):
        mesh = ball_mesh()
        mesh = mesh.moved(mesh.vertices + [shift, 0.0, 0.0])
        shape = replace(ball(mesh), others=(corner_detection(mesh),))
        items.append(kit.open(shape))
    kit.scene.fit()
    kit.studio.view.update(keypoints=False)
    return items[0], items[1]


def on(kit: Kit, item: Item, point: tuple[float, float, float]) -> tuple[float, float]:
    middle = item.value.mesh.bounds.mean(axis=0)
    return tuple(kit.scene.stage.projection.to_screen(middle + np.array(point))[0])


def nearest(item: Item, point: tuple[float, float, float]) -> int:
    middle = item.value.mesh.bounds.mean(axis=0)
    return int(np.linalg.norm(item.value.mesh.vertices - middle - point, axis=1).argmin())


def front(kit: Kit) -> tuple[float, float, float]:
    """The direction towards the viewer."""
    return tuple(-kit.scene.stage.projection.forward)


def test_a_click_colours_both_shapes_and_leaves_the_selection(
    kit: Kit, two: tuple[Item, Item]
) -> None:
    first, second = two
    kit.studio.view.update(field=KEY)
    assert kit.scene.gallery[first.id].field is None
    kit.mouse.click(on(kit, first, front(kit)))
    probe = kit.studio.descriptors.state.value.probe
    assert probe is not None
    assert probe.item_id == first.id
    assert kit.studio.selection.item_id == second.id
    for item in two:
        field = kit.scene.gallery[item.id].field
        assert field is not None
        assert field.values[probe.vertex] < 1e-6  # the balls are alike
        assert field.title == f"{NAME.capitalize()} distance"
    here, there = (kit.scene.gallery[item.id] for item in two)
    assert here.probe.dot.actor.GetVisibility()
    assert not there.probe.dot.actor.GetVisibility()
    assert there.probe.ring.actor.GetVisibility()
    np.testing.assert_allclose(
        there.probe.ring.centers[0], second.value.mesh.vertices[probe.vertex]
    )


def test_a_click_where_no_distance_is_shown_selects_as_before(
    kit: Kit, two: tuple[Item, Item]
) -> None:
    first, _ = two
    kit.mouse.click(on(kit, first, front(kit)))
    assert kit.studio.descriptors.state.value.probe is None
    assert kit.studio.selection.item_id == first.id


def test_the_switch_lets_clicks_probe_whatever_is_shown(kit: Kit, two: tuple[Item, Item]) -> None:
    kit.studio.descriptors.state.update(on=True)
    kit.mouse.click(on(kit, two[1], front(kit)))
    probe = kit.studio.descriptors.state.value.probe
    assert probe is not None
    assert probe.item_id == two[1].id


def test_a_drag_beside_the_marker_orbits(kit: Kit, two: tuple[Item, Item]) -> None:
    kit.studio.view.update(field=KEY)
    kit.studio.descriptors.probe(two[0].id, 0)
    before = kit.scene.stage.camera.GetPosition()
    start = on(kit, two[1], front(kit))
    kit.mouse.drag(start, (start[0] + 40.0, start[1]))
    assert kit.scene.stage.camera.GetPosition() != before
    assert kit.studio.descriptors.state.value.probe == Probe(two[0].id, 0)


def test_pulling_the_marker_takes_the_probe_along_live(kit: Kit, two: tuple[Item, Item]) -> None:
    first, second = two
    kit.studio.view.update(field=KEY)
    facing = nearest(first, front(kit))
    kit.studio.descriptors.probe(first.id, facing)
    start = tuple(kit.scene.stage.projection.to_screen(first.value.mesh.vertices[facing])[0])
    before = kit.scene.stage.camera.GetPosition()
    kit.mouse.press(start)
    probed = []
    for share in (0.2, 0.4):
        kit.mouse.move((start[0], start[1] + share * 60.0))
        probe = kit.studio.descriptors.state.value.probe
        assert probe is not None
        probed.append(probe)
    kit.mouse.move(on(kit, second, front(kit)))
    kit.mouse.release(on(kit, second, front(kit)))
    assert probed[0].vertex != facing
    assert probed[1].vertex != probed[0].vertex
    probe = kit.studio.descriptors.state.value.probe
    assert probe is not None
    assert probe.item_id == second.id  # over to the other shape
    assert kit.scene.stage.camera.GetPosition() == before
    assert not kit.scene.is_dragging


def test_a_click_into_the_empty_view_keeps_the_probe(kit: Kit, two: tuple[Item, Item]) -> None:
    kit.studio.view.update(field=KEY)
    kit.studio.descriptors.probe(two[0].id, 3)
    kit.studio.selection.select_keypoints((1,))
    kit.mouse.click((3.0, 3.0))
    assert kit.studio.descriptors.state.value.probe == Probe(two[0].id, 3)
    assert kit.studio.selection.keypoints == ()


def test_a_point_of_a_cloud_is_probed_too(kit: Kit, two: tuple[Item, Item]) -> None:
    mesh = two[1].value.mesh
    cloud = Mesh(mesh.vertices + [0.0, 4.0, 0.0], np.zeros((0, 3), np.int32), name="cloud")
    item = kit.open(Shape(cloud))
    kit.scene.fit()
    kit.studio.descriptors.state.update(on=True)
    expected = nearest(item, front(kit))
    at = tuple(kit.scene.stage.projection.to_screen(cloud.vertices[expected])[0])
    kit.mouse.click(at)
    probe = kit.studio.descriptors.state.value.probe
    assert probe is not None
    assert probe.item_id == item.id
    reach = np.linalg.norm(cloud.vertices[probe.vertex] - cloud.vertices[expected])
    assert reach < 0.3  # the nearest to the eye of those within reach


def test_the_status_tells_the_distance_on_the_other_shape_and_no_value_of_colours(
    kit: Kit, two: tuple[Item, Item]
) -> None:
    first, second = two
    said: list[str] = []
    kit.scene.hover_text.connect(said.append)
    kit.studio.view.update(field=KEY)
    kit.studio.descriptors.probe(second.id, 0)
    kit.mouse.move(on(kit, first, front(kit)))
    assert f"{NAME.capitalize()} distance 0." in said[-1]
    kit.studio.view.update(field=f"iss:colors:{NAME}")
    kit.mouse.move(tuple(np.add(on(kit, second, front(kit)), 2.0)))
    assert "colours" not in said[-1]
    assert said[-1]
