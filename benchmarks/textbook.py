"""The formulations that the package is measured against; none of them is used in it."""

from __future__ import annotations

import numpy as np


def mean_value_coordinates(
    points: np.ndarray, vertices: np.ndarray, faces: np.ndarray, chunk: int = 2000
) -> np.ndarray:
    """Ju, Schaefer, Warren 2005, figure 4, vectorised over points and triangles.

    In chunks: at once it would take 0.9 GB for ten thousand points.
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # in the plane of a face it fails
        parts = [
            _mean_value_chunk(points[start : start + chunk], vertices, faces)
            for start in range(0, len(points), chunk)
        ]
    return np.concatenate(parts)


def _mean_value_chunk(x: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    u = vertices[None] - x[:, None]
    d = np.linalg.norm(u, axis=2)
    u /= d[..., None]
    u, d = u[:, faces], d[:, faces]
    following, previous = np.roll(u, -1, axis=2), np.roll(u, 1, axis=2)
    chord = np.linalg.norm(following - previous, axis=3)
    theta = 2 * np.arcsin(np.clip(chord / 2, 0, 1))
    h = theta.sum(axis=2, keepdims=True) / 2
    sines = np.sin(theta)
    sine_next, sine_previous = np.roll(sines, -1, axis=2), np.roll(sines, 1, axis=2)
    c = 2 * np.sin(h) * np.sin(h - theta) / (sine_next * sine_previous) - 1
    s = np.sign(np.linalg.det(u))[..., None] * np.sqrt(np.clip(1 - c * c, 0, None))
    w = theta - np.roll(c, -1, axis=2) * np.roll(theta, 1, axis=2)
    w -= np.roll(c, 1, axis=2) * np.roll(theta, -1, axis=2)
    w /= d * sine_next * np.roll(s, 1, axis=2)
    weights = np.zeros((len(x), len(vertices)))
    for column, vertex in enumerate(faces.reshape(-1)):
        weights[:, vertex] += w.reshape(len(x), -1)[:, column]
    return weights / weights.sum(axis=1, keepdims=True)


def farthest_points(points: np.ndarray, count: int, start: int = 0) -> np.ndarray:
    """The usual numpy loop over whole (n,3) arrays."""
    chosen = [start]
    distances = np.full(len(points), np.inf)
    while len(chosen) < count:
        offset = points - points[chosen[-1]]
        distances = np.minimum(distances, (offset**2).sum(axis=1))
        chosen.append(int(distances.argmax()))
    return np.array(chosen)
