import threading

import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, KPStudioError


def test_progress_reaches_the_listener_within_bounds() -> None:
    seen: list[tuple[float, str]] = []
    context = RunContext(lambda fraction, text: seen.append((fraction, text)))
    context.progress(0.5, "half")
    context.progress(-1.0)
    context.progress(7.0)
    assert seen == [(0.5, "half"), (0.0, ""), (1.0, "")]


def test_parts_divide_the_whole() -> None:
    seen: list[float] = []
    context = RunContext(lambda fraction, _: seen.append(fraction))
    inner = context.part(0.5, 1.0).part(0.0, 0.5)
    for fraction in (0.0, 0.5, 1.0):
        inner.progress(fraction)
    assert seen == [0.5, 0.625, 0.75]


def test_a_cancelled_run_stops_everywhere() -> None:
    context = RunContext()
    part = context.part(0.0, 0.5)
    part.check()
    thread = threading.Thread(target=context.cancel)
    thread.start()
    thread.join()
    for act in (part.check, lambda: part.progress(0.1), context.check):
        with pytest.raises(Cancelled):
            act()


def test_cancelling_is_no_error_of_a_person() -> None:
    assert not issubclass(Cancelled, KPStudioError)


def test_runs_do_not_share_their_cancellation() -> None:
    RunContext().cancel()
    RunContext().check()
