from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kpstudio.base.errors import FileError, FormatError
from kpstudio.data.keypoints import KeypointSet
from kpstudio.io import keypoint_registry
from kpstudio.io.registry import KeypointInfo, load_keypoints, save_keypoints, save_mesh
from tests.io.examples import assert_same_keypoints, keypoints
from tests.shapes import box


@pytest.mark.parametrize("name", ["a.json", "a.mrk.json", "a.csv"])
def test_content_counts_more_than_the_name(tmp_path: Path, name: str) -> None:
    save_keypoints(tmp_path / name, keypoints())
    for other in ("b.csv", "b.json", "b.mrk.json", "b.txt", "b"):
        (tmp_path / other).write_bytes((tmp_path / name).read_bytes())
        found = load_keypoints(tmp_path / other)
        np.testing.assert_array_equal(found.keypoints.positions, keypoints().positions)


@pytest.mark.parametrize("name", ["a.json", "a.mrk.json", "a.csv"])
def test_keypoints_of_which_nothing_is_lost(tmp_path: Path, name: str) -> None:
    plain = KeypointSet(np.eye(3))
    assert save_keypoints(tmp_path / name, plain) == ()
    np.testing.assert_array_equal(load_keypoints(tmp_path / name).keypoints.positions, np.eye(3))


def test_mesh_files_that_carry_keypoints(tmp_path: Path) -> None:
    save_mesh(tmp_path / "a.glb", box(), keypoints=keypoints())
    found = load_keypoints(tmp_path / "a.glb")
    assert_same_keypoints(found.keypoints, keypoints())
    assert found.info.shape_file == "a.glb"
    save_mesh(tmp_path / "b.glb", box())
    with pytest.raises(FormatError, match=r"b\.glb: is a mesh file without keypoints"):
        load_keypoints(tmp_path / "b.glb")


@pytest.mark.parametrize("suffix", ["glb", "vtp"])
@pytest.mark.parametrize(
    ("carrier", "mesh", "turned"),
    [("", "", False), ("", "RAS", False), ("LPS", "", False), ("LPS", "LPS", False),
     ("RAS", "RAS", False), ("RAS", "LPS", True), ("RAS", "", True), ("LPS", "RAS", True)],
)  # fmt: skip
def test_carried_keypoints_turn_only_when_the_frames_differ(
    tmp_path: Path, suffix: str, carrier: str, mesh: str, turned: bool
) -> None:
    path = tmp_path / f"a.{suffix}"
    save_mesh(path, replace(box(), space=carrier), keypoints=keypoints())
    found = load_keypoints(path, mesh)
    sign = np.array([-1.0, -1.0, 1.0]) if turned else 1.0
    np.testing.assert_array_equal(found.keypoints.positions, sign * keypoints().positions)
    assert (found.notes != ()) == turned


@pytest.mark.parametrize("name", ["a.json", "a.mrk.json", "a.csv"])
def test_without_a_mesh_in_mind_nothing_is_turned(tmp_path: Path, name: str) -> None:
    save_keypoints(tmp_path / name, keypoints(), KeypointInfo(space="RAS"))
    found = load_keypoints(tmp_path / name, space=None)
    np.testing.assert_array_equal(found.keypoints.positions, keypoints().positions)
    assert found.info.space == "RAS"


def test_what_is_no_keypoint_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not exist"):
        load_keypoints(tmp_path / "gone.json")
    for name, content in {
        "a.txt": b"hello",
        "a.json": b"{}",
        "a.csv": b"1;2",
        "b.json": b"\0\1",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FormatError) as caught:
            load_keypoints(tmp_path / name)
        assert caught.value.path == tmp_path / name


def test_huge_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keypoint_registry, "SIZE_LIMIT", 10)
    save_keypoints(tmp_path / "a.json", keypoints())
    with pytest.raises(FormatError, match="too large"):
        load_keypoints(tmp_path / "a.json")


def test_saving_is_atomic(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be written"):
        save_keypoints(tmp_path / "no" / "a.json", keypoints())
    save_keypoints(tmp_path / "a.json", keypoints())
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
