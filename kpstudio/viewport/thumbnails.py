"""Small pictures of a mesh with keypoints on it, for reports."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from kpstudio.app.jobs import Mailbox
from kpstudio.app.options import Labels, ViewOptions
from kpstudio.app.settings import Settings
from kpstudio.app.studio import Studio
from kpstudio.base.arrays import FloatArray
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.document.history import Insert
from kpstudio.document.item import Item
from kpstudio.geometry.orientation import Orientation
from kpstudio.viewport.offscreen import render_picture
from kpstudio.viewport.scene import Theme

#: Drawn so much larger, then made small: thin handles stay round.
_LARGER = 2


def keypoint_picture(
    mesh: Mesh,
    keypoints: FloatArray,
    orientation: Orientation | None = None,
    size: tuple[int, int] = (360, 270),
    theme: Theme = "light",
) -> bytes:
    """Return a PNG file of a mesh with keypoints.

    Parameters
    ----------
    mesh
        The mesh.
    keypoints
        (k,3) positions, mesh coordinates.
    orientation
        Which of the mesh's axes are up and front.
    size
        Width and height in pixels.
    theme
        Colours.
    """
    schema = KeypointSchema.numbered(len(keypoints), ordered=False)
    found = Detection(KeypointSet(np.asarray(keypoints, float), schema), Provenance(""))
    shape = Shape(mesh, orientation or Orientation(), orientation_chosen=True).detected(found)
    with tempfile.TemporaryDirectory() as folder:
        # Settings of nobody: the view is the default one, and nothing is remembered.
        studio = Studio(Mailbox().post, Settings(Path(folder) / "settings.json"))
        try:
            studio.view.set(ViewOptions(labels=Labels.NONE, handle_size=9.0))
            studio.history.push(Insert(Item(shape), 0, "Open"))
            large = (size[0] * _LARGER, size[1] * _LARGER)
            pixels = render_picture(studio, large, theme=theme)
        finally:
            studio.close()
    stream = io.BytesIO()
    Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS).save(
        stream, "PNG", optimize=True
    )
    return stream.getvalue()
