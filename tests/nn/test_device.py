"""Names of devices."""

from __future__ import annotations

import pytest
import torch

from kpstudio.base.errors import ParameterError
from kpstudio.nn.device import pick_device, runtime


def test_known_names() -> None:
    assert pick_device("cpu").type == "cpu"
    assert pick_device("auto").type in ("cpu", "cuda")


@pytest.mark.parametrize("name", ["", "abacus", "cuda:77", "meta:3x"])
def test_names_that_cannot_compute(name: str) -> None:
    with pytest.raises(ParameterError, match="Use auto or cpu"):
        pick_device(name)


def test_what_figures_of_speed_depend_on() -> None:
    facts = runtime(torch.device("cpu"))
    assert facts == {
        "device": "cpu", "threads": torch.get_num_threads(), "torch": torch.__version__
    }  # fmt: skip
