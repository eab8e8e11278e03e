from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from kpstudio.app import operations
from kpstudio.app.looking import Seen
from kpstudio.base.errors import InputError
from kpstudio.data.shape import Shape
from kpstudio.data.views import Sight
from kpstudio.geometry.camera import Camera
from kpstudio.io.pictures import save_picture
from kpstudio.nn.catalogue import Model, register_model
from kpstudio.nn.checkpoint import file_hash
from tests import untrained
from tests.handled import box_mesh
from tests.networks import picture_model


@pytest.fixture(autouse=True)
def _model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A KeypointNet of category "box", installed."""
    path = picture_model(tmp_path / "models" / "kn.safetensors", prior=untrained.some_prior())
    register_model(Model("kn-box", "keypointnet", "box", "Box", path, file_hash(path)))
    monkeypatch.setenv("KPSTUDIO_MODELS", str(path.parent))


@pytest.fixture
def looking(studio):
    return studio.looking


@pytest.fixture
def seen(looking) -> list[Seen | None]:
    told: list[Seen | None] = []
    looking.seen.connect(told.append)
    return told


def box() -> Shape:
    return Shape(box_mesh(), category="box")


def camera(x: float = 1.0) -> Camera:
    eye = np.array([x, 1.0, 4.0])
    return Camera.look_at(eye, np.zeros(3), np.array([0.0, 1.0, 0.0]), 40.0, (300, 200))


def test_this_view_is_seen(looking, add, settle, seen) -> None:
    item_id = add(box())
    looking.see_view(item_id, camera())
    settle()
    (found,) = seen
    assert isinstance(found, Seen)
    assert (found.item_id, found.detector) == (item_id, "keypointnet")
    assert len(found.sight.pixels) == 4
    # From the viewport's side, as far away as in the training.
    assert found.sight.camera is not None
    place = found.sight.camera.position
    assert np.allclose(
        place / np.linalg.norm(place), camera().position / np.linalg.norm(camera().position)
    )
    assert np.linalg.norm(place) == pytest.approx(5.0)  # 2.5 longest sides of 2
    looking.options.update(as_trained=False)
    looking.see_view(item_id, camera())
    settle()
    assert np.allclose(seen[-1].sight.camera.position, camera().position)


def test_the_newest_view_wins_and_the_one_under_way_is_finished(
    looking, studio, add, settle, seen
) -> None:
    item_id = add(box())
    gate = threading.Event()
    studio.jobs.submit(
        "hold", "Hold", lambda _: gate.wait(20.0), lambda _: None, lambda _: None, lane="torch"
    )
    looking.options.update(as_trained=False)
    for x in (1.0, 2.0, 3.0, 4.0):
        looking.see_view(item_id, camera(x))
    gate.set()
    settle()
    assert [round(one.sight.camera.position[0], 6) for one in seen] == [1.0, 4.0]


def test_a_shape_that_is_closed_is_looked_at_no_more(looking, studio, add, settle, seen) -> None:
    item_id = add(box())
    looking.see_view(item_id, camera())
    studio.edits.remove(item_id)
    settle()
    assert seen == [None]
    looking.see_view(item_id, camera())
    settle()
    assert seen == [None]
    other = add(box())
    looking.see_view(other, camera())
    settle()
    assert isinstance(seen[-1], Seen)


def test_what_fails_is_said_once_and_ends_the_mode(looking, add, settle, seen, notices) -> None:
    item_id = add(Shape(box_mesh(), category="boat"))
    looking.options.update(this_view=True)
    looking.see_view(item_id, camera())
    looking.see_view(item_id, camera(2.0))
    settle()
    (notice,) = notices
    assert "no keypointnet model 'boat'" in notice.text
    assert not looking.options.value.this_view
    assert seen == [None]


def test_the_view_is_looked_at_again_when_the_shape_changes_under_it(
    looking, studio, add, settle, seen
) -> None:
    item_id = add(operations.detect(box(), "keypointnet"))
    looking.see_view(item_id, camera())
    settle()
    studio.edits.nudge(item_id, (0,), np.array([0.1, 0.0, 0.0]))
    settle()
    assert len(seen) == 1  # nobody asked for more than one look
    looking.options.update(this_view=True)
    settle()
    assert len(seen) == 2
    studio.edits.nudge(item_id, (0,), np.array([0.3, 0.0, 0.0]))
    settle()
    assert not np.array_equal(seen[-1].sight.picture, seen[1].sight.picture)
    looking.options.update(as_trained=False)
    settle()
    assert np.allclose(seen[-1].sight.camera.position, camera().position)
    before = len(seen)
    studio.edits.rename(item_id, "other")
    settle()
    assert len(seen) == before
    looking.options.update(this_view=False)
    assert seen[before:] == [None]


def test_a_photo_is_opened_and_closed(looking, settle, notices, tmp_path: Path) -> None:
    save_picture(tmp_path / "p.png", np.full((20, 30, 3), 90, np.uint8))
    told = []
    looking.photo_changed.connect(told.append)
    looking.open_photo(tmp_path / "p.png", "box")
    settle()
    assert looking.photo is told[0]
    assert looking.photo.model == "kn-box"
    assert "trained on renderings" in looking.photo.notes[0]
    assert notices == []  # whoever shows the photo shows them with it
    looking.close_photo()
    assert told[1:] == [None]
    assert looking.photo is None
    looking.open_photo(tmp_path / "no.png", "box")
    settle()
    assert "does not exist" in notices[-1].text
    assert looking.photo is None


def test_a_shape_takes_the_form_of_a_photo(looking, studio, add, settle, tmp_path: Path) -> None:
    save_picture(
        tmp_path / "p.png", np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    )
    bare, found = add(box()), add(operations.detect(box(), "keypointnet"))
    looking.open_photo(tmp_path / "p.png", "box")
    assert not looking.take_form(found)  # nothing has been seen yet
    assert looking.camera_of_photo(found) is None
    settle()
    steps = len(studio.history.labels)
    assert not looking.take_form(bare)  # it has no keypoints
    assert looking.take_form(found)
    assert len(studio.history.labels) == steps + 1
    shape = studio.document.find(found).value
    assert shape.is_deformed
    wanted = np.clip(looking.photo.deviations, -3.0, 3.0)
    if np.allclose(wanted, looking.photo.deviations):
        assert np.allclose(operations.coefficients(shape), wanted, atol=1e-6)
    assert looking.camera_of_photo(found).size == (32, 32)
    studio.history.undo()
    assert not studio.document.find(found).value.is_deformed


def test_two_sights_tell_how_the_shape_turned(looking) -> None:
    points = np.random.default_rng(0).uniform(-0.4, 0.4, (5, 3))

    def sight(x: float) -> Sight:
        pixels, depth = camera(x).project(points)
        return Sight(np.zeros((200, 300, 3), np.uint8), pixels, np.ones(5), camera(x), depth=depth)

    found = looking.relative_pose(sight(-2.0), sight(3.0))
    assert found.angle == pytest.approx(found.true_angle)
    assert found.error == pytest.approx(0.0, abs=1e-5)
    with pytest.raises(InputError):
        looking.relative_pose(
            sight(0.0), Sight(np.zeros((2, 2, 3), np.uint8), np.ones((5, 2)), np.ones(5))
        )
