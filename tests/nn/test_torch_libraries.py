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


DRAWN = """
from kpstudio.nn.torch_libraries import leave_triton_out
from kpstudio.rendering.rigs import turntable
from kpstudio.rendering.views import render
from tests.shapes import box
import torch
render(box((1.0, 1.0, 1.0)), turntable(1, size=(16, 16)))
leave_triton_out()
torch.optim.Adam([torch.zeros(2, requires_grad=True)])
import sys
assert "triton" not in sys.modules or sys.modules["triton"] is not None
"""


@pytest.mark.slow
def test_an_optimiser_can_be_made_after_a_picture_was_drawn():
    done = subprocess.run([sys.executable, "-c", DRAWN], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
