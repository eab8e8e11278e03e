"""What is loaded when: a command line that starts at once, an application without a window."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

QT = {"PyQt6", "pyvistaqt", "qtawesome"}
VTK = {"pyvista", "vtkmodules"}
TORCH = {"torch", "safetensors"}
REPORTS = {"matplotlib", "jinja2"}
BATCHES = {"dask", "distributed", "pyarrow"}


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that a fresh Python has loaded after running `code`."""
    report = "import json, sys; sys.stderr.write(json.dumps([*sys.modules]))"
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return {name.split(".")[0] for name in json.loads(result.stderr)}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["detect", "--help"],
        ["train", "--help"],
        ["evaluate", "--help"],
        ["batch", "--help"],
    ],
)
def test_the_command_line_answers_without_its_engine(arguments: list[str]) -> None:
    loaded = loaded_by(f"from kpstudio.cli.main import run; run({arguments})")
    assert not loaded & (QT | VTK | TORCH | {"numpy", "scipy", "rich"})


@pytest.mark.parametrize("arguments", [["models", "list"], ["detectors", "list", "--json"]])
def test_listing_loads_no_networks(arguments: list[str]) -> None:
    loaded = loaded_by(f"from kpstudio.cli.main import run; run({arguments})")
    assert not loaded & (QT | VTK | TORCH)


def test_importing_the_package_loads_nothing() -> None:
    assert not loaded_by("import kpstudio") & (QT | VTK | TORCH | {"numpy"})
    assert "numpy" in loaded_by("import kpstudio; kpstudio.load")


@pytest.mark.parametrize("module", ["kpstudio.app.studio", "kpstudio.app.commands.table",
                                    "kpstudio.api"])  # fmt: skip
def test_the_application_has_no_window_in_it(module: str) -> None:
    assert not loaded_by(f"import {module}") & (QT | VTK | TORCH | REPORTS)


def test_batches_load_dask_when_they_run() -> None:
    assert not loaded_by("import kpstudio.app.batch.run") & (QT | VTK | TORCH | BATCHES)
    loaded = loaded_by("import kpstudio.app.batch.worker")  # every worker process waits for it
    assert not loaded & (QT | VTK | TORCH | BATCHES | {"scipy"})


def test_plots_are_drawn_by_what_is_loaded_late() -> None:
    assert not loaded_by("import kpstudio.evaluation.report") & REPORTS
    assert not loaded_by("import kpstudio.viewport.scene") & REPORTS


def test_the_viewport_has_no_qt_in_it() -> None:
    assert not loaded_by("import kpstudio.viewport.scene") & QT
