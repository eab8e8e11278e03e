from __future__ import annotations

from kpstudio.viewport.frames import FrameScheduler


def test_many_wishes_are_one_frame() -> None:
    calls: list[str] = []
    frames = FrameScheduler(lambda: calls.append("prepare"), lambda: calls.append("draw"),
                            lambda: calls.append("ask"))  # fmt: skip
    for _ in range(5):
        frames.request()
    assert calls == ["ask"]
    assert not frames.idle
    frames.frame()
    assert calls == ["ask", "prepare", "draw"]
    assert not frames.idle  # asked to draw is not drawn
    frames.drawn()
    assert frames.idle
    frames.request()
    assert calls[3:] == ["ask"]


def test_without_a_timer_every_wish_is_drawn_at_once() -> None:
    calls: list[str] = []
    frames = FrameScheduler(lambda: None, lambda: calls.append("draw"))
    frames.request()
    frames.request()
    assert calls == ["draw", "draw"]


def test_what_changes_while_preparing_belongs_to_the_frame() -> None:
    calls: list[str] = []
    frames = FrameScheduler(lambda: frames.request(), lambda: calls.append("draw"))
    frames.request()
    assert calls == ["draw"]


def test_nothing_is_drawn_after_the_end() -> None:
    calls: list[str] = []
    frames = FrameScheduler(lambda: None, lambda: calls.append("draw"))
    frames.close()
    frames.request()
    frames.frame()
    assert calls == []


def test_a_failed_preparation_does_not_stop_later_frames() -> None:
    calls: list[str] = []
    fail = [True]

    def prepare() -> None:
        if fail.pop() if fail else False:
            raise ValueError

    frames = FrameScheduler(prepare, lambda: calls.append("draw"), lambda: calls.append("ask"))
    frames.request()
    try:
        frames.frame()
    except ValueError:
        calls.append("failed")
    frames.request()
    frames.frame()
    assert calls[-1] == "draw"
