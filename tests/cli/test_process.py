"""The command line as a process of its own: what only shows there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kpstudio.io.samples import sample_path

KPSTUDIO = (sys.executable, "-m", "kpstudio")


def start(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*KPSTUDIO, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_standard_output_holds_data_alone() -> None:
    result = start("detect", sample_path("airplane"), "-m", "airplane", "--up", "+y")
    assert result.returncode == 0, result.stderr
    names = {point["label"] for point in json.loads(result.stdout)["keypoints"]}
    assert {"nose", "left wing tip", "right wing tip"} <= names


def test_bad_input_is_code_2_and_one_line(tmp_path: Path) -> None:
    result = start("detect", tmp_path / "missing.obj")
    assert (result.returncode, result.stdout) == (2, "")
    assert (
        result.stderr == f"kpstudio: {tmp_path / 'missing.obj'}: does not exist. Check its name.\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end differently there")
def test_a_reader_who_has_seen_enough() -> None:
    command = [*KPSTUDIO, "detectors", "list", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0
