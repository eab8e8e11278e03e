"""`kpstudio deform`: what is typed is what moves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.io.registry import load_mesh, read_mesh
from tests.cli.conftest import Cli

THING = ("-m", "thing")


@pytest.fixture
def keypoints(cli: Cli, models: Path, mesh_file: Path) -> np.ndarray:
    """The four keypoints at rest, file coordinates."""
    content = json.loads(cli("detect", mesh_file, *THING).out)
    return np.array([point["position"] for point in content["keypoints"]])


@pytest.fixture
def deformed(cli: Cli, models: Path, mesh_file: Path, tmp_path: Path) -> Callable[..., Mesh]:
    """Deform the box and return what was written, in double precision."""

    def call(*options: str) -> Mesh:
        output = tmp_path / "out.obj"
        result = cli("deform", mesh_file, *THING, *options, "-o", output)
        assert result.code == 0, result.err
        assert result.err.endswith(f"wrote {output}\n")
        return load_mesh(output)[0]

    return call


def test_no_offset_gives_the_mesh_back_bit_for_bit(
    deformed: Callable[..., Mesh], mesh: Mesh
) -> None:
    same = deformed("--move", "0=0,0,0", "--move", "near=0,-0,0.0")
    np.testing.assert_array_equal(same.vertices, mesh.vertices)
    np.testing.assert_array_equal(same.faces, mesh.faces)


def test_moves_add_up(deformed: Callable[..., Mesh], mesh: Mesh) -> None:
    one = deformed("--move", "0=+0.1,0,0").vertices - mesh.vertices
    other = deformed("--move", "middle=0,-0.05,0.2").vertices - mesh.vertices
    both = deformed("--move", "0=+0.1,0,0", "--move", "middle=0,-0.05,0.2").vertices - mesh.vertices
    assert np.abs(one).max() > 1e-3 * mesh.diagonal
    np.testing.assert_allclose(both, one + other, atol=1e-9 * mesh.diagonal)
    twice = deformed("--move", "0=0.2,0,0").vertices - mesh.vertices
    np.testing.assert_allclose(twice, 2 * one, atol=1e-9 * mesh.diagonal)


def test_an_offset_in_the_cube_is_one_in_the_file(
    deformed: Callable[..., Mesh], mesh: Mesh, keypoints: np.ndarray
) -> None:
    longest = (mesh.bounds[1] - mesh.bounds[0]).max()
    place = keypoints[2] + np.array([0.0, 0.1, 0.2]) * longest
    moved = deformed("--move", "near=0,0.1,0.2")
    placed = deformed("--to", "2=" + ",".join(map(str, place.tolist())))
    np.testing.assert_allclose(moved.vertices, placed.vertices, atol=1e-9 * mesh.diagonal)


def test_offsets_follow_the_pose(
    cli: Cli, models: Path, mesh: Mesh, mesh_file: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.obj"
    pose = ("--up", "+z", "--front", "+x")
    assert cli("deform", mesh_file, *THING, *pose, "--move", "0=0,0.1,0", "-o", output).code == 0
    offset = load_mesh(output)[0].vertices - mesh.vertices
    assert np.abs(offset[:, 2]).max() > 0.0
    np.testing.assert_array_equal(offset[:, :2], 0.0)


def test_symmetric_moves_the_partner(deformed: Callable[..., Mesh]) -> None:
    mirrored = deformed("--move", "left=0.1,0.02,0", "--symmetric")
    by_hand = deformed("--move", "left=0.1,0.02,0", "--move", "right=-0.1,0.02,0")
    np.testing.assert_allclose(mirrored.vertices, by_hand.vertices, atol=1e-9)


def test_the_prior_moves_the_others_by_its_strength(deformed: Callable[..., Mesh]) -> None:
    free = deformed("--move", "left=0.1,0,0").vertices
    half, full = (
        deformed("--move", "left=0.1,0,0", "--prior", strength).vertices
        for strength in ("0.5", "1")
    )
    assert 0.0 < np.abs(half - free).max() < np.abs(full - free).max()


def test_fields_and_keypoints_go_along(cli: Cli, models: Path, mesh_file: Path, tmp_path: Path,
                                       keypoints: np.ndarray, mesh: Mesh) -> None:  # fmt: skip
    output = tmp_path / "out.vtp"
    assert cli("deform", mesh_file, *THING, "--move", "0=0.1,0,0", "-o", output).code == 0
    content = read_mesh(output)
    assert {field.name for field in content.fields} >= {"displacement"}
    assert content.keypoints is not None
    moved = content.keypoints.positions - keypoints
    longest = (mesh.bounds[1] - mesh.bounds[0]).max()
    np.testing.assert_allclose(moved[0], [0.1 * longest, 0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(moved[1:], 0.0, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "nothing is moved"),
        (["--move", "0"], "'0' names no keypoint"),
        (["--move", "4=0,0,0"], "Use 0 to 3, or one of: left, right, near, middle"),
        (["--move", "-1=0,0,0"], "there is no keypoint '-1'"),
        (["--move", "wing tip=0,0,0"], "there is no keypoint 'wing tip'"),
        (["--move", "0=1,2"], "the move of 0 is '1,2'. Write three numbers"),
        (["--move", "0=1,2,x"], "Write three numbers"),
        (["--move", "0=1,2,nan"], "Write three numbers"),
        (["--to", "0=1,2,inf"], "Write three numbers"),
        (["--move", "0=0,0,0", "--to", "left=0,0,0"], "keypoint left is moved twice"),
        (["--move", "0=0,0,0", "--prior", "1.5"], "Invalid value for '--prior'"),
    ],
)
def test_bad_moves(
    refused: Callable[..., str],
    models: Path,
    mesh_file: Path,
    tmp_path: Path,
    options: list[str],
    words: str,
) -> None:
    output = tmp_path / "out.ply"
    assert words in refused("deform", mesh_file, *THING, *options, "-o", output)
    assert not output.exists()


@pytest.mark.parametrize(
    ("name", "words"), [("no/folder/out.ply", "there is no folder"), ("out.txt", "ends in '.txt'")]
)
def test_bad_outputs_are_noticed_before_any_work(
    refused: Callable[..., str], tmp_path: Path, name: str, words: str
) -> None:
    missing = tmp_path / "missing.ply"
    assert words in refused("deform", missing, "--move", "0=0,0,0", "-o", tmp_path / name)
