from pathlib import Path

import numpy as np
import pytest

from kpstudio.base.errors import FormatError
from kpstudio.data.keypoints import Origin
from kpstudio.io.formats import KeypointInfo
from kpstudio.io.registry import load_keypoints, save_keypoints
from tests.io.examples import keypoints


def load(folder: Path, text: str | bytes, **options):
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "a.csv").write_bytes(data)
    return load_keypoints(folder / "a.csv", **options)


def test_what_is_held_comes_back(tmp_path: Path) -> None:
    points = keypoints()
    (warning,) = save_keypoints(tmp_path / "a.csv", points)
    assert "locks" in warning
    found = load_keypoints(tmp_path / "a.csv").keypoints
    assert found.positions.tobytes() == points.positions.tobytes()
    assert found.schema.names == points.schema.names
    np.testing.assert_array_equal(found.confidence, points.confidence)
    np.testing.assert_array_equal(found.defined, points.defined)
    assert found.origin[:2] == points.origin[:2]
    assert found.anchor is not None
    assert points.anchor is not None
    np.testing.assert_array_equal(found.anchor.faces, points.anchor.faces)
    np.testing.assert_array_equal(found.anchor.barycentric, points.anchor.barycentric)


def test_the_columns_are_those_documented(tmp_path: Path) -> None:
    save_keypoints(tmp_path / "a.csv", keypoints())
    header = (tmp_path / "a.csv").read_text().splitlines()[0]
    assert header == "label,x,y,z,face,b0,b1,b2,score,status,frame"


PLAIN = "label,x,y,z,score\na,1.5,2,-3,0.5\nb,4,5,6,1\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", ";").replace(".", ","),
        PLAIN.replace(",", ";"),
        "\n" + PLAIN.replace("label", "Name").replace("score", "Confidence") + "\n,,,,\n",
        "z,label,extra,y,score,x\n-3,a,?,2,0.5,1.5\n6,b,?,5,1,4\n",
        "id,label,x,y,z,score\n7,a,1.5,2,-3,.5\n8,b,4,5,6,1\n",
    ],
)
def test_as_spreadsheets_write_it(tmp_path: Path, data: str | bytes) -> None:
    points = load(tmp_path, data).keypoints
    np.testing.assert_array_equal(points.positions, [[1.5, 2, -3], [4, 5, 6]])
    np.testing.assert_array_equal(points.confidence, [0.5, 1])
    assert points.schema.names == ("a", "b")
    assert points.origin == (Origin.PLACED,) * 2
    assert points.anchor is None


def test_other_encodings_and_quotes(tmp_path: Path) -> None:
    text = 'label,x,y,z\n"left; ""tip"", é",1,2,3\n'
    for encoding in ("utf-8", "cp1252"):
        assert load(tmp_path, text.encode(encoding)).keypoints.schema.names == ('left; "tip", é',)


def test_a_missing_keypoint_may_have_empty_cells(tmp_path: Path) -> None:
    points = load(tmp_path, "label,x,y,z,status\na,,,,missing\nb,1,2,3,edited\n").keypoints
    assert points.defined.tolist() == [False, True]
    assert points.origin[1] is Origin.EDITED


def test_frames(tmp_path: Path) -> None:
    text = "label,x,y,z,frame\na,1,2,3,RAS\n"
    np.testing.assert_array_equal(load(tmp_path, text).keypoints.positions, [[-1, -2, 3]])
    found = load(tmp_path, text, space="RAS")
    np.testing.assert_array_equal(found.keypoints.positions, [[1, 2, 3]])
    save_keypoints(tmp_path / "b.csv", found.keypoints, KeypointInfo(space="RAS"))
    assert load_keypoints(tmp_path / "b.csv", space="RAS").notes == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,1,2,3\n", "does not name columns"),
        ("label,x,y,z\n", "no rows"),
        ("label,x,y,z\na,1,two,3\n", "'two' in column y of 'a'"),
        ("label,x,y,z\na,1,2\n", "'' in column z of 'a'"),
        ("label,x,y,z\na,1,2,nan\n", "NaN or infinite"),
    ],
)
def test_damage_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        load(tmp_path, text)
    assert caught.value.path == tmp_path / "a.csv"
