import numpy as np

from kpstudio.geometry.normals import face_cross_products, tangents, vertex_normals
from tests.shapes import Mesh, box, grid, icosphere


def test_cross_products_measure_area_and_direction() -> None:
    mesh = box((1.0, 2.0, 4.0))
    crosses = face_cross_products(mesh.vertices, mesh.faces)
    areas = np.linalg.norm(crosses, axis=1) / 2
    assert areas.sum() == 2 * (1 * 2 + 2 * 4 + 4 * 1)
    centres = mesh.vertices[mesh.faces].mean(axis=1)
    assert (np.einsum("md,md->m", crosses, centres) > 0).all()


def test_normals_of_a_sphere_point_away_from_its_centre() -> None:
    mesh = icosphere(3)
    normals = vertex_normals(mesh.vertices, mesh.faces)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-14)
    assert np.einsum("nd,nd->n", normals, mesh.vertices).min() > 0.999


def test_normals_of_a_sheet() -> None:
    sheet = grid()
    normals = vertex_normals(sheet.vertices, sheet.faces)
    np.testing.assert_allclose(np.abs(normals), np.tile([0.0, 1.0, 0.0], (len(normals), 1)))
    np.testing.assert_array_equal(
        vertex_normals(sheet.vertices, sheet.faces[:, ::-1]), -normals + 0.0
    )


def test_large_faces_count_more() -> None:
    # At vertex 0 a large face looks along z and a tiny one along x.
    vertices = np.array([[0.0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0.1, 0], [0, 0, 0.1]])
    faces = np.array([[0, 1, 2], [0, 3, 4]], np.int32)
    assert vertex_normals(vertices, faces)[0, 2] > 0.9999


def test_no_normal_where_there_is_none(sphere: Mesh) -> None:
    vertices = np.vstack([sphere.vertices, [9.0, 9, 9]])
    np.testing.assert_array_equal(vertex_normals(vertices, sphere.faces)[-1], 0.0)
    both_sides = np.array([[0, 1, 2], [0, 2, 1]], np.int32)
    np.testing.assert_array_equal(vertex_normals(np.eye(3), both_sides), 0.0)
    np.testing.assert_array_equal(vertex_normals(np.eye(3), np.empty((0, 3), np.int32)), 0.0)


def test_tangents_are_at_right_angles() -> None:
    normals = np.random.default_rng(0).normal(size=(50, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    u, v = tangents(normals)
    frames = np.stack([u, v, normals], axis=1)
    assert np.allclose(frames @ frames.transpose(0, 2, 1), np.eye(3), atol=1e-12)
