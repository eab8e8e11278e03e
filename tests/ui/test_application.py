"""The program as a person starts it: each test is a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from kpstudio.io.registry import save_mesh
from kpstudio.ui import application
from tests.handled import box_mesh

WINDOW = """
import sys
from kpstudio.ui.application import create_application, create_window
app = create_application()
window = create_window()
window.show()
while not window.windowHandle().isExposed():
    app.processEvents()
heavy = [name for name in ("torch", "scipy.sparse", "trimesh") if name in sys.modules]
print("loaded:", heavy)
window.finish()
"""

RUN = """
import sys
from pathlib import Path
from kpstudio.ui.application import run
paths, shot, detect = sys.argv[1].split("|"), sys.argv[2], sys.argv[3]
sys.exit(run([Path(p) for p in paths if p], detect=detect or None,
             screenshot=Path(shot) if shot else None, size=(1000, 640)))
"""


def python(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=120,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.fixture
def box_file(tmp_path) -> Path:
    path = tmp_path / "box.ply"
    save_mesh(path, box_mesh())
    return path


def test_the_window_is_there_before_torch():
    done = python(WINDOW)
    assert done.returncode == 0, done.stderr
    assert "loaded: []" in done.stdout


def test_a_screenshot_shows_the_whole_window(box_file, tmp_path):
    shot = tmp_path / "window.png"
    done = python(RUN, str(box_file), str(shot), "farthest-points")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    with Image.open(shot) as image:
        assert image.size == (1000, 640)
        middle = image.convert("RGB").crop((300, 120, 620, 560))
        panel = image.convert("RGB").crop((0, 70, 250, 600))
    assert len(middle.getcolors(100_000)) > 50  # neither black nor empty
    assert len(panel.getcolors(100_000)) > 50


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "is empty"), (b"no mesh at all, only words", "broken.ply")]
)
def test_a_file_that_cannot_be_opened_ends_with_2_and_one_line(tmp_path, content, words):
    path = tmp_path / "broken.ply"
    path.write_bytes(content)
    done = python(RUN, str(path), str(tmp_path / "window.png"), "farthest-points")
    assert done.returncode == application.BAD_INPUT
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "window.png").exists()


def test_a_screenshot_into_a_missing_folder_ends_with_2(box_file, tmp_path):
    done = python(RUN, str(box_file), str(tmp_path / "none" / "window.png"), "farthest-points")
    assert done.returncode == application.BAD_INPUT
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a process there")
def test_an_interrupt_in_the_terminal_ends_the_program(box_file, tmp_path):
    home = tmp_path / "home"
    program = subprocess.Popen(
        [sys.executable, "-c", RUN, str(box_file), "", "farthest-points"],
        env={**os.environ, "KPSTUDIO_HOME": str(home)},
    )
    settings, deadline = home / "settings.json", time.monotonic() + 60
    while not settings.is_file() or "box.ply" not in settings.read_text("utf-8"):
        assert time.monotonic() < deadline, "the file was not opened"
        time.sleep(0.1)
    program.send_signal(signal.SIGINT)
    assert program.wait(timeout=30) == 0


def test_a_missing_file_is_refused_before_any_window(tmp_path, capsys):
    assert application.run([tmp_path / "missing.ply"]) == application.BAD_INPUT
    assert "missing.ply: does not exist" in capsys.readouterr().err


def test_an_unknown_detector_is_refused(box_file, capsys):
    assert application.run([box_file], detect="crystal-ball") == application.BAD_INPUT
    assert "crystal-ball" in capsys.readouterr().err


def test_without_a_display_it_says_so(box_file, capsys, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not application.has_display()
    assert application.run([box_file]) == application.BAD_INPUT
    assert "no display" in capsys.readouterr().err
