"""What lifting learns from: pictures of keypoints, its own shapes seen again, and examples.

See `nn.lifting`. Ours: scale and shift are solved for, and perspective, if the lens is known, costs
nothing in that.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from kpstudio.nn.lifting import Lifted, LiftingNet, centre, spread, standardised

#: A shape is spread as widely as its picture or wider, but where perspective enlarges what is
#: near: four times would be a view along it.
_LEAST_SCALE, _MOST_SCALE = 0.5, 4.0
#: Where losses turn from square to linear, shares of the size of a shape or of its picture.
_BEND = 0.05


class Placed(NamedTuple):
    """Scale (b,1,1) and shift (b,1,2) of lifted shapes in pictures, and what they miss (b,g,2)."""

    scale: Tensor
    shift: Tensor
    misses: Tensor


def place(lifted: Lifted, places: Tensor, visible: Tensor, tangent: float | Tensor = 0.0) -> Placed:
    """Return where lifted shapes (x, y, z) stand in pictures, by least squares.

    A picture u of a lens whose half angle has the tangent h shows u = (s x + t) / (1 + h s z), so
    u = s (x - h z u) + t, which is linear in s and t whatever the perspective.

    Parameters
    ----------
    lifted
        Shapes.
    places, visible
        As for `LiftingNet.forward`.
    tangent
        h, or (b,1,1) that of each picture; 0 for weak perspective.
    """
    turned = lifted.turned
    places = places.where(visible[..., None], 0.0)
    x = turned[..., :2] - tangent * turned[..., 2:] * places
    x0, u0 = x - centre(x, visible), places - centre(places, visible)
    seen = visible[..., None]
    product = (x0 * u0 * seen).sum(dim=(1, 2), keepdim=True)
    scale = product / (x0.square() * seen).sum(dim=(1, 2), keepdim=True).clamp(min=1e-6)
    size = spread(places, visible) / spread(turned, visible)
    # A turn that fits badly would shrink the shape to nothing and learn nothing.
    scale = torch.minimum(torch.maximum(scale, _LEAST_SCALE * size), _MOST_SCALE * size)
    misses = (u0 - scale * x0) * seen
    return Placed(scale, centre(places - scale * x, visible), misses)


def reprojection_loss(lifted: Lifted, places: Tensor, visible: Tensor, tangent: float) -> Tensor:
    """Return how far lifted shapes are from visible keypoints, in shares of their spread.

    Mean over keypoints of the pseudo-Huber norm, as in C3DPO.
    """
    misses = place(lifted, places, visible, tangent).misses / spread(places, visible)
    return _bent_mean(misses.square().sum(dim=2), visible)


def consistency_loss(
    net: LiftingNet, lifted: Lifted, category: Tensor, turns: Tensor, visible: Tensor
) -> Tensor:
    """Return what changes when lifted shapes are turned, seen orthographically, and lifted again.

    Shape and turn should come back: then no turn hides in a shape. The lifted shape is the example,
    it gets no gradient. C3DPO asks the same of a second network that sees the shape in space; Can
    et al. of the first, as here.

    Parameters
    ----------
    net
        The network.
    lifted
        Its answer.
    category
        (b,) numbers of the categories.
    turns
        (b,3,3) rotations from the shape's axes to new cameras.
    visible
        (b,g) which keypoints are shown then.
    """
    shape = lifted.shape.detach()
    seen = shape @ turns.transpose(1, 2)
    again = net(seen[..., :2], visible, category)
    return _bent_mean(_apart(again, shape, seen), net.rows[category])


def supervision_loss(lifted: Lifted, landmarks: Tensor, turns: Tensor, known: Tensor) -> Tensor:
    """Return how far lifted shapes and poses are from true ones, where those are known.

    Wu et al. 2016 (arXiv:1604.08685) learn so from synthetic shapes. Size and place of the truth
    are those of the network before its axes are fixed.

    Parameters
    ----------
    lifted
        The network's answer.
    landmarks
        (b,g,3) true keypoints, anything where not known.
    turns
        (b,3,3) true rotations.
    known
        (b,g) which are.
    """
    truth = standardised(landmarks, known[..., None])
    return _bent_mean(_apart(lifted, truth, truth @ turns.transpose(1, 2)), known)


def _apart(lifted: Lifted, shape: Tensor, turned: Tensor) -> Tensor:
    """Return (b,g) squared distances in the shape's axes and in the camera's, added."""
    misses = torch.cat([lifted.shape - shape, lifted.turned - turned], dim=2)
    return misses.square().sum(dim=2)


def _bent_mean(squares: Tensor, counted: Tensor) -> Tensor:
    """Return the mean of pseudo-Huber norms of squared distances (b,g), where counted."""
    bent = ((squares / _BEND**2 + 1.0).sqrt() - 1.0) * _BEND
    return (bent * counted).sum() / counted.sum().clamp(min=1)
