"""Small pictures of colours."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QSize
from PyQt6.QtGui import QIcon, QImage, QPixmap

from kpstudio.base.arrays import FloatArray

#: Width and height, logical pixels.
SWATCH = QSize(48, 12)


def swatch(colors: FloatArray) -> QIcon:
    """Return a strip that goes through colours (c,3), 0..1, from left to right."""
    width, height = SWATCH.width() * 2, SWATCH.height() * 2
    steps = np.linspace(0, len(colors) - 1, width).round().astype(int)
    row = np.rint(colors[steps] * 255.0).astype(np.uint8)
    pixels = np.broadcast_to(row, (height, width, 3)).tobytes()
    image = QImage(pixels, width, height, 3 * width, QImage.Format.Format_RGB888)
    return QIcon(QPixmap.fromImage(image))
