"""Collections without a window: opened, matched, learnt from, saved."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from kpstudio.app import operations
from kpstudio.app.batch.work import Detecting
from kpstudio.app.collection.arrange import Filter, Order, arranged
from kpstudio.app.collection.collection import Collection, Status
from kpstudio.app.collection.collection_file import collection_path, save_collection
from kpstudio.app.collection.detection import detect_on_all
from kpstudio.app.collection.editable import editable
from kpstudio.app.collection.labelling import MatchBy, MatchOptions, label_collection
from kpstudio.app.collection.scan import open_collection
from kpstudio.app.collection.shape_space import learn, morph, usual_entry
from kpstudio.app.collection.thumbnails import (
    cached,
    marks,
    thumbnail,
    thumbnail_camera,
)
from kpstudio.base.errors import FormatError, InputError
from kpstudio.data.keypoints import KeypointSet
from kpstudio.geometry.orientation import Orientation
from kpstudio.io.registry import save_mesh
from tests import shapes
from tests.boxes import box_folder
from tests.handled import SCHEMA

BY_NAME = MatchOptions(MatchBy.ORDER)


@pytest.fixture
def boxes(tmp_path: Path) -> Collection:
    return open_collection(box_folder(tmp_path / "boxes"))


def shuffled(collection: Collection) -> Collection:
    """The same keypoints in another order on every shape, under names that say nothing."""
    rng = np.random.default_rng(1)
    changed = {}
    for entry in collection.entries:
        assert entry.keypoints is not None
        order = rng.permutation(len(entry.keypoints))
        points = KeypointSet(entry.keypoints.positions[order])
        points = dataclasses.replace(
            points, schema=dataclasses.replace(points.schema, ordered=False)
        )
        changed[entry.name] = dataclasses.replace(entry, keypoints=points)
    return collection.replaced(changed)


def test_keypoints_are_found_beside_meshes(boxes: Collection) -> None:
    assert [entry.name for entry in boxes.entries] == [f"box{i}.off" for i in range(8)]
    entry = boxes.entries[2]
    assert entry.source == "box2.json"
    assert boxes.status(entry) is Status.KEYPOINTS
    places = entry.places(boxes.orientation)
    np.testing.assert_allclose(places[:2], [[0.5, 0, 0], [-0.5, 0, 0]], atol=1e-12)


def test_a_file_that_cannot_be_read_is_one_that_failed(tmp_path: Path) -> None:
    folder = box_folder(tmp_path / "boxes", 2, keypoints=False)
    (folder / "broken.off").write_text("OFF\nnonsense")
    found = open_collection(folder)
    status = {entry.name: found.status(entry) for entry in found.entries}
    assert status == {
        "box0.off": Status.BARE, "box1.off": Status.BARE, "broken.off": Status.FAILED
    }  # fmt: skip
    assert "broken.off" in found.find("broken.off").error


def test_names_become_labels(boxes: Collection) -> None:
    found = label_collection(boxes, BY_NAME)
    assert found.labelling.names == SCHEMA.names
    assert (found.labelling.universe.places == np.arange(6)).all()
    assert found.labelling.figures.cycle_error == (0.0, 0.0)
    assert found.labelling.figures.correct[:, 0].tolist() == [1.0, 1.0]


def test_keypoints_without_names_are_matched_by_place(boxes: Collection) -> None:
    found = label_collection(shuffled(boxes), MatchOptions(MatchBy.PLACE))
    places, seen = found.features()
    assert seen.all()
    # Each label is the middle of the same side on all boxes.
    sides = np.sign(np.where(np.abs(places) > 1e-9, places, 0.0))
    assert (sides == sides[0]).all()
    assert len({tuple(side) for side in sides[0]}) == 6
    assert found.labelling.names == tuple(f"label {i + 1}" for i in range(6))
    assert len(found.labelling.figures.thresholds) == 0


def test_wrong_matches_are_told_and_mended(boxes: Collection) -> None:
    rng = np.random.default_rng(0)
    scattered = {}
    for entry in boxes.entries:
        places = entry.keypoints.positions + 0.3 * rng.normal(size=(6, 3))
        keypoints = dataclasses.replace(entry.keypoints, positions=places)
        scattered[entry.name] = dataclasses.replace(entry, keypoints=keypoints)
    found = label_collection(boxes.replaced(scattered), MatchOptions(MatchBy.PLACE))
    figures = found.labelling.figures
    assert figures.cycle_error[1] < 0.5 * figures.cycle_error[0]
    assert np.nanmean(figures.before) < 0.9
    assert np.nanmin(figures.after) == 1.0
    assert figures.correct.shape == (2, 41)
    assert (np.diff(figures.correct, axis=1) >= 0.0).all()


def test_a_descriptor_of_the_surface_matches_boxes_of_one_form(tmp_path: Path) -> None:
    boxes = open_collection(box_folder(tmp_path / "boxes", 3))
    found = label_collection(boxes, MatchOptions(MatchBy.FPFH, features=3))
    assert 1 <= found.labelling.universe.size <= 3
    assert ((found.labelling.universe.places >= 0).sum(axis=0) >= 2).all()
    assert found.labelling.how == "fast point feature histogram"


def test_the_odd_one_out_comes_first(tmp_path: Path) -> None:
    boxes = open_collection(box_folder(tmp_path / "boxes", 8, wild=5))
    found = label_collection(boxes, BY_NAME)
    assert arranged(found, Filter())[0].name == "box5.off"
    row = found.labelling.rows["box5.off"]
    assert found.labelling.residuals[row].argmax() == SCHEMA.names.index("top")
    others = np.delete(found.labelling.scores, row)
    assert found.labelling.scores[row] > 1.3 * others.max()


def test_what_is_looked_at(boxes: Collection) -> None:
    entry = boxes.entries[3]
    lacking = dataclasses.replace(entry.keypoints, defined=np.arange(6) != 2)
    boxes = boxes.replaced({entry.name: dataclasses.replace(entry, keypoints=lacking)})
    found = label_collection(boxes, BY_NAME)
    top = found.labelling.names.index("top")
    assert [e.name for e in arranged(found, Filter(label=top, lacking=True))] == ["box3.off"]
    assert len(arranged(found, Filter(label=top))) == 7
    assert [e.name for e in arranged(found, Filter(text="BOX 4"))] == ["box4.off"]
    assert len(arranged(found, Filter(status=Status.LABELLED))) == 8
    assert arranged(found, Filter(status=Status.BARE)) == ()
    by_name = arranged(found, Filter(order=Order.NAME))
    assert [e.name for e in by_name] == sorted(e.name for e in by_name)


def test_a_name_is_carried_to_all_shapes(boxes: Collection) -> None:
    found = label_collection(shuffled(boxes), MatchOptions())
    named = dataclasses.replace(found, labelling=found.labelling.renamed(4, "the lid"))
    places = set()
    for entry in named.entries:
        points = named.carried(entry)
        at = points.positions[points.schema.names.index("the lid")]
        places.add(tuple(np.sign(np.round(at, 9))))
    assert len(places) == 1
    with pytest.raises(InputError, match="label 1"):
        named.labelling.renamed(4, " label 1 ")


def test_a_saved_collection_comes_back(boxes: Collection) -> None:
    found = label_collection(boxes, BY_NAME)
    path = save_collection(found)
    assert path == boxes.folder.parent / "boxes.collection.json"
    content = json.loads(path.read_text())
    assert content["format"] == "kpstudio-collection"
    again = open_collection(boxes.folder)
    assert again.labelling.names == found.labelling.names
    np.testing.assert_array_equal(again.labelling.universe.labels, found.labelling.universe.labels)
    np.testing.assert_array_equal(again.labelling.residuals, found.labelling.residuals)
    np.testing.assert_array_equal(again.features()[0], found.features()[0])
    assert save_collection(again).read_text() == json.dumps(content, indent=1)


def test_labels_go_with_shapes_that_have_changed(boxes: Collection) -> None:
    save_collection(label_collection(boxes, BY_NAME))
    save_mesh(boxes.folder / "box2.off", shapes.torus())
    again = open_collection(boxes.folder)
    assert again.labelling is None
    assert len(again.with_keypoints) == 8


def test_a_damaged_file_is_told(boxes: Collection) -> None:
    path = save_collection(boxes)
    newer, empty = ({"format": "kpstudio-collection", "version": v} for v in (9, 1))
    told = {
        "{": "damaged", "[]": "not the file", json.dumps(newer): "version 9",
        json.dumps(empty): "damaged",
    }  # fmt: skip
    for text, message in told.items():
        path.write_text(text)
        with pytest.raises(FormatError, match=message):
            open_collection(boxes.folder)
    assert collection_path(boxes.folder) == path


def test_detection_on_all_shapes_drops_labels_and_tells_failures(boxes: Collection) -> None:
    save_mesh(boxes.folder / "flat.off", shapes.grid())
    (boxes.folder / "box1.off").write_text("OFF\n0 0 0\n")
    labelled = label_collection(boxes, BY_NAME)
    found = detect_on_all(labelled, Detecting(".json", "farthest-points", {"count": "5"}))
    assert found.labelling is None
    assert {len(entry.candidates) for entry in found.entries if not entry.error} == {5}
    assert [entry.name for entry in found.entries if entry.error] == ["box1.off"]
    some = detect_on_all(labelled, Detecting(".json", "farthest-points"), names=("box3.off",))
    assert [entry.source for entry in some.entries].count("farthest-points") == 1


@pytest.mark.slow
def test_processes_find_the_same(boxes: Collection) -> None:
    work = Detecting(".json", "farthest-points", {"count": "5"})
    here, there = detect_on_all(boxes, work), detect_on_all(boxes, work, workers=1)
    for one, other in zip(here.entries, there.entries, strict=True):
        np.testing.assert_array_equal(one.keypoints.positions, other.keypoints.positions)
        assert one.source == other.source == "farthest-points"


def test_variety_of_boxes_has_two_modes(boxes: Collection) -> None:
    """Boxes of two free sizes are told by two numbers, once their scale is taken away."""
    space = learn(label_collection(boxes, BY_NAME))
    assert space.model.explained[:2].sum() > 0.99
    assert space.names == SCHEMA.names
    rebuilt = space.model.shapes(space.coefficients)
    np.testing.assert_allclose(rebuilt, space.together.points, atol=0.01)
    row, entry = usual_entry(boxes, space)
    assert space.nearest(space.coefficients[3], (0, 1)) == 3
    assert entry.name == space.shapes[row]


def test_outliers_teach_nothing(tmp_path: Path) -> None:
    found = label_collection(open_collection(box_folder(tmp_path / "boxes", 8, wild=5)), BY_NAME)
    most = np.sort(found.labelling.scores)[-2]
    space = learn(found, most_score=most)
    assert space.outliers == ("box5.off",)
    assert "box5.off" not in space.shapes
    assert space.model.explained[:2].sum() > 0.99 > learn(found).model.explained[:2].sum()


def test_a_missing_keypoint_is_told_by_the_others(boxes: Collection) -> None:
    entry = boxes.entries[3]
    lacking = dataclasses.replace(entry.keypoints, defined=np.arange(6) != 2)
    part = boxes.replaced({entry.name: dataclasses.replace(entry, keypoints=lacking)})
    space = learn(label_collection(part, BY_NAME))
    to_frame = space.together.transforms[3]
    whole = to_frame.apply(entry.places(boxes.orientation))
    away = np.linalg.norm(space.completed(3) - whole, axis=1)
    mean = np.linalg.norm(space.model.mean - whole, axis=1)
    assert away[2] < 0.5 * mean[2]


def test_a_mesh_takes_the_coefficients_of_another_shape(boxes: Collection) -> None:
    found = label_collection(boxes, BY_NAME)
    space = learn(found)
    one = morph(found, space, 0)
    own = one.mesh_at(space.coefficients[0])
    frame = boxes.entries[0].frame(boxes.orientation)
    rest = space.together.transforms[0].apply(frame.apply(one.mesh.vertices))
    np.testing.assert_allclose(own.vertices, rest, atol=1e-9)
    other = one.mesh_at(space.coefficients[4])
    goal = space.completed(4)
    np.testing.assert_allclose(one.keypoints(space.coefficients[4]), goal, atol=0.05)
    # The cage is coarse: sides follow their keypoints, corners nearly do.
    np.testing.assert_allclose(np.ptp(other.vertices, axis=0), np.ptp(goal, axis=0), rtol=0.2)


def test_too_little_to_learn_from_is_told(boxes: Collection) -> None:
    with pytest.raises(InputError, match="no labels yet"):
        learn(boxes)
    two = dataclasses.replace(boxes, entries=boxes.entries[:2])
    with pytest.raises(InputError, match="too few"):
        learn(label_collection(two, BY_NAME))
    one = dataclasses.replace(boxes, entries=boxes.entries[:1])
    with pytest.raises(InputError, match="two shapes"):
        label_collection(one, BY_NAME)
    with pytest.raises(InputError, match="same name"):
        label_collection(shuffled(boxes), BY_NAME)


def test_thumbnails_are_kept_by_content(boxes: Collection) -> None:
    entry, pose = boxes.entries[0], Orientation()
    picture = thumbnail(entry, pose, (10, 20, 30))
    assert tuple(picture[0, 0]) == (10, 20, 30)
    assert (picture != (10, 20, 30)).any(axis=2).mean() > 0.1
    assert cached(entry, pose, (10, 20, 30)).exists()
    entry.path.unlink()
    np.testing.assert_array_equal(thumbnail(entry, pose, (10, 20, 30)), picture)
    dots = marks(entry.places(pose), thumbnail_camera())
    height, width, _ = picture.shape
    seen = [picture[int(y * height), int(x * width)] for x, y in dots]
    assert (np.array(seen) != (10, 20, 30)).any(axis=1).all()


def test_a_shape_is_edited_with_what_the_collection_knows(boxes: Collection) -> None:
    entry = boxes.entries[3]
    lacking = dataclasses.replace(entry.keypoints, defined=np.arange(6) != 2)
    part = boxes.replaced({entry.name: dataclasses.replace(entry, keypoints=lacking)})
    found = label_collection(part, BY_NAME)
    space = learn(found)
    shape = editable(found, space, found.entries[3])
    keypoints = shape.keypoints
    assert keypoints.schema.names == space.names == SCHEMA.names
    assert keypoints.confidence.tolist() == [1.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    there = keypoints.confidence > 0.0
    np.testing.assert_allclose(
        keypoints.positions[there], entry.keypoints.positions[there], atol=1e-9
    )
    deviations = operations.coefficients(shape)
    np.testing.assert_allclose(deviations[:2], space.coefficients[3, :2], atol=0.1)
    goal = operations.with_coefficients(shape, operations.rig_for(shape), deviations * 0.0)
    assert goal.is_deformed


def test_a_shape_without_variety_is_edited_with_its_own_keypoints(boxes: Collection) -> None:
    shape = editable(boxes, None, boxes.entries[0])
    assert shape.keypoints.schema.names == SCHEMA.names
    bare = boxes.replaced(
        {"box0.off": dataclasses.replace(boxes.entries[0], keypoints=None)}
    )  # fmt: skip
    assert editable(bare, None, bare.entries[0]).keypoints is None
