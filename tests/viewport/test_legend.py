from __future__ import annotations

from dataclasses import replace

import pytest

from kpstudio.viewport.legend import Legend
from tests.described import corner_detection
from tests.viewport.kit import Kit, ball, ball_mesh


@pytest.fixture
def legend(kit: Kit) -> Legend:
    shape = replace(ball(), others=(corner_detection(ball_mesh()),))
    kit.studio.edits.remove(kit.item.id)
    kit.open(shape)
    kit.studio.view.update(compare=True)
    return kit.scene.gallery.legend


def test_rows_say_title_count_and_agreement(kit: Kit, legend: Legend) -> None:
    assert legend.texts == [
        "test 6 keypoints, being edited",
        "ISS 0 of 8 within 2 %",
    ]
    kit.studio.view.update(agreement_radius=0.1)
    assert legend.texts[1].endswith("of 8 within 10 %")


def test_nothing_is_said_of_what_is_not_shown(kit: Kit, legend: Legend) -> None:
    kit.studio.view.update(left_out=("iss",))
    assert len(legend.texts) == 1
    kit.studio.view.update(left_out=(), keypoints=False)
    assert len(legend.texts) == 1
    kit.studio.view.update(compare=False)
    assert legend.texts == []
    kit.studio.view.update(compare=True, keypoints=True)
    kit.studio.edits.remove_other(kit.item.id, "iss")
    assert legend.texts == []  # nothing to compare with


def test_it_stands_above_the_triad(kit: Kit, legend: Legend) -> None:
    kit.studio.view.update(keypoints=False)
    kit.studio.view.update(left_out=("iss",))
    without = kit.scene.screenshot()
    kit.studio.view.update(left_out=())
    assert legend.texts
    changed = (kit.scene.screenshot() != without).any(axis=2)
    beside = changed[:, :60]  # the ball begins further right
    assert beside.any()
    assert not beside[-125:].any()
