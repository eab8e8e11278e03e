from __future__ import annotations

import gc
from weakref import ref

import numpy as np
import pytest

from tests.viewport.kit import Kit, ball, ball_mesh


def test_a_locator_goes_with_its_mesh(kit: Kit) -> None:
    middle = (200.0, 150.0)
    item = kit.open(ball(ball_mesh(2)))
    assert kit.scene.tools.context.surface_at(middle) is not None
    kit.mouse.drag(kit.at(4), tuple(np.add(kit.at(4), (40, 10))))
    deformed = ref(kit.item.value.current)
    assert kit.scene.tools.context.surface_at(middle) is not None
    kit.studio.edits.remove(item.id)
    kit.studio.history.clear()
    del item
    gc.collect()
    assert deformed() is None


def test_a_locator_sees_the_deformed_mesh(kit: Kit) -> None:
    context = kit.scene.tools.context
    out = tuple(np.add(kit.at(0), (12, 0)))
    assert context.surface_at(out) is None
    kit.mouse.drag(kit.at(0), tuple(np.add(kit.at(0), (60, 0))))
    assert context.surface_at(out) is not None
    kit.studio.history.undo()
    assert context.surface_at(out) is None


def test_hidden_shapes_are_not_met(kit: Kit) -> None:
    kit.studio.edits.set_visible(kit.item.id, False)
    assert kit.scene.tools.context.surface_at((200.0, 150.0)) is None


def test_large_meshes_wait_for_a_press(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kpstudio.viewport.picking.QUICK_FACES", 100)
    context = kit.scene.tools.context
    assert context.surface_at((200.0, 150.0), quick=True) is None
    assert context.surface_at((200.0, 150.0)) is not None  # builds the locator
    assert context.surface_at((200.0, 150.0), quick=True) is not None
