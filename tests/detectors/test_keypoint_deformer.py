"""What KeypointDeformer promises beyond the contract of all detectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kpstudio.base.errors import InputError, ModelError
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.deformation.rig import bind
from kpstudio.detectors.keypoint_deformer import (
    DETECTOR,
    KeypointDeformerParameters,
    refine_influence,
)
from kpstudio.geometry.closest import SurfaceLocator
from kpstudio.geometry.reflect import reflect_points

pytestmark = pytest.mark.usefixtures("models")


def detect(mesh: Mesh, **values: Any) -> Detection:
    return DETECTOR.detect(mesh, None, KeypointDeformerParameters(**{"model": "softmax"} | values))


def test_snapped_keypoints_lie_on_the_surface_and_keep_the_raw_ones(mesh: Mesh) -> None:
    snapped, floating = detect(mesh), detect(mesh, snap=False)
    assert snapped.raw is not None
    assert np.array_equal(snapped.raw, floating.keypoints.positions)
    locator = SurfaceLocator(mesh.vertices, mesh.faces)
    assert locator.closest(snapped.keypoints.positions).distances.max() < 1e-9 * mesh.diagonal
    anchor = snapped.keypoints.anchor
    assert anchor is not None
    assert anchor.mesh_key == mesh.key
    assert np.allclose(anchor.positions(mesh.vertices, mesh.faces), snapped.keypoints.positions)
    assert floating.keypoints.anchor is None


def test_names_partners_and_lines_come_from_the_model(mesh: Mesh) -> None:
    schema = detect(mesh).keypoints.schema
    assert schema.names == ("left", "right", "near", "middle")
    assert schema.mirror == (1, 0, 2, 3)
    assert schema.edges == ((0, 1),)


def test_a_mirrored_mesh_gets_mirrored_keypoints(mesh: Mesh) -> None:
    mirrored = Mesh(reflect_points(mesh.vertices, np.array([1.0, 0, 0]), 0.0), mesh.faces)
    straight, found = detect(mesh, snap=False), detect(mirrored, snap=False)
    expected = straight.keypoints.positions[[1, 0, 2, 3]] * (-1.0, 1.0, 1.0)
    assert np.allclose(found.keypoints.positions, expected, atol=1e-4)


def test_a_heatmap_for_every_keypoint(mesh: Mesh) -> None:
    fields = detect(mesh).keypoint_fields["heatmap"]
    assert [field.name for field in fields] == [
        f"heatmap of {name}" for name in ("left", "right", "near", "middle")
    ]
    for field in fields:
        assert field.range[0] >= 0.0
        assert field.range[1] == pytest.approx(1.0)
    assert detect(mesh, heatmaps=False).keypoint_fields == {}
    assert detect(mesh, model="regression").keypoint_fields == {}


@pytest.mark.parametrize("cage", ["coarse", "fine"])
def test_moving_all_keypoints_moves_the_mesh(mesh: Mesh, cage: str) -> None:
    found = detect(mesh, cage=cage)
    assert found.handling is not None
    assert len(found.handling.cage.vertices) == {"coarse": 42, "fine": 162}[cage]
    rig = bind(mesh, found.keypoints, found.handling)
    step = np.array([3.0, -2.0, 1.0])
    moved = rig.deform(np.tile(step, (len(found.keypoints), 1)))
    assert np.allclose(moved, mesh.vertices + step, atol=1e-9 * mesh.diagonal)


def test_no_cage_vertex_is_left_alone(mesh: Mesh) -> None:
    handling = detect(mesh).handling
    assert handling is not None
    assert (np.abs(handling.influence).max(axis=1) > 0.1).all()


def test_a_refined_influence_keeps_its_values_and_sums() -> None:
    coarse = np.random.default_rng(0).random((12, 5))
    fine = refine_influence(coarse, 0)
    assert fine.shape == (42, 5)
    assert np.allclose(fine[:12], coarse)
    assert np.allclose(refine_influence(np.ones((12, 5)), 0), 1.0)


def test_the_category_is_recognised_when_none_is_named(mesh: Mesh) -> None:
    found = detect(mesh, model="")
    assert found.provenance.model == "kd-softmax"
    assert found.provenance.parameters["model"] == "softmax"


def test_a_model_file_of_your_own(mesh: Mesh, models: Path, tmp_path: Path) -> None:
    path = (models / "kd-softmax.safetensors").rename(tmp_path / "mine.safetensors")
    found = detect(mesh, model=str(path))
    assert found.provenance.model == "mine"
    assert found.provenance.parameters["model"] == str(path)


def test_no_such_model(mesh: Mesh) -> None:
    with pytest.raises(ModelError, match=r"'teapot'.*Installed: regression, softmax"):
        detect(mesh, model="teapot")


def test_corrupt_model(mesh: Mesh, models: Path) -> None:
    path = models / "kd-softmax.safetensors"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"kd-softmax\.safetensors: is not the file.*Install"):
        detect(mesh)
    path.unlink()
    with pytest.raises(ModelError, match=r"kd-softmax\.safetensors: does not exist.*Install"):
        detect(mesh)


def test_nothing_that_is_known(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kpstudio.detectors.recognise._LEAST", 1.0)
    with pytest.raises(InputError, match="Choose its category"):
        detect(mesh, model="")
