"""Packages of other people, as pip would have installed them: files, and what they declare."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = Path(__file__).parent / "plugin_package"
BROKEN = "raise RuntimeError('its library is missing')\n"


def install_package(site: Path, source: Path = PACKAGE) -> None:
    """Put the modules of a package with a pyproject.toml into a folder for `sys.path`."""
    project = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["project"]
    site.mkdir(parents=True, exist_ok=True)
    for module in source.glob("*.py"):
        shutil.copy(module, site)
    declare(site, project["name"], project["entry-points"])


def install_broken(site: Path) -> None:
    """Put a detector beside it whose module does not import."""
    site.mkdir(parents=True, exist_ok=True)
    (site / "kpstudio_broken.py").write_text(BROKEN, "utf-8")
    declare(site, "kpstudio-broken", {"kpstudio.detectors": {"broken": "kpstudio_broken:IT"}})


def declare(site: Path, name: str, groups: Mapping[str, Mapping[str, str]]) -> None:
    """Write what an installed package says of itself: its name and entry points by group."""
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    lines = [
        line
        for group, entries in groups.items()
        for line in (f"[{group}]", *(f"{entry} = {place}" for entry, place in entries.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", "utf-8")


def python(site: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python with the packages of `site` installed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
    command = [sys.executable, "-m", *map(str, arguments)]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=250, check=False, env=environment
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result
