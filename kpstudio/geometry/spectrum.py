"""Eigenvalues and eigenvectors of the Laplacian, and what they say of every point."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.context import RunContext
from kpstudio.geometry.lanczos import smallest_eigenpairs
from kpstudio.geometry.laplacian import laplacian
from kpstudio.geometry.surface import Surface

#: Eigenvalues (k,) of a component with m points, and its eigenvectors (m,k).
_Pairs = tuple[FloatArray, FloatArray]

#: Numbers of eigenpairs that are computed: any other number is the first part of the next one.
_RUNGS = (50, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2400, 3200)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The k smallest eigenpairs above zero of S x = lambda M x on n points of a surface.

    Zero is an eigenvalue once a component, and its vectors are the constants there: no array is
    spent on them.

    Parameters
    ----------
    values
        (k,) eigenvalues, ascending, one over squared diameters.
    vectors
        (n,k) eigenvectors, x^T M x = 1.
    ground
        (n,) square of the constant eigenvector: one over the area of each point's component.
    area
        Area of the surface, squared diameters.
    components
        Number of connected components.
    """

    values: FloatArray
    vectors: FloatArray
    ground: FloatArray
    area: float
    components: int

    def __len__(self) -> int:
        """Return the number of eigenpairs."""
        return len(self.values)

    @property
    def scale_free(self) -> FloatArray:
        """(k,) eigenvalues times the area: by Weyl's law near 4 pi i for the i-th."""
        return self.values * self.area

    def first(self, count: int) -> Spectrum:
        """Return the spectrum cut off after `count` pairs."""
        values, vectors = self.values[:count], self.vectors[:, :count]
        return replace(self, values=values, vectors=vectors)


def spectrum(surface: Surface, count: int, ctx: RunContext | None = None) -> Spectrum:
    """Return the `count` smallest eigenpairs above zero, or all if a surface has fewer.

    They are kept with the surface: asking for them again, or for fewer, costs nothing.

    Parameters
    ----------
    surface
        A mesh or a cloud; see `laplacian.laplacian`. Each connected component is solved on its
        own, so that equal components make no trouble by the multiplicity of their eigenvalues.
    count
        Number of pairs.
    ctx
        Progress and cancellation.
    """
    ctx = ctx or RunContext()
    rungs = [rung for rung in _RUNGS if rung >= count] or [count]
    kept = [rung for rung in rungs if surface.keeps(("spectrum", rung))]
    rung = (kept or rungs)[0]
    whole = surface.kept(("spectrum", rung), lambda: _of(surface, rung, ctx))
    return whole.first(count)


def _of(surface: Surface, count: int, ctx: RunContext) -> Spectrum:
    from scipy.sparse.csgraph import connected_components

    operator = laplacian(surface)
    part_of = connected_components(operator.stiffness, directed=False)[1]
    order = np.argsort(part_of, kind="stable").astype(np.int32)
    members = np.split(order, np.cumsum(np.bincount(part_of))[:-1])
    areas = np.bincount(part_of, operator.mass)
    # By Weyl's law a component has eigenvalues in proportion to its area; borders bring more.
    shares = 1.3 * count * areas / areas.sum() + 8
    found: list[_Pairs] = []
    for one, share in zip(members, shares.astype(int), strict=True):
        part = ctx.part(len(found) / len(members), (len(found) + 1) / len(members))
        found.append(_of_component(surface, one, min(count, share), part))
    while short := _incomplete(found, members, count):
        for index in short:
            more = min(count, 2 * len(found[index][0]))
            found[index] = _of_component(surface, members[index], more, ctx.part(1.0, 1.0))
    values, vectors = _together(found, members, count)
    return Spectrum(values, vectors, 1.0 / areas[part_of], float(areas.sum()), len(areas))


def _of_component(surface: Surface, members: IntArray, count: int, ctx: RunContext) -> _Pairs:
    ctx.progress(0.0, "Finding eigenpairs")
    operator = laplacian(surface)
    stiffness = operator.stiffness
    if len(members) < len(operator.mass):
        stiffness = stiffness[members][:, members]
    points, mass = surface.points[members], operator.mass[members]
    return smallest_eigenpairs(points, stiffness, mass, count, ctx)


def _incomplete(found: list[_Pairs], members: list[IntArray], count: int) -> list[int]:
    """Return which components may have more of the `count` smallest values than were found."""
    largest = np.sort(np.concatenate([values for values, _ in found]))[:count].max(initial=0.0)
    return [
        index
        for index, (values, _) in enumerate(found)
        if len(values) < min(count, len(members[index]) - 1) and values[-1] < largest
    ]


def _together(
    found: list[_Pairs], members: list[IntArray], count: int
) -> tuple[FloatArray, FloatArray]:
    """Return the smallest values and their vectors of all components."""
    values = np.concatenate([values for values, _ in found])
    part = np.repeat(np.arange(len(found)), [len(values) for values, _ in found])
    column = np.concatenate([np.arange(len(values)) for values, _ in found])
    chosen = np.argsort(values, kind="stable")[:count]
    vectors = np.zeros((sum(map(len, members)), len(chosen)))
    for place, index in enumerate(chosen):
        vectors[members[part[index]], place] = found[part[index]][1][:, column[index]]
    return values[chosen], vectors


def heat_kernel_signature(
    spectrum: Spectrum, times: FloatArray, *, equilibrium: bool = True
) -> FloatArray:
    """Return (n,t) how much heat stays at each point: the heat kernel's diagonal times the area.

    A k_t(x, x) = A sum_i exp(-lambda_i t A) phi_i(x)^2 (Sun, Ovsjanikov and Guibas 2009,
    doi:10.1111/j.1467-8659.2009.01515.x), with time t in areas of the surface, so that a shape of
    another size has the same values. It falls with time, to 1 on a connected surface.

    Parameters
    ----------
    spectrum
        Eigenpairs. Times below about 0.7 over their number need more of them.
    times
        (t,) times, as shares of the area.
    equilibrium
        Whether to count what stays for ever; it is the same all over a component, and the more
        the smaller the component is.
    """
    decay = np.exp(-np.outer(spectrum.scale_free, times))
    moving: FloatArray = spectrum.vectors**2 @ decay
    return spectrum.area * (moving + spectrum.ground[:, None] * equilibrium)


def heat_trace(spectrum: Spectrum, times: FloatArray) -> FloatArray:
    """Return (t,) the mean of the heat kernel signature over the surface."""
    decay = np.exp(-np.outer(times, spectrum.scale_free))
    trace: FloatArray = spectrum.components + decay.sum(axis=1)
    return trace


def wave_kernel_signature(
    spectrum: Spectrum, energies: FloatArray, width: float | None = None
) -> FloatArray:
    """Return (n,e) how likely a quantum particle of each energy is at each point, times the area.

    A sum_i w_i phi_i(x)^2 / sum_i w_i, w_i = exp(-(e - ln(lambda_i A))^2 / (2 s^2)) (Aubry,
    Schlickewei and Cremers 2011, The wave kernel signature, doi:10.1109/ICCVW.2011.6130444). Its
    mean over the surface is 1 at every energy.

    Parameters
    ----------
    spectrum
        Eigenpairs.
    energies
        (e,) energies: natural logarithms of eigenvalues times the area.
    width
        s; by default 7 steps between energies, as published.
    """
    energies = np.asarray(energies, np.float64)
    if width is None:
        width = 7.0 * float(np.diff(energies).mean()) if len(energies) > 1 else 1.0
    distances = energies[:, None] - np.log(np.maximum(spectrum.scale_free, 1e-12))
    exponent = -(distances**2) / (2.0 * width**2)
    weights = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return spectrum.area * (spectrum.vectors**2 @ weights.T)
