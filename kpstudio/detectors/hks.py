"""Heat kernel signature: points that keep their heat for long, such as the tips of limbs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.descriptor import Descriptor
from kpstudio.data.field import Field
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.selection import SelectionParameters
from kpstudio.detectors.surface_detector import Measured, SurfaceDetector
from kpstudio.geometry.neighbours import local_maxima
from kpstudio.geometry.signatures import HEAT_SPACE, HEAT_TIMES, scaled_heat_signature
from kpstudio.geometry.spectrum import heat_kernel_signature, spectrum
from kpstudio.geometry.surface import Surface

#: Every so many times of the descriptor is shown as a field.
_SHOWN = 3
#: Weakest response of a peak, relative to the strongest: below is rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class HksParameters(SelectionParameters):
    """How long heat flows, and by how many eigenpairs."""

    time: float = parameter(
        0.1,
        "How long heat flows: the longer, the larger the parts whose tips are found.",
        unit="x area",
        low=0.005,
        high=2.0,
        step=0.01,
    )
    eigenpairs: int = parameter(
        100,
        "Eigenpairs of the Laplacian; times below 0.7 over their number need more.",
        low=10,
        high=600,
        advanced=True,
    )
    rings: int = parameter(
        2, "A keypoint is the strongest point within so many edges.", low=1, high=20, advanced=True
    )


class Hks(SurfaceDetector):
    """Peaks of the heat that stays where it was, after a long time."""

    spec = DetectorSpec(
        id="hks",
        title="HKS",
        summary="Tips of what sticks out, where heat stays longest; bending the shape keeps them.",
        parameters=HksParameters,
        kind="cloud",
        citation="Sun, Ovsjanikov, Guibas 2009, A concise and provably informative multi-scale "
        "signature based on heat diffusion, SGP, doi:10.1111/j.1467-8659.2009.01515.x",
    )

    def measure(self, surface: Surface, parameters: HksParameters, ctx: RunContext) -> Measured:
        """Return how much more heat stays at every point than at the end of all time.

        That is the heat kernel signature without the constant to which it falls on each component;
        its peaks are the same.
        """
        pairs = spectrum(surface, parameters.eigenpairs, ctx.part(0.0, 0.9))
        ctx.progress(0.9, "Letting heat flow")
        times = np.append(parameters.time, HEAT_TIMES[::_SHOWN])
        staying = heat_kernel_signature(pairs, times, equilibrium=False)
        saliency = staying[:, 0]
        peaks = local_maxima(saliency, surface.rings(parameters.rings))
        peaks = peaks[saliency[peaks] > _ROUNDING * saliency.max(initial=1e-300)]
        signature = heat_kernel_signature(pairs, times[:1])[:, 0]
        later = [
            Field(f"response at time {time:.2g}", values)
            for time, values in zip(times[1:], staying.T[1:], strict=True)
        ]
        fields = (
            Field("saliency", saliency),
            # A small part holds its heat at the inverse of its area: it would take all colours.
            Field("heat kernel signature", signature, logarithmic=True),
            *later,
        )
        scaled = scaled_heat_signature(pairs).astype(np.float32)
        descriptor = Descriptor("heat kernel signature", scaled, HEAT_SPACE)
        return Measured(fields, peaks, saliency[peaks], descriptors=(descriptor,))


#: The detector.
DETECTOR = Hks()
