from __future__ import annotations

from kpstudio.data.mesh import Mesh
from kpstudio.detectors.surfaces import forget, surface_of
from tests import shapes


def test_the_same_geometry_has_one_surface_until_it_is_forgotten() -> None:
    mesh = shapes.torus()
    first = surface_of(mesh)
    assert surface_of(Mesh(mesh.vertices, mesh.faces, "another name")) is first
    forget()
    again = surface_of(mesh)
    assert again is not first
    assert again.key == first.key
