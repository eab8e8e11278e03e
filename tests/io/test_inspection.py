from dataclasses import replace

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.io.inspection import MANY_PARTS, inspect_mesh
from kpstudio.io.parts import merge_parts
from tests.shapes import box, grid, icosphere, torus


def with_faces(mesh: Mesh, *extra: tuple[int, int, int]) -> Mesh:
    return replace(mesh, faces=np.concatenate([mesh.faces, np.array(extra)]))


def test_a_sound_mesh_has_no_notes() -> None:
    for mesh in (icosphere(2), torus(), box(divisions=3)):
        assert inspect_mesh(mesh) == ()


def test_every_fault_has_its_note() -> None:
    sphere = icosphere(1)
    a, b, c = sphere.faces[0].tolist()
    assert inspect_mesh(with_faces(sphere, (a, a, b)))[0] == "1 face has no area."
    notes = inspect_mesh(with_faces(sphere, (c, b, a), (b, c, a)))
    assert notes == ("2 faces repeat an earlier one.", "3 edges have more than two faces.")
    cut = replace(sphere, faces=sphere.faces[1:])
    assert inspect_mesh(cut) == ("3 edges are open.",)
    loose = sphere.moved(sphere.vertices)
    loose = replace(loose, vertices=np.concatenate([sphere.vertices, [[0.0, 0, 0]]]))
    assert inspect_mesh(loose) == ("1 vertex belongs to no face.",)


def test_parts_and_flatness() -> None:
    crowd = merge_parts([box()] * (MANY_PARTS + 1), "crowd")
    assert inspect_mesh(crowd) == ("It consists of 21 separate parts.",)
    assert inspect_mesh(merge_parts([box()] * MANY_PARTS, "few")) == ()
    assert "It is flat." in inspect_mesh(grid())


def test_a_cloud_is_named() -> None:
    cloud = Mesh(np.eye(3), np.zeros((0, 3), np.int32))
    assert inspect_mesh(cloud) == ("It is a point cloud: there are no faces.",)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e12])
def test_notes_do_not_depend_on_the_unit(scale: float) -> None:
    mesh = with_faces(icosphere(2), (0, 0, 1))
    assert inspect_mesh(mesh.moved(mesh.vertices * scale)) == inspect_mesh(mesh)
