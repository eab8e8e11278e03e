import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kpstudio.base.errors import FormatError
from kpstudio.data.field import Field
from kpstudio.io.meshes.ply_writer import property_names
from kpstudio.io.registry import load_mesh, read_mesh, save_mesh
from tests.io.examples import assert_same_mesh, colored, fields, irregular, textured

HEADER = (
    "ply\nformat {kind} 1.0\ncomment by hand\nelement vertex 5\nproperty double x\n"
    "property double y\nproperty float z\nproperty uchar red\nproperty uchar green\n"
    "property uchar blue\nproperty int quality\nelement face {faces}\n"
    "property list uchar int vertex_indices\nproperty list uchar float weights\n"
    "property short group\nend_header\n"
)
POINTS = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0.5, 0.5, 1)]
FACES = [(0, 1, 2, 3), (0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)]


def binary(order: str, faces=FACES) -> bytes:
    kind = "binary_little_endian" if order == "<" else "binary_big_endian"
    body = b"".join(
        struct.pack(order + "ddfBBBi", *point, 10 * i, i, 255, -i) for i, point in enumerate(POINTS)
    )
    for i, face in enumerate(faces):
        body += struct.pack(f"{order}B{len(face)}i", len(face), *face)
        body += struct.pack(f"{order}B{i}fh", i, *range(i), i)
    return HEADER.format(kind=kind, faces=len(faces)).encode() + body


def ascii_text(faces=FACES) -> bytes:
    lines = [f"{x} {y} {z} {10 * i} {i} 255 {-i}" for i, (x, y, z) in enumerate(POINTS)]
    for i, face in enumerate(faces):
        row = [len(face), *face, i, *range(i), i]
        lines.append(" ".join(str(value) for value in row))
    return HEADER.format(kind="ascii", faces=len(faces)).encode() + "\n".join(lines).encode()


@pytest.mark.parametrize("data", [binary("<"), binary(">"), ascii_text()], ids=["<", ">", "ascii"])
def test_lists_of_any_length(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "mixed.ply"
    path.write_bytes(data)
    found = read_mesh(path)
    mesh = found.meshes[0]
    np.testing.assert_array_equal(mesh.vertices, POINTS)
    np.testing.assert_array_equal(
        mesh.faces, [[0, 1, 2], [0, 2, 3], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]]
    )
    np.testing.assert_array_equal(mesh.appearance.colors[2], [20, 2, 255, 255])
    (quality,) = found.fields
    assert quality.name == "quality"
    np.testing.assert_array_equal(quality.values, [0, -1, -2, -3, -4])


MESHES = {"plain": irregular(), "colors": colored(opaque=False), "texture": textured()}


@pytest.mark.parametrize("kind", MESHES)
def test_round_trip_is_exact(tmp_path: Path, kind: str) -> None:
    path, mesh = tmp_path / "a b.ply", MESHES[kind]
    assert save_mesh(path, mesh) == ()
    assert_same_mesh(load_mesh(path)[0], mesh)


def test_fields_come_back_with_names_and_units(tmp_path: Path) -> None:
    mesh = irregular()
    expected = (*fields(mesh), Field("heat of é  1", np.arange(len(mesh.vertices)), "°"))
    assert save_mesh(tmp_path / "a.ply", mesh, expected) == ()
    found = read_mesh(tmp_path / "a.ply").fields
    assert [(f.name, f.unit, f.signed) for f in found] == [
        (f.name, f.unit, f.signed) for f in expected
    ]
    for one, other in zip(found, expected, strict=True):
        assert one.values.tobytes() == other.values.tobytes()


def test_property_names_are_words_and_differ() -> None:
    names = property_names([Field(name, []) for name in ("a b", "a-b", "x", "é", "a b")])
    assert len(set(names)) == 5
    assert all(name.isascii() and name.isidentifier() for name in names)
    assert not {"x", "y", "z", "red"} & set(names)


@pytest.mark.parametrize("unit", ["mm", "µm"])
def test_the_unit_is_kept(tmp_path: Path, unit: str) -> None:
    save_mesh(tmp_path / "a.ply", replace(irregular(), unit=unit))
    assert load_mesh(tmp_path / "a.ply")[0].unit == unit


def test_a_header_in_latin_1_is_read(tmp_path: Path) -> None:
    save_mesh(tmp_path / "a.ply", replace(irregular(), unit="mm"))
    data = (tmp_path / "a.ply").read_bytes()
    (tmp_path / "a.ply").write_bytes(data.replace(b"unit mm", b"unit \xb5m"))
    assert load_mesh(tmp_path / "a.ply")[0].unit == "µm"


def test_a_face_with_texture_coordinates_of_its_own(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(tmp_path / "t.png")
    (tmp_path / "a.ply").write_text(
        "ply\nformat ascii 1.0\ncomment TextureFile t.png\nelement vertex 4\nproperty float x\n"
        "property float y\nproperty float z\nelement face 2\nproperty list uchar int vertex_index\n"
        "property list uchar float texcoord\nend_header\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n"
        "3 0 1 2 6 0 0 1 0 1 1\n3 0 2 3 6 .5 .5 1 1 0 1\n"
    )
    (mesh,) = load_mesh(tmp_path / "a.ply")
    assert mesh.appearance.texture.shape == (2, 2, 4)
    assert len(mesh.vertices) == 5
    corners = mesh.appearance.uv[mesh.faces].reshape(-1, 2)
    np.testing.assert_array_equal(corners, [[0, 0], [1, 0], [1, 1], [0.5, 0.5], [1, 1], [0, 1]])


def test_a_missing_texture_and_a_field_of_nan_are_noted(tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_text(
        "ply\nformat ascii 1.0\ncomment TextureFile t.png\ncomment SPACE=RAS\nelement vertex 3\n"
        "property float x\nproperty float y\nproperty float z\nproperty float q\n"
        "element face 1\nproperty list uchar int vertex_index\nend_header\n"
        "0 0 0 nan\n1 0 0 1\n1 1 0 2\n3 0 1 2\n"
    )
    found = read_mesh(tmp_path / "a.ply")
    assert len(found.notes) == 2
    assert "q" in found.notes[0]
    assert "t.png" in found.notes[1]
    assert found.fields == ()
    assert found.space == "RAS"


def test_other_elements_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_text(
        "ply\nformat ascii 1.0\nelement camera 1\nproperty list uint float matrix\n"
        "element vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
        "element edge 1\nproperty int a\nproperty int b\nelement face 1\n"
        "property list uchar uint vertex_indices\nproperty uchar red\nproperty uchar green\n"
        "property uchar blue\nelement rest 2\nproperty int c\nend_header\n"
        "2 7 8\n0 0 0\n1 0 0\n0 1 0\n0 1\n3 0 1 2 9 8 7\n"
    )
    (mesh,) = load_mesh(tmp_path / "a.ply")
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2]])
    np.testing.assert_array_equal(mesh.appearance.colors, [[9, 8, 7, 255]] * 3)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"end_header", b"end_header_not", "does not end"),
        (b"element vertex 5", b"element vertex 10000000000000", "cut off"),
        (b"element face 5", b"element face 99999999999", "cut off"),
        (b"element face 5", b"element face 6", "cut off"),
        (b"property int quality", b"property quaternion quality", "makes no sense"),
        (b"format binary", b"format quaternary", "makes no sense"),
        (b"property double x", b"property double u", "no x, y and z"),
        (b"element vertex 5", b"element vertex five", "makes no sense"),
    ],
)
def test_damage_is_named(tmp_path: Path, old: bytes, new: bytes, message: str) -> None:
    path = tmp_path / "a.ply"
    path.write_bytes(binary("<").replace(old, new))
    with pytest.raises(FormatError, match=message):
        load_mesh(path)


def test_indices_are_checked_before_they_are_used(tmp_path: Path) -> None:
    for bad in (5, -1, 2**31 - 1):
        (tmp_path / "a.ply").write_bytes(binary("<", [(0, 1, bad)]))
        with pytest.raises(FormatError, match=r"outside 0\.\.4"):
            load_mesh(tmp_path / "a.ply")
