"""Multi-view bootstrapping: a detector in pictures, as it was before it taught itself and after.

Simon, Joo, Matthews, Sheikh 2017, "Hand keypoint detection in single images using multiview
bootstrapping", doi:10.1109/CVPR.2017.494. The detector is that of `semantic_heatmaps`; what is here
is what a training of it has to remember between its rounds.
"""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn

from kpstudio.nn.model_file import NetworkFile, NetworkKind
from kpstudio.nn.semantic_heatmaps import SemanticHeatmapsNet, SemanticMaps, make

KIND = "bootstrap"
#: What the names of the first detector's weights begin with in a model file.
_FIRST = "first."


class BootstrappedNet(nn.Module):
    """A detector in training, and the labels that it has given itself.

    Parameters
    ----------
    net
        The detector.
    shapes, landmarks, rounds
        How many shapes there are, how many landmarks a shape may have, how many rounds of labelling
        there will be.
    """

    #: () rounds of labelling that are over.
    round: Tensor
    #: (s,g,3) labels in the normalised frame, and (s,g) which of them are believed.
    points: Tensor
    believed: Tensor
    #: (r,3) of each round: labels believed, shapes that have some, share of them that is right.
    report: Tensor

    def __init__(self, net: SemanticHeatmapsNet, shapes: int, landmarks: int, rounds: int) -> None:
        super().__init__()
        self.net = net
        #: The detector as it was before the first round.
        self.first = deepcopy(net).requires_grad_(False)
        self.register_buffer("round", torch.zeros((), dtype=torch.int64))
        self.register_buffer("points", torch.zeros(shapes, landmarks, 3, dtype=torch.float64))
        self.register_buffer("believed", torch.zeros(shapes, landmarks, dtype=torch.bool))
        self.register_buffer("report", torch.zeros(rounds, 3, dtype=torch.float64))

    def forward(self, pictures: Tensor) -> SemanticMaps:
        """Return the maps of pictures (b,3,h,w) in 0..1."""
        found: SemanticMaps = self.net(pictures)
        return found

    def keep_first(self) -> None:
        """Remember the detector as it is now as the one before the first round."""
        self.first.load_state_dict(self.net.state_dict())


def first_tensors(trained: BootstrappedNet) -> dict[str, Tensor]:
    """Return the first detector's weights, for a model file."""
    return {f"{_FIRST}{name}": tensor for name, tensor in trained.first.state_dict().items()}


def first_net(loaded: NetworkFile[SemanticHeatmapsNet]) -> SemanticHeatmapsNet:
    """Return the detector as it was before the first round; the last one if the file has no other.

    Parameters
    ----------
    loaded
        A model.
    """
    weights = {
        name.removeprefix(_FIRST): tensor
        for name, tensor in loaded.extras.items()
        if name.startswith(_FIRST)
    }
    if not weights:
        return loaded.net
    net = deepcopy(loaded.net)
    net.load_state_dict(weights)
    return net


#: Its model files: the last detector, with the first one's weights beside it.
NETWORK = NetworkKind(KIND, make)
