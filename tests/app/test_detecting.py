from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kpstudio.app import operations
from kpstudio.app.notices import Level
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.detectors.surfaces import forget
from kpstudio.document.history import Edit
from kpstudio.geometry.orientation import Orientation
from kpstudio.io.project import ProjectContents, ShapeEntry, save_project
from tests import noted
from tests.handled import box_mesh, handled_shape
from tests.shapes import torus

POINTS = "farthest-points"


@pytest.fixture
def live(studio):
    """Farthest points, live: no model is needed."""
    studio.detecting.choose(POINTS)
    studio.detecting.options.update(live=True)
    return studio


def shape_of(studio, item_id):
    return studio.document.find(item_id).value


def test_a_new_shape_is_detected_on(live, add):
    item_id = add(Shape(box_mesh()))
    assert shape_of(live, item_id).detection.provenance.detector == POINTS


def test_nothing_runs_by_itself_when_live_is_off(studio, add):
    studio.detecting.choose(POINTS)
    item_id = add(Shape(box_mesh()))
    assert shape_of(studio, item_id).detection is None


def test_a_parameter_runs_again_and_all_runs_are_one_step(live, add, settle):
    item_id = add(Shape(box_mesh()))
    steps = len(live.history.labels)
    for count in (5, 7):
        parameters = dataclasses.replace(live.detecting.options.value.parameters, count=count)
        live.detecting.options.update(parameters=parameters)
        settle()
        assert len(shape_of(live, item_id).keypoints) == count
    assert len(live.history.labels) == steps


def test_parameters_are_kept_for_each_detector(studio):
    studio.detecting.choose(POINTS)
    parameters = dataclasses.replace(studio.detecting.options.value.parameters, count=9)
    studio.detecting.options.update(parameters=parameters)
    studio.detecting.choose("keypoint-deformer")
    studio.detecting.choose(POINTS)
    assert studio.detecting.options.value.parameters.count == 9


def test_another_orientation_runs_again(live, add, settle):
    item_id = add(Shape(box_mesh()))
    live.orient(item_id, Orientation("+z", "-y"))
    assert shape_of(live, item_id).detection is None
    settle()
    assert shape_of(live, item_id).detection.provenance.orientation == Orientation("+z", "-y")


def test_another_category_runs_again(live, add, settle):
    item_id = add(Shape(box_mesh()))
    before = shape_of(live, item_id).detection
    live.edits.set_category(item_id, "table")
    settle()
    assert shape_of(live, item_id).detection is not before
    assert shape_of(live, item_id).category == "table"


def test_switching_live_on_keeps_edits_unless_they_are_out_of_date(live, add, settle):
    item_id = add(Shape(box_mesh()))
    live.detecting.options.update(live=False)
    live.edits.nudge(item_id, (0,), (0.1, 0.0, 0.0))
    settle()
    live.edits.nudge(item_id, (0,), (0.1, 0.0, 0.0))
    edited = shape_of(live, item_id)
    assert edited.is_deformed
    live.detecting.options.update(live=True)
    settle()
    assert shape_of(live, item_id) is edited
    live.detecting.options.update(live=False)
    parameters = dataclasses.replace(live.detecting.options.value.parameters, count=5)
    live.detecting.options.update(parameters=parameters)
    live.detecting.options.update(live=True)
    settle()
    assert len(shape_of(live, item_id).keypoints) == 5


def test_what_runs_by_itself_on_an_opened_project_is_no_unsaved_work(live, settle, tmp_path):
    path = tmp_path / "bare.kpstudio"
    save_project(path, ProjectContents([ShapeEntry("bare", True, Shape(box_mesh()))]))
    live.files.open([path])
    settle()
    item = live.selected
    assert item.value.detection is not None
    assert not live.has_unsaved_work
    assert live.title == "bare"
    live.detecting.run()
    settle()
    assert live.has_unsaved_work  # somebody asked for this one
    live.history.undo()
    assert not live.has_unsaved_work
    live.edits.rename(item.id, "wing")
    assert live.has_unsaved_work
    live.history.undo()
    assert not live.has_unsaved_work


def test_undo_does_not_start_a_detection(live, add):
    item_id = add(Shape(box_mesh()))
    live.history.undo()
    assert shape_of(live, item_id).detection is None
    assert live.jobs.idle


def test_a_new_name_does_not_start_a_detection(live, add):
    item_id = add(Shape(box_mesh()))
    live.edits.rename(item_id, "other")
    assert live.jobs.idle


def test_keypoints_from_a_file_are_left_alone(live, add):
    item_id = add(Shape(box_mesh()))
    item = live.document.find(item_id)
    imported = dataclasses.replace(item.value, detection=None, keypoints=handled_shape().keypoints)
    live.history.push(Edit(item, dataclasses.replace(item, value=imported), "Import"))
    assert live.jobs.idle
    assert shape_of(live, item_id).keypoints is imported.keypoints


def test_an_answer_to_an_old_question_is_dropped(studio, add, mailbox):
    studio.detecting.choose(POINTS)
    item_id = add(Shape(box_mesh()))
    studio.detecting.run(item_id)
    studio.orient(item_id, Orientation("+x", "+y"))
    assert mailbox.process(lambda: studio.jobs.idle)
    assert shape_of(studio, item_id).detection is None


def test_removing_a_shape_cancels_its_detection(studio, add):
    studio.detecting.choose(POINTS)
    item_id = add(Shape(box_mesh()))
    studio.detecting.run(item_id)
    studio.edits.remove(item_id)
    assert studio.jobs.idle


def test_an_unknown_detector_is_told(studio, notices):
    studio.detecting.choose("no-such-detector")
    assert notices[-1].level is Level.ERROR
    assert studio.detecting.options.value.detector != "no-such-detector"


def test_what_was_found_is_told(live, add, notices):
    add(Shape(box_mesh()))
    assert "Farthest points: 12 keypoints in" in notices[-1].text


def test_a_shape_that_is_not_for_the_detector_is_no_error(live, add, notices):
    add(Shape(Mesh([[0.0, 0.0, 0.0]] * 3, [[0, 1, 2]])))  # all in one place
    assert notices[-1].level is Level.WARNING
    assert notices[-1].detail or notices[-1].text


def test_running_without_a_shape_does_nothing(studio):
    studio.detecting.run()
    studio.detecting.guess_orientation()
    assert studio.jobs.idle


def test_a_guess_without_a_model_is_told_and_changes_nothing(
    studio, add, settle, notices, monkeypatch, tmp_path
):
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    item_id = add(Shape(box_mesh()))
    studio.detecting.guess_orientation(item_id)
    settle()
    assert notices[-1].level is Level.ERROR
    assert not shape_of(studio, item_id).orientation_chosen


class TestChoosingAgain:
    @pytest.fixture
    def item_id(self, add) -> int:
        forget()
        small = {"salient_radius": 3.0, "peak_radius": 1.5, "ratio_21": 1.0, "ratio_32": 1.0}
        mesh = torus()
        uneven = 0.02 * np.random.default_rng(3).normal(size=mesh.vertices.shape)
        shape = Shape(mesh.moved(mesh.vertices + uneven))
        return add(operations.detect(shape, "iss", {"count": 40, "radius": 0.0, **small}))

    def keypoints(self, studio, item_id) -> int:
        return len(studio.document.find(item_id).value.keypoints)

    @pytest.mark.parametrize("kept", [True, False])
    @pytest.mark.parametrize("metric", ["euclidean", "geodesic"])
    def test_it_works_whatever_is_at_hand(self, studio, settle, item_id, metric, kept) -> None:
        if not kept:
            forget()
        studio.detecting.reselect(item_id, {"radius": 0.3, "metric": metric})
        settle()
        assert 0 < self.keypoints(studio, item_id) < 40
        detection = studio.document.find(item_id).value.detection
        assert detection.provenance.parameters["metric"] == metric
        assert detection.handling is not None
        studio.history.undo()
        assert self.keypoints(studio, item_id) == 40

    def test_undo_tells_the_options_what_was_chosen(self, studio, settle, item_id) -> None:
        studio.detecting.options.update(live=True)
        studio.detecting.choose("iss")
        settle()
        usual = studio.detecting.options.value.parameters
        studio.detecting.reselect(item_id, {"threshold": 0.2, "metric": "geodesic"})
        settle()
        told = studio.detecting.options.value.parameters
        assert told == dataclasses.replace(usual, threshold=0.2, metric="geodesic")
        studio.history.undo()
        assert studio.detecting.options.value.parameters == usual
        assert studio.jobs.idle  # nothing is detected for that
        studio.history.redo()
        assert studio.detecting.options.value.parameters == told

    def test_a_preview_leaves_the_document_alone(self, studio, settle, item_id) -> None:
        before, seen = studio.document.find(item_id), []
        studio.document.changed.connect(lambda change: seen.append(change.transient))
        studio.detecting.reselect(item_id, {"count": 3}, final=False)
        settle()
        assert seen == [True]
        assert studio.document.find(item_id) is before

    def test_a_shape_that_is_gone_or_chose_nothing_is_left_alone(self, studio, add, item_id):
        studio.detecting.reselect(9999, {"count": 3})
        other = add()
        before = studio.document.find(other)
        studio.detecting.reselect(other, {"count": 3})
        assert studio.document.find(other) is before


def test_notes_are_told_once_for_every_shape(live, add, settle, notices, monkeypatch):
    noted.install(monkeypatch)
    live.detecting.choose(noted.NOTED)

    def told():
        return [notice for notice in notices if noted.NOTE in notice.text]

    add(Shape(box_mesh()))
    assert [notice.level for notice in told()] == [Level.WARNING]
    assert told()[0].text.startswith("Noted points: ")
    for count in (5, 7):  # a slider that moves
        parameters = dataclasses.replace(live.detecting.options.value.parameters, count=count)
        live.detecting.options.update(parameters=parameters)
        settle()
    assert len(told()) == 1
    add(Shape(torus()))
    assert len(told()) == 2
