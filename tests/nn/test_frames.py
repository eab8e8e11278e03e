"""Local frames: orthonormal, right-handed, and they turn with the cloud."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from kpstudio.nn.frames import local_frames
from kpstudio.nn.patches import density_patches


def surface() -> tuple[torch.Tensor, torch.Tensor]:
    """Samples of a bumpy sheet with their normals."""
    rng = np.random.default_rng(4)
    x, y = rng.uniform(-0.5, 0.5, (2, 800))
    z = 0.1 * np.sin(4 * x) + 0.07 * y**2 + 0.05 * x * y
    normals = np.stack([-0.4 * np.cos(4 * x) - 0.05 * y, -0.14 * y - 0.05 * x, np.ones(800)], 1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return torch.from_numpy(np.stack([x, y, z], 1))[None], torch.from_numpy(normals)[None]


def test_axes_are_orthonormal_and_right_handed() -> None:
    points, normals = surface()
    frames = local_frames(points[:, :50], points, normals, 0.2)
    identity = torch.eye(3, dtype=frames.dtype)
    assert torch.allclose(frames @ frames.transpose(2, 3), identity.expand_as(frames), atol=1e-9)
    assert torch.allclose(torch.linalg.det(frames), torch.ones(1, 50, dtype=frames.dtype))


def test_z_is_the_side_the_normals_are_on() -> None:
    points, normals = surface()
    frames = local_frames(points[:, :50], points, normals, 0.2)
    assert ((frames[:, :, 2] * normals[:, :50]).sum(dim=2) > 0.5).all()


def test_frames_turn_with_the_cloud_and_patches_stay() -> None:
    points, normals = surface()
    turn = torch.from_numpy(Rotation.random(random_state=5).as_matrix())
    first = local_frames(points[:, :80], points, normals, 0.2)
    moved, turned = points @ turn.T + 1.5, normals @ turn.T
    second = local_frames(moved[:, :80], moved, turned, 0.2)
    assert torch.allclose(first @ turn.T, second, atol=1e-6)
    patches = density_patches(points[:, :80], points, normals, 0.15)
    again = density_patches(moved[:, :80], moved, turned, 0.15)
    assert torch.allclose(patches, again, atol=1e-6)


def test_a_patch_is_a_share_of_the_points_in_it() -> None:
    points, normals = surface()
    patches = density_patches(points[:, :20], points, normals, 0.15)
    assert patches.shape == (1, 20, 8, 8, 8)
    assert torch.allclose(patches.sum(dim=(2, 3, 4)), torch.ones(1, 20, dtype=patches.dtype))
    assert (patches >= 0).all()
    # A sheet fills the middle layers of z, not the outer ones.
    layers = patches.sum(dim=(2, 3))[0].mean(dim=0)
    assert layers[3:5].sum() > 0.6
    assert layers[[0, 7]].sum() < 0.05
