import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.errors import FormatError, InputError
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.geometry.orientation import ORIENTATIONS
from kpstudio.io.formats import KeypointInfo
from kpstudio.io.keypoints.native import from_json, to_json
from kpstudio.io.registry import load_keypoints, save_keypoints
from tests.io.examples import assert_same_keypoints, keypoints
from tests.shapes import icosphere

INFO = KeypointInfo(
    "shape.ply", icosphere(1).key, "mm", ORIENTATIONS[7], "iss", {"radius": 6.0, "on": True},
    "model-1",
)  # fmt: skip
finite = st.floats(allow_nan=False, allow_infinity=False)


def test_everything_comes_back(tmp_path: Path) -> None:
    points = keypoints()
    assert save_keypoints(tmp_path / "a.json", points, INFO) == ()
    found = load_keypoints(tmp_path / "a.json")
    assert_same_keypoints(found.keypoints, points)
    assert found.info == INFO
    assert found.notes == ()


@given(st.lists(st.tuples(finite, finite, finite), max_size=8), st.text(max_size=20))
def test_any_numbers_and_names(positions: list[tuple[float, float, float]], name: str) -> None:
    names = tuple(f"{name}{i}" for i in range(len(positions)))
    points = KeypointSet(np.array(positions).reshape(-1, 3), KeypointSchema(names))
    content = json.loads(json.dumps(to_json(points, KeypointInfo())))
    assert_same_keypoints(from_json(content).keypoints, points)


def test_the_members_that_others_rely_on() -> None:
    content = to_json(keypoints(), INFO)
    points = content["keypoints"]
    assert [point["index"] for point in points] == [0, 1, 2, 3]
    assert points[0]["label"] == "left, tip"
    assert points[0]["confidence"] == 0.25
    np.testing.assert_array_equal([p["position"] for p in points], keypoints().positions)
    assert points[2]["state"] == "missing"
    assert points[3]["mirror"] is None


def test_very_little_is_enough() -> None:
    found = from_json({"keypoints": [{"position": [1, 2, 3]}, {"position": [4, 5, 6]}]})
    np.testing.assert_array_equal(found.keypoints.positions, [[1, 2, 3], [4, 5, 6]])
    assert found.keypoints.schema.names == ("0", "1")
    assert found.keypoints.anchor is None


def test_indices_give_the_order() -> None:
    points = [{"index": i, "label": str(i), "position": [i, 0, 0]} for i in (2, 0, 1)]
    assert from_json({"keypoints": points}).keypoints.schema.names == ("0", "1", "2")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "'keypoints' is a required property"),
        ([], "not of type 'object'"),
        ({"keypoints": [{"label": "a"}]}, "'position' is a required"),
        ({"keypoints": [{"position": [0, 0]}]}, "position"),
        ({"keypoints": [{"position": [0, 0, 0], "index": 1}]}, "not 0 to 0"),
        ({"keypoints": [], "version": 2}, "version 2"),
        ({"keypoints": [], "edges": [[0]]}, r"edges\[0\]"),
        ({"keypoints": [], "orientation": {"up": "y", "front": "+z"}}, "orientation.up"),
    ],
)
def test_misfits_are_named(content: object, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        from_json(content)


def test_contradictions_name_the_file(tmp_path: Path) -> None:
    points = [{"position": [0, 0, 0], "mirror": 1}, {"position": [0, 0, 0], "mirror": 1}]
    (tmp_path / "a.json").write_text(json.dumps({"keypoints": points}))
    with pytest.raises(FormatError, match=r"a\.json: keypoint 0 and its mirror"):
        load_keypoints(tmp_path / "a.json")


def test_parameters_that_are_no_json(tmp_path: Path) -> None:
    info = replace(INFO, parameters={"radius": float("nan")})
    with pytest.raises(InputError, match="cannot be written"):
        save_keypoints(tmp_path / "a.json", keypoints(), info)
    assert not (tmp_path / "a.json").exists()


def test_anchors_on_another_mesh_say_so() -> None:
    content = to_json(keypoints(), replace(INFO, mesh_key="other"))
    assert content["anchor_mesh_key"] == icosphere(1).key
    assert from_json(content).keypoints.anchor.mesh_key == icosphere(1).key
    assert "anchor_mesh_key" not in to_json(keypoints(), INFO)
