from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.views import Sight
from kpstudio.evaluation.place_figures import place_figures, place_targets
from kpstudio.evaluation.subjects import Finding, Subject
from kpstudio.geometry.sampling import SurfaceSamples
from kpstudio.rendering.rigs import turntable
from tests.shapes import box

CUBE = box((1.0, 1.0, 1.0))
ON_SURFACE = np.array([[0.5, 0.1, 0.2], [-0.2, 0.5, 0.3]]) + CUBE.origin


def finding(positions: np.ndarray, shift: tuple[float, float] = (0.0, 0.0)) -> Finding:
    """Keypoints that every picture shows `shift` pixels beside where they fall."""
    sights = tuple(
        Sight(np.zeros((64, 64, 3), np.uint8), camera.project(positions)[0] + shift,
              np.ones(len(positions)), camera)
        for camera in turntable(3, size=(64, 64))
    )  # fmt: skip
    detection = Detection(KeypointSet(positions), Provenance("multiview"), sights=sights)
    samples = SurfaceSamples(*(np.zeros((0, 3)),) * 2, np.zeros(0, int), np.zeros((0, 3)))
    return Finding(Subject("cube", CUBE), detection, CUBE.normalisation(), samples)


def test_what_pictures_agree_on_at_the_surface_is_perfect() -> None:
    figures = place_figures([finding(ON_SURFACE)])

    assert list(figures.values()) == pytest.approx([0.0, 0.0], abs=1e-6)
    assert all(target.met for target in place_targets({"places": figures}))


def test_they_are_percent_of_picture_and_diagonal() -> None:
    inside = ON_SURFACE - np.array([[0.1, 0.0, 0.0], [0.0, 0.1, 0.0]])

    figures = place_figures([finding(inside, (0.0, 6.4)), finding(inside, (6.4, 0.0))])

    assert list(figures.values()) == pytest.approx([10.0, 10.0 / np.sqrt(3.0)])
    assert not any(target.met for target in place_targets({"places": figures}))


def test_keypoints_that_no_picture_shows_tell_nothing() -> None:
    seen = finding(ON_SURFACE)
    unseen = replace(seen, detection=replace(seen.detection, sights=()))

    assert place_figures([unseen]) == {}
    assert place_figures([]) == {}
    assert place_targets({"places": {}}) == []
