from pathlib import Path

import numpy as np
import pytest

from kpstudio.base.errors import FormatError
from kpstudio.io.registry import load_mesh, save_mesh
from tests.io.examples import assert_same_mesh, colored, irregular

POINTS = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n"


def load(folder: Path, content: str):
    (folder / "a.off").write_text(content)
    return load_mesh(folder / "a.off")[0]


@pytest.mark.parametrize("mesh", [irregular(), colored(opaque=False)], ids=["plain", "colors"])
def test_round_trip_is_exact(tmp_path: Path, mesh) -> None:
    assert save_mesh(tmp_path / "a.off", mesh) == ()
    assert_same_mesh(load_mesh(tmp_path / "a.off")[0], mesh)


@pytest.mark.parametrize(
    "head", ["OFF\n4 1 0\n", "OFF 4 1 0\n", "# hi\nOFF # x\n# y\n\n4 1\n", "off\r\n4 1 9\r\n"]
)
def test_headers(tmp_path: Path, head: str) -> None:
    mesh = load(tmp_path, head + POINTS.replace("1 1 0", "1 1 0 # corner") + "\n4 0 1 2 3\n")
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2], [0, 2, 3]])
    np.testing.assert_array_equal(mesh.vertices[2], [1, 1, 0])


@pytest.mark.parametrize(
    ("head", "extra"),
    [("COFF", " 10 20 30 255"), ("OFF", " 10 20 30"), ("CNOFF", " 0 0 1 10 20 30 255"),
     ("STCNOFF", " 0 0 1 10 20 30 255 0.5 0.5")],
)  # fmt: skip
def test_vertex_colors(tmp_path: Path, head: str, extra: str) -> None:
    points = POINTS.replace("\n", extra + "\n")
    mesh = load(tmp_path, f"{head}\n4 1 0\n{points}4 0 1 2 3\n")
    np.testing.assert_array_equal(mesh.appearance.colors, [[10, 20, 30, 255]] * 4)


def test_normals_and_texture_coordinates_are_no_colors(tmp_path: Path) -> None:
    points = POINTS.replace("\n", " 0 0 1\n")
    assert load(tmp_path, f"NOFF\n4 1 0\n{points}4 0 1 2 3\n").appearance is None


def test_face_colors(tmp_path: Path) -> None:
    mesh = load(tmp_path, f"OFF\n4 2 0\n{POINTS}3 0 1 2 1.0 0 0\n3 0 2 3 0 0 1.0\n")
    np.testing.assert_array_equal(
        mesh.appearance.colors[:, :3], [[255, 0, 0], [255, 0, 0], [255, 0, 0], [0, 0, 255]]
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("OFF\n", "does not begin"),
        (f"OFF\n4 1000000000000 0\n{POINTS}", "cut off"),
        (f"OFF\n1000000000000 1 0\n{POINTS}", "cut off"),
        (f"OFF\n4 2 0\n{POINTS}3 0 1 2\n", "cut off"),
        (f"OFF\n4 1 0\n{POINTS}3 0 1\n", "fewer vertices than it says"),
        (f"OFF\n4 1 0\n{POINTS}3 0 1 4\n", r"outside 0\.\.3"),
        (f"OFF\n4 1 0\n{POINTS}3 0 -1 2\n", r"outside 0\.\.3"),
        ("OFF\n3 1 0\n0 0\n1 0\n0 1\n3 0 1 2\n", "fewer than three"),
        (f"4OFF\n4 1 0\n{POINTS}3 0 1 2\n", "four coordinates"),
        (f"OFF BINARY\n4 1 0\n{POINTS}", "binary"),
        ("OFF\n0 0 0\n\n", "no vertices"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        load(tmp_path, content)
