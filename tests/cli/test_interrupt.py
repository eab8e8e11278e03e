from __future__ import annotations

import signal

import pytest

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled
from kpstudio.cli.interrupt import interruptible


def test_ctrl_c_cancels_between_two_steps_and_a_second_one_breaks() -> None:
    before = signal.getsignal(signal.SIGINT)
    ctx = RunContext()
    with interruptible(ctx):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Cancelled):
            ctx.check()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
