from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvista

from kpstudio.app.jobs import Mailbox
from kpstudio.app.settings import Settings
from kpstudio.app.studio import Studio
from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled
from kpstudio.data.mesh import Mesh
from kpstudio.viewport.coarse import coarsen
from kpstudio.viewport.scene import Scene
from tests.shapes import grid, icosphere
from tests.viewport.kit import Kit, Mouse, ball, ball_mesh


@pytest.mark.parametrize("mesh", [icosphere(5), grid(90, 110)], ids=["ball", "sheet"])
def test_about_as_many_vertices_as_asked_for_are_left(mesh: Mesh) -> None:
    coarse = coarsen(mesh.vertices, mesh.faces, 1000)
    assert 500 <= len(coarse.vertex_of) <= 1000
    assert len(np.unique(coarse.vertex_of)) == len(coarse.vertex_of)
    assert coarse.faces.max() < len(coarse.vertex_of)
    corners = np.sort(coarse.faces, axis=1)
    assert (np.diff(corners, axis=1) > 0).all()  # no face has lost its area


def test_the_shape_stays() -> None:
    mesh = icosphere(5)
    coarse = coarsen(mesh.vertices, mesh.faces, 1000)
    small = Mesh(mesh.vertices[coarse.vertex_of], coarse.faces)
    assert small.face_areas.sum() == pytest.approx(4 * np.pi, rel=0.05)
    outward = small.vertex_normals[small.referenced] * small.vertices[small.referenced]
    assert outward.sum(axis=1).min() > 0.5


def test_a_small_mesh_stays_whole() -> None:
    mesh = icosphere(1)
    coarse = coarsen(mesh.vertices, mesh.faces, 10_000)
    assert np.array_equal(
        np.sort(coarse.vertex_of[coarse.faces], axis=None), np.sort(mesh.faces, axis=None)
    )


def test_it_can_be_cancelled() -> None:
    context = RunContext()
    context.cancel()
    with pytest.raises(Cancelled):
        coarsen(np.eye(3), np.array([[0, 1, 2]], np.int32), 10, context)


@pytest.fixture
def slow(
    tmp_path: Path, plotter: pyvista.Plotter, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Kit, Mailbox]]:
    """A scene on a machine without a graphics card, for which 1000 faces are many."""
    monkeypatch.setattr("kpstudio.viewport.coarse.LIMIT", 1000)
    monkeypatch.setattr("kpstudio.viewport.coarse._VERTICES", 200)
    monkeypatch.setattr("kpstudio.viewport.coarse._CLOUD", 50)
    monkeypatch.setattr("kpstudio.viewport.screen._SOFTWARE", ("",))  # whatever draws
    box = Mailbox()
    studio = Studio(box.post, Settings(tmp_path / "settings.json"))
    studio.detecting.options.update(live=False)
    scene = Scene(plotter, studio)
    kit = Kit(studio, scene, Mouse(scene), plotter, [])
    studio.notified.connect(kit.notices.append)
    yield kit, box
    scene.close()
    studio.close()


def test_a_large_mesh_is_first_a_cloud_then_a_coarse_surface(slow: tuple[Kit, Mailbox]) -> None:
    kit, box = slow
    item = kit.open(ball())
    surface = kit.scene.gallery[item.id].mesh.surface
    assert surface is not None
    assert surface.polydata.GetNumberOfPolys() == 0
    assert not kit.scene.is_drawn
    assert "coarser" in kit.notices[0].text
    assert box.process(lambda: kit.scene.is_drawn, timeout=10)
    surface = kit.scene.gallery[item.id].mesh.surface
    assert surface is not None
    assert 100 < surface.polydata.GetNumberOfPolys() < 500
    # edits and the mouse have the whole mesh
    kit.scene.look_from("front")
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (40, 10))))
    assert len(kit.item.value.current.vertices) == len(ball_mesh().vertices)
    moved = kit.item.value.current.vertices - kit.item.value.mesh.origin
    assert np.array_equal(surface.positions, moved[surface.vertex_of].astype(np.float32))
    # and so have pictures
    kit.scene.screenshot(size=(60, 40))
    assert kit.studio.jobs.idle
    assert len([notice for notice in kit.notices if "coarser" in notice.text]) == 1


def test_a_small_mesh_is_drawn_as_it_is(slow: tuple[Kit, Mailbox]) -> None:
    kit, _ = slow
    item = kit.open(ball(ball_mesh(2)))
    surface = kit.scene.gallery[item.id].mesh.surface
    assert surface is not None
    assert surface.coarse is None
    assert kit.scene.is_drawn


def test_a_shape_closed_meanwhile_is_no_longer_waited_for(slow: tuple[Kit, Mailbox]) -> None:
    kit, _ = slow
    item = kit.open(ball())
    kit.studio.edits.remove(item.id)
    assert kit.scene.is_drawn
