"""The collection at hand, as the window works with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kpstudio.app.collecting import DetectRequest
from kpstudio.app.collection.labelling import MatchBy, MatchOptions
from kpstudio.geometry.orientation import Orientation
from tests.boxes import box_folder

GREY = (90, 90, 90)


@pytest.fixture
def collecting(studio, settle, tmp_path: Path):
    studio.collecting.open(box_folder(tmp_path / "boxes", 5))
    settle()
    return studio.collecting


def test_from_a_folder_to_its_variety(collecting, settle) -> None:
    assert len(collecting.collection.entries) == 5
    assert not collecting.is_unsaved
    collecting.match(MatchOptions(MatchBy.ORDER))
    assert collecting.is_running
    settle()
    assert collecting.space.names == collecting.collection.labelling.names
    collecting.rename(2, "lid")
    assert collecting.collection.labelling.names[2] == collecting.space.names[2] == "lid"
    assert collecting.is_unsaved
    collecting.save()
    settle()
    assert not collecting.is_unsaved
    collecting.open(collecting.collection.folder)
    settle()
    assert collecting.collection.labelling.names[2] == "lid"
    assert collecting.space is not None


def test_a_name_twice_is_told(collecting, settle, notices) -> None:
    collecting.match(MatchOptions(MatchBy.ORDER))
    settle()
    before = collecting.collection.labelling
    collecting.rename(2, before.names[0])
    assert collecting.collection.labelling is before
    assert "cannot be called" in notices[-1].text


def test_detection_replaces_keypoints_and_names_failures(collecting, settle, notices) -> None:
    (collecting.collection.folder / "box4.off").write_text("OFF\nnothing")
    collecting.detect(DetectRequest("farthest-points", {"count": 4}))
    settle()
    counts = [len(entry.candidates) for entry in collecting.collection.entries]
    assert counts == [4, 4, 4, 4, 0]
    assert notices[-1].text == "1 of 5 shapes failed"
    assert notices[-1].detail.startswith("box4.off")


def test_cancelled_work_changes_nothing(collecting, settle) -> None:
    before = collecting.collection
    collecting.detect(DetectRequest("farthest-points"))
    collecting.cancel()
    settle()
    assert collecting.collection is before
    assert not collecting.is_running


def test_pictures_come_once(collecting, settle) -> None:
    told: list[str] = []
    collecting.pictures.arrived.connect(told.append)
    collection = collecting.collection
    pose = collection.orientation
    for _ in range(3):
        for entry in collection.entries:
            assert collecting.pictures.get(entry, pose, GREY) is None
    settle()
    assert sorted(told) == [entry.name for entry in collection.entries]
    assert collecting.pictures.get(collection.entries[0], pose, GREY) is not None


def test_other_axes_turn_all_shapes(collecting, settle) -> None:
    collecting.match(MatchOptions(MatchBy.ORDER))
    settle()
    collecting.orient(Orientation("+z", "-y"))
    settle()
    entry = collecting.collection.entries[0]
    top = entry.places(collecting.collection.orientation)[2]
    # What is up in the file points backwards now.
    assert top[2] < -0.1
    assert collecting.space is not None


def test_a_mesh_is_made_ready_and_drawn(collecting, settle) -> None:
    collecting.match(MatchOptions(MatchBy.ORDER))
    settle()
    ready: list = []
    collecting.morph(1, ready.append)
    settle()
    (morph,) = ready
    mesh = morph.mesh_at(np.zeros(collecting.space.coefficients.shape[1]))
    assert np.isfinite(mesh.vertices).all()


def test_what_cannot_be_opened_is_told(studio, settle, notices, tmp_path: Path) -> None:
    studio.collecting.open(tmp_path / "nowhere")
    settle()
    assert "is not a folder" in notices[-1].text
    assert studio.collecting.collection is None
