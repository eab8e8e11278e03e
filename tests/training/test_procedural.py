from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.errors import ParameterError
from kpstudio.geometry.closest import SurfaceLocator
from kpstudio.geometry.topology import (
    degenerate_faces,
    face_components,
    is_closed,
    is_oriented,
    signed_volume,
)
from kpstudio.training.procedural.catalogue import generator
from kpstudio.training.shapes import CATEGORIES, TrainingShape, procedural

COUNT = 12


@pytest.fixture(scope="module", params=CATEGORIES)
def shapes(request: pytest.FixtureRequest) -> list[TrainingShape]:
    return procedural(request.param, COUNT, seed=5)


def test_the_same_seed_gives_the_same_shape(shapes: list[TrainingShape]) -> None:
    again = procedural(shapes[0].category, 3, seed=5)  # a shorter list begins the longer one
    for shape, other in zip(shapes, again, strict=False):
        assert shape.mesh.key == other.mesh.key
        np.testing.assert_array_equal(shape.keypoints, other.keypoints)
    another = procedural(shapes[0].category, 1, seed=6)[0]
    assert another.mesh.key != shapes[0].mesh.key


def test_every_solid_is_closed_and_faces_outwards(shapes: list[TrainingShape]) -> None:
    for shape in shapes:
        mesh = shape.mesh
        assert is_closed(mesh.faces)
        assert is_oriented(mesh.faces)
        assert not degenerate_faces(mesh.vertices, mesh.faces).any()
        solids = face_components(mesh.faces, len(mesh.vertices))
        for solid in np.unique(solids):
            assert signed_volume(mesh.vertices, mesh.faces[solids == solid]) > 0.0


def test_keypoints_lie_on_the_surface(shapes: list[TrainingShape]) -> None:
    for shape in shapes:
        assert shape.keypoints is not None
        locator = SurfaceLocator(shape.mesh.vertices, shape.mesh.faces)
        distances = locator.closest(shape.keypoints[shape.present]).distances
        assert distances.max() < 0.006 * shape.mesh.diagonal


def test_names_are_those_of_the_category_and_each_occurs(shapes: list[TrainingShape]) -> None:
    names = generator(shapes[0].category).KEYPOINTS
    assert len(set(names)) == len(names)
    assert {shape.keypoint_names for shape in shapes} == {names}
    assert np.any([shape.present for shape in shapes], axis=0).all()


def test_left_is_the_shapes_own_left(shapes: list[TrainingShape]) -> None:
    """+z is the front and +y is up, so +x is the left of whoever sits in the shape."""
    crossed = shapes[0].category == "biped"  # an arm may reach over to the other side
    for shape in shapes:
        assert shape.keypoints is not None
        for name, place, here in zip(
            shape.keypoint_names, shape.keypoints, shape.present, strict=True
        ):
            if here and not (crossed and name.split()[-1] in ("hand", "elbow")):
                assert place[0] > 0.0 or "left" not in name.split()
                assert place[0] < 0.0 or "right" not in name.split()


def test_part_labels_cover_the_faces(shapes: list[TrainingShape]) -> None:
    for shape in shapes:
        assert shape.part_labels is not None
        assert len(shape.part_labels) == len(shape.mesh.faces)
        assert shape.part_labels.max() < len(shape.part_names)
    used = np.unique(np.concatenate([shape.part_labels for shape in shapes]))
    assert len(used) >= 2


def test_instances_differ_in_proportion(shapes: list[TrainingShape]) -> None:
    extents = np.stack([np.ptp(shape.mesh.bounds, axis=0) for shape in shapes])
    aspects = extents / extents.max(axis=1, keepdims=True)
    assert aspects.std(axis=0).max() > 0.03


def test_unknown_category_is_refused() -> None:
    with pytest.raises(ParameterError, match="teapot"):
        procedural("teapot", 1, seed=0)
