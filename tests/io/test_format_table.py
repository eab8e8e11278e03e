import importlib.metadata
from pathlib import Path

import pytest

from kpstudio.base.errors import FileError
from kpstudio.io.format_table import FormatTable
from kpstudio.io.formats import KEYPOINT_CONTENTS, MESH_CONTENTS, MeshFormat
from kpstudio.io.registry import (
    keypoint_formats,
    keypoint_suffixes,
    mesh_formats,
    mesh_suffixes,
    save_keypoints,
    save_mesh,
)
from tests.io.examples import keypoints
from tests.shapes import box


def no(head: bytes, size: int) -> bool:
    return False


FOREIGN = MeshFormat(id="abc", title="Foreign", suffixes=(".abc",), holds=frozenset(), sniff=no)


def table(monkeypatch: pytest.MonkeyPatch, **places: str) -> FormatTable[MeshFormat]:
    entries = [importlib.metadata.EntryPoint(n, p, "group") for n, p in places.items()]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: entries)
    builtin = {"ply": "kpstudio.io.meshes.ply:FORMAT"}
    return FormatTable("mesh format", MeshFormat, builtin, "group")


def test_other_packages_add_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    formats = table(monkeypatch, abc=f"{__name__}:FOREIGN", ply=f"{__name__}:FOREIGN")
    monkeypatch.setitem(__import__("sys").modules, __name__, __import__("types").SimpleNamespace(
        FOREIGN=FOREIGN))  # fmt: skip
    assert [item.id for item in formats.all()] == ["ply", "abc"]
    assert formats.named(Path("x.ABC")) is FOREIGN
    assert formats.suffixes() == (".ply",)  # the foreign one cannot be read


def test_a_broken_one_is_left_out_and_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    formats = table(monkeypatch, bad="no_such_module:FORMAT", odd="math:pi")
    assert [item.id for item in formats.all()] == ["ply"]
    assert "no_such_module" in formats.failures["bad"]
    assert formats.failures["odd"] == "3.141592653589793 is no MeshFormat"


def test_what_is_broken_is_known_without_asking_for_the_formats_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert list(table(monkeypatch, bad="no_such_module:FORMAT").failures) == ["bad"]


def test_the_longest_suffix_wins() -> None:
    (markups,) = (item for item in keypoint_formats() if item.id == "mrk.json")
    assert {"labels"} <= markups.holds
    assert ".mrk.json" in keypoint_suffixes()
    assert ".json" in keypoint_suffixes()


def test_formats_that_the_program_promises() -> None:
    assert {".obj", ".ply", ".off", ".stl", ".glb", ".gltf", ".vtp"} <= set(mesh_suffixes())
    writable = {item.id for item in mesh_formats() if item.can_write}
    assert writable == {"obj", "ply", "off", "stl", "glb", "vtp"}


def test_what_is_lost_is_said_in_words() -> None:
    for formats, contents in ((mesh_formats(), MESH_CONTENTS),
                              (keypoint_formats(), KEYPOINT_CONTENTS)):  # fmt: skip
        for item in formats:
            assert item.holds <= contents.keys()
            assert set(item.loses) | {contents[key] for key in item.holds} == set(contents.values())


@pytest.mark.parametrize("name", ["a.gltf", "a.docx", "noending"])
def test_a_suffix_nobody_writes(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=r"can be written.*\.ply"):
        save_mesh(tmp_path / name, box())
    with pytest.raises(FileError, match=r"can be written.*\.json"):
        save_keypoints(tmp_path / name, keypoints())
    assert list(tmp_path.iterdir()) == []
