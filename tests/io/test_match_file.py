"""Files of matches: what is written is read again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kpstudio.base.errors import FileError, FormatError, InputError
from kpstudio.data.correspondence import Correspondence
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.io.match_file import Side, load_matches, save_matches

FIRST = Side("a", KeypointSet(np.eye(3), KeypointSchema(("nose", "left, ear", "tail"))))
SECOND = Side("b", KeypointSet(2.0 * np.eye(3)))
MATCHES = Correspondence([[0, 2], [1, 0]], np.array([0.25, 1.0]), "order")


@pytest.mark.parametrize("name", ["m.json", "m.csv"])
def test_what_is_written_is_read_again(tmp_path, name):
    path = tmp_path / name
    save_matches(path, FIRST, SECOND, MATCHES)
    found = load_matches(path)
    assert np.array_equal(found.pairs, MATCHES.pairs)
    assert found.confidence == pytest.approx(MATCHES.confidence)


def test_names_and_places_are_told(tmp_path):
    path = tmp_path / "m.json"
    save_matches(path, FIRST, SECOND, MATCHES)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["shapes"] == ["a", "b"]
    second = content["matches"][1]
    assert (second["first_name"], second["second_name"]) == ("left, ear", "0")
    assert (second["y1"], second["x2"]) == (1.0, 2.0)


@pytest.mark.parametrize(
    "text", ["", "{}", '{"matches": [{"first": -1}]}', "[1]", '{"matches": 3}']
)
def test_what_holds_no_matches_is_refused(tmp_path, text):
    path = tmp_path / "m.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match="holds no matches"):
        load_matches(path)


def test_refusals(tmp_path):
    with pytest.raises(FileError, match=r"\.txt"):
        save_matches(tmp_path / "m.txt", FIRST, SECOND, MATCHES)
    with pytest.raises(FileError, match="cannot be read"):
        load_matches(tmp_path / "none.json")
    with pytest.raises(InputError):
        save_matches(tmp_path / "m.csv", FIRST, SECOND, Correspondence([[5, 0]]))
    assert not (tmp_path / "m.csv").exists()
