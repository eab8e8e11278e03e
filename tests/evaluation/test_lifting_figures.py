from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kpstudio.app.training_data import subjects
from kpstudio.base.arrays import FloatArray
from kpstudio.detectors.lifting import DETECTOR, LiftedSights, LiftingParameters
from kpstudio.evaluation import lifting_figures as module
from kpstudio.evaluation.lifting_figures import lifting_figures, lifting_targets, seen_figures
from kpstudio.geometry.rotations import from_vectors
from kpstudio.training.shapes import procedural
from tests.untrained_systems import install_system

SHAPES = subjects(procedural("chair", 3, 1))


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    return tmp_path


def test_what_lifts_perfectly_has_no_errors_and_a_turn_is_one(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = DETECTOR.network().load(install_system(models, "lifting", "chair"))
    truths = iter([shape.mesh.normalisation().apply(shape.landmarks) for shape in SHAPES * 2])
    turn: FloatArray = np.eye(3)

    def perfect(lifter, category, slots, cameras, pixels, visible):  # type: ignore[no-untyped-def]
        rotation = turn @ cameras[0].rotation
        return LiftedSights(next(truths)[None], rotation[None], np.zeros((1, 3)))

    monkeypatch.setattr(module, "lift", perfect)
    found = lifting_figures(SHAPES, loaded)
    assert found["shapes"] == 3
    assert found["mirrored"] == 0.0
    for name in ("rotation mean", "rotation median", "position", "shape"):
        assert found[name] == pytest.approx(0.0, abs=1e-5)
    turn = from_vectors(np.deg2rad([[0.0, 10.0, 0.0]]))[0]
    found = lifting_figures(SHAPES, loaded)
    assert found["rotation mean"] == pytest.approx(10.0)
    assert found["position"] > 0.01
    assert found["shape"] == pytest.approx(0.0, abs=1e-5)


def test_without_landmarks_there_are_no_figures(models: Path) -> None:
    loaded = DETECTOR.network().load(install_system(models, "lifting", "chair"))
    assert lifting_figures([module.Subject("bare", SHAPES[0].mesh)], loaded) == {}


def test_keypoints_seen_are_scored_where_there_is_a_model_that_sees(models: Path) -> None:
    lifter = install_system(models, "lifting", "chair")
    parameters = LiftingParameters(lifting=str(lifter.path))
    assert seen_figures(SHAPES, DETECTOR, parameters) == {}
    install_system(models, "pose", "chair")
    found = seen_figures(SHAPES, DETECTOR, parameters)
    assert 0.0 <= found["seen by pose: rotation mean"] <= 180.0


def test_targets_are_by_category() -> None:
    figures = {"car": {"rotation mean": 5.0}, "mug": {"rotation mean": 20.0}, "tree": {}}
    assert [target.met for target in lifting_targets(figures)] == [True, False]
