"""A flight: the camera goes from one place to another in a moment, so that nobody gets lost."""

from __future__ import annotations

import time

import numpy as np
from vtkmodules.vtkRenderingCore import vtkCamera

from kpstudio.base.arrays import FloatArray
from kpstudio.geometry.rotations import from_vectors, to_vectors

#: Seconds that it takes.
DURATION = 0.35


class Flight:
    """Turns the camera about what it looks at, while distance and lens change along.

    Parameters
    ----------
    camera
        The camera, at the start.
    end
        A camera that stands at the end.
    """

    def __init__(self, camera: vtkCamera, end: vtkCamera) -> None:
        self._camera, self._start, self._end = camera, vtkCamera(), end
        self._start.DeepCopy(camera)
        self._turn = to_vectors(_axes(end) @ _axes(self._start).T)
        self._began = time.monotonic()
        self._left_at = _stand(camera)

    @property
    def was_left(self) -> bool:
        """Whether somebody else has moved the camera since the last step."""
        return _stand(self._camera) != self._left_at

    def step(self) -> bool:
        """Move the camera to where it is now; False when it has arrived."""
        share = min((time.monotonic() - self._began) / DURATION, 1.0)
        smooth = share * share * (3.0 - 2.0 * share)
        start, end = self._start, self._end
        axes = from_vectors(smooth * self._turn) @ _axes(start)
        focal = (1.0 - smooth) * np.array(start.GetFocalPoint())
        focal = focal + smooth * np.array(end.GetFocalPoint())
        # Ratios, not differences: a tenth of the distance is as much from near as from far.
        distance = start.GetDistance() * (end.GetDistance() / start.GetDistance()) ** smooth
        self._camera.SetFocalPoint(*focal)
        self._camera.SetPosition(*(focal - distance * axes[2]))
        self._camera.SetViewUp(*axes[1])
        for name in ("ViewAngle", "ParallelScale"):
            first, last = (getattr(one, f"Get{name}")() for one in (start, end))
            getattr(self._camera, f"Set{name}")(first * (last / first) ** smooth)
        self._left_at = _stand(self._camera)
        return share < 1.0


def _stand(camera: vtkCamera) -> tuple[float, ...]:
    return (*camera.GetPosition(), *camera.GetFocalPoint(), *camera.GetViewUp(),
            camera.GetViewAngle(), camera.GetParallelScale())  # fmt: skip


def _axes(camera: vtkCamera) -> FloatArray:
    """Return (3,3) rows: right, up and forward."""
    forward = np.array(camera.GetDirectionOfProjection())
    right = np.cross(forward, camera.GetViewUp())
    right /= max(float(np.linalg.norm(right)), 1e-300)
    return np.stack([right, np.cross(right, forward), forward])
