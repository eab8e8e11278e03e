"""Pictures of a shape from a rig of cameras around it, for files."""

from __future__ import annotations

from kpstudio.base.context import RunContext
from kpstudio.data.shape import Shape
from kpstudio.data.views import View
from kpstudio.detectors.lens import Lens


def view_pictures(
    shape: Shape,
    rig: str = "turntable",
    count: int = 8,
    size: int = 128,
    elevation: float = 20.0,
    *,
    colours: bool = False,
    ctx: RunContext | None = None,
) -> tuple[View, ...]:
    """Return what cameras around a shape see of it as it is now, in file coordinates.

    Parameters
    ----------
    shape
        The shape; its orientation says where the cameras are.
    rig
        One of `detectors.lens.RIGS`.
    count
        Number of cameras.
    size
        Pixels along a side.
    elevation
        Height of a turntable over the horizon, degrees.
    colours
        In the mesh's own colours, where it has some; grey without.
    ctx
        Progress and cancellation.

    Raises
    ------
    ParameterError
        There is no such rig.
    InputError
        A mesh without faces.
    """
    from kpstudio.rendering.views import render

    cameras = Lens(size).around(rig, count, elevation)
    mesh, frame = shape.current, shape.normalisation
    here = [frame.invert_camera(camera) for camera in cameras]
    look = mesh.appearance
    if colours and look is not None and look.colors is not None:
        return render(mesh, here, supersample=2, colors=look.colors, ctx=ctx)
    return render(mesh, here, supersample=2, ctx=ctx)
