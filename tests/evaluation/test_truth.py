from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kpstudio.base.errors import FileError, FormatError
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.evaluation.truth import load_subjects
from kpstudio.io.registry import save_keypoints, save_mesh
from tests import shapes

MARKED = KeypointSet(
    np.array([[0.0, 0.5, 0.0], [0.5, 0.0, 0.5]]),
    KeypointSchema(("top", "side")),
    confidence=np.array([1.0, 0.25]),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "chair").mkdir()
    save_mesh(tmp_path / "box.ply", shapes.box())
    save_mesh(tmp_path / "chair" / "a1.off", shapes.torus())
    return tmp_path


@pytest.mark.parametrize("suffix", [".json", ".csv", ".mrk.json"])
def test_keypoints_lie_beside_the_meshes(folder: Path, suffix: str) -> None:
    save_keypoints(folder / f"box{suffix}", MARKED)
    (folder / "notes.json").write_text('{"about": "something else"}')
    subjects, notes = load_subjects(folder)
    assert notes == []
    box, chair = subjects
    assert (box.name, box.category, chair.name, chair.category) == ("box", "", "a1", "chair")
    np.testing.assert_allclose(box.landmarks, MARKED.positions)
    assert box.names == ("top", "side")
    assert chair.landmarks is None
    if suffix == ".json":
        np.testing.assert_allclose(box.weights, [1.0, 0.25])


def test_keypoints_lie_in_a_folder_of_their_own(folder: Path) -> None:
    truth = folder / "truth"
    truth.mkdir()
    save_keypoints(truth / "a1.json", MARKED)
    subjects, _ = load_subjects(folder, truth)
    assert [subject.landmarks is None for subject in subjects] == [True, False]


def keypointnet() -> list[dict[str, object]]:
    rows = [
        {
            "xyz": [0.5, 0.0, 0.1],
            "rgb": [1, 2, 3],
            "semantic_id": 7,
            "pcd_info": {"point_index": 4},
        },
        {"xyz": [-0.5, 0.0, 0.1], "semantic_id": 2},
    ]
    return [{"class_id": "03001627", "model_id": "a1", "keypoints": rows, "symmetries": {}}]


@pytest.mark.parametrize("whole_folder", [False, True])
def test_annotations_of_keypointnet(folder: Path, whole_folder: bool) -> None:
    truth = folder / "annotations"
    truth.mkdir()
    (truth / "chair.json").write_text(json.dumps(keypointnet()))
    subjects, _ = load_subjects(folder, truth if whole_folder else truth / "chair.json")
    chair = subjects[1]
    assert chair.names == ("2", "7")
    np.testing.assert_allclose(chair.landmarks, [[-0.5, 0.0, 0.1], [0.5, 0.0, 0.1]])
    assert subjects[0].landmarks is None


def test_shapes_of_the_same_name_are_told_apart(folder: Path) -> None:
    save_mesh(folder / "chair" / "box.ply", shapes.box((1, 2, 3)))
    subjects, _ = load_subjects(folder)
    assert sorted(subject.name for subject in subjects) == ["a1", "box.ply", "chair/box.ply"]


def test_a_damaged_mesh_is_noted_and_the_others_are_read(folder: Path) -> None:
    (folder / "broken.ply").write_bytes(b"ply\nnonsense")
    subjects, notes = load_subjects(folder)
    assert len(subjects) == 2
    assert len(notes) == 1
    assert "broken.ply" in notes[0]


def test_what_is_not_there_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="not a folder"):
        load_subjects(folder / "nowhere")
    with pytest.raises(FileError, match="does not exist"):
        load_subjects(folder, folder / "nowhere")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileError, match="no mesh"):
        load_subjects(empty)
    bad = folder / "bad.json"
    for content in ("[{}]", '[{"model_id": "a", "keypoints": [{}]}]', "[1]"):
        bad.write_text(content)
        with pytest.raises(FormatError, match="no annotation of KeypointNet"):
            load_subjects(folder, bad)
