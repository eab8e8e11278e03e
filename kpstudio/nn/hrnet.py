"""HRNet: branches of several resolutions side by side, which exchange what they see.

Sun, Xiao, Liu, Wang 2019, "Deep high-resolution representation learning for human pose
estimation", CVPR, arXiv:1902.09212. The source halves twice in its stem, and its later stages
repeat several times; here the stem halves once or not at all, and each stage stands once.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from kpstudio.nn.picture_layers import BasicBlock, PictureStem, convolution, convolved

#: Resolutions: 1, 1/2, 1/4 and 1/8 of the stem's, with 1, 2, 4 and 8 times its channels.
BRANCHES = 4


class Exchange(nn.Module):
    """Every branch becomes the sum of all, brought to its resolution and width.

    From a coarser one by a 1 x 1 convolution and the nearest pixel, from a finer one by 3 x 3
    convolutions of stride 2, one a halving.

    Parameters
    ----------
    widths
        Channels of the branches that come in, finest first.
    outputs
        Channels of those that go out: the same, or one more.
    """

    def __init__(self, widths: Sequence[int], outputs: Sequence[int]) -> None:
        super().__init__()
        self.ways = nn.ModuleList(
            nn.ModuleList(
                _way(before, after, target - source) for source, before in enumerate(widths)
            )
            for target, after in enumerate(outputs)
        )

    def forward(self, branches: Sequence[Tensor]) -> list[Tensor]:
        """Return maps (b,c,h,w) of each branch that goes out, of those that come in."""
        return [_joined(ways, branches) for ways in self.ways]


def _joined(ways: nn.Module, branches: Sequence[Tensor]) -> Tensor:
    assert isinstance(ways, nn.ModuleList)
    # The first branch is never coarser than the target, so its way leads to the target's size.
    total: Tensor = ways[0](branches[0])
    for way, branch in zip(ways[1:], branches[1:], strict=True):
        brought = way(branch)
        if brought.shape != total.shape:
            brought = nn.functional.interpolate(brought, size=total.shape[2:], mode="nearest")
        total = total + brought
    return total.relu()


def _way(before: int, after: int, halvings: int) -> nn.Module:
    if halvings == 0:
        return nn.Identity()
    if halvings < 0:
        return nn.Sequential(convolution(before, after, 1), nn.BatchNorm2d(after))
    layers = [convolved(before, before, stride=2) for _ in range(halvings - 1)]
    last = nn.Sequential(convolution(before, after, stride=2), nn.BatchNorm2d(after))
    return nn.Sequential(*layers, last)


class HRNetFeatures(nn.Module):
    """Stages of 1, 2, 3 and 4 branches; the finest one is the answer.

    Parameters
    ----------
    width
        Channels of the answer, twice those of the finest branch: the coarser ones have so many
        that a network of the same width would cost four times as much as the other backbones.
    halved
        Whether maps are half as large as pictures.
    """

    def __init__(self, width: int, halved: bool) -> None:
        super().__init__()
        widths = [(width // 2) * 2**branch for branch in range(BRANCHES)]
        self.stem = PictureStem(widths[0], halved)
        self.stages = nn.ModuleList(
            nn.ModuleList(BasicBlock(each) for each in widths[: stage + 1])
            for stage in range(BRANCHES)
        )
        self.exchanges = nn.ModuleList(
            Exchange(widths[: stage + 1], widths[: min(stage + 2, BRANCHES)])
            for stage in range(BRANCHES - 1)
        )
        self.last = Exchange(widths, widths[:1])
        self.answer = convolved(widths[0], width, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features (b,width,h,w) of pictures (b,3,h,w) in 0..1."""
        branches = [self.stem(pictures)]
        for stage, exchange in zip(self.stages, [*self.exchanges, self.last], strict=True):
            assert isinstance(stage, nn.ModuleList)
            branches = [block(maps) for block, maps in zip(stage, branches, strict=True)]
            branches = exchange(branches)
        answer: Tensor = self.answer(branches[0])
        return answer
