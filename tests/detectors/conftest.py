"""A folder of small untrained models, so that no test depends on the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpstudio.data.mesh import Mesh
from tests import shapes, untrained


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Categories "softmax" and "regression", and a recogniser that always sees the first."""
    folder = tmp_path / "models"
    folder.mkdir()
    untrained.install(folder, [untrained.model("softmax"), untrained.model("regression")])
    monkeypatch.setenv("KPSTUDIO_MODELS", str(folder))
    return folder


@pytest.fixture
def mesh() -> Mesh:
    """A lopsided box in odd units, so that no axis looks like another."""
    box = shapes.box((30.0, 12.0, 50.0), divisions=3)
    vertices = box.vertices + box.vertices**2 * (0.01, 0.0, 0.004) + (100.0, -7.0, 3.0)
    return Mesh(vertices, box.faces, "lopsided")
