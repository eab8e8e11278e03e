import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kpstudio.base.errors import FormatError
from kpstudio.io.meshes import mtl
from kpstudio.io.registry import load_mesh, read_mesh, save_mesh
from tests.io.examples import assert_same_mesh, colored, irregular, textured

SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def written(folder: Path, content: str, name: str = "mesh.obj") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def load(folder: Path, content: str):
    return load_mesh(written(folder, content))[0]


MESHES = {"plain": irregular(), "colors": colored(), "texture": textured()}


@pytest.mark.parametrize("kind", MESHES)
def test_round_trip_is_exact(tmp_path: Path, kind: str) -> None:
    path, mesh = tmp_path / "a b.obj", MESHES[kind]
    assert save_mesh(path, mesh) == ()
    assert_same_mesh(load_mesh(path)[0], mesh)


@pytest.mark.parametrize(
    "corners", ["{0}", "{0}/{0}", "{0}//{0}", "{0}/{0}/{0}", "-{1}", "-{1}/-{1}", "-{1}//-{1}"]
)
def test_all_ways_to_write_a_corner(tmp_path: Path, corners: str) -> None:
    lines = "".join(f"vt 0.{i} 0.{i}\nvn 0 0 1\n" for i in range(4))
    face = "f " + " ".join(corners.format(i + 1, 4 - i) for i in range(4))
    mesh = load(tmp_path, f"{SQUARE}{lines}{face}\n")
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2], [0, 2, 3]])
    named = "{0}/{0}" in corners or "-{1}/-{1}" in corners
    assert (mesh.appearance is not None) == named
    if named:
        np.testing.assert_allclose(mesh.appearance.uv[:, 0], [0.0, 0.1, 0.2, 0.3])


def test_negative_indices_count_back_from_where_they_stand(tmp_path: Path) -> None:
    mesh = load(tmp_path, "v 0 0 0\nv 1 0 0\nv 0 1 0\nf -3 -2 -1\nv 9 9 9\nf -1 -2 -3\n")
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2], [3, 2, 1]])


def test_unusual_but_legal_text(tmp_path: Path) -> None:
    content = (
        "# SPACE=RAS\r\n  v 0 0 0 # first\r\n\tv 1. 0e0 +0\r\nv 0 1 -0.0 1.0\r\n\r\n"
        "g a b\r\ns off\r\nl 1 2\r\np 1\r\nvp 0.1\r\nf 1 \\\r\n 2 3"
    )
    found = read_mesh(written(tmp_path, content))
    np.testing.assert_array_equal(found.meshes[0].vertices, [[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(found.meshes[0].faces, [[0, 1, 2]])
    assert found.space == "RAS"


def test_vertices_without_a_face_stay(tmp_path: Path) -> None:
    mesh = load(tmp_path, "v 5 5 5\n" + SQUARE + "f 2 3 4\n")
    assert len(mesh.vertices) == 5
    np.testing.assert_array_equal(mesh.faces, [[1, 2, 3]])


def test_polygons_stay_in_order(tmp_path: Path) -> None:
    mesh = load(tmp_path, SQUARE + "f 1 2 3\nf 1 2 3 4\nf 3 4 1\nf 1 2\n")
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2], [0, 1, 2], [0, 2, 3], [2, 3, 0]])


@pytest.mark.parametrize("scale", [1, 255])
def test_colors_behind_the_coordinates(tmp_path: Path, scale: int) -> None:
    rows = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    lines = [f"v {i} {i * i} 0 {r * scale} {g * scale} {b * scale}\n"
             for i, (r, g, b) in enumerate(rows)]  # fmt: skip
    mesh = load(tmp_path, "".join(lines) + "f 1 2 3\n")
    np.testing.assert_array_equal(mesh.appearance.colors[:, :3], np.eye(3) * 255)


def test_a_texture_cuts_its_seams_at_the_end(tmp_path: Path) -> None:
    picture = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    Image.fromarray(picture).save(tmp_path / "my skin.png")
    (tmp_path / "m.mtl").write_text("newmtl a\nKd 1 1 1\nmap_Kd -s 1 1 1 my skin.png\n")
    mesh = load(
        tmp_path,
        "mtllib m.mtl\n" + SQUARE + "vt 0 0\nvt 1 0\nvt 1 1\nvt 0.5 0.5\nusemtl a\n"
        "f 1/1 2/2 3/3\nf 1/4 3/3 4/2\n",
    )
    # Vertex 0 has two coordinates: the copy comes after all others, which keep their places.
    np.testing.assert_array_equal(mesh.vertices[:4], [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    np.testing.assert_array_equal(mesh.vertices[4], mesh.vertices[0])
    corners = mesh.appearance.uv[mesh.faces].reshape(-1, 2)
    expected = [[0, 0], [1, 0], [1, 1], [0.5, 0.5], [1, 1], [1, 0]]
    np.testing.assert_array_equal(corners, expected)
    np.testing.assert_array_equal(mesh.appearance.texture[..., :3], picture)


def test_without_its_texture_a_mesh_is_not_cut(tmp_path: Path) -> None:
    (tmp_path / "m.mtl").write_text("newmtl a\nmap_Kd gone.png\n")
    found = read_mesh(
        written(tmp_path, "mtllib m.mtl\n" + SQUARE + "vt 0 0\nvt 1 1\nusemtl a\n"
                "f 1/1 2/1 3/1\nf 1/2 3/2 4/2\n")
    )  # fmt: skip
    assert len(found.meshes[0].vertices) == 4
    assert found.notes == ("the texture gone.png was not found or cannot be shown",)


def test_what_never_ends_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "m.mtl").write_text("newmtl a\nmap_Kd pipe.png\n")
    lines = SQUARE + "vt 0 0\nusemtl a\nf 1/1 2/1 3/1\n"
    for library in ("m.mtl", "pipe.png", "/dev/zero"):
        mesh = load(tmp_path, f"mtllib {library}\n{lines}")
        assert mesh.appearance is None or mesh.appearance.texture is None


def test_no_other_machine_is_asked_for_a_texture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (2, 2), "red").save(tmp_path / "skin.png")
    asked: list[str] = []
    is_file = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda self: (asked.append(str(self)), is_file(self))[1])
    assert mtl.read_texture(tmp_path, r"\\server\share\skin.png") is not None
    assert asked
    assert not any("server" in name for name in asked)


def test_materials_become_colors(tmp_path: Path) -> None:
    Image.fromarray(np.full((2, 2, 3), 77, np.uint8)).save(tmp_path / "t.png")
    (tmp_path / "m.mtl").write_text(
        "newmtl red\nKd 1 0 0\nd 0.5\nnewmtl skin\nmap_Kd t.png\nnewmtl odd\nKd x y\n"
    )
    mesh = load(
        tmp_path,
        "mtllib m.mtl\n" + SQUARE + "v 9 9 9\nvt 0 0\nusemtl red\nf 1 2 3\n"
        "usemtl skin\nf 3/1 4/1 5/1\nusemtl missing\n",
    )
    np.testing.assert_array_equal(
        mesh.appearance.colors,
        [[255, 0, 0, 128]] * 3 + [[77, 77, 77, 255]] * 2,
    )


def test_objects_are_parts_when_asked_for(tmp_path: Path) -> None:
    path = written(
        tmp_path, "o left\n" + SQUARE + "f 1 2 3 4\no right one\nv 0 0 1\nf 5 1 2\no empty\n"
    )
    left, right = load_mesh(path, scene="list")
    assert (left.name, right.name) == ("left", "right one")
    np.testing.assert_array_equal(left.faces, [[0, 1, 2], [0, 2, 3]])
    np.testing.assert_array_equal(right.vertices[right.faces], [[[0, 0, 1], [0, 0, 0], [1, 0, 0]]])
    (whole,) = load_mesh(path)
    assert (len(whole.vertices), len(whole.faces), whole.name) == (5, 3, "mesh")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SQUARE + "f 1 2 5\n", "names vertex 5, but there are 4"),
        (SQUARE + "f 0 1 2\n", "names vertex 0, but there are 4"),
        (SQUARE + "f 1/2 2/2 3/2\n", "names texture coordinate 2, but there are 0"),
        (SQUARE + "f a b c\n", "'a' stands where an index"),
        (SQUARE + "f /1 2 3\n", "lacks a vertex index"),
        ("v 0 0\n" + SQUARE + "f 1 2 3\n", "fewer than 3 numbers"),
        (SQUARE.replace("1 1 0", "1 one 0") + "f 1 2 3\n", "'one' stands where a number"),
        (SQUARE + "f 1 2 3\nf 1 2", "cut off"),
        (SQUARE, "no faces"),
        ("f 1 2 3\n", "no vertices"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(FormatError, match=message) as caught:
        load_mesh(path)
    assert caught.value.path == path
    assert caught.value.remedy


def test_transparent_colors_are_said_to_be_lost(tmp_path: Path) -> None:
    (warning,) = save_mesh(tmp_path / "a.obj", colored(opaque=False))
    assert "transparent" in warning
