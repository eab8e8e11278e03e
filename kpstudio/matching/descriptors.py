"""Descriptors seen and compared: as colours, and as distances to one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.base.arrays import Float32Array, FloatArray
from kpstudio.base.errors import InputError
from kpstudio.data.descriptor import Descriptor

#: Per cent of the vertices at either end of a component that do not set the range of its colour.
_BEYOND = 1.0
#: Of larger shapes so many vertices, evenly spread over their indices, give the components.
_SAMPLE = 10_000
#: Rows whose differences are held at once: they fit into the cache.
_ROWS = 4096
#: Ends of each colour channel: neither black nor glaring, so that shading still shows the form.
_DARKEST, _BRIGHTEST = 0.08, 0.96


def principal_colors(descriptors: Sequence[Descriptor]) -> tuple[Float32Array, ...]:
    """Return colours in which similar descriptors have similar colours.

    Red, green and blue are the first three principal components (K. Pearson, "On lines and planes
    of closest fit to systems of points in space", Philosophical Magazine 2(11), 1901,
    doi:10.1080/14786440109462720) of the descriptors of all shapes together, each shape counting
    the same however many vertices it has. With shape s of n_s vertices, mean m and eigenvectors E,

        C = mean over s of (X_s - m)^T (X_s - m) / n_s = E L E^T,   Y_s = (X_s - m) E[:, :3].

    The sign of a component is such that its largest loading is positive. Its colours span all but
    the outermost per cent of its values at either end. A component without variance is grey.

    Parameters
    ----------
    descriptors
        Descriptors (n_s,d) of one or more shapes; those of several name the same space.

    Returns
    -------
    (n_s,3) float32 colours in 0..1, for each shape.

    Raises
    ------
    InputError
        Descriptors of several shapes that cannot be compared.
    """
    check_comparable(descriptors)
    values = [one.values for one in descriptors]
    samples = [one[:: -(-len(one) // _SAMPLE)].astype(np.float64) for one in values if len(one)]
    if not samples:
        return tuple(np.zeros((0, 3), np.float32) for _ in values)
    basis, middle = _principal_basis(samples)
    components = [(one - middle.astype(np.float32)) @ basis.astype(np.float32) for one in values]
    low, high = _robust_range([one for one in components if len(one)])
    return tuple(_to_colors(one, low, high) for one in components)


def distance_to(descriptor: Descriptor, vector: ArrayLike) -> FloatArray:
    """Return (n,) Euclidean distances of all vertices' descriptors to a vector (d,).

    Raises
    ------
    InputError
        The vector has another length than the descriptors.
    """
    asked = np.asarray(vector, np.float32)
    if asked.shape != descriptor.values.shape[1:]:
        raise InputError(
            f"a vector of {asked.size} numbers has no distance to {descriptor.name}, "
            f"which has {descriptor.values.shape[1]}",
            remedy="Compare descriptors of the same kind and size.",
        )
    squared = np.empty(len(descriptor.values))
    for start in range(0, len(squared), _ROWS):
        away = descriptor.values[start : start + _ROWS] - asked
        squared[start : start + _ROWS] = np.einsum("nd,nd->n", away, away)
    return np.sqrt(squared)


def comparable(first: Descriptor, second: Descriptor) -> bool:
    """Whether distances between vectors of the two mean something."""
    same_size = first.values.shape[1] == second.values.shape[1]
    return first is second or (first.space == second.space != "" and same_size)


def check_comparable(descriptors: Sequence[Descriptor]) -> None:
    """Refuse descriptors between whose vectors no distance means anything.

    Raises
    ------
    InputError
        One of them cannot be compared with the first.
    """
    for one in descriptors[1:]:
        if not comparable(descriptors[0], one):
            raise InputError(
                f"descriptors of {descriptors[0].space or 'one shape alone'} and of "
                f"{one.space or 'one shape alone'} cannot be compared",
                remedy="Use descriptors that the same method made with the same parameters.",
            )


def _principal_basis(values: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return the basis (d,c) of the first c <= 3 components, and the common mean (d,)."""
    middle = np.mean([one.mean(axis=0) for one in values], axis=0)
    spread = np.mean([(one - middle).T @ (one - middle) / len(one) for one in values], axis=0)
    vectors = np.linalg.eigh(spread)[1][:, ::-1][:, :3]
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.where(vectors[largest, np.arange(vectors.shape[1])] < 0.0, -1.0, 1.0)
    return vectors * signs, middle


def _robust_range(components: Sequence[Float32Array]) -> tuple[FloatArray, FloatArray]:
    """Return the ends (c,), (c,) of the components, their outermost values left out."""
    ends = np.array([np.percentile(one, (_BEYOND, 100.0 - _BEYOND), axis=0) for one in components])
    return ends[:, 0].min(axis=0), ends[:, 1].max(axis=0)


def _to_colors(components: Float32Array, low: FloatArray, high: FloatArray) -> Float32Array:
    """Return (n,3) colours of components (n,c)."""
    spans = high - low
    flat = spans <= 1e-9 * max(float(spans.max(initial=0.0)), 1e-300)
    places = np.clip((components - low) / np.where(flat, 1.0, spans), 0.0, 1.0)
    places[:, flat] = 0.5
    colors = np.full((len(components), 3), 0.5)
    colors[:, : components.shape[1]] = places
    return (_DARKEST + (_BRIGHTEST - _DARKEST) * colors).astype(np.float32)
