"""Choosing keypoints among candidates."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kpstudio.base.parameters import as_dict
from kpstudio.data.candidates import Candidates
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.iss import DETECTOR, IssParameters
from kpstudio.detectors.selection import (
    SELECTION,
    SelectionParameters,
    differs_in_selection_only,
    keypoints_of,
    reselect,
    select,
)
from tests import shapes


@pytest.fixture
def sheet() -> Mesh:
    """A sheet of 11 x 11 vertices a tenth apart; its diameter is the square root of two."""
    return shapes.grid(11, 11)


def at(mesh: Mesh, vertices: list[int], response: list[float]) -> Candidates:
    indices = np.array(vertices, np.int32)
    sizes = np.arange(1.0, 1.0 + len(vertices))
    return Candidates(mesh.vertices[indices], np.array(response), indices, sizes)


def chosen(candidates: Candidates, mesh: Mesh, **values: object) -> list[int]:
    parameters = SelectionParameters(**({"radius": 0.0} | values))  # type: ignore[arg-type]
    return select(candidates, mesh, parameters).tolist()


def test_strongest_first(sheet: Mesh) -> None:
    candidates = at(sheet, [0, 10, 60, 120], [1.0, 4.0, 2.0, 3.0])
    assert chosen(candidates, sheet) == [1, 3, 2, 0]
    assert chosen(candidates, sheet, count=2) == [1, 3]
    assert chosen(candidates, sheet, threshold=0.5) == [1, 3, 2]
    assert chosen(candidates, sheet, threshold=1.0) == [1]


def test_the_radius_is_in_diameters(sheet: Mesh) -> None:
    candidates = at(sheet, [0, 1, 2], [3.0, 2.0, 1.0])
    step = 0.1 / 2.0**0.5
    assert chosen(candidates, sheet, radius=0.9 * step) == [0, 1, 2]
    assert chosen(candidates, sheet, radius=1.1 * step) == [0, 2]
    larger = sheet.moved(5.0 * sheet.vertices)
    assert chosen(at(larger, [0, 1, 2], [3, 2, 1]), larger, radius=1.1 * step) == [0, 2]


def test_distances_along_the_surface() -> None:
    plate = shapes.box((4.0, 0.02, 4.0), 4)
    here, there = (
        int(np.linalg.norm(plate.vertices - (0.0, y, 0.0), axis=1).argmin()) for y in (0.01, -0.01)
    )
    candidates = at(plate, [here, there], [2.0, 1.0])
    assert chosen(candidates, plate, radius=0.1) == [0]
    assert chosen(candidates, plate, radius=0.1, metric="geodesic") == [0, 1]


def test_no_candidates(sheet: Mesh) -> None:
    nothing = at(sheet, [], [])
    assert chosen(nothing, sheet) == []
    keypoints, sizes = keypoints_of(nothing, np.array([], int), sheet)
    assert len(keypoints) == 0
    assert sizes is not None
    assert len(sizes) == 0


def test_keypoints_have_confidence_size_and_a_place_on_the_mesh(sheet: Mesh) -> None:
    candidates = at(sheet, [0, 10, 60], [1.0, 4.0, 2.0])
    keypoints, sizes = keypoints_of(candidates, np.array([1, 2]), sheet)
    np.testing.assert_array_equal(keypoints.positions, sheet.vertices[[10, 60]])
    np.testing.assert_array_equal(keypoints.confidence, [1.0, 0.5])
    np.testing.assert_array_equal(sizes, [2.0, 3.0])
    assert keypoints.anchor is not None
    corners = sheet.vertices[sheet.faces[keypoints.anchor.faces]]
    there = np.einsum("kc,kcd->kd", keypoints.anchor.barycentric, corners)
    np.testing.assert_allclose(there, keypoints.positions)


def test_no_anchor_between_vertices(sheet: Mesh) -> None:
    between = Candidates(sheet.vertices[:1] + 0.01, np.ones(1), np.zeros(1, int))
    keypoints, sizes = keypoints_of(between, np.array([0]), sheet)
    assert keypoints.anchor is None
    assert sizes is None


def test_a_response_of_zero_is_no_confidence(sheet: Mesh) -> None:
    silent = at(sheet, [0, 5], [0.0, 0.0])
    keypoints, _ = keypoints_of(silent, np.array([0, 1]), sheet)
    np.testing.assert_array_equal(keypoints.confidence, 0.0)


# --- again --------------------------------------------------------------------------------------


@pytest.fixture
def found() -> tuple[Detection, Mesh]:
    mesh = shapes.box((3.0, 2.0, 1.0), 6)
    return DETECTOR.detect(mesh), mesh


def test_reselect_changes_what_was_asked_for_only(found: tuple[Detection, Mesh]) -> None:
    detection, mesh = found
    again = reselect(detection, mesh, {"count": 3})
    assert len(again.keypoints) == 3
    np.testing.assert_array_equal(again.keypoints.positions, detection.keypoints.positions[:3])
    assert again.fields is detection.fields
    assert again.candidates is detection.candidates
    assert again.provenance.parameters == {**detection.provenance.parameters, "count": 3}
    back = reselect(again, mesh, {"count": 64})
    np.testing.assert_array_equal(back.keypoints.positions, detection.keypoints.positions)
    assert back.provenance == detection.provenance


def test_reselect_what_an_older_version_made(found: tuple[Detection, Mesh]) -> None:
    detection, mesh = found
    parameters = {"radius": 0.0}
    older = dataclasses.replace(
        detection, provenance=dataclasses.replace(detection.provenance, parameters=parameters)
    )
    assert len(reselect(older, mesh, {"count": 2}).keypoints) == 2


def test_only_selection_parameters_need_no_run(found: tuple[Detection, Mesh]) -> None:
    detection, _ = found
    assert differs_in_selection_only(detection, IssParameters())
    assert differs_in_selection_only(detection, IssParameters(count=3, radius=0.2, threshold=0.5))
    assert not differs_in_selection_only(detection, IssParameters(salient_radius=5.0))
    assert not differs_in_selection_only(detection, None)
    without = dataclasses.replace(detection, candidates=None)
    assert not differs_in_selection_only(without, IssParameters())
    other = dataclasses.replace(detection, provenance=Provenance("other", {"x": 1}))
    assert not differs_in_selection_only(other, IssParameters())


def test_names_of_selection_parameters() -> None:
    assert set(SELECTION) == set(as_dict(SelectionParameters()))
