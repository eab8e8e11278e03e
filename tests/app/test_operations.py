"""What can be done with a shape, without a window."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from kpstudio.app import operations
from kpstudio.app.moves import MoveOptions
from kpstudio.base.errors import InputError, ModelError, ParameterError, PluginError
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.deformation.rig import Rig
from kpstudio.detectors.farthest_points import FarthestPointsParameters
from kpstudio.geometry.orientation import Orientation
from kpstudio.io.registry import load_mesh
from kpstudio.io.samples import sample_names, sample_path
from tests import untrained, untrained_systems
from tests.handled import LEFT, TOP, box_mesh, detection, handled_shape
from tests.shapes import box


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models "thing" and "other", and a recogniser that takes everything for a thing."""
    untrained.install(
        tmp_path, [untrained.model(category="thing"), untrained.model(category="other")]
    )
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))


@pytest.fixture
def shape() -> Shape:
    return handled_shape()


@pytest.fixture
def rig(shape: Shape) -> Rig:
    return operations.rig_for(shape)


# --- detect -------------------------------------------------------------------------------------


def test_parameters_as_object_mapping_or_default() -> None:
    shape = Shape(box_mesh())
    given = [FarthestPointsParameters(count=5), {"count": "5"}]
    for parameters in given:
        found = operations.detect(shape, "farthest-points", parameters)
        assert found.keypoints is not None
        assert len(found.keypoints) == 5
    default = operations.detect(shape, "farthest-points")
    assert default.keypoints is not None
    assert len(default.keypoints) == FarthestPointsParameters().count


@pytest.mark.parametrize("count", [6, operations.FEW_HANDLES + 4])
def test_keypoints_without_an_influence_of_their_own_move_the_mesh(count: int) -> None:
    shape = operations.detect(Shape(box_mesh()), "farthest-points", {"count": count})
    rig = operations.rig_for(shape)
    together = operations.move_keypoints(shape, rig, range(count), (0.1, -0.2, 0.3))
    moved = together.current.vertices - shape.mesh.vertices
    np.testing.assert_allclose(moved, np.tile((0.1, -0.2, 0.3), (len(moved), 1)), atol=1e-9)
    one = operations.move_keypoints(shape, rig, [0], (0.1, 0.0, 0.0))
    assert one.is_deformed


def test_detection_looks_at_the_rest_mesh_and_starts_anew(shape: Shape, rig: Rig) -> None:
    moved = operations.move_keypoints(shape, rig, [LEFT], (0.3, 0.0, 0.0))
    again = operations.detect(moved, "farthest-points")
    expected = operations.detect(shape, "farthest-points")
    assert again.keypoints is not None
    assert expected.keypoints is not None
    np.testing.assert_array_equal(again.keypoints.positions, expected.keypoints.positions)
    assert again.current is shape.mesh


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("guess", [False, True])
def test_the_model_is_named_or_chosen_or_recognised(guess: bool) -> None:
    def used(shape: Shape, **parameters: str) -> str:
        found = operations.detect(shape, "keypoint-deformer", parameters, guess_orientation=guess)
        assert found.detection is not None
        return found.detection.provenance.model

    plain = Shape(box_mesh())
    assert used(plain) == "kd-thing"
    assert used(plain, model="other") == "kd-other"
    chosen = dataclasses.replace(plain, category="other")
    assert used(chosen) == "kd-other"
    assert used(chosen, model="thing") == "kd-thing"


@pytest.mark.usefixtures("models")
def test_the_pose_of_another_category_is_not_taken() -> None:
    pose = Orientation("-z", "+x")
    shape = Shape(box_mesh(), pose)
    named = {"model": "other"}
    found = operations.detect(shape, "keypoint-deformer", named, guess_orientation=True)
    assert found.orientation == pose


@pytest.mark.parametrize("pose", [Orientation("+z", "-y"), Orientation("-x", "+y")])
def test_a_turned_airplane_is_recognised_and_keeps_its_keypoints(pose: Orientation) -> None:
    upright = load_mesh(sample_path("airplane"))[0]
    turned = Mesh(upright.vertices @ pose.rotation, upright.faces, "turned")
    expected = operations.detect(Shape(upright), "keypoint-deformer", guess_orientation=True)
    found = operations.detect(Shape(turned), "keypoint-deformer", guess_orientation=True)
    assert found.orientation == pose
    assert found.keypoints is not None
    assert expected.keypoints is not None
    assert found.keypoints.schema == expected.keypoints.schema
    np.testing.assert_allclose(
        found.keypoints.positions,
        expected.keypoints.positions @ pose.rotation,
        atol=0.01 * upright.diagonal,
    )


@pytest.mark.parametrize(
    ("detector", "parameters", "error", "words"),
    [
        ("magic", {}, PluginError, "there is no detector 'magic'"),
        ("farthest-points", {"count": -3}, ParameterError, "count is -3"),
        ("keypoint-deformer", {"model": "teapot"}, ModelError, "Installed: other, thing"),
    ],
)
@pytest.mark.usefixtures("models")
def test_detections_that_cannot_be(
    detector: str, parameters: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        operations.detect(Shape(box_mesh()), detector, parameters)


def test_without_a_recogniser_a_named_model_still_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untrained.install(tmp_path, [untrained.model(category="thing")])
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"kind": "recogniser"', '"kind": "other"'))
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    shape, named = Shape(box_mesh()), {"model": "thing"}
    found = operations.detect(shape, "keypoint-deformer", named, guess_orientation=True)
    assert found.keypoints is not None
    assert found.orientation == shape.orientation
    with pytest.raises(ModelError, match="no recogniser"):
        operations.detect(shape, "keypoint-deformer", guess_orientation=True)


# --- choosing again -----------------------------------------------------------------------------


def detected(shape: Shape, **values: object) -> tuple[Shape, Detection]:
    found = operations.detect(shape, "iss", values)
    assert found.detection is not None
    return found, found.detection


def test_other_selection_parameters_need_no_run() -> None:
    first, before = detected(Shape(box((3.0, 2.0, 1.0), 5)), radius=0.0)
    second, after = detected(first, radius=0.0, count=2)
    assert after.fields[0] is before.fields[0]
    assert after.candidates is before.candidates
    assert len(before.keypoints) > len(after.keypoints) == 2
    assert after.provenance.parameters["count"] == 2
    # They move the mesh, as any keypoints do.
    assert after.handling is not None
    assert after.handling.influence.shape[1] == 2
    assert second.keypoints is after.keypoints
    assert second.others == ()


def test_any_other_parameter_is_a_new_run() -> None:
    first, before = detected(Shape(box((3.0, 2.0, 1.0), 5)))
    _, after = detected(first, salient_radius=5.0)
    assert after.candidates is not before.candidates


def test_another_pose_or_mesh_is_a_new_run() -> None:
    first, before = detected(Shape(box((3.0, 2.0, 1.0), 5)))
    turned = dataclasses.replace(first, orientation=Orientation("+z", "+x"))
    assert detected(turned)[1].candidates is not before.candidates
    other = dataclasses.replace(first, mesh=first.mesh.moved(first.mesh.vertices * (1, 1, 2)))
    assert detected(other)[1].candidates is not before.candidates


def test_what_was_found_before_another_detector_is_chosen_from_again() -> None:
    first, before = detected(Shape(box((3.0, 2.0, 1.0), 5)))
    between = operations.detect(first, "farthest-points")
    assert between.others == (before,)
    again, after = detected(between, count=2)
    assert after.candidates is before.candidates
    assert [other.provenance.detector for other in again.others] == ["farthest-points"]


# --- move ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sample_names())
def test_no_offset_gives_every_sample_back_bit_for_bit(name: str) -> None:
    mesh = load_mesh(sample_path(name))[0]
    shape = Shape(mesh).detected(detection(mesh))
    rig = operations.rig_for(shape)
    still = operations.move_keypoints(shape, rig, range(6), (0.0, 0.0, 0.0), MoveOptions(1.0, True))
    assert still.current is mesh
    step = 0.25 * mesh.diagonal * np.ones(3)
    away = operations.move_keypoints(shape, rig, [TOP], step)
    assert away.is_deformed
    assert shape.detection is not None
    back = operations.placed(away, rig, shape.detection.keypoints.positions)
    assert back.current is mesh
    assert operations.reset(away).current is mesh


def test_the_mesh_follows_its_keypoints(shape: Shape, rig: Rig) -> None:
    moved = operations.move_keypoints(shape, rig, range(6), (0.5, -0.25, 1.0))
    np.testing.assert_allclose(
        moved.current.vertices, shape.mesh.vertices + (0.5, -0.25, 1.0), atol=1e-9
    )
    one = operations.move_keypoints(shape, rig, [TOP], (0.0, 0.5, 0.0))
    assert one.keypoints is not None
    assert shape.detection is not None
    offsets = one.keypoints.positions - shape.detection.keypoints.positions
    np.testing.assert_array_equal(one.current.vertices, rig.deform(offsets))
    assert shape.current is shape.mesh


def test_the_way_does_not_matter(shape: Shape, rig: Rig) -> None:
    walked = shape
    for step in ([(0.25, 0.0, 0.0)], [(0.0, 0.5, 0.0)], [(-0.125, 0.0, 0.25)]):
        walked = operations.move_keypoints(walked, rig, [LEFT], step)
    at_once = operations.move_keypoints(shape, rig, [LEFT], [(0.125, 0.5, 0.25)])
    np.testing.assert_array_equal(walked.current.vertices, at_once.current.vertices)


def test_placed_leaves_locked_keypoints(shape: Shape, rig: Rig) -> None:
    assert shape.keypoints is not None
    held = dataclasses.replace(shape, keypoints=shape.keypoints.with_lock(TOP, True))
    there = operations.placed(held, rig, shape.keypoints.positions + 0.5)
    assert there.keypoints is not None
    offset = there.keypoints.positions - shape.keypoints.positions
    np.testing.assert_array_equal(offset[TOP], 0.0)
    np.testing.assert_array_equal(np.delete(offset, TOP, axis=0), 0.5)


def test_reset_keeps_names_and_locks(shape: Shape, rig: Rig) -> None:
    assert operations.reset(shape) is shape
    assert shape.keypoints is not None
    renamed = shape.keypoints.renamed(TOP, "lid").with_lock(LEFT, True)
    moved = operations.move_keypoints(
        dataclasses.replace(shape, keypoints=renamed), rig, [TOP], (0.0, 0.5, 0.0)
    )
    reset = operations.reset(moved)
    assert reset.keypoints is not None
    np.testing.assert_array_equal(reset.keypoints.positions, shape.keypoints.positions)
    assert reset.keypoints.schema.names[TOP] == "lid"
    assert reset.keypoints.locked[LEFT]
    assert set(reset.keypoints.origin) == set(shape.keypoints.origin)


# --- align, prior -------------------------------------------------------------------------------


def test_align_takes_the_target_as_it_is_now(shape: Shape, rig: Rig) -> None:
    target = operations.move_keypoints(shape, rig, [TOP], (0.0, 0.25, 0.0))
    aligned = operations.align(shape, target, rig)
    assert aligned.keypoints is not None
    assert target.keypoints is not None
    np.testing.assert_allclose(aligned.keypoints.positions, target.keypoints.positions, atol=1e-12)
    np.testing.assert_allclose(aligned.current.vertices, target.current.vertices, atol=1e-9)
    assert operations.align(shape, target, rig, 0.0).current is shape.mesh


def test_align_starts_from_rest_whatever_was_done(shape: Shape, rig: Rig) -> None:
    target = handled_shape(size=(2.0, 1.6, 1.5))
    edited = operations.move_keypoints(shape, rig, [LEFT], (0.5, 0.5, 0.5))
    np.testing.assert_array_equal(
        operations.align(edited, target, rig).current.vertices,
        operations.align(shape, target, rig).current.vertices,
    )


def test_align_compares_arrangements_not_places(shape: Shape, rig: Rig) -> None:
    mesh = box_mesh((20.0, 16.0, 15.0))
    far = mesh.moved(mesh.vertices + (100.0, 200.0, -50.0))
    other = Shape(far).detected(detection(far))
    near = handled_shape(size=(2.0, 1.6, 1.5))
    np.testing.assert_allclose(
        operations.align(shape, other, rig).current.vertices,
        operations.align(shape, near, rig).current.vertices,
        atol=1e-9,
    )


def test_keypoints_that_do_not_correspond(shape: Shape, rig: Rig) -> None:
    spread = operations.detect(shape, "farthest-points", {"count": 6})
    with pytest.raises(InputError, match="do not correspond"):
        operations.align(shape, spread, rig)
    assert shape.keypoints is not None
    renamed = dataclasses.replace(shape, keypoints=shape.keypoints.renamed(TOP, "lid"))
    with pytest.raises(InputError, match="do not correspond"):
        operations.align(shape, renamed, rig)


def test_coefficients_are_what_was_set(shape: Shape, rig: Rig) -> None:
    count = len(operations.prior_of(shape).variances)
    wanted = np.linspace(-1.5, 1.5, count)
    bent = operations.with_coefficients(shape, rig, wanted)
    np.testing.assert_allclose(operations.coefficients(bent), wanted, atol=1e-9)
    here = operations.coefficients(shape)
    straight = operations.with_coefficients(bent, rig, here)
    np.testing.assert_allclose(straight.current.vertices, shape.mesh.vertices, atol=1e-9)


def test_samples_stay_within_three_deviations(shape: Shape, rig: Rig) -> None:
    drawn = [operations.coefficients(operations.sample(shape, rig, seed)) for seed in range(20)]
    assert np.abs(drawn).max() <= 3.0 + 1e-9
    assert np.std(drawn) == pytest.approx(1.0, abs=0.4)
    mean = operations.coefficients(operations.sample(shape, rig, 0, spread=0.0))
    np.testing.assert_allclose(mean, 0.0, atol=1e-9)


def test_what_needs_a_prior_or_a_handling_says_so(shape: Shape) -> None:
    assert shape.detection is not None
    assert shape.detection.handling is not None
    plain = dataclasses.replace(shape.detection.handling, prior=None)
    bare = shape.detected(dataclasses.replace(shape.detection, handling=plain))
    with pytest.raises(InputError, match="there is no shape prior"):
        operations.coefficients(bare)
    crowd = operations.detect(shape, "farthest-points", {"count": operations.MOST_HANDLES + 1})
    with pytest.raises(InputError, match="farthest-points do not move the mesh"):
        operations.rig_for(crowd)
    for needy in (operations.reset, operations.rig_for, operations.prior_of):
        with pytest.raises(InputError, match="the shape has no keypoints"):
            needy(Shape(box_mesh()))


# --- ordered detectors of all kinds ---------------------------------------------------------------


@pytest.fixture(params=["structural-points", "skeleton-merger", "symmetric"])
def chairs(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Shape, Shape]:
    """Two boxes with the ordered keypoints of one untrained model, which has a shape prior."""
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    untrained_systems.install_system(tmp_path, request.param, "chair")

    def found(size: tuple[float, float, float]) -> Shape:
        return operations.detect(Shape(box(size)), request.param, {"model": "chair", "points": 256})

    return found((1.0, 2.0, 1.2)), found((1.5, 2.0, 0.9))


def test_ordered_keypoints_of_any_detector_move_the_mesh_as_their_category_does(
    chairs: tuple[Shape, Shape],
) -> None:
    source, target = chairs
    assert source.detection is not None
    assert source.detection.handling is not None
    assert source.detection.prior is not None
    assert source.detection.handling.prior is source.detection.prior
    rig = operations.rig_for(source)
    aligned = operations.align(source, target, rig)
    assert aligned.keypoints is not None
    assert target.keypoints is not None
    np.testing.assert_allclose(
        aligned.normalisation.apply(aligned.keypoints.positions),
        target.normalisation.apply(target.keypoints.positions),
        atol=1e-9,
    )
    wanted = np.linspace(-1.0, 1.0, len(source.detection.prior.variances))
    bent = operations.with_coefficients(source, rig, wanted)
    np.testing.assert_allclose(operations.coefficients(bent), wanted, atol=1e-8)
    drawn = operations.sample(source, rig, 1)
    assert np.isfinite(drawn.current.vertices).all()
    assert np.abs(drawn.current.vertices - source.mesh.vertices).max() > 1e-3


def test_a_mirrored_move_moves_the_partner_or_nothing_else(chairs: tuple[Shape, Shape]) -> None:
    source, _ = chairs
    keypoints = source.keypoints
    assert keypoints is not None
    rig, offset = operations.rig_for(source), np.array([0.05, 0.02, 0.03])
    for index, partner in enumerate(keypoints.schema.mirror or (-1,) * len(keypoints)):
        moved = operations.move_keypoints(source, rig, [index], offset, MoveOptions(symmetric=True))
        assert moved.keypoints is not None
        offsets = moved.keypoints.positions - keypoints.positions
        expected = np.zeros_like(offsets)
        expected[index] = offset if partner != index else offset * (0, 1, 1)
        if partner not in (-1, index):
            expected[partner] = offset * (-1, 1, 1)
        np.testing.assert_allclose(offsets, expected, atol=1e-12)
