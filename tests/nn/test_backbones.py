"""The table of backbones: sizes, names, and that none is too large for its place."""

from __future__ import annotations

import pytest
import torch

from kpstudio.base.errors import ParameterError
from kpstudio.base.parameters import build
from kpstudio.nn.backbones import BACKBONES, BackboneConfig, make_backbone


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize(("halved", "size"), [(True, 16), (False, 32)])
def test_features_have_the_width_and_size_that_were_asked_for(
    name: str, halved: bool, size: int
) -> None:
    net = make_backbone(name, 12, halved)
    assert net.width == 12
    assert net(torch.rand(2, 3, 32, 32)).shape == (2, 12, size, size)


@pytest.mark.parametrize("name", BACKBONES)
def test_weights_of_the_usual_width_stay_below_10_mb(name: str) -> None:
    net = make_backbone(name, BackboneConfig().width)
    assert sum(tensor.nbytes for tensor in net.state_dict().values()) < 10e6


def test_names_and_widths_are_checked() -> None:
    with pytest.raises(ParameterError, match="hourglass"):
        make_backbone("vgg", 16)
    for values in ({"backbone": "vgg"}, {"width": 1024}, {"width": 2}):
        with pytest.raises(ParameterError):
            build(BackboneConfig, values)
