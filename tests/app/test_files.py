from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kpstudio.app.files import fields_of, keypoint_info
from kpstudio.app.notices import Level
from kpstudio.base.context import RunContext
from kpstudio.data.shape import Shape
from kpstudio.geometry.orientation import Orientation
from kpstudio.io import project
from kpstudio.io.registry import KeypointInfo, load_keypoints, load_mesh, save_keypoints, save_mesh
from tests.handled import LEFT, box_mesh, handled_shape


@pytest.fixture
def box_file(tmp_path) -> Path:
    path = tmp_path / "box.ply"
    save_mesh(path, box_mesh())
    return path


def items(studio):
    return list(studio.document)


def edited(studio, add) -> int:
    item_id = add()
    session = studio.edits.begin_drag(item_id, (LEFT,))
    session.move((0.3, 0.1, 0.0))
    session.commit()
    return item_id


# --- in --------------------------------------------------------------------------------------


def test_a_mesh_is_opened_selected_and_remembered(studio, settle, box_file, notices):
    studio.files.open([box_file])
    settle()
    (item,) = items(studio)
    assert item.name == "box"
    assert studio.selected is item
    assert studio.settings.recent_files == (box_file.resolve(),)
    assert f"{len(item.value.mesh.vertices):,} vertices" in notices[-1].text
    assert studio.history.labels == ("Open box.ply",)
    assert not studio.has_unsaved_work


def test_several_meshes_are_several_items(studio, settle, box_file, tmp_path):
    other = tmp_path / "other.obj"
    save_mesh(other, box_mesh((1.0, 1.0, 1.0)))
    studio.files.open([box_file, other])
    settle()
    assert sorted(item.name for item in items(studio)) == ["box", "other"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.ply", b""),
        ("cut.ply", b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\n"),
        ("noise.stl", b"\x00\x01\x02" * 40),
        ("text.xyz", b"hello"),
        ("cut.kpstudio", b"PK\x03\x04 no more"),
        ("cut.json", b'{"keypoints": ['),
    ],
)
def test_a_bad_file_is_told_by_name_and_nothing_is_lost(
    studio, add, settle, notices, tmp_path, name, content
):
    add()
    before, steps = items(studio), studio.history.labels
    path = tmp_path / name
    path.write_bytes(content)
    studio.files.open([path])
    settle()
    assert notices[-1].level is Level.ERROR
    assert name in notices[-1].text
    assert items(studio) == before
    assert studio.history.labels == steps
    assert path not in studio.settings.recent_files


def test_a_folder_and_a_missing_file_are_told(studio, settle, notices, tmp_path):
    studio.files.open([tmp_path, tmp_path / "missing.ply"])
    settle()
    assert [notice.level for notice in notices] == [Level.ERROR, Level.ERROR]
    assert not items(studio)


def test_an_orientation_chosen_once_is_there_again(studio, settle, box_file):
    studio.files.open([box_file])
    settle()
    studio.orient(studio.selected.id, Orientation("+z", "+x"))
    studio.files.open([box_file])
    settle()
    again = studio.selected.value
    assert again.orientation == Orientation("+z", "+x")
    assert again.orientation_chosen


def test_keypoints_of_a_file_go_to_the_selected_shape(studio, add, settle, tmp_path):
    shape = handled_shape()
    path = tmp_path / "points.json"
    save_keypoints(path, shape.keypoints, keypoint_info(shape))
    item_id = add(Shape(box_mesh()))
    studio.files.open([path])
    settle()
    item = studio.document.find(item_id)
    assert np.array_equal(item.value.keypoints.positions, shape.keypoints.positions)
    assert studio.history.labels[-1] == "Import keypoints points.json"


@pytest.mark.parametrize("carrier", ["points.json", "points.mrk.json", "points.csv", "points.vtp"])
@pytest.mark.parametrize(
    ("mesh_space", "file_space", "turned"),
    [("", "LPS", False), ("LPS", "LPS", False), ("RAS", "RAS", False), ("LPS", "RAS", True),
     ("RAS", "LPS", True), ("", "RAS", True)],
)  # fmt: skip
def test_imported_keypoints_turn_only_when_the_frames_differ(
    studio, settle, notices, tmp_path, carrier, mesh_space, file_space, turned
):
    save_mesh(tmp_path / "box.ply", replace(box_mesh(), space=mesh_space))
    points = handled_shape().keypoints
    if carrier.endswith(".vtp"):
        save_mesh(tmp_path / carrier, replace(box_mesh(), space=file_space), (), points)
    else:
        save_keypoints(tmp_path / carrier, points, KeypointInfo(space=file_space))
    studio.files.open([tmp_path / "box.ply"])
    settle()
    assert studio.selected.value.mesh.space == mesh_space
    studio.files.import_keypoints(tmp_path / carrier)
    settle()
    sign = np.array([-1.0, -1.0, 1.0]) if turned else 1.0
    assert np.array_equal(studio.selected.value.keypoints.positions, sign * points.positions)
    assert any("Turned from" in notice.detail for notice in notices) == turned


@pytest.mark.parametrize("space", ["", "LPS", "RAS"])
@pytest.mark.parametrize("name", ["k.json", "k.mrk.json", "k.csv"])
def test_what_is_exported_from_a_mesh_goes_back_onto_it(studio, add, settle, tmp_path, space, name):
    shape = handled_shape()
    shape = replace(shape, mesh=replace(shape.mesh, space=space))
    shape = replace(shape, deformed=shape.mesh)
    item_id = add(shape)
    studio.files.export_keypoints(item_id, tmp_path / name)
    settle()
    studio.files.import_keypoints(tmp_path / name)
    settle()
    back = studio.document.find(item_id).value.keypoints
    assert studio.history.labels[-1] == f"Import keypoints {name}"
    assert np.array_equal(back.positions, shape.keypoints.positions)


def test_keypoints_without_a_shape_are_told(studio, settle, notices, tmp_path):
    shape = handled_shape()
    path = tmp_path / "points.json"
    save_keypoints(path, shape.keypoints, keypoint_info(shape))
    studio.files.open([path])
    settle()
    assert notices[-1].level is Level.WARNING


# --- out -------------------------------------------------------------------------------------


def test_a_project_comes_back_as_it_was(studio, add, settle, tmp_path):
    item_id = edited(studio, add)
    studio.edits.rename(item_id, "wing")
    studio.edits.set_lock(item_id, LEFT, True)
    saved = studio.document.find(item_id).value
    add(handled_shape((1.0, 1.0, 1.0)))
    path = tmp_path / "two.kpstudio"
    studio.files.save_project(path)
    settle()
    assert studio.title == "two"
    studio.edits.remove(item_id)
    assert studio.title == "two *"
    studio.files.open([path])
    settle()
    first, _second = items(studio)
    assert first.name == "wing"
    shape = first.value
    assert np.array_equal(shape.mesh.vertices, saved.mesh.vertices)
    assert np.array_equal(shape.current.vertices, saved.current.vertices)
    assert np.array_equal(shape.keypoints.positions, saved.keypoints.positions)
    assert shape.keypoints.schema == saved.keypoints.schema
    assert shape.keypoints.locked[LEFT]
    assert shape.detection.provenance == saved.detection.provenance
    assert studio.title == "two"
    assert studio.history.labels == ()


def test_work_done_while_a_project_opens_is_not_lost(studio, add, settle, notices, tmp_path):
    item_id = edited(studio, add)
    studio.files.save_project(tmp_path / "p.kpstudio")
    settle()
    studio.files.open([tmp_path / "p.kpstudio"])
    studio.edits.rename(item_id, "precious")
    settle()
    assert [item.name for item in items(studio)] == ["precious"]
    assert "was not opened" in notices[-1].text
    studio.files.open([tmp_path / "p.kpstudio"])
    settle()
    assert items(studio)[0].name != "precious"


def test_what_a_project_needs_first_is_derived_off_the_window_s_thread(
    studio, add, settle, tmp_path
):
    edited(studio, add)
    studio.files.save_project(tmp_path / "p.kpstudio")
    settle()
    studio.files.open([tmp_path / "p.kpstudio"])
    settle()
    (item,) = items(studio)
    for mesh in (item.value.mesh, item.value.current):
        assert {"bounds", "key", "vertex_normals"} <= vars(mesh).keys()


def test_an_export_is_finished_before_the_end(studio, add, tmp_path):
    item_id = add()
    names = ["a.ply", "b.obj", "c.glb", "d.off"]
    for name in names:
        studio.files.export_mesh(item_id, tmp_path / name)
    studio.close()
    assert sorted(path.name for path in tmp_path.glob("?.*")) == [
        "a.ply",
        "b.obj",
        "c.glb",
        "d.off",
    ]


def test_what_was_edited_during_the_save_is_still_unsaved(studio, add, settle, tmp_path):
    item_id = edited(studio, add)
    studio.files.save_project(tmp_path / "p.kpstudio")
    studio.edits.rename(item_id, "later")
    settle()
    assert studio.has_unsaved_work
    studio.history.undo()
    assert not studio.has_unsaved_work


@pytest.fixture
def slow_saves(monkeypatch):
    """Saves wait until they are let go; those that began are listed."""
    gate, begun, save = threading.Event(), [], project.save_project

    def waiting(path, contents, context):
        begun.append(path.name)
        assert gate.wait(10)
        save(path, contents, context)

    monkeypatch.setattr(project, "save_project", waiting)
    yield gate, begun
    gate.set()


def test_saving_under_two_names_writes_both_in_order(
    studio, add, settle, notices, tmp_path, slow_saves
):
    gate, begun = slow_saves
    item_id = edited(studio, add)
    done = []
    studio.files.save_project(tmp_path / "a.kpstudio", then=lambda: done.append("a"))
    studio.edits.rename(item_id, "later")
    studio.files.save_project(tmp_path / "b.kpstudio", then=lambda: done.append("b"))
    assert len(studio.jobs.running) == 2
    assert studio.files.is_saving
    gate.set()
    settle()
    assert not studio.files.is_saving
    assert begun == ["a.kpstudio", "b.kpstudio"]
    assert done == ["a", "b"]
    names = [
        project.load_project(tmp_path / f"{name}.kpstudio").shapes[0].name for name in ("a", "b")
    ]
    assert names == ["box", "later"]
    assert studio.files.project_path == tmp_path / "b.kpstudio"
    assert not studio.has_unsaved_work


def test_the_newest_save_to_a_file_is_what_it_holds(studio, add, settle, tmp_path, slow_saves):
    gate, _ = slow_saves
    item_id = edited(studio, add)
    path = tmp_path / "a.kpstudio"
    for name in ("one", "two", "three"):
        studio.edits.rename(item_id, name)
        studio.files.save_project(path)
    gate.set()
    settle()
    assert project.load_project(path).shapes[0].name == "three"
    assert not studio.has_unsaved_work


def test_opening_a_project_does_not_stop_a_save_nor_the_save_take_its_name(
    studio, add, mailbox, settle, tmp_path, slow_saves
):
    gate, _ = slow_saves
    edited(studio, add)
    project_b = tmp_path / "b.kpstudio"
    contents = project.ProjectContents([project.ShapeEntry("b", True, handled_shape())])
    gate.set()
    project.save_project(project_b, contents, RunContext())
    gate.clear()
    studio.files.save_project(tmp_path / "a.kpstudio")
    studio.files.open([project_b])
    assert mailbox.process(lambda: studio.files.project_path == project_b)
    gate.set()
    settle()
    assert project.load_project(tmp_path / "a.kpstudio").shapes[0].name == "box"
    assert studio.files.project_path == project_b
    assert not studio.has_unsaved_work


def test_saves_are_finished_before_the_end(studio, add, tmp_path):
    add()
    for name in ("a", "b", "c"):
        studio.files.save_project(tmp_path / f"{name}.kpstudio")
    studio.close()
    assert len(list(tmp_path.glob("?.kpstudio"))) == 3


def test_a_save_that_fails_leaves_the_old_file_and_the_star(studio, add, settle, notices, tmp_path):
    edited(studio, add)
    studio.files.save_project(tmp_path / "no such folder" / "p.kpstudio")
    settle()
    assert notices[-1].level is Level.ERROR
    assert studio.has_unsaved_work
    assert studio.files.project_path is None


def test_after_saving_the_caller_is_told(studio, add, settle, tmp_path):
    add()
    called = []
    studio.files.save_project(tmp_path / "p.kpstudio", then=lambda: called.append(1))
    settle()
    assert called == [1]


def test_the_mesh_is_exported_as_it_is_now(studio, add, settle, tmp_path):
    item_id = edited(studio, add)
    path = tmp_path / "out.ply"
    studio.files.export_mesh(item_id, path)
    settle()
    (mesh,) = load_mesh(path)
    now = studio.document.find(item_id).value.current
    assert np.allclose(mesh.vertices, now.vertices, atol=1e-6)


def test_the_keypoints_are_exported_as_they_are_now(studio, add, settle, tmp_path):
    item_id = edited(studio, add)
    path = tmp_path / "out.json"
    studio.files.export_keypoints(item_id, path)
    settle()
    kept = load_keypoints(path).keypoints
    now = studio.document.find(item_id).value.keypoints
    assert np.array_equal(kept.positions, now.positions)


def test_fields_worth_keeping(studio, add):
    item_id = add()
    assert fields_of(studio.document.find(item_id).value) == ()
    studio.edits.sample(item_id)
    (field,) = fields_of(studio.document.find(item_id).value)
    assert field.name == "displacement"
    assert field.range[1] > 0.0


def test_a_keypoint_file_says_where_it_comes_from():
    info = keypoint_info(handled_shape())
    assert info.detector == "keypoint-deformer"
    assert info.model == "keypoint-deformer-box"
    assert info.shape_file == "box"
