"""Cage, ghost, mirror plane and raw keypoints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy

from kpstudio.data.shape import Shape
from kpstudio.geometry.orientation import Orientation
from kpstudio.viewport.item_view import ItemView
from tests.viewport.kit import PLACES, Kit, ball


def view(kit: Kit) -> ItemView:
    return kit.scene.gallery[kit.item.id]


def half_way(kit: Kit) -> None:
    """Press and pull, but do not let go."""
    start = kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (40, 10))))


def test_the_cage_moves_with_the_drag(kit: Kit) -> None:
    kit.studio.view.update(cage=True)
    detection = kit.item.value.detection
    assert detection is not None
    assert detection.handling is not None
    rest = detection.handling.cage.vertices
    assert np.array_equal(view(kit).cage.vertices, rest)
    half_way(kit)
    shown = view(kit).cage.vertices
    look = view(kit).look
    assert look is not None
    assert look.shape.keypoints is not None
    offsets = look.shape.keypoints.positions - detection.keypoints.positions
    rig = kit.studio.rigs.get(kit.item.value)
    assert rig is not None
    assert np.allclose(shown, rig.cage_at(offsets))
    assert np.abs(shown - rest).max() > 0.05
    kit.scene.key_press("Escape")
    assert np.array_equal(view(kit).cage.vertices, rest)


def test_vertices_nobody_controls_are_marked(kit: Kit) -> None:
    shape = ball()
    assert shape.detection is not None
    assert shape.detection.handling is not None
    influence = shape.detection.handling.influence.copy()
    influence[[3, 7]] = 0.0
    handling = replace(shape.detection.handling, influence=influence)
    kit.open(shape.detected(replace(shape.detection, handling=handling)))
    kit.studio.view.update(cage=True)
    assert np.flatnonzero(view(kit).cage.loose).tolist() == [3, 7]


def test_a_detection_without_a_cage_shows_none(kit: Kit) -> None:
    shape = ball()
    assert shape.detection is not None
    kit.open(shape.detected(replace(shape.detection, handling=None)))
    kit.studio.view.update(cage=True)
    assert len(view(kit).cage.vertices) == 0


def test_the_ghost_is_there_while_the_shape_is_edited(kit: Kit) -> None:
    kit.studio.view.update(ghost=True)
    ghost = view(kit).ghost
    assert not ghost.actor.GetVisibility()
    half_way(kit)
    assert ghost.actor.GetVisibility()
    points = vtk_to_numpy(ghost.actor.GetMapper().GetInput().GetPoints().GetData())
    rest = kit.item.value.mesh
    assert np.allclose(points, rest.vertices - rest.origin, atol=1e-6)
    kit.scene.key_press("Escape")
    assert not ghost.actor.GetVisibility()


def test_the_mirror_plane_divides_left_from_right(kit: Kit) -> None:
    kit.studio.view.update(mirror_plane=True)
    assert np.allclose(view(kit).mirror_plane.corners[:, 0], 0.0)
    kit.studio.edits.set_orientation(kit.item.id, Orientation("+z", "+x"))  # left is +y
    corners = view(kit).mirror_plane.corners
    assert np.allclose(corners[:, 1], 0.0)
    assert np.ptp(corners, axis=0)[0] > 2.0  # around the shape


def test_a_flat_or_pointlike_shape_has_no_trouble_with_overlays(kit: Kit) -> None:
    point = kit.item.value.mesh.moved(np.zeros_like(kit.item.value.mesh.vertices))
    kit.studio.view.update(mirror_plane=True, ghost=True, cage=True, raw=True)
    kit.open(Shape(point))
    assert not view(kit).mirror_plane.actor.GetVisibility()


def test_the_schemas_edges_are_drawn_where_both_ends_are_there(kit: Kit) -> None:
    assert not view(kit).skeleton.lines.actor.GetVisibility()
    shape = ball(defined=np.arange(6) != 5)
    assert shape.keypoints is not None
    schema = replace(shape.keypoints.schema, edges=((0, 1), (2, 4), (4, 5)))
    kit.open(replace(shape, keypoints=replace(shape.keypoints, schema=schema)))
    lines = view(kit).skeleton.lines.actor
    assert lines.GetVisibility()
    assert lines.GetMapper().GetInput().GetNumberOfLines() == 2
    kit.studio.view.update(keypoints=False)
    assert not lines.GetVisibility()


def test_raw_keypoints_are_shown_where_the_detector_put_them(kit: Kit) -> None:
    dots = view(kit).raw.dots
    assert not dots.actor.GetVisibility()
    kit.studio.view.update(raw=True)
    assert dots.actor.GetVisibility()
    points = vtk_to_numpy(dots.actor.GetMapper().GetInput().GetPoints().GetData())
    assert np.allclose(points, PLACES * 1.2, atol=1e-6)
