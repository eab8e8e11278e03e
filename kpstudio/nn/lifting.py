"""Lifting: from keypoints in one picture to their places in space, many categories in one network.

Can, Liniger, Paudel, Van Gool 2021, "End-to-end learning of multi-category 3D pose and shape
estimation", arXiv:2112.10196: categories share one basis of shapes, and each uses as many of its
coefficients as it needs, those beyond its cut-off being zero. Pose and shape are told apart by
lifting the lifted shape again from another side. The network and the losses are those of C3DPO
(Novotny, Ravi, Graham, Neverova, Vedaldi 2019, "C3DPO: canonical 3D pose networks for non-rigid
structure from motion", arXiv:1909.02533) in the main; the shapes of a category as a mean and modes
are older (Wu et al. 2016, "Single image 3D interpreter network", arXiv:1604.08685).

Nothing but pictures of keypoints is needed. They leave open in which axes and how large a category
is, and without perspective whether it is mirrored: `gauge` and `origin` take that from examples.

Ours: coefficients have either sign, with a ridge; the cut-off is a ramp, so that it is learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kpstudio.base.parameters import build, parameter
from kpstudio.nn.model_file import NetworkKind

KIND = "lifting"
#: Most categories, and most keypoints of one: a file may not ask for more.
_MOST = 256
#: Standard deviation of the basis at the start.
_SHORT = 0.1


@dataclass(frozen=True)
class LiftingConfig:
    """Sizes of the network; C3DPO's is four times as wide, with six blocks."""

    counts: tuple[int, ...] = parameter((12,), "Keypoints of each category.")
    basis: int = parameter(8, "Coefficients of a shape.", low=0, high=128)
    width: int = parameter(256, "Width of the layers.", low=8, high=2048)
    blocks: int = parameter(3, "Residual blocks.", low=1, high=12)


class Lifted(NamedTuple):
    """What is known of keypoints in pictures; g slots, those of other categories are zero.

    Coefficients (b,d), rotations (b,3,3) from the shape's axes to the camera's, shapes (b,g,3).
    """

    coefficients: Tensor
    rotation: Tensor
    shape: Tensor

    @property
    def turned(self) -> Tensor:
        """(b,g,3) the shapes along the camera's axes."""
        return self.shape @ self.rotation.transpose(1, 2)


class LiftingNet(nn.Module):
    """Residual layers from keypoints to a rotation and coefficients, and the basis itself.

    The keypoints of all categories stand side by side in g slots.

    Parameters
    ----------
    config
        Sizes.
    """

    #: (c,g) which slots are whose.
    rows: Tensor
    #: (c,3,3) and (c,3): from the shapes as they were learned to the axes, the size and the place
    #: of the category's shapes. A determinant below 0 mirrors.
    gauge: Tensor
    origin: Tensor

    def __init__(self, config: LiftingConfig) -> None:
        super().__init__()
        self.config = config
        categories, slots, w = len(config.counts), sum(config.counts), config.width
        rows = torch.zeros(categories, slots, dtype=torch.bool)
        for category, part in enumerate(self.parts):
            rows[category, part] = True
        self.register_buffer("rows", rows, persistent=False)
        self.register_buffer("gauge", torch.eye(3).repeat(categories, 1, 1))
        self.register_buffer("origin", torch.zeros(categories, 3))
        # Only their directions count, which change the faster the shorter they are.
        self.mean = nn.Parameter(_SHORT * torch.randn(slots, 3))
        self.modes = nn.Parameter(_SHORT * torch.randn(config.basis, slots, 3))
        self.cut_off = nn.Parameter(torch.full((categories,), float(config.basis)))
        self.first = nn.Linear(3 * slots + categories, w)
        self.blocks = nn.ModuleList(_block(w) for _ in range(config.blocks))
        self.last = nn.Linear(w, 6 + config.basis)
        with torch.no_grad():
            self.last.weight[6:] *= 0.1
            self.last.bias[:] = torch.tensor([1.0, 0, 0, 0, 1.0, 0] + [0.0] * config.basis)

    @property
    def parts(self) -> list[slice]:
        """The slots of each category."""
        ends = torch.tensor(self.config.counts).cumsum(0).tolist()
        return [slice(end - n, end) for end, n in zip(ends, self.config.counts, strict=True)]

    @property
    def gates(self) -> Tensor:
        """(c,d) how much each category uses each coefficient: 1, and 0 beyond its cut-off."""
        numbers = torch.arange(self.config.basis, device=self.cut_off.device)
        return (self.cut_off[:, None] - numbers).clamp(0.0, 1.0)

    def forward(self, places: Tensor, visible: Tensor, category: Tensor) -> Lifted:
        """Lift the keypoints of b pictures.

        Parameters
        ----------
        places
            (b,g,2) unit coordinates (y down); anything where not visible.
        visible
            (b,g) bool.
        category
            (b,) numbers of the categories.
        """
        visible = visible & self.rows[category]
        seen = visible[..., None].to(places)
        centred = (places.where(visible[..., None], 0.0) - centre(places, visible)) * seen
        centred = centred / spread(places, visible)
        words = torch.nn.functional.one_hot(category, len(self.rows)).to(places)
        x = self.first(torch.cat([centred.flatten(1), seen[..., 0], words], dim=1))
        for block in self.blocks:
            x = x + block(x)
        answer = self.last(torch.relu(x))
        coefficients = answer[:, 6:] * self.gates[category]
        return self._settled(coefficients, axes(answer[:, :6]), category)

    def shapes(self, coefficients: Tensor, category: Tensor) -> Tensor:
        """Return shapes (b,g,3) with mean 0 and mean square 1 over their keypoints."""
        rows = self.rows[category][..., None]
        mean = standardised(self.mean[None].expand(len(rows), -1, -1), rows)
        change = torch.tensordot(coefficients, self._unit_modes(), dims=1)
        return standardised(mean + change, rows)

    def _unit_modes(self) -> Tensor:
        """Return the modes with mean square 1 in each category: coefficients are deviations."""
        parts = [self.modes[:, part] for part in self.parts]
        return torch.cat(
            [part / _root(part.square().mean(dim=(1, 2), keepdim=True))
             for part in parts], dim=1,
        )  # fmt: skip

    def _settled(self, coefficients: Tensor, rotation: Tensor, category: Tensor) -> Lifted:
        """Return the answer in the axes and the size of the category's examples."""
        gauge = self.gauge[category]
        size = torch.linalg.det(gauge)
        turn = gauge / size.abs().pow(1.0 / 3.0)[:, None, None]
        # A mirrored shape looks the same, without perspective, with near and far exchanged.
        near = torch.ones(len(gauge), 3, 1).to(gauge)
        near[:, 2, 0] = size.sign()
        shape = self.shapes(coefficients, category) @ gauge.transpose(1, 2)
        shape = shape + self.rows[category][..., None] * self.origin[category][:, None]
        return Lifted(coefficients, near * rotation @ turn.transpose(1, 2), shape)


def _block(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width)
    )


def standardised(shapes: Tensor, rows: Tensor) -> Tensor:
    """Return shapes (b,g,3) with mean 0 and mean square 1 over `rows` (b,g,1), 0 elsewhere."""
    count = rows.sum(dim=1, keepdim=True).clamp(min=1)
    centred = (shapes - (shapes * rows).sum(dim=1, keepdim=True) / count) * rows
    return centred / _root(centred.square().sum(dim=(1, 2), keepdim=True) / count)


def _root(squares: Tensor) -> Tensor:
    """Return roots of mean squares; nothing at all has a small size, and a gradient of zero."""
    return squares.clamp(min=1e-12).sqrt()


def axes(numbers: Tensor) -> Tensor:
    """Return rotations (b,3,3) of six numbers (b,6): two columns, made square to each other.

    Zhou, Barnes, Lu, Yang, Li 2019, "On the continuity of rotation representations in neural
    networks", arXiv:1812.07035.
    """
    x = nn.functional.normalize(numbers[:, :3], dim=1)
    y = numbers[:, 3:] - (x * numbers[:, 3:]).sum(dim=1, keepdim=True) * x
    y = nn.functional.normalize(y, dim=1)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=2)


def centre(places: Tensor, visible: Tensor) -> Tensor:
    """Return (b,1,d) the mean of what is visible of places (b,g,d)."""
    count = visible.sum(dim=1).clamp(min=1)[:, None, None]
    return places.where(visible[..., None], 0.0).sum(dim=1, keepdim=True) / count


def spread(places: Tensor, visible: Tensor) -> Tensor:
    """Return (b,1,1) the root mean square distance of visible places (b,g,d) from their mean."""
    away = (places - centre(places, visible)).where(visible[..., None], 0.0)
    count = visible.sum(dim=1).clamp(min=1)[:, None, None]
    return _root(away.square().sum(dim=(1, 2), keepdim=True) / count)


def make(config: Mapping[str, Any]) -> LiftingNet:
    """Return the network of a configuration, untrained.

    Raises
    ------
    ValueError
        Too many keypoints, or none.
    """
    known = build(LiftingConfig, config)
    counts = tuple(int(count) for count in known.counts)
    if not 0 < len(counts) <= _MOST or not all(0 < count <= _MOST for count in counts):
        raise ValueError(f"keypoints {counts}")
    return LiftingNet(LiftingConfig(counts, known.basis, known.width, known.blocks))


#: Its model files.
NETWORK = NetworkKind(KIND, make)
