"""Harris 3D: the corner detector of images on quadrics fitted to the surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import parameter
from kpstudio.data.field import Field
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.selection import SelectionParameters
from kpstudio.detectors.surface_detector import Measured, SurfaceDetector
from kpstudio.geometry.adaptive_rings import adaptive_rings
from kpstudio.geometry.neighbours import local_maxima
from kpstudio.geometry.patches import row_chunks
from kpstudio.geometry.surface import Surface

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: The choices of `neighbourhood`.
ADAPTIVE, RINGS, BALL = "adaptive", "rings", "ball"

#: A quadric has six coefficients, and swings wildly through six points.
_LEAST_POINTS, _COEFFICIENTS = 12, 6
#: Pulls coefficients that too few or collinear points leave open towards flat.
_RIDGE = 1e-5
#: Responses below this are rounding: that of a sphere of 1000 resolutions is some 1e-12.
_ROUNDING = 1e-14

# Monomials x^i y^j of z = p1/2 x² + p2 xy + p3/2 y² + p4 x + p5 y + p6.
_POWERS = np.array([(2, 0), (1, 1), (0, 2), (1, 0), (0, 1), (0, 0)])
_FACTORS = np.array([0.5, 1.0, 0.5, 1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Harris3dParameters(SelectionParameters):
    """The neighbourhood a quadric is fitted to, and what makes a corner."""

    neighbourhood: str = parameter(
        ADAPTIVE,
        "Take rings of edges until they reach the radius, a number of rings, or the ball.",
        choices=(ADAPTIVE, RINGS, BALL),
    )
    reach: float = parameter(
        0.02,
        "Radius that adaptive rings reach, or of the ball.",
        unit="x diameter",
        low=0.002,
        high=0.1,
        step=0.002,
    )
    rings: int = parameter(2, "Number of rings, when that is asked for.", low=1, high=10)
    k: float = parameter(
        0.04,
        "How much an edge counts against a corner: at 0.25 nothing is a corner.",
        low=0.0,
        high=0.25,
        step=0.01,
        advanced=True,
    )
    sigma: float = parameter(
        2.0**0.5,
        "Width of the Gaussian over which slopes are averaged.",
        unit="x resolution",
        low=0.1,
        high=20.0,
        step=0.1,
        advanced=True,
    )
    peak_rings: int = parameter(
        1, "A keypoint is the strongest point within so many rings.", low=1, high=10
    )
    fraction: float = parameter(
        1.0,
        "Most candidates, as a share of the number of points: 1 leaves the choice to the radius.",
        low=0.001,
        high=1.0,
        step=0.01,
        advanced=True,
    )


class Harris3d(SurfaceDetector):
    """The Harris response of the quadric that fits the surroundings of a point.

    The neighbourhood of a point is laid into the plane of its principal components, the point at
    the origin, and z = p1/2 x² + p2 xy + p3/2 y² + p4 x + p5 y + p6 fitted to it. The squared
    derivatives averaged with a Gaussian of standard deviation s have the closed form

        A = p4² + s² (p1² + p2²),  B = p5² + s² (p2² + p3²),  C = p4 p5 + s² (p1 p2 + p2 p3)

    and the response is h = det E - k tr(E)² with E = [[A, C], [C, B]]. The paper has s² = 2 in
    whatever unit the file is in; here the unit is the mesh resolution (ours), so that the size of
    the mesh does not matter. A neighbourhood with fewer than twelve points takes further rings
    (ours; the authors leave points with fewer than six out). Keypoints are local maxima with
    h > 0. The paper keeps either a fraction of them, the strongest, or those that are the strongest
    within a radius; here both can be asked for. Their response is h^(1/4), which ranks them as h
    does and spans two decades where h spans eight, so that a threshold can tell them apart (ours).
    The reach is 1 % of the diagonal in the paper and 2 % here: common meshes are coarser.
    """

    spec = DetectorSpec(
        id="harris3d",
        title="Harris 3D",
        summary="Corners: points around which the surface bends strongly in every direction.",
        parameters=Harris3dParameters,
        citation="Sipiran, Bustos 2011, Harris 3D: a robust extension of the Harris operator for "
        "interest point detection on 3D meshes, The Visual Computer 27(11), "
        "doi:10.1007/s00371-011-0610-y",
    )

    def measure(
        self, surface: Surface, parameters: Harris3dParameters, ctx: RunContext
    ) -> Measured:
        """Return the Harris response of every point, and the tilt and bend it is made of."""
        surface.need_faces(self.spec.title)
        ctx.progress(0.0, "Gathering rings")
        key = (parameters.neighbourhood, parameters.reach, parameters.rings)
        quadrics = surface.kept(
            ("harris quadrics", *key),
            lambda: fit_quadrics(surface.points, _hoods(surface, parameters, ctx), ctx),
        )
        ctx.progress(0.9, "Finding peaks")
        response = harris_response(quadrics, parameters.sigma * surface.resolution, parameters.k)
        peaks = local_maxima(response, surface.rings(parameters.peak_rings))
        peaks = peaks[response[peaks] > _ROUNDING]
        most = max(1, round(parameters.fraction * len(surface)))
        peaks = peaks[:most]
        strength = np.sign(response) * np.abs(response) ** 0.25
        p1, p2, p3, p4, p5 = quadrics.T
        fields = (
            Field("corner strength", strength, signed=True),
            Field("response", response, signed=True),
            Field("bend", np.sqrt(p1**2 + 2.0 * p2**2 + p3**2), "1/diameter"),
            Field("tilt", np.hypot(p4, p5)),
        )
        return Measured(fields, peaks, strength[peaks])


def _hoods(surface: Surface, parameters: Harris3dParameters, ctx: RunContext) -> csr_array:
    """Return (n,n) whose entries are the members of each neighbourhood, the point included."""
    from scipy.sparse import eye_array

    if parameters.neighbourhood == BALL:
        around = surface.within(parameters.reach).astype(bool)
        return (around + eye_array(len(surface), dtype=bool, format="csr")).tocsr()
    if parameters.neighbourhood == RINGS:
        return adaptive_rings(surface, parameters.rings, 0.0, _LEAST_POINTS, ctx)
    return adaptive_rings(surface, 1, parameters.reach, _LEAST_POINTS, ctx)


def harris_response(quadrics: FloatArray, sigma: float, k: float) -> FloatArray:
    """Return (n,) det E - k tr(E)² of quadrics (n,5).

    Parameters
    ----------
    quadrics
        p1 to p5 of every point; p1 to p3 in 1 / length.
    sigma
        Standard deviation of the Gaussian, the same length.
    k
        The constant of Harris and Stephens.
    """
    p1, p2, p3, p4, p5 = (quadrics * (sigma, sigma, sigma, 1.0, 1.0)).T
    a = p4**2 + p1**2 + p2**2
    b = p5**2 + p2**2 + p3**2
    c = p4 * p5 + p1 * p2 + p2 * p3
    response: FloatArray = a * b - c**2 - k * (a + b) ** 2
    return response


def fit_quadrics(points: FloatArray, hoods: csr_array, ctx: RunContext) -> FloatArray:
    """Return (n,5) coefficients p1 to p5 of the quadric that fits each neighbourhood.

    Parameters
    ----------
    points
        (n,3) points.
    hoods
        (n,n) whose entries are the members of each neighbourhood, the point included.
    ctx
        Progress and cancellation.

    Returns
    -------
    Least-squares coefficients in the frame of the neighbourhood's principal components with the
    point at x = y = 0; zeros for neighbourhoods of fewer than six points.
    """
    quadrics = np.zeros((len(points), 5))
    for rows in row_chunks(hoods):
        ctx.progress(0.3 + 0.6 * rows.start / len(points), "Fitting quadrics")
        quadrics[rows] = _fit(points, hoods, rows)
    return quadrics


def _fit(points: FloatArray, hoods: csr_array, rows: slice) -> FloatArray:
    ends = hoods.indptr[rows.start : rows.stop + 1]
    counts, starts = np.diff(ends), ends[:-1] - ends[0]
    of = np.repeat(np.arange(len(counts)), counts)
    offset = points[hoods.indices[ends[0] : ends[-1]]] - points[rows][of]
    # In units of the neighbourhood's radius all sums are of the order of one.
    radius = np.sqrt(np.maximum.reduceat(np.square(offset).sum(axis=1), starts))
    radius[radius == 0.0] = 1.0
    offset /= radius[of, None]

    middle = np.add.reduceat(offset, starts) / counts[:, None]
    scatter = np.add.reduceat(offset[:, :, None] * offset[:, None, :], starts)
    scatter = scatter / counts[:, None, None] - middle[:, :, None] * middle[:, None, :]
    axes = np.linalg.eigh(scatter)[1][:, :, ::-1]
    x, y, z = np.einsum("pd,pdk->kp", offset, axes[of])

    basis = x[:, None] ** _POWERS[:, 0] * y[:, None] ** _POWERS[:, 1] * _FACTORS
    matrix = np.add.reduceat(basis[:, :, None] * basis[:, None, :], starts)
    right = np.add.reduceat(basis * z[:, None], starts)
    share = 1.0 / counts[:, None]
    matrix = matrix * share[:, :, None] + _RIDGE * np.eye(_COEFFICIENTS)
    p = np.linalg.solve(matrix, (right * share)[:, :, None])[:, :5, 0]
    p[:, :3] /= radius[:, None]
    p[counts < _COEFFICIENTS] = 0.0
    return p


#: The detector.
DETECTOR = Harris3d()
