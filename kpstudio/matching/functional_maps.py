"""Functional maps: how functions on one shape become functions on another, in few numbers.

M. Ovsjanikov, M. Ben-Chen, J. Solomon, A. Butscher and L. Guibas, "Functional maps: a flexible
representation of maps between shapes", ACM Transactions on Graphics 31(4), 2012,
doi:10.1145/2185520.2185526. A map T takes the points of a first shape to points of a second. A
function f on the second is then f o T on the first. In the first eigenfunctions of both Laplacians,
Phi_1 (n,k) and Phi_2 (m,l), with areas M_1, that is the matrix

    C (k,l) = Phi_1^T M_1 Phi_2[T],   f = Phi_2 b  becomes  f o T = Phi_1 C b.

It is sought from functions that are known to correspond, coefficients A_1 (k,d) and A_2 (l,d), and
from the Laplacians, which do not change when a shape bends:

    min |C A_2 - A_1|^2 + w sum_ij (lambda_1i - lambda_2j)^2 C_ij^2,

a small linear system for every row of C. Both shapes count as having an area of 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.geometry.laplacian import laplacian
from kpstudio.geometry.signatures import PAIRS, scaled_heat_signature, scaled_wave_signature
from kpstudio.geometry.spectrum import spectrum
from kpstudio.geometry.surface import Surface

#: Weight w of the Laplacians.
_COMMUTING = 1e-3
#: Times of the heat that flows from landmarks, in areas.
_LANDMARK_TIMES = np.geomspace(0.003, 0.1, 6)
#: How much functions at landmarks count beside signatures, which a symmetric shape has twice.
_LANDMARKS = 3.0


@dataclass(frozen=True, eq=False)
class Basis:
    """The first k eigenfunctions of the Laplacian of a shape with n points, area 1.

    Parameters
    ----------
    values
        (k,) eigenvalues, ascending; the first is 0.
    vectors
        (n,k) eigenfunctions, Phi^T M Phi = 1; the first is constant.
    mass
        (n,) areas M, summing to 1.
    """

    values: FloatArray
    vectors: FloatArray
    mass: FloatArray

    def __len__(self) -> int:
        """Return the number of eigenfunctions k."""
        return len(self.values)

    def first(self, count: int) -> Basis:
        """Return the basis of the first `count` eigenfunctions."""
        return Basis(self.values[:count], self.vectors[:, :count], self.mass)

    def coefficients(self, functions: FloatArray) -> FloatArray:
        """Return the (k,d) coefficients of functions (n,d)."""
        return self.vectors.T @ (self.mass[:, None] * functions)


def basis_of(surface: Surface, count: int, ctx: RunContext | None = None) -> Basis:
    """Return the first `count` eigenfunctions of a surface, fewer if it has no more points.

    Of a surface of several components the constant of the whole is the first; a map between such
    surfaces says little, for parts that do not touch do not feel each other.
    """
    pairs = spectrum(surface, count - 1, ctx)
    area = pairs.area
    constant = np.ones((len(surface), 1))
    return Basis(
        np.append(0.0, pairs.scale_free),
        np.hstack([constant, pairs.vectors * np.sqrt(area)]),
        laplacian(surface).mass / area,
    )


def signatures_of(surface: Surface, ctx: RunContext | None = None) -> FloatArray:
    """Return (n,d) functions that correspond on shapes that are bent into each other: HKS, WKS."""
    pairs = spectrum(surface, PAIRS, ctx)
    return np.hstack([scaled_heat_signature(pairs), scaled_wave_signature(pairs)]) - 1.0


def heat_from(basis: Basis, points: IntArray) -> FloatArray:
    """Return (k,p*t) coefficients of the heat of p points after t times."""
    decay = np.exp(-np.outer(basis.values, _LANDMARK_TIMES))
    heat = basis.vectors[points].T[:, :, None] * decay[:, None, :]
    return heat.reshape(len(basis), -1)


def fit_map(
    first: Basis,
    second: Basis,
    signatures: tuple[FloatArray, FloatArray],
    landmarks: IntArray | None = None,
) -> FloatArray:
    """Return the functional map C (k,l) that functions known to correspond ask for.

    Parameters
    ----------
    first, second
        Bases of k and l eigenfunctions.
    signatures
        (n,d) and (m,d) functions on the two shapes that correspond.
    landmarks
        (p,2) points of the first and the second shape that correspond. Without any a shape with a
        symmetry may be mapped to its mirror image, or to a mixture of both.
    """
    there = [_unit(basis.coefficients(f)) for basis, f in zip((first, second), signatures,
                                                              strict=True)]  # fmt: skip
    if landmarks is not None and len(landmarks):
        for side, basis in enumerate((first, second)):
            heat = _unit(heat_from(basis, landmarks[:, side]))
            share = _LANDMARKS * np.sqrt(signatures[0].shape[1] / heat.shape[1])
            there[side] = np.hstack([there[side], share * heat])
    constant = [np.eye(len(basis), 1) for basis in (first, second)]
    a, b = (np.hstack([one, own]) for one, own in zip(there, constant, strict=True))
    return _solved(a, b, first.values, second.values)


def _unit(coefficients: FloatArray) -> FloatArray:
    """Return functions (k,d) of length 1; one that is 0 stays it."""
    lengths = np.linalg.norm(coefficients, axis=0)
    return coefficients / np.where(lengths > 1e-9, lengths, 1.0)


def _solved(a: FloatArray, b: FloatArray, values_a: FloatArray, values_b: FloatArray) -> FloatArray:
    """Return C that minimises |C b - a|^2 + w sum (values_a_i - values_b_j)^2 C_ij^2."""
    top = max(float(values_a[-1]), float(values_b[-1]), 1e-300)
    apart = np.square((values_a[:, None] - values_b) / top)
    # Relative to the functions, so that the weight means the same however many there are.
    weight = _COMMUTING * b.shape[1]
    gram = b @ b.T + 1e-9 * np.eye(len(b))
    systems = gram + weight * apart[:, :, None] * np.eye(len(b))
    return np.linalg.solve(systems, (a @ b.T)[:, :, None])[:, :, 0]
