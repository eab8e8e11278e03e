"""What every registered detector must do, whoever wrote it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError, KPStudioError
from kpstudio.base.parameters import build, describe
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.protocol import Detector
from kpstudio.detectors.registry import detector_ids, get_detector
from kpstudio.detectors.selection import SelectionParameters, reselect
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation
from tests import shapes

DETECTORS = detector_ids()


@pytest.fixture(params=DETECTORS)
def detector(request: pytest.FixtureRequest) -> Detector:
    found = get_detector(request.param)
    if found.spec.needs_model:
        request.getfixturevalue("models")
    return found


def parameters(detector: Detector, **values: Any) -> Any:
    if detector.spec.needs_model:
        values |= {"model": "softmax"}
    return build(detector.spec.parameters, values)


def detect(detector: Detector, mesh: Mesh, orientation: Orientation | None = None) -> Detection:
    return detector.detect(mesh, orientation, parameters(detector))


def test_spec(detector: Detector) -> None:
    spec = detector.spec
    assert spec.id in DETECTORS
    assert spec.title
    assert spec.summary.endswith(".")
    assert spec.citation
    for info in describe(spec.parameters):
        assert info.help
        assert info.check(info.default) == info.default


def test_selection_without_a_run(detector: Detector, mesh: Mesh) -> None:
    if not issubclass(detector.spec.parameters, SelectionParameters):
        pytest.skip("does not choose among candidates")
    found = detect(detector, mesh)
    assert found.candidates is not None
    for values in ({"count": 2}, {"radius": 0.3}, {"radius": 0.2, "metric": "geodesic"},
                   {"threshold": 0.7}):  # fmt: skip
        anew = detector.detect(mesh, None, parameters(detector, **values))
        again = reselect(found, mesh, values)
        assert np.array_equal(again.keypoints.positions, anew.keypoints.positions)
        assert np.array_equal(again.keypoints.confidence, anew.keypoints.confidence)
        assert again.provenance.parameters == anew.provenance.parameters
        assert len(again.keypoints) <= values.get("count", len(found.candidates))


def test_result_is_complete_and_in_file_coordinates(detector: Detector, mesh: Mesh) -> None:
    found = detect(detector, mesh)
    count = len(found.keypoints)
    assert count > 0
    assert found.keypoints.schema.ordered == detector.spec.ordered
    low, high = mesh.bounds
    margin = 0.2 * mesh.diagonal
    assert (found.keypoints.positions >= low - margin).all()
    assert (found.keypoints.positions <= high + margin).all()
    assert ((found.keypoints.confidence >= 0) & (found.keypoints.confidence <= 1)).all()
    assert all(len(field.values) == len(mesh.vertices) for field in found.fields)
    for fields in found.keypoint_fields.values():
        assert [len(field.values) for field in fields] == [len(mesh.vertices)] * count
    if found.handling is not None:
        assert found.handling.influence.shape[1] == count
    made = found.provenance
    assert (made.detector, made.input_key) == (detector.spec.id, mesh.key)
    # Enough to make it again.
    again = detector.detect(
        mesh, made.orientation, build(detector.spec.parameters, made.parameters)
    )
    assert np.array_equal(again.keypoints.positions, found.keypoints.positions)


def test_same_input_same_result(detector: Detector, mesh: Mesh) -> None:
    first, second = detect(detector, mesh), detect(detector, mesh)
    assert np.array_equal(first.keypoints.positions, second.keypoints.positions)
    assert np.array_equal(first.keypoints.confidence, second.keypoints.confidence)


def test_defaults_without_context(detector: Detector, mesh: Mesh) -> None:
    assert len(detector.detect(mesh).keypoints) > 0


@pytest.mark.parametrize("orientation", ORIENTATIONS[1::5])
def test_a_turned_mesh_gets_turned_keypoints(
    detector: Detector, mesh: Mesh, orientation: Orientation
) -> None:
    straight = detect(detector, mesh)
    turned = mesh.moved(2.0 * mesh.vertices @ orientation.rotation + (5.0, 0.0, -9.0))
    found = detect(detector, turned, orientation)
    expected = 2.0 * straight.keypoints.positions @ orientation.rotation + (5.0, 0.0, -9.0)
    assert np.allclose(found.keypoints.positions, expected, atol=1e-3)


def test_cancelled_before_it_starts(detector: Detector, mesh: Mesh) -> None:
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        detector.detect(mesh, None, parameters(detector), ctx)


def test_cancelled_on_the_way(detector: Detector, mesh: Mesh) -> None:
    reports: list[float] = []
    ctx = RunContext(on_progress=lambda part, _: (reports.append(part), ctx.cancel())[0])
    with pytest.raises(Cancelled):
        detector.detect(mesh, None, parameters(detector), ctx)
    assert len(reports) == 1


def test_progress_goes_up(detector: Detector, mesh: Mesh) -> None:
    reports: list[float] = []
    ctx = RunContext(on_progress=lambda part, _: reports.append(part))
    detector.detect(mesh, None, parameters(detector), ctx)
    assert reports == sorted(reports)


BAD = {
    "one point": Mesh([[1.0, 2, 3]], np.empty((0, 3), int)),
    "coincident": Mesh(np.ones((5, 3)), [[0, 1, 2]]),
}
ODD = {
    "one triangle": Mesh(np.eye(3), [[0, 1, 2]]),
    "degenerate faces": Mesh(np.eye(3), [[0, 1, 2], [0, 0, 1], [2, 2, 2]]),
    "flat": shapes.grid(4, 4),
    "unused vertex": Mesh([*np.eye(3), [50.0, 50, 50]], [[0, 1, 2]]),
    "faces without area": Mesh([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 2]]),
    "tiny": shapes.box((1e-6, 2e-6, 1e-6)),
    "far away": Mesh(shapes.box().vertices + 1e6, shapes.box().faces),
}


@pytest.mark.parametrize("name", BAD)
def test_meshes_nobody_can_work_on(detector: Detector, name: str) -> None:
    with pytest.raises(KPStudioError) as caught:
        detect(detector, BAD[name])
    assert caught.value.message


@pytest.mark.parametrize("name", ODD)
def test_odd_meshes(detector: Detector, name: str) -> None:
    try:
        found = detect(detector, ODD[name])
    except InputError as error:
        # It may refuse, if it says what to do instead.
        if not error.remedy:
            raise
        return
    assert all(np.isfinite(field.values).all() for field in found.fields)
    assert np.isfinite(found.keypoints.positions).all()
    if found.handling is not None:
        assert np.isfinite(found.handling.cage.vertices).all()
        assert np.isfinite(found.handling.influence).all()


def test_clouds(detector: Detector, mesh: Mesh) -> None:
    cloud = Mesh(mesh.vertices, np.empty((0, 3), int), "cloud")
    if detector.spec.kind == "cloud":
        assert len(detect(detector, cloud).keypoints) > 0
    else:
        with pytest.raises(KPStudioError):
            detect(detector, cloud)


def test_parameter_objects_are_frozen(detector: Detector) -> None:
    values = detector.spec.parameters()
    with pytest.raises(dataclasses.FrozenInstanceError):
        values.seed = 1
