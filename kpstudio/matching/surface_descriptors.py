"""Descriptors that any surface has, whoever found its keypoints: HKS, WKS and FPFH."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.data.descriptor import Descriptor
from kpstudio.geometry.signatures import (
    HEAT_SPACE,
    PAIRS,
    WAVE_SPACE,
    scaled_heat_signature,
    scaled_wave_signature,
)
from kpstudio.geometry.spectrum import spectrum
from kpstudio.geometry.surface import Surface
from kpstudio.matching.fpfh import fpfh

#: Radius of FPFH, in diameters.
_RADIUS = 0.1


class SurfaceDescriptor(StrEnum):
    """What can be computed on any surface."""

    #: Heat that stays; the same when the shape bends.
    HEAT = "heat kernel signature"
    #: Waves of different energies; sharper than heat, the same when the shape bends.
    WAVE = "wave kernel signature"
    #: Histograms of normals nearby; the same when the shape moves, not when it bends.
    FPFH = "fast point feature histogram"


def describe_surface(
    surface: Surface, what: SurfaceDescriptor, ctx: RunContext | None = None
) -> Descriptor:
    """Return a descriptor of every vertex of the mesh that a surface was made of.

    All three are the same for a shape of any size, and comparable among all shapes.

    Parameters
    ----------
    surface
        A mesh or a cloud.
    what
        Which descriptor.
    ctx
        Progress and cancellation.
    """
    ctx = ctx or RunContext()
    if what is SurfaceDescriptor.FPFH:
        ctx.progress(0.0, "Comparing normals")
        values, space = fpfh(surface.points, surface.normals, _RADIUS), f"fpfh-{_RADIUS:g}"
    else:
        pairs = spectrum(surface, PAIRS, ctx)
        heat = what is SurfaceDescriptor.HEAT
        values = scaled_heat_signature(pairs) if heat else scaled_wave_signature(pairs)
        space = HEAT_SPACE if heat else WAVE_SPACE
    return Descriptor(what.value, surface.spread(values).astype(np.float32), space)
