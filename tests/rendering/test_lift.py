import numpy as np

from kpstudio.data.mesh import Mesh
from kpstudio.rendering.lift import landmarks_seen, lift
from kpstudio.rendering.rigs import hemisphere, turntable
from kpstudio.rendering.views import render
from tests.shapes import box, icosphere


def test_a_pixel_comes_back_from_the_surface() -> None:
    mesh, rng = icosphere(3, 0.5), np.random.default_rng(0)
    for view in render(mesh, hemisphere(4)):
        pixels = rng.uniform(0.0, 128.0, (400, 2))
        found = lift(view, mesh, pixels)
        assert 50 < found.found.sum() < 300
        corners = mesh.vertices[mesh.faces[found.faces[found.found]]]
        points = np.einsum("qk,qkc->qc", found.barycentric[found.found], corners)
        assert np.allclose(points, found.points[found.found])
        back, _ = view.camera.project(points)
        # Exact but where the face at the pixel's middle ends before the place: a pixel at most.
        missed = np.linalg.norm(back - pixels[found.found], axis=1)
        assert np.median(missed) < 1e-6
        assert np.quantile(missed, 0.95) < 0.5
        assert missed.max() < 2.0**0.5


def test_background_outside_and_grazing_places_are_on_no_surface() -> None:
    mesh = box((0.8, 0.02, 0.8))
    (flat,) = render(mesh, turntable(1, 1.5))  # the top is seen nearly edge on
    top, _ = flat.camera.project(np.array([[0.0, 0.01, 0.0]]))
    assert flat.mask[int(top[0, 1]), int(top[0, 0])]
    assert not lift(flat, mesh, top).found.any()
    assert lift(flat, mesh, top, steepest=0.0).found.all()
    nowhere = lift(flat, mesh, np.array([(2.0, 2.0), (-5.0, 64.0), (np.nan, 3.0), (64.0, 500.0)]))
    assert not nowhere.found.any()
    assert np.isnan(nowhere.points).all()
    assert (nowhere.cosines == 0.0).all()


def test_a_face_seen_straight_on_counts_fully() -> None:
    mesh = box((0.6, 0.6, 0.6))
    (front,) = render(mesh, turntable(1, 0.0))
    found = lift(front, mesh, np.array([[64.0, 64.0]]))
    assert np.allclose(found.points, [(0.0, 0.0, 0.3)])
    assert np.allclose(found.cosines, 1.0)


def test_landmarks_behind_the_surface_are_hidden_and_those_beside_it_are_not() -> None:
    mesh = Mesh(box((0.6, 0.6, 0.2)).vertices, box((0.6, 0.6, 0.2)).faces)
    (front,) = render(mesh, turntable(1, 0.0))
    places = np.array([(0.0, 0.0, 0.1), (0.0, 0.0, -0.1), (0.3, 0.3, 0.1), (0.45, 0.0, -0.1)])
    pixels, depth = front.camera.project(places)
    assert landmarks_seen(front, pixels, depth).tolist() == [True, False, True, True]
