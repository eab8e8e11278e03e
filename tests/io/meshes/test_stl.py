import struct
from pathlib import Path

import numpy as np
import pytest

from kpstudio.base.errors import FormatError
from kpstudio.io.registry import load_mesh, read_mesh, save_mesh
from tests.io.examples import irregular, single
from tests.shapes import box

TEXT = """solid two
  facet normal 0 0 1
    outer loop
      vertex 0 0 0
      vertex 1.0e0 0 0
      vertex 0 1 -0.0
    endloop
  endfacet
  FACET NORMAL 0 0 1
    OUTER LOOP
      VERTEX 1 0 0
      VERTEX 1 1 0.1
      VERTEX 0 1 0
    ENDLOOP
  ENDFACET
endsolid two
"""


def test_corners_survive_in_single_precision(tmp_path: Path) -> None:
    mesh = irregular()
    warning = save_mesh(tmp_path / "a.stl", mesh)
    assert "order of the vertices" in warning[0]
    (found,) = load_mesh(tmp_path / "a.stl")
    rounded = mesh.vertices.astype(np.float32).astype(float)
    np.testing.assert_array_equal(found.vertices[found.faces], rounded[mesh.faces])


def test_equal_corners_become_one_vertex(tmp_path: Path) -> None:
    mesh = single(box(divisions=3))
    save_mesh(tmp_path / "a.stl", mesh)
    (found,) = load_mesh(tmp_path / "a.stl")
    assert len(found.vertices) == len(mesh.vertices)
    # Numbered by first appearance: a second trip changes nothing.
    save_mesh(tmp_path / "b.stl", found)
    (again,) = load_mesh(tmp_path / "b.stl")
    np.testing.assert_array_equal(again.vertices, found.vertices)
    np.testing.assert_array_equal(again.faces, found.faces)


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n"), TEXT.replace("\n", "\r")])
def test_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.stl").write_bytes(text.encode())
    (mesh,) = load_mesh(tmp_path / "a.stl")
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2], [1, 3, 2]])
    np.testing.assert_array_equal(mesh.vertices[3], [1, 1, 0.1])


def test_a_binary_file_may_begin_with_solid(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    save_mesh(path, box())
    data = path.read_bytes()
    path.write_bytes(b"solid SPACE=LPS".ljust(80) + data[80:])
    found = read_mesh(path)
    assert len(found.meshes[0].faces) == 12
    assert found.space == "LPS"


def test_bytes_after_the_triangles_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "a.stl"
    save_mesh(path, box())
    path.write_bytes(path.read_bytes() + b"more")
    assert len(load_mesh(path)[0].faces) == 12


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x".ljust(80) + struct.pack("<I", 4_000_000_000) + b"0" * 100, "cut off"),
        (b"x".ljust(80) + struct.pack("<I", 0), "no vertices"),
        (TEXT[:-120].encode(), "cut off"),
        (TEXT.replace("vertex 0 0 0", "vertex 0 0").encode(), "three coordinates"),
        (TEXT.replace("vertex 0 0 0", "vertex 0 0 zero").encode(), "'zero' stands"),
        (b"solid nothing\nendsolid nothing\n", "no triangles"),
        (b"solid", "no triangles"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.stl").write_bytes(content)
    with pytest.raises(FormatError, match=message):
        load_mesh(tmp_path / "a.stl")
