"""Scoring a recogniser: one that knows, one that guesses, and shapes that look alike all round."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.data.mesh import Mesh
from kpstudio.detectors.recognise import Recognition
from kpstudio.evaluation.recognition import recognition_figures
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation
from tests import shapes


def lopsided(size: tuple[float, float, float]) -> Mesh:
    mesh = shapes.box(size, divisions=3)
    return mesh.moved(mesh.vertices + mesh.vertices**2 @ [[0, 0.9, 0], [0, 0, 0.8], [0.7, 0, 0]])


class Oracle:
    """Knows one shape by heart, and tries all poses until its vertices are where they should be."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh

    def __call__(self, shown: Mesh) -> Recognition:
        for pose in ORIENTATIONS:
            turned = shown.vertices @ pose.rotation.T
            if turned.shape == self.mesh.vertices.shape and np.allclose(turned, self.mesh.vertices):
                return Recognition("thing", pose, 1.0)
        return Recognition("", Orientation(), 1.0)


def test_an_oracle_is_always_right() -> None:
    mesh = lopsided((1.0, 0.7, 0.5))
    found = recognition_figures([mesh] * 12, "thing", recogniser=Oracle(mesh))
    assert (found.category, found.orientation, found.shapes) == (1.0, 1.0, 12)


def test_a_guess_is_right_now_and_then() -> None:
    mesh = lopsided((1.0, 0.7, 0.5))

    def guess(_: Mesh) -> Recognition:
        return Recognition("thing", Orientation(), 0.5)

    found = recognition_figures([mesh] * 48, "thing", seed=1, recogniser=guess)
    assert found.category == 1.0
    assert found.orientation == pytest.approx(1 / 24, abs=0.07)


def test_a_pose_that_looks_the_same_is_right() -> None:
    def guess(_: Mesh) -> Recognition:
        return Recognition("cube", Orientation(), 0.5)

    found = recognition_figures([shapes.box()] * 5, "cube", recogniser=guess)
    assert found.orientation == 1.0


def test_foreign_shapes_should_be_named_nothing() -> None:
    mesh = lopsided((1.0, 0.7, 0.5))
    strangers = [mesh, shapes.icosphere()]
    found = recognition_figures(strangers, "", recogniser=Oracle(mesh))
    assert found.category == 0.5
