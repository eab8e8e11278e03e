from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from kpstudio.nn.torch_libraries import load_torch_libraries
assert load_torch_libraries() is {expected}
assert "torch" not in sys.modules
import torch
assert float(torch.ones(3).sum()) == 3.0
assert load_torch_libraries() is {expected}
"""


@pytest.mark.slow
def test_torch_works_after_its_libraries_were_loaded():
    expected = sys.platform.startswith("linux")
    script = SCRIPT.format(expected=expected)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
