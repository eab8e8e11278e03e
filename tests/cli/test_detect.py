"""`kpstudio detect`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.geometry.closest import SurfaceLocator
from kpstudio.io.registry import load_keypoints
from tests import noted, untrained, untrained_systems
from tests.cli.conftest import Cli


def test_standard_output_is_the_keypoint_file(
    cli: Cli, models: Path, mesh: Mesh, mesh_file: Path, tmp_path: Path
) -> None:
    content = json.loads(cli("detect", mesh_file, "-m", "thing").out)
    for index, point in enumerate(content["keypoints"]):
        assert {"index", "label", "position", "confidence"} <= point.keys()
        assert (point["index"], point["label"]) == (index, untrained.NAMES[index])
        assert 0.0 <= point["confidence"] <= 1.0
    positions = np.array([point["position"] for point in content["keypoints"]])
    closest = SurfaceLocator(mesh.vertices, mesh.faces).closest(positions)
    np.testing.assert_allclose(closest.distances, 0.0, atol=1e-9)
    result = cli("detect", mesh_file, "-m", "thing", "-o", tmp_path / "k.json")
    assert result.err == f"wrote 4 keypoints to {tmp_path / 'k.json'}\n"
    assert json.loads((tmp_path / "k.json").read_text()) == content
    assert content["detector"]["id"] == "keypoint-deformer"
    assert content["detector"]["model"] == "kd-thing"


def test_what_nobody_says_is_recognised_and_told(cli: Cli, models: Path, mesh_file: Path) -> None:
    result = cli("detect", mesh_file)
    assert result.code == 0
    assert result.err == "lopsided: taken for thing, up +y, front +z\n"
    said = cli("detect", mesh_file, "--up", "+y", "-m", "thing")
    assert said.err == ""
    assert json.loads(said.out) == json.loads(result.out)


def test_the_pose_turns_the_keypoints(cli: Cli, models: Path, mesh: Mesh, mesh_file: Path) -> None:
    def positions(*options: str) -> np.ndarray:
        content = json.loads(cli("detect", mesh_file, "-m", "thing", *options).out)
        assert (content["orientation"]["up"] == "-z") == ("-z" in options)
        return np.array([point["position"] for point in content["keypoints"]])

    turned = positions("--up", "-z", "--front", "+y")
    assert np.abs(turned - positions()).max() > 1e-3 * mesh.diagonal


def test_parameters(cli: Cli, mesh_file: Path) -> None:
    result = cli("detect", mesh_file, "-d", "farthest-points", "-p", "count=7")
    content = json.loads(result.out)
    assert len(content["keypoints"]) == 7
    assert content["detector"]["parameters"]["count"] == 7
    assert content["ordered"] is False


@pytest.mark.parametrize("suffix", [".json", ".mrk.json", ".csv"])
def test_formats_hold_the_positions(
    cli: Cli, models: Path, mesh_file: Path, tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / f"keypoints{suffix}"
    assert cli("detect", mesh_file, "-o", output).code == 0
    content = json.loads(cli("detect", mesh_file).out)
    loaded = load_keypoints(output).keypoints
    expected = [point["position"] for point in content["keypoints"]]
    np.testing.assert_allclose(loaded.positions, expected, rtol=1e-12)


def test_a_format_that_loses_something_says_so(
    cli: Cli, models: Path, mesh_file: Path, tmp_path: Path
) -> None:
    assert "cannot hold" in cli("detect", mesh_file, "-o", tmp_path / "k.mrk.json").err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-m", "teapot"], "Installed: other, thing"),
        (["-m", "teapot.safetensors"], "does not exist"),
        (["-d", "magic"], "there is no detector 'magic'"),
        (["-d", "farthest-points", "-m", "thing"], "there is no parameter 'model'"),
        (["-p", "size=3"], "there is no parameter 'size'"),
        (["-p", "points"], "'points' has no value"),
        (["-p", "points=many"], "points is 'many', expected int"),
        (["-p", "points=3"], "expected 256 to 16384"),
        (["--up", "z"], "Choose one of +x"),
        (["--up", "+z", "--front", "-z"], "lie on the same axis"),
        (["-o", "no/such/folder/k.json"], "there is no folder"),
        (["-o", "keypoints.docx"], "Choose one of"),
    ],
)
def test_bad_options(
    refused: Callable[..., str], models: Path, mesh_file: Path, options: list[str], words: str
) -> None:
    assert words in refused("detect", mesh_file, *options)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist"),
        (b"", "is empty"),
        (b"\x00\x01\x02 nothing of the kind", "it does not begin as an OFF file does"),
        (b"OFF\n3 1 0\n0 0 0\n1 0 0\n", "cut off: it declares 4 vertices and faces and holds 3"),
        (b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 nan 0\n3 0 1 2\n", "NaN or infinite"),
        (b"OFF\n3 1 0\n1 2 3\n1 2 3\n1 2 3\n3 0 1 2\n", "the shape has no extent"),
        (b"OFF\n3 0 0\n0 0 0\n1 0 0\n0 1 0\n", "it is a point cloud"),
    ],
)
def test_bad_meshes_are_named(
    refused: Callable[..., str], models: Path, tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "mesh.off"
    if content is not None:
        path.write_bytes(content)
    assert words in refused("detect", path, "-m", "thing")


def test_a_file_of_another_kind(refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear madam,")
    assert "is no mesh file of a known format" in refused("detect", path)


def test_a_folder_is_no_mesh(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "is a folder" in refused("detect", tmp_path)


def test_damaged_models(refused: Callable[..., str], models: Path, mesh_file: Path) -> None:
    weights = models / "kd-thing.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert str(weights) in refused("detect", mesh_file, "-m", "thing")
    weights.unlink()
    assert str(weights) in refused("detect", mesh_file, "-m", "thing")
    (models / "manifest.json").write_text("{")
    assert "is no list of models" in refused("detect", mesh_file, "-m", "thing")


def test_nothing_is_installed(
    refused: Callable[..., str], mesh_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path / "none"))
    assert "no recogniser is installed" in refused("detect", mesh_file)


def test_notes_are_told_on_standard_error(
    cli: Cli, mesh_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted.install(monkeypatch)
    result = cli("detect", mesh_file, "-d", noted.NOTED)
    assert result.err == f"lopsided: {noted.NOTE}\n"
    assert len(json.loads(result.out)["keypoints"]) == 12


def test_a_model_for_any_shape_is_not_told_as_what_the_shape_is(
    cli: Cli, mesh_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    untrained_systems.install_system(tmp_path, "usip")
    result = cli("detect", mesh_file, "-d", "usip", "-p", "points=256")
    assert result.code == 0, result.err
    assert "taken for" not in result.err
