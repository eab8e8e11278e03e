import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.mesh import Mesh
from kpstudio.rendering.lift import vertex_heat
from kpstudio.rendering.rigs import turntable
from kpstudio.rendering.views import render
from tests.shapes import box, icosphere


def ball() -> Mesh:
    sphere = icosphere(3)
    return sphere.moved(sphere.vertices / 2.0)


def test_only_the_side_that_is_seen_is_heated() -> None:
    mesh = ball()
    (view,) = render(mesh, turntable(1, 0.0))
    heat = vertex_heat([view], [np.ones((1, 16, 16), np.float32)], mesh)[:, 0]
    # From 2.5 the ball of radius 0.5 is seen up to z = 0.1.
    assert (heat[mesh.vertices[:, 2] > 0.15] == 1.0).all()
    assert (heat[mesh.vertices[:, 2] < 0.0] == 0.0).all()


def test_a_map_lands_where_it_points() -> None:
    mesh = ball()
    views = render(mesh, turntable(6))
    place = mesh.vertices[np.argmax(mesh.vertices @ (0.3, 0.4, 0.9))]
    maps = []
    for view in views:
        pixel = view.camera.project(place)[0] / 2.0  # maps of half the size
        columns, rows = np.meshgrid(np.arange(64) + 0.5, np.arange(64) + 0.5)
        near = np.exp(-((columns - pixel[0]) ** 2 + (rows - pixel[1]) ** 2) / 4.0)
        maps.append(np.stack([near, 1.0 - near]).astype(np.float32))
    heat = vertex_heat(views, maps, mesh)
    hottest = mesh.vertices[heat[:, 0].argmax()]
    assert np.linalg.norm(hottest - place) < 0.07
    seen = heat.sum(axis=1) > 0
    assert np.allclose(heat[seen].sum(axis=1), 1.0, atol=1e-6)


def test_what_another_part_hides_stays_cold() -> None:
    front, back = box((0.4, 0.4, 0.1), divisions=3), box((0.2, 0.2, 0.1), divisions=3)
    vertices = np.concatenate([front.vertices + (0, 0, 0.3), back.vertices - (0, 0, 0.3)])
    mesh = Mesh(vertices, np.concatenate([front.faces, back.faces + len(front.vertices)]))
    (view,) = render(mesh, turntable(1, 0.0))
    heat = vertex_heat([view], [np.ones((1, 8, 8), np.float32)], mesh)[:, 0]
    assert (heat[len(front.vertices) :] == 0.0).all()
    assert (heat[: len(front.vertices)][front.vertices[:, 2] > 0.049] == 1.0).all()


def test_one_map_a_view() -> None:
    views = render(ball(), turntable(2))
    with pytest.raises(InputError, match="1 heatmaps for 2 views"):
        vertex_heat(views, [np.ones((1, 8, 8), np.float32)], ball())
