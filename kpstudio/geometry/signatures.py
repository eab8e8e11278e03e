"""Signatures by which points of shapes of any size and mesh can be compared."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.geometry.spectrum import (
    Spectrum,
    heat_kernel_signature,
    heat_trace,
    wave_kernel_signature,
)

#: Times, in areas: the same for all shapes. By Weyl's law these are the ends 4 ln 10 / lambda of
#: the published range for some 100 and 1 pairs.
HEAT_TIMES = np.geomspace(0.008, 0.8, 16)
#: What vectors of heat signatures can be compared with.
HEAT_SPACE = f"hks-{len(HEAT_TIMES)}"

#: Energies: logarithms of what by Weyl's law are the first and the 80th eigenvalue times the area.
WAVE_ENERGIES = np.linspace(np.log(4.0 * np.pi), np.log(80.0 * 4.0 * np.pi), 32)
#: Width of an energy, a share of their range; as published.
_WAVE_WIDTH = 0.07
#: What vectors of wave signatures can be compared with.
WAVE_SPACE = f"wks-{len(WAVE_ENERGIES)}"

#: Eigenpairs that times and energies need.
PAIRS = 100


def scaled_heat_signature(pairs: Spectrum) -> FloatArray:
    """Return (n,16) the heat signature, each time divided by its mean over the surface.

    So every time weighs as much as any other (Sun, Ovsjanikov and Guibas 2009,
    doi:10.1111/j.1467-8659.2009.01515.x, section 5).
    """
    return heat_kernel_signature(pairs, HEAT_TIMES) / heat_trace(pairs, HEAT_TIMES)


def scaled_wave_signature(pairs: Spectrum) -> FloatArray:
    """Return (n,32) the wave signature at energies that are the same for all shapes.

    Each energy has a mean of 1 over the surface. Energies below the first eigenvalue are its own.
    """
    width = _WAVE_WIDTH * float(WAVE_ENERGIES[-1] - WAVE_ENERGIES[0])
    return wave_kernel_signature(pairs, WAVE_ENERGIES, width)
