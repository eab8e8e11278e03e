from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkCamera

from kpstudio.viewport import flight
from kpstudio.viewport.flight import DURATION, Flight


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time; its only entry may be changed."""
    now = [100.0]
    monkeypatch.setattr(flight.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def start() -> vtkCamera:
    camera = vtkCamera()
    camera.SetPosition(0.0, 0.0, 4.0)
    return camera


@pytest.fixture
def end() -> vtkCamera:
    camera = vtkCamera()
    camera.SetFocalPoint(1.0, 0.0, 0.0)
    camera.SetPosition(17.0, 0.0, 0.0)
    camera.SetViewUp(0.0, 0.0, 1.0)
    camera.SetViewAngle(50.0)
    return camera


def test_it_arrives_where_it_is_to_arrive(clock, start, end) -> None:
    way = Flight(start, end)
    assert way.step()
    assert start.GetPosition() == pytest.approx((0.0, 0.0, 4.0))
    clock[0] += 1.01 * DURATION
    assert not way.step()
    for name in ("Position", "FocalPoint", "ViewUp", "ViewAngle", "ParallelScale"):
        assert getattr(start, f"Get{name}")() == pytest.approx(getattr(end, f"Get{name}")())


def test_on_the_way_it_turns_about_what_it_looks_at(clock, start, end) -> None:
    way = Flight(start, end)
    clock[0] += DURATION / 2
    assert way.step()
    assert start.GetFocalPoint() == pytest.approx((0.5, 0.0, 0.0))
    assert start.GetDistance() == pytest.approx(8.0)  # twice as far as 4, half of 16
    forward, up = np.array(start.GetDirectionOfProjection()), np.array(start.GetViewUp())
    assert abs(forward @ up) < 1e-9
    # As far from where it began as from where it ends.
    assert forward @ (0, 0, -1) == pytest.approx(forward @ (-1, 0, 0))


def test_a_person_who_moves_the_camera_keeps_it(clock, start, end) -> None:
    way = Flight(start, end)
    clock[0] += DURATION / 3
    way.step()
    assert not way.was_left
    start.Azimuth(3.0)
    assert way.was_left


def test_a_change_of_the_projection_on_the_way_stays(clock, start, end) -> None:
    way = Flight(start, end)
    start.SetParallelProjection(True)
    clock[0] += 1.01 * DURATION
    way.step()
    assert start.GetParallelProjection()
