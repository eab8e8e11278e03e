import json
from pathlib import Path

import numpy as np
import pytest

from kpstudio.base.errors import FormatError
from kpstudio.io.formats import KeypointInfo
from kpstudio.io.registry import load_keypoints, save_keypoints
from tests.io.examples import keypoints


def markups(version: str = "1.0.3", **changes) -> dict:
    markup = {
        "type": "Fiducial",
        "coordinateSystem": "LPS",
        "controlPoints": [
            {"id": "1", "label": "a", "position": [1.0, 2.0, 3.0], "positionStatus": "defined"},
            {"id": "2", "label": "b", "position": [4.0, 5.0, 6.0], "locked": True},
            {"id": "3", "label": "", "position": [0.0, 0.0, 0.0], "positionStatus": "undefined"},
            {"id": "4", "label": "d", "positionStatus": "preview", "color": [1, 0, 0]},
        ],
        "display": {"visibility": True},
        **changes,
    }
    return {"@schema": f"https://example.org/markups-schema-v{version}.json#", "markups": [markup]}


def load(folder: Path, content: object, **options):
    (folder / "a.mrk.json").write_text(json.dumps(content))
    return load_keypoints(folder / "a.mrk.json", **options)


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4"])
def test_all_versions_and_unknown_members(tmp_path: Path, version: str) -> None:
    found = load(tmp_path, markups(version, coordinateUnits="mm", lastUsedControlPointNumber=4))
    points = found.keypoints
    np.testing.assert_array_equal(points.positions[:2], [[1, 2, 3], [4, 5, 6]])
    assert points.schema.names == ("a", "b", "2", "d")
    assert points.defined.tolist() == [True, True, False, False]
    assert points.locked.tolist() == [False, True, False, False]
    assert found.info.unit == "mm"


def test_what_is_held_comes_back(tmp_path: Path) -> None:
    points = keypoints()
    path = tmp_path / "a.mrk.json"
    (warning,) = save_keypoints(path, points, KeypointInfo(unit="mm", detector="iss"))
    for words in ("confidence", "surface", "mirror", "detector"):
        assert words in warning
    found = load_keypoints(path)
    assert found.keypoints.positions.tobytes() == points.positions.tobytes()
    assert found.keypoints.schema.names == points.schema.names
    for name in ("locked", "defined"):
        np.testing.assert_array_equal(getattr(found.keypoints, name), getattr(points, name))
    assert found.info.unit == "mm"


def test_what_slicer_asks_for(tmp_path: Path) -> None:
    save_keypoints(tmp_path / "a.mrk.json", keypoints(), KeypointInfo(unit="cm"))
    content = json.loads((tmp_path / "a.mrk.json").read_text())
    assert content["@schema"].endswith("markups-schema-v1.0.3.json#")
    (markup,) = content["markups"]
    assert markup["coordinateUnits"] == ["cm", "UCUM", "centimeter"]
    assert markup["coordinateSystem"] == "LPS"
    states = [point["positionStatus"] for point in markup["controlPoints"]]
    assert states == ["defined", "defined", "undefined", "defined"]


@pytest.mark.parametrize(
    ("mesh", "file", "turned"),
    [("", "LPS", False), ("LPS", "LPS", False), ("RAS", "RAS", False), ("LPS", "RAS", True),
     ("RAS", "LPS", True), ("", "RAS", True), ("LPS", "0", True), ("LPS", "1", False)],
)  # fmt: skip
def test_positions_turn_only_when_the_frames_differ(
    tmp_path: Path, mesh: str, file: str, turned: bool
) -> None:
    found = load(tmp_path, markups(coordinateSystem=file), space=mesh)
    sign = -1 if turned else 1
    np.testing.assert_array_equal(found.keypoints.positions[0], [sign * 1, sign * 2, 3])
    assert (found.notes != ()) == turned
    assert found.info.space == (mesh or "LPS")


def test_a_frame_that_is_known_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.mrk.json"
    save_keypoints(path, keypoints(), KeypointInfo(space="RAS"))
    found = load_keypoints(path, space="RAS")
    np.testing.assert_array_equal(found.keypoints.positions, keypoints().positions)


def test_several_lists_and_other_types(tmp_path: Path) -> None:
    content = markups()
    content["markups"] += [{"type": "Plane", "controlPoints": []}, content["markups"][0]]
    found = load(tmp_path, content)
    assert len(found.keypoints) == 8
    assert "1 markups of other types" in found.notes[0]
    curve = markups(type="Curve")
    assert len(load(tmp_path, curve).keypoints) == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"markups": 3}, "no list of markups"),
        ({"markups": []}, "coordinate systems"),
        (markups(coordinateSystem="XYZ"), "XYZ"),
        (markups(controlPoints=[]), "no control points"),
        (markups(controlPoints=[{"position": [1, 2]}]), "damaged"),
        (markups(controlPoints=[{"position": [1, 2, "x"]}]), "damaged"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        load(tmp_path, content)
    assert caught.value.path == tmp_path / "a.mrk.json"
