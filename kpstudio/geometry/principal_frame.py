"""A frame that turns with the shape: its principal axes, as lines."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.geometry.normals import face_cross_products
from kpstudio.geometry.surface import Surface

#: Axes whose variances differ by less than this share of the largest are no axes of their own.
ALIKE = 1e-3

#: Waves around an axis, by whose phase two such axes are placed, and the power of the distance
#: they are weighted by. Four first: where it is, the quarter turn it leaves open does no harm.
_WAVES = ((4, 4), (1, 3), (2, 4), (3, 3), (5, 5), (6, 6))

#: Turns about all three axes until a cubic frame is found; ten are plenty.
_SWEEPS = 20


def principal_frame(surface: Surface) -> FloatArray:
    """Return (3,3), its rows the principal axes of a surface, the longest first.

    They are meant as lines: which of their two ends is the positive one is left open, as is which
    of two equal axes comes first. A grid in the shape of a cube around the centre does not care.

    Where two variances are equal, the two axes are turned so that the first lies in a trough of the
    wave of four around the third axis; for shapes without such a wave, waves of another number.
    Where all three are equal, the axes are where the mean of x^4 + y^4 + z^4 is smallest or
    largest, whichever is farther from that of a ball. Axes of squares and cubes are perpendicular
    to their sides. A ball has no frame: any one is returned.

    Parameters
    ----------
    surface
        The surface; integrals are over its area and exact, so that the faces do not matter.
    """
    x, w = area_quadrature(surface)
    variances, axes = np.linalg.eigh((x * w[:, None]).T @ x)
    variances, axes = variances[::-1], axes.T[::-1]
    alike = variances[:-1] - variances[1:] < ALIKE * variances[0]
    if alike.all():
        farthest = surface.points[np.argmax(np.linalg.norm(surface.points, axis=1))]
        axis = farthest / np.linalg.norm(farthest)
        return _cubic(np.vstack([axis, _around(axis, x, w)]), x, w)
    if alike[0]:
        return np.vstack([_around(axes[2], x, w), axes[2]])
    if alike[1]:
        return np.vstack([axes[0], _around(axes[0], x, w)])
    return axes


def area_quadrature(surface: Surface) -> tuple[FloatArray, FloatArray]:
    """Return points (q,3) and weights (q,) that integrate polynomials over a surface.

    The rule of degree 6 with twelve points a triangle (Dunavant 1985, doi 10.1002/nme.1620210612).
    The weights add up to 1. Of a cloud all points count the same.
    """
    if surface.is_cloud:
        return surface.points, surface.areas
    shares = np.array(
        [
            [0.501426509658179, 0.249286745170910, 0.249286745170910, 0.116786275726379],
            [0.873821971016996, 0.063089014491502, 0.063089014491502, 0.050844906370207],
            [0.053145049844817, 0.310352451033784, 0.636502499121399, 0.082851075618374],
            [0.053145049844817, 0.636502499121399, 0.310352451033784, 0.082851075618374],
        ]
    )
    corners = np.concatenate([np.roll(shares[:, :3], turn, axis=1) for turn in range(3)])
    areas = np.linalg.norm(face_cross_products(surface.points, surface.faces), axis=1)
    points = np.einsum("qc,mcd->qmd", corners, surface.points[surface.faces])
    weights = np.tile(shares[:, 3], 3)[:, None] * (areas / areas.sum())
    return points.reshape(-1, 3), weights.reshape(-1)


def _around(axis: FloatArray, x: FloatArray, w: FloatArray) -> FloatArray:
    """Return (2,3) two axes perpendicular to another one, placed by the strongest wave."""
    first = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
    first /= np.linalg.norm(first)
    second = np.cross(axis, first)
    z = x @ first + 1j * (x @ second)
    reach = np.abs(z)
    angle = 0.0
    for wave, power in _WAVES:
        turning = (z / np.maximum(reach, 1e-300)) ** wave * reach**power
        mean = np.sum(w * turning)
        if abs(mean) > ALIKE * np.sum(w * reach**power):
            angle = float(np.angle(-mean)) / wave
            break
    turned = np.cos(angle) * first + np.sin(angle) * second
    return np.vstack([turned, np.cross(axis, turned)])


def _cubic(frame: FloatArray, x: FloatArray, w: FloatArray) -> FloatArray:
    """Return (3,3) a frame turned to an extremum of the mean of x^4 + y^4 + z^4."""
    moments = np.einsum("q,qi,qj,qk,ql->ijkl", w, x, x, x, x, optimize=True)
    ball = 0.6 * np.einsum("iijj", moments)
    found = [_extreme(frame, moments, sign) for sign in (-1.0, 1.0)]
    return max(found, key=lambda axes: abs(_fourth(axes, moments) - ball))


def _fourth(frame: FloatArray, moments: FloatArray) -> float:
    return float(np.einsum("ijkl,ai,aj,ak,al->", moments, *(4 * [frame]), optimize=True))


def _extreme(frame: FloatArray, moments: FloatArray, sign: float) -> FloatArray:
    """Return the frame where the fourth moments are largest, or smallest for a negative sign.

    In the plane of two axes the best angle is that of the wave of four; each pair in turn, as
    Jacobi did for the second moments.
    """
    frame = frame.copy()
    for _ in range(_SWEEPS):
        for i, j in ((0, 1), (1, 2), (2, 0)):
            m = np.einsum("abcd,ia,jb,kc,ld->ijkl", moments, *(4 * [frame[[i, j]]]), optimize=True)
            wave = m[0, 0, 0, 0] - 6.0 * m[0, 0, 1, 1] + m[1, 1, 1, 1]
            angle = np.arctan2(sign * 4.0 * (m[0, 0, 0, 1] - m[0, 1, 1, 1]), sign * wave) / 4.0
            turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
            frame[[i, j]] = turn @ frame[[i, j]]
    return frame
