"""A virtual X display for tests where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


class VirtualDisplay:
    """An Xvfb of our own, alive until `stop`.

    Parameters
    ----------
    size
        Width, height and depth of its screen.
    """

    def __init__(self, size: str = "1600x1000x24") -> None:
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
        self._process = subprocess.Popen(
            command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(write)
        with os.fdopen(read) as answer:
            number = answer.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        self.name = f":{number}"

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(timeout=10)


def has_display() -> bool:
    """Whether windows can be opened here."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def start_if_missing() -> VirtualDisplay | None:
    """Start a display when there is none and Xvfb is installed, and point Qt and VTK to it."""
    return None if has_display() else start_own()


def start_own() -> VirtualDisplay | None:
    """Start a display if Xvfb is installed, and point Qt and VTK of this process to it."""
    if not sys.platform.startswith("linux") or shutil.which("Xvfb") is None:
        return None
    display = VirtualDisplay()
    os.environ["DISPLAY"] = display.name
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    return display
