from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kpstudio.app.training_data import subjects
from kpstudio.detectors.bootstrap import DETECTOR, BootstrapParameters
from kpstudio.detectors.keypointnet import DETECTOR as KEYPOINTNET
from kpstudio.evaluation.bootstrap_figures import (
    PICTURES,
    SPACE,
    bootstrap_figures,
    bootstrap_targets,
    pck_in_space,
)
from kpstudio.evaluation.subjects import examine
from kpstudio.training.shapes import procedural
from tests.untrained_systems import install_system

SHAPES = subjects(procedural("chair", 2, 1))


def test_before_and_after_are_the_same_where_nothing_was_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    model = install_system(tmp_path, "bootstrap", "chair", {"rounds": 1})
    parameters = BootstrapParameters("chair", views=2, snap=False)
    findings = examine(SHAPES, DETECTOR, parameters)
    figures = bootstrap_figures(findings, DETECTOR, model, parameters)
    assert len(figures) == 6
    for name in (PICTURES, SPACE):
        assert figures[name] == figures[f"{name}, before the rounds"]
    assert not any(target.met for target in bootstrap_targets({"pictures": figures}))
    others = KEYPOINTNET.spec.parameters()
    assert bootstrap_figures(findings, KEYPOINTNET, model, others) == {}


def test_keypoints_at_their_landmarks_are_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    install_system(tmp_path, "bootstrap", "chair")
    findings = examine(SHAPES, DETECTOR, BootstrapParameters("chair", views=2, snap=False))
    true = [finding.subject for finding in findings]
    for finding, subject in zip(findings, true, strict=True):
        assert subject.landmarks is not None
        names = finding.detection.keypoints.schema.names
        chosen = [subject.names.index(name) for name in names]
        places = subject.landmarks[chosen].copy()
        places[0] += 0.06 * np.ptp(subject.mesh.vertices, axis=0).max()
        keypoints = finding.detection.keypoints
        object.__setattr__(keypoints, "positions", places)
    known = np.stack([subject.known for subject in true])
    chosen = [true[0].names.index(name) for name in findings[0].detection.keypoints.schema.names]
    counted = known[:, chosen]
    assert pck_in_space(findings) == pytest.approx(1.0 - counted[:, 0].sum() / counted.sum())
