"""The rules are checked where the truth is known: on procedural shapes, which come with it."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.training.landmarks import rule_landmarks
from kpstudio.training.procedural.catalogue import generator
from kpstudio.training.shapes import TrainingShape, procedural

COUNT = 16
#: Largest median distance of a rule from the truth, in diagonals of the box. The rules for people
#: go by the proportions of grown-ups; the generator makes toys with large heads as well.
TOLERANCE = {"biped": 0.13}
DEFAULT_TOLERANCE = 0.06


@pytest.fixture(scope="module", params=["airplane", "biped", "car", "chair", "mug", "table"])
def shapes(request: pytest.FixtureRequest) -> list[TrainingShape]:
    return procedural(request.param, COUNT, seed=77)


def test_rules_find_what_the_generator_knows(shapes: list[TrainingShape]) -> None:
    errors: dict[str, list[float]] = {}
    for shape in shapes:
        found = rule_landmarks(shape.mesh, shape.category)
        assert found is not None
        assert found.names == shape.keypoint_names
        assert shape.keypoints is not None
        assert shape.present is not None
        distances = np.linalg.norm(found.positions - shape.keypoints, axis=1) / shape.mesh.diagonal
        for index in np.flatnonzero(found.present & shape.present):
            errors.setdefault(found.names[index], []).append(float(distances[index]))
    assert len(errors) >= 8
    medians = {name: float(np.median(values)) for name, values in errors.items()}
    limit = TOLERANCE.get(shapes[0].category, DEFAULT_TOLERANCE)
    assert max(medians.values()) < limit, medians


def test_rules_are_invariant_to_place_and_size(shapes: list[TrainingShape]) -> None:
    mesh, category = shapes[0].mesh, shapes[0].category
    moved = Mesh(mesh.vertices * 40.0 + (3.0, -200.0, 7.0), mesh.faces)
    before, after = rule_landmarks(mesh, category), rule_landmarks(moved, category)
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(before.present, after.present)
    expected = before.positions[before.present] * 40.0 + (3.0, -200.0, 7.0)
    distances = np.linalg.norm(after.positions[after.present] - expected, axis=1)
    assert distances.max() < 0.02 * moved.diagonal


def test_landmarks_lie_on_the_side_they_are_named_after(shapes: list[TrainingShape]) -> None:
    for shape in shapes:
        found = rule_landmarks(shape.mesh, shape.category)
        assert found is not None
        middle = shape.mesh.origin[0]
        for name, place, here in zip(found.names, found.positions, found.present, strict=True):
            if here and "left" in name.split():
                assert place[0] > middle
            if here and "right" in name.split():
                assert place[0] < middle


def test_a_category_without_rules_has_none() -> None:
    mesh = procedural("chair", 1, seed=0)[0].mesh
    assert rule_landmarks(mesh, "teapot") is None
    assert generator("chair").KEYPOINTS
