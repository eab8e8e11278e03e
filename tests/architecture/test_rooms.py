"""The rooms of the package: what there is, what it may import, what is tested."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "kpstudio"

#: Lines beyond which a file has more than one idea in it.
LONGEST = 400


def rooms() -> set[str]:
    """Return the names of the rooms in the layers contract."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {name.strip(" ()") for layer in layers for name in layer.split("|")}


def folders(parent: Path) -> set[str]:
    """Return the names of the folders that hold Python files somewhere below."""
    return {child.name for child in parent.iterdir() if child.is_dir() and any(child.rglob("*.py"))}


def test_rooms_import_downwards_only() -> None:
    # In a process of its own: import-linter switches off the loggers of the one it runs in.
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_folder_is_a_known_room() -> None:
    assert folders(PACKAGE) <= rooms()
    assert all((PACKAGE / name / "__init__.py").is_file() for name in folders(PACKAGE))


def test_every_room_is_described() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    described = {name for line in headings for name in re.findall(r"\w+", line.split(":")[0])}
    assert folders(PACKAGE) <= described


def test_tests_mirror_the_package() -> None:
    tests = folders(ROOT / "tests")
    assert folders(PACKAGE) == tests - {"architecture", "plugin_package"}


def test_no_file_grows_without_end() -> None:
    lengths = {
        path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert not {path: lines for path, lines in lengths.items() if lines > LONGEST}
