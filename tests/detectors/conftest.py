"""A folder of small untrained models, so that no test depends on the shipped ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.training.system import system_ids
from tests import shapes, untrained
from tests.untrained_systems import install_system


@pytest.fixture(scope="session")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of every trainable system, of category "softmax"."""
    folder = tmp_path_factory.mktemp("systems")
    for system in system_ids():
        install_system(folder, system, "softmax")
    return folder


@pytest.fixture
def models(tmp_path: Path, systems: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Those, categories "softmax" and "regression", a recogniser that always sees the first."""
    folder = tmp_path / "models"
    shutil.copytree(systems, folder)
    untrained.install(folder, [untrained.model("softmax"), untrained.model("regression")])
    monkeypatch.setenv("KPSTUDIO_MODELS", str(folder))
    return folder


@pytest.fixture
def mesh() -> Mesh:
    """A lopsided box in odd units, so that no axis looks like another."""
    box = shapes.box((30.0, 12.0, 50.0), divisions=3)
    vertices = box.vertices + box.vertices**2 * (0.01, 0.0, 0.004) + (100.0, -7.0, 3.0)
    return Mesh(vertices, box.faces, "lopsided")
