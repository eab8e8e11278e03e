import numpy as np

from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.shape import Shape
from kpstudio.geometry.orientation import Orientation
from tests.shapes import Mesh, box


def found(mesh: Mesh) -> Detection:
    return Detection(KeypointSet(mesh.vertices[:3]), Provenance("test"))


def test_starts_undeformed(cube: Mesh) -> None:
    shape = Shape(cube)
    assert shape.current is cube
    assert not shape.is_deformed
    np.testing.assert_array_equal(shape.displacement().values, 0.0)


def test_an_edit_is_a_new_shape(cube: Mesh) -> None:
    before = Shape(cube).detected(found(cube))
    assert before.keypoints is not None
    keypoints = before.keypoints.moved(before.keypoints.positions + 1)
    after = before.edited(keypoints, cube.vertices + [3.0, 0, 4.0])
    assert after.is_deformed
    assert not before.is_deformed
    assert after.mesh is cube
    np.testing.assert_allclose(after.displacement().values, 5.0)


def test_back_at_rest_is_the_loaded_mesh_itself(cube: Mesh) -> None:
    shape = Shape(cube).detected(found(cube))
    assert shape.keypoints is not None
    moved = shape.edited(shape.keypoints, cube.vertices + 1)
    assert moved.edited(shape.keypoints, cube.vertices).current is cube
    assert moved.edited(shape.keypoints, cube.vertices.copy()).current is cube


def test_detecting_again_undoes_the_deformation(cube: Mesh) -> None:
    shape = Shape(cube).detected(found(cube))
    assert shape.keypoints is not None
    moved = shape.edited(shape.keypoints, cube.vertices * 2)
    again = moved.detected(found(cube))
    assert again.current is cube
    assert again.keypoints is again.detection.keypoints


def test_the_frame_follows_orientation_and_rest_shape() -> None:
    mesh = box((1.0, 2.0, 4.0))
    shape = Shape(mesh, Orientation(up="+z", front="+x"))
    extent = np.ptp(shape.normalisation.apply(mesh.vertices), axis=0)
    np.testing.assert_allclose(extent, [0.5, 1.0, 0.25])
    stretched = Shape(mesh, deformed=mesh.moved(mesh.vertices * 3))
    assert stretched.normalisation.scale == 4.0


def by(detector: str, mesh: Mesh) -> Detection:
    return Detection(KeypointSet(mesh.vertices[:3]), Provenance(detector))


def names(shape: Shape) -> list[str]:
    return [found.provenance.detector for found in shape.detections]


def test_what_other_detectors_found_is_kept(cube: Mesh) -> None:
    shape = Shape(cube)
    assert names(shape) == []
    for detector in "abc":
        shape = shape.detected(by(detector, cube))
    assert names(shape) == ["c", "a", "b"]
    assert shape.keypoints is shape.detections[0].keypoints


def test_the_newest_of_each_detector_is_kept(cube: Mesh) -> None:
    newer = by("a", cube)
    shape = Shape(cube).detected(by("a", cube)).detected(by("b", cube)).detected(newer)
    assert names(shape) == ["a", "b"]
    assert shape.detection is newer
    again = shape.detected(by("a", cube))
    assert names(again) == ["a", "b"]


def test_another_detection_can_be_taken_away(cube: Mesh) -> None:
    shape = Shape(cube).detected(by("a", cube)).detected(by("b", cube))
    assert names(shape.without("a")) == ["b"]
    assert names(shape.without("b")) == ["b", "a"]
    assert names(shape.without("magic")) == ["b", "a"]


def test_edits_leave_other_detections_alone(cube: Mesh) -> None:
    shape = Shape(cube).detected(by("a", cube)).detected(by("b", cube))
    assert shape.keypoints is not None
    moved = shape.edited(shape.keypoints.moved(shape.keypoints.positions + 1), cube.vertices + 1)
    assert moved.others == shape.others
    assert names(moved) == ["b", "a"]
