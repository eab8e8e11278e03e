"""The command line in this process, a mesh to work on, and models nobody trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from kpstudio.cli.main import run
from kpstudio.data.mesh import Mesh
from kpstudio.io.registry import save_mesh
from tests import shapes, untrained


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


Cli = Callable[..., Result]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command and return its exit code and output."""

    def call(*arguments: object) -> Result:
        code = run([str(argument) for argument in arguments])
        return Result(code, *capsys.readouterr())

    return call


@pytest.fixture
def refused(cli: Cli) -> Callable[..., str]:
    """Run a command that must be refused; return the one line it says."""

    def call(*arguments: object) -> str:
        result = cli(*arguments)
        assert result.code == 2
        assert result.out == ""
        assert result.err.startswith("kpstudio: ")
        assert result.err.count("\n") == 1
        return result.err

    return call


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model "thing" with a prior and "other" without; everything is taken for a thing."""
    folder = tmp_path / "models"
    folder.mkdir()
    entries = [untrained.model(category="thing", prior=True), untrained.model(category="other")]
    untrained.install(folder, entries)
    monkeypatch.setenv("KPSTUDIO_MODELS", str(folder))
    return folder


@pytest.fixture
def mesh() -> Mesh:
    """A lopsided box far from the origin; its coordinates fit in single precision."""
    box = shapes.box((3.0, 1.2, 5.0), divisions=3)
    vertices = box.vertices + box.vertices**2 * (0.1, 0.0, 0.04) + (10.0, -7.0, 3.0)
    return Mesh(vertices.astype(np.float32), box.faces, "lopsided")


@pytest.fixture
def mesh_file(mesh: Mesh, tmp_path: Path) -> Path:
    """The box in a file."""
    path = tmp_path / "lopsided.ply"
    save_mesh(path, mesh)
    return path
