from __future__ import annotations

from itertools import combinations

import numpy as np

from kpstudio.viewport.palette import PALETTES, keypoint_color


def luminance(color: tuple[float, float, float]) -> float:
    """Relative luminance of WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_text_reads_on_its_ground() -> None:
    for palette in PALETTES.values():
        for ground in (palette.plate, palette.top, palette.bottom):
            assert contrast(palette.text, ground) > 7.0


def test_the_first_keypoints_have_colours_of_their_own() -> None:
    used = [keypoint_color(index) for index in range(36)]
    for first, second in combinations(used, 2):
        assert np.abs(np.subtract(first, second)).max() > 0.03
    for first, second in combinations(used[:12], 2):
        assert np.abs(np.subtract(first, second)).max() > 0.15


def test_colours_stay_colours_for_any_index() -> None:
    for index in (0, 11, 12, 100, 1000):
        assert all(0.0 <= value <= 1.0 for value in keypoint_color(index))
