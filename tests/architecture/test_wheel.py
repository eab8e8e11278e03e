"""The wheel: built as `pip install .` does it, and complete without the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import kpstudio

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the content of a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    wheel = folder / f"kpstudio-{kpstudio.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(unpacked: Path, code: str) -> str:
    """Run Python outside the checkout, with the wheel in front of everything installed."""
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=unpacked.parent, env=environment, check=True, capture_output=True, text=True,
        timeout=120,
    ).stdout  # fmt: skip


@pytest.mark.slow
def test_everything_that_is_shipped_is_inside(unpacked: Path) -> None:
    package = unpacked / "kpstudio"
    for name in ("models", "resources"):
        shipped = {
            path.relative_to(ROOT / name) for path in (ROOT / name).rglob("*") if path.is_file()
        }
        inside = package / f"_{name}"
        assert {p.relative_to(inside) for p in inside.rglob("*") if p.is_file()} == shipped
    assert (package / "py.typed").is_file()
    assert not list(unpacked.glob("tests"))


@pytest.mark.slow
def test_it_works_without_the_checkout(unpacked: Path) -> None:
    code = (
        "import json, kpstudio\n"
        "paths = [kpstudio.__file__, str(kpstudio.sample_path())]\n"
        "paths += [str(model.path) for model in kpstudio.installed_models()]\n"
        "shape = kpstudio.detect(kpstudio.load(paths[1], up='+y'), model='airplane')\n"
        "print(json.dumps([paths, len(shape.keypoints)]))"
    )
    paths, count = json.loads(run(unpacked, code))
    assert all(Path(path).is_relative_to(unpacked) for path in paths)
    assert count > 0


@pytest.mark.slow
def test_the_commands_are_declared(unpacked: Path) -> None:
    (entry_points,) = unpacked.glob("*.dist-info/entry_points.txt")
    text = entry_points.read_text(encoding="utf-8")
    assert "[console_scripts]\nkpstudio = kpstudio.__main__:main" in text
    code = "import sys; sys.argv[1:] = ['--version']; from kpstudio.__main__ import main; main()"
    assert run(unpacked, code) == f"kpstudio {kpstudio.__version__}\n"
