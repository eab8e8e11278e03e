"""Skeletons, reconstructions and planes that a detector shows beside its keypoints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from kpstudio.app.options import Layout
from kpstudio.data.overlay import Overlay
from kpstudio.data.shape import Shape
from kpstudio.viewport.offscreen import render_picture
from kpstudio.viewport.presenters.overlays import WEAKEST, OverlaysPresenter
from kpstudio.viewport.scene import Theme
from kpstudio.viewport.sheets import border
from tests.shapes import icosphere
from tests.viewport.kit import PLACES, Kit, ball, ball_mesh

SIZE = (300, 240)
LINES = np.array([[0, 2], [2, 1], [4, 5], [3, 4]], np.int32)
STRENGTHS = np.array([1.0, 0.5, 0.1, WEAKEST / 2])
SKELETON = Overlay("skeleton", 1.1 * PLACES, LINES, values=STRENGTHS)
SQUARE = 1.6 * np.array([[0, -1, -1], [0, 1, -1], [0, 1, 1], [0, -1, 1]], float)
PLANE = Overlay("mirror plane", SQUARE, faces=np.array([[0, 1, 2], [0, 2, 3]], np.int32))
CLOUD = Overlay("reconstruction", 1.3 * icosphere(2).vertices, values=np.linspace(0, 1, 162))
NODES = Overlay("nodes", 1.3 * icosphere(1).vertices)
_HULL = icosphere(2, radius=1.2)
HULL = Overlay("occupancy", _HULL.vertices, faces=_HULL.faces)
ALL = (SKELETON, PLANE, CLOUD, NODES, HULL)


def overlaid(shape: Shape | None = None, overlays: tuple[Overlay, ...] = ALL) -> Shape:
    shape = shape or ball()
    assert shape.detection is not None
    return shape.detected(replace(shape.detection, overlays=overlays))


def presenter(kit: Kit) -> OverlaysPresenter:
    return kit.scene.gallery[kit.item.id].overlays


def actors(kit: Kit) -> list:
    layers = presenter(kit).layers.values()
    return [part.actor for layer in layers for part in layer.parts]


def half_way(kit: Kit) -> None:
    """Press and pull, but do not let go."""
    start = kit.at(4)
    kit.mouse.press(start)
    kit.mouse.move(tuple(np.add(start, (40, 10))))


def test_those_that_are_switched_on_are_drawn(kit: Kit) -> None:
    kit.open(overlaid())
    assert set(presenter(kit).layers) == {"skeleton", "mirror plane"}
    kit.studio.view.update(overlays=("nodes", "occupancy", "unheard of"))
    assert set(presenter(kit).layers) == {"nodes", "occupancy"}
    assert all(actor.GetVisibility() for actor in actors(kit))
    kit.studio.view.update(overlays=())
    assert presenter(kit).layers == {}


def test_thickness_follows_strength_and_the_weakest_are_left_out(kit: Kit) -> None:
    kit.open(overlaid())
    tubes = presenter(kit).layers["skeleton"].tubes
    assert tubes is not None
    assert np.allclose(tubes.radii / tubes.radii[0], STRENGTHS[:3])
    # The surfaces that are drawn are so thick: all around the first line.
    points = vtk_to_numpy(tubes.actor.GetMapper().GetInput().GetPoints().GetData()).astype(float)
    start, end = SKELETON.points[LINES[0]]
    axis = (end - start) / np.linalg.norm(end - start)
    across = points - start - np.outer((points - start) @ axis, axis)
    assert np.isclose(np.linalg.norm(across, axis=1), tubes.radii[0], rtol=1e-3).sum() >= 24


def test_lines_without_strengths_are_alike(kit: Kit) -> None:
    kit.open(overlaid(overlays=(Overlay("pairs", PLACES, LINES),)))
    tubes = presenter(kit).layers["pairs"].tubes
    assert tubes is not None
    assert len(tubes.radii) == len(LINES)
    assert np.ptp(tubes.radii) == 0.0
    assert tubes.radii[0] > 0.0


def test_lines_between_keypoints_end_where_these_were_snapped_to(kit: Kit) -> None:
    found = ball().detection
    assert found is not None
    assert found.raw is not None
    kit.open(overlaid(overlays=(Overlay("pairs", found.raw, LINES), SKELETON)))
    layers = presenter(kit).layers
    assert np.array_equal(layers["pairs"].points, found.keypoints.positions)
    assert np.array_equal(layers["skeleton"].points, SKELETON.points)


def test_dots_are_the_more_opaque_the_greater_their_value(kit: Kit) -> None:
    kit.studio.view.update(overlays=("reconstruction", "nodes"))
    kit.open(overlaid())
    dots = presenter(kit).layers["reconstruction"].dots
    assert dots is not None
    assert (np.diff(dots.colors[:, 3]) > 0.0).all()
    assert np.ptp(dots.colors[:, :3], axis=0).max() > 0.5
    plain = presenter(kit).layers["nodes"].dots
    assert plain is not None
    assert (plain.colors[:, 3] == 1.0).all()


def test_far_from_the_origin_positions_stay_exact(kit: Kit) -> None:
    far = np.array([4e6, -3e6, 5e5])
    shape = Shape(ball_mesh().moved(ball_mesh().vertices + far))
    found = ball().detection
    assert found is not None
    keypoints = replace(found.keypoints, positions=found.keypoints.positions + far)
    moved = Overlay("skeleton", SKELETON.points + far, LINES, values=STRENGTHS)
    kit.open(shape.detected(replace(found, keypoints=keypoints, overlays=(moved,), handling=None)))
    tubes = presenter(kit).layers["skeleton"].tubes
    assert tubes is not None
    points = vtk_to_numpy(tubes.actor.GetMapper().GetInput().GetPoints().GetData())
    assert points.dtype == np.float32
    assert np.abs(points).max() < 2.0
    assert np.allclose(tubes.actor.GetPosition(), shape.mesh.origin)


def test_while_the_shape_is_deformed_they_go_with_its_ghost(kit: Kit) -> None:
    kit.open(overlaid())
    tubes = presenter(kit).layers["skeleton"].tubes
    assert tubes is not None
    assert tubes.actor.GetProperty().GetOpacity() == 1.0
    half_way(kit)
    assert presenter(kit).layers == {}
    kit.studio.view.update(ghost=True)
    kit.mouse.move(tuple(np.add(kit.at(4), (10, 10))))
    ghostly = presenter(kit).layers["skeleton"].tubes
    assert ghostly is not None
    assert 0.0 < ghostly.actor.GetProperty().GetOpacity() < 1.0
    kit.scene.key_press("Escape")
    assert presenter(kit).layers["skeleton"].tubes.actor.GetProperty().GetOpacity() == 1.0


def test_hidden_and_unselected_shapes_have_none(kit: Kit) -> None:
    first = kit.open(overlaid())
    kit.studio.edits.set_visible(first.id, False)
    assert presenter(kit).layers == {}
    kit.studio.edits.set_visible(first.id, True)
    assert presenter(kit).layers != {}
    kit.open(ball())
    assert kit.scene.gallery[first.id].overlays.layers == {}


def test_a_new_detection_brings_new_overlays(kit: Kit) -> None:
    kit.open(overlaid())
    other = Overlay("skeleton", PLACES, LINES[:2])
    kit.studio.edits.set_detection(kit.item.id, overlaid(kit.item.value, (other,)), "Detect")
    assert set(presenter(kit).layers) == {"skeleton"}
    assert presenter(kit).layers["skeleton"].overlay is other
    kit.studio.history.undo()
    assert presenter(kit).layers["skeleton"].overlay is SKELETON


def test_all_views_show_them(kit: Kit) -> None:
    kit.open(overlaid())
    kit.studio.view.update(layout=Layout.FOUR)
    galleries = [pane.gallery for pane in kit.scene.panes]
    assert len(galleries) == 4
    for gallery in galleries:
        assert set(gallery[kit.item.id].overlays.layers) == {"skeleton", "mirror plane"}


def test_the_border_of_a_square_and_of_a_closed_surface() -> None:
    assert PLANE.faces is not None
    assert sorted(map(tuple, border(PLANE.faces).tolist())) == [(0, 1), (0, 3), (1, 2), (2, 3)]
    assert len(border(_HULL.faces)) == 0


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_each_is_seen_in_pictures_of_both_themes(kit: Kit, theme: Theme) -> None:
    kit.open(overlaid())
    kit.studio.view.update(overlays=())
    without = render_picture(kit.studio, SIZE, theme=theme).astype(int)
    for overlay in ALL:
        kit.studio.view.update(overlays=(overlay.name,))
        shown = render_picture(kit.studio, SIZE, theme=theme).astype(int)
        changed = np.abs(shown - without).max(axis=2)
        assert (changed > 12).sum() > 80, overlay.name
        # Lines, dots and borders stand out; a surface around the shape lets it be seen.
        assert overlay is HULL or np.percentile(changed[changed > 0], 98) > 40, overlay.name


def test_what_the_surface_hides_is_fainter_than_what_is_in_front(kit: Kit) -> None:
    ends = np.array([[-0.5, 0.0, 1.2], [0.5, 0.0, 1.2]])
    behind = Overlay("skeleton", ends - [0.0, 0.0, 2.0], np.array([[0, 1]], np.int32))
    front = Overlay("skeleton", ends, np.array([[0, 1]], np.int32))
    kit.studio.view.update(keypoints=False, overlays=())
    pictures = {}
    for name, overlay in (("front", front), ("behind", behind)):
        kit.open(overlaid(overlays=(overlay,)))
        plain = render_picture(kit.studio, SIZE, preset="front").astype(int)
        kit.studio.view.update(overlays=("skeleton",))
        shown = render_picture(kit.studio, SIZE, preset="front").astype(int)
        pictures[name] = np.abs(shown - plain).max()
        kit.studio.view.update(overlays=())
        kit.studio.edits.remove(kit.item.id)
    assert pictures["front"] > 1.5 * pictures["behind"] > 15
