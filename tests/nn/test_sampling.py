"""Farthest points of batches, against the kernel for one cloud."""

from __future__ import annotations

import numpy as np
import torch

from kpstudio.geometry.sampling import farthest_points as one_cloud
from kpstudio.nn.sampling import farthest_points, gather


def test_every_cloud_as_the_numpy_kernel(rng: np.random.Generator) -> None:
    clouds = rng.normal(size=(3, 200, 3))
    starts = [5, 0, 199]
    chosen = farthest_points(torch.from_numpy(clouds), 20, torch.tensor(starts))
    for cloud, start, found in zip(clouds, starts, chosen.numpy(), strict=True):
        assert np.array_equal(found, one_cloud(cloud, 20, start))


def test_gather_takes_rows(rng: np.random.Generator) -> None:
    clouds = torch.from_numpy(rng.normal(size=(2, 50, 3)))
    indices = torch.tensor([[3, 1], [7, 7]])
    expected = torch.stack([clouds[0, [3, 1]], clouds[1, [7, 7]]])
    assert torch.equal(gather(clouds, indices), expected)
