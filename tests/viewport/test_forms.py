from __future__ import annotations

import numpy as np
import pytest

from kpstudio.viewport.forms import CIRCLE, DOT, FORMS, Form, form_of


def area(points: np.ndarray, triangles: np.ndarray) -> float:
    (ax, ay), (bx, by) = (
        (points[triangles[:, i]] - points[triangles[:, 0]]).T for i in (1, 2)
    )  # fmt: skip
    return float(np.abs(ax * by - ay * bx).sum() / 2)


def outline_area(outline: np.ndarray) -> float:
    x, y = outline.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


@pytest.mark.parametrize("form", [*FORMS, CIRCLE, DOT], ids=lambda form: form.name)
def test_triangles_cover_the_outline_without_its_hole(form: Form) -> None:
    whole = outline_area(form.outline)
    assert whole > 0.0  # counter-clockwise
    assert area(*form.triangles()) == pytest.approx(whole * (1.0 - form.hole**2))
    assert area(*form.rim()) > area(*form.triangles())


def test_forms_look_about_as_large_and_differ() -> None:
    reach = [np.linalg.norm(form.outline, axis=1).max() for form in FORMS]
    assert max(reach) < 1.35 * min(reach)
    assert len({form.name for form in FORMS}) == len(FORMS)
    assert form_of(len(FORMS)) is form_of(0)
