"""The bar on standard error."""

from __future__ import annotations

import io
import sys

import pytest

from kpstudio.cli.progress import progress


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_what_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress() as ctx:
        ctx.progress(0.2, "Reading")
        ctx.part(0.5, 1.0).progress(0.5)
    assert "Reading" in terminal.getvalue()


def test_a_pipe_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as ctx:
        ctx.progress(0.2, "Reading")
    assert capsys.readouterr() == ("", "")
