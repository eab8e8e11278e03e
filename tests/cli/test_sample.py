"""`kpstudio sample`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.io.registry import load_mesh
from tests.cli.conftest import Cli


@pytest.fixture
def drawn(cli: Cli, models: Path, mesh_file: Path, tmp_path: Path) -> Callable[..., list[bytes]]:
    """Draw samples into a new folder and return its files, in order."""
    folders = iter(tmp_path / "deep" / str(index) for index in range(9))

    def call(*options: str) -> list[bytes]:
        folder = next(folders)
        result = cli("sample", mesh_file, "-m", "thing", *options, "-o", folder)
        assert result.code == 0, result.err
        return [path.read_bytes() for path in sorted(folder.iterdir())]

    return call


def test_as_many_as_asked_for_all_different(drawn: Callable[..., list[bytes]]) -> None:
    assert len(drawn()) == 5
    files = drawn("-n", "3", "--seed", "1")
    assert len(set(files)) == 3


def test_the_same_seed_gives_the_same_files(drawn: Callable[..., list[bytes]]) -> None:
    first = drawn("-n", "3", "--seed", "1")
    assert drawn("-n", "3", "--seed", "1") == first
    assert drawn("-n", "2", "--seed", "1") == first[:2]
    assert drawn("-n", "3", "--seed", "2") != first


def test_files_are_named_after_the_mesh(
    cli: Cli, models: Path, mesh: Mesh, mesh_file: Path, tmp_path: Path
) -> None:
    result = cli("sample", mesh_file, "-m", "thing", "-n", "2", "-o", tmp_path / "out")
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == [
        "lopsided-000.ply",
        "lopsided-001.ply",
    ]
    # What PLY cannot hold is said once, not for every file.
    assert len(result.err.splitlines()) == len(set(result.err.splitlines()))
    for path in (tmp_path / "out").iterdir():
        sample = load_mesh(path)[0]
        np.testing.assert_array_equal(sample.faces, mesh.faces)
        assert (sample.vertices != mesh.vertices).any()


def test_no_spread_is_the_mean(drawn: Callable[..., list[bytes]]) -> None:
    assert len(set(drawn("-n", "3", "--spread", "0"))) == 1


def test_without_a_prior_there_is_nothing_to_draw_from(
    refused: Callable[..., str], models: Path, mesh_file: Path, tmp_path: Path
) -> None:
    line = refused("sample", mesh_file, "-m", "other", "-o", tmp_path / "out")
    assert "there is no shape prior" in line


def test_a_file_is_no_folder(refused: Callable[..., str], models: Path, mesh_file: Path) -> None:
    line = refused("sample", mesh_file, "-m", "thing", "-o", mesh_file)
    assert f"{mesh_file}: cannot be made a folder" in line
