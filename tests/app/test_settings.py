from __future__ import annotations

import json
from pathlib import Path

import pytest

from kpstudio.app.settings import ORIENTATION_LIMIT, RECENT_LIMIT, Settings
from kpstudio.geometry.orientation import Orientation


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "settings.json"


def test_values_come_back_in_the_next_run(path):
    Settings(path).put("theme", "light")
    assert Settings(path).get("theme", "dark") == "light"


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"\xff\xfe\x00", b'"text"', b"null"])
def test_a_damaged_file_gives_the_defaults_and_is_mended(path, content):
    path.write_bytes(content)
    settings = Settings(path)
    assert settings.get("theme", "dark") == "dark"
    assert settings.recent_files == ()
    settings.put("theme", "light")
    assert json.loads(path.read_text("utf-8")) == {"theme": "light"}


def test_a_value_of_another_type_gives_the_default(path):
    path.write_text(json.dumps({"theme": 7, "recent": "no list", "orientations": []}))
    settings = Settings(path)
    assert settings.get("theme", "dark") == "dark"
    assert settings.recent_files == ()
    assert settings.orientation("key") is None


def test_recent_files_are_newest_first_once_each_and_few(path, tmp_path):
    settings = Settings(path)
    files = [tmp_path / f"{index}.ply" for index in range(RECENT_LIMIT + 3)]
    for file in files:
        settings.add_recent(file)
    settings.add_recent(files[5])
    recent = settings.recent_files
    assert recent[0] == files[5]
    assert len(recent) == len(set(recent)) == RECENT_LIMIT
    settings.clear_recent()
    assert settings.recent_files == ()


def test_orientations_are_remembered_by_mesh_and_limited(path):
    settings = Settings(path)
    settings.remember_orientation("a", Orientation("+z", "-y"))
    assert Settings(path).orientation("a") == Orientation("+z", "-y")
    assert settings.orientation("b") is None
    known = {str(index): ["+y", "+z"] for index in range(ORIENTATION_LIMIT)}
    settings.put("orientations", known)
    settings.remember_orientation("newest", Orientation("+x", "+y"))
    assert settings.orientation("newest") == Orientation("+x", "+y")
    assert settings.orientation("0") is None


@pytest.mark.parametrize("axes", [["+y", "-y"], ["up", "front"], ["+y"], [1, 2], {"a": 1}])
def test_a_damaged_orientation_is_none(path, axes):
    path.write_text(json.dumps({"orientations": {"key": axes}}))
    assert Settings(path).orientation("key") is None


def test_a_folder_that_cannot_be_written_does_not_stop_the_work(tmp_path, caplog):
    settings = Settings(tmp_path / "missing" / "settings.json")
    settings.put("theme", "light")
    assert settings.get("theme", "dark") == "light"
    assert "not kept" in caplog.text


def test_listeners_hear_a_change_once(path):
    settings, heard = Settings(path), []
    settings.changed.connect(lambda: heard.append(1))
    settings.put("theme", "light")
    settings.put("theme", "light")
    assert len(heard) == 1
