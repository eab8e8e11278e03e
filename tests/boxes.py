"""A folder of boxes of many sizes, with named keypoints in files beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kpstudio.data.keypoints import KeypointSet
from kpstudio.io.registry import save_keypoints, save_mesh
from tests.handled import PLACES, SCHEMA, box_mesh


def box_folder(
    folder: Path, count: int = 8, *, wild: int | None = None, keypoints: bool = True
) -> Path:
    """Write boxes `box0.off` ... with the middles of their sides; `wild` has one far off."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(3)
    for number in range(count):
        size = (2.0, float(rng.uniform(0.6, 1.4)), float(rng.uniform(0.9, 1.7)))
        save_mesh(folder / f"box{number}.off", box_mesh(size, 3))
        if keypoints:
            places = PLACES * np.array(size) / 2.0
            if number == wild:
                places[2] = (0.9, -0.2, 0.4)
            save_keypoints(folder / f"box{number}.json", KeypointSet(places, SCHEMA))
    return folder
