"""Rings that adapt: what they hold, and where they stop."""

from __future__ import annotations

import numpy as np
import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError
from kpstudio.geometry import adaptive_rings as module
from kpstudio.geometry.adaptive_rings import adaptive_rings
from kpstudio.geometry.surface import Surface
from tests import relief, shapes


def surface() -> Surface:
    mesh = shapes.torus(24, 12)
    return Surface(mesh.vertices, mesh.faces)


def test_a_fixed_number_of_rings_and_the_point() -> None:
    on = surface()
    expected = on.rings(3).toarray() | np.eye(len(on), dtype=bool)
    assert np.array_equal(adaptive_rings(on, least_rings=3).toarray(), expected)


def test_rings_are_added_until_the_last_one_is_far_enough() -> None:
    on, radius = surface(), 0.12
    hoods = adaptive_rings(on, least_radius=radius).toarray()
    distances = np.linalg.norm(on.points[:, None] - on.points, axis=2)
    taken = set()
    for index, members in enumerate(hoods):
        rings = [on.rings(k).toarray()[index] for k in range(1, 6)]
        enough = [distances[index][ring].max() >= radius for ring in rings]
        wanted = rings[enough.index(True)]
        wanted[index] = True
        assert np.array_equal(members, wanted)
        taken.add(enough.index(True))
    assert len(taken) > 1


def test_enough_points() -> None:
    counts = np.diff(adaptive_rings(surface(), least_points=30).indptr)
    assert counts.min() >= 30


def test_a_small_part_has_no_more_points() -> None:
    mesh = relief.faulty()
    on = Surface(mesh.vertices, mesh.faces)
    hoods = adaptive_rings(on, least_points=50)
    sliver = np.argmax(on.points @ (1.0, 1.0, 0.0))
    assert hoods[[sliver]].nnz == 3


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_MEMBERS", 1000)
    with pytest.raises(InputError, match="points each"):
        adaptive_rings(surface(), least_rings=4)


def test_cancelled() -> None:
    ctx = RunContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        adaptive_rings(surface(), ctx=ctx)
