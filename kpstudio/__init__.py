"""KP Studio: find, inspect, edit and match 3D keypoints.

The names below are the public Python API; docs/python.md shows them at work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kpstudio.api import (
        KeypointSet,
        KPStudioError,
        Mesh,
        Shape,
        align,
        deform,
        detect,
        detector_ids,
        installed_models,
        load,
        load_keypoints,
        match,
        register,
        sample,
        sample_path,
        save,
        save_keypoints,
    )

__version__ = "0.1.0"

__all__ = [
    "KPStudioError",
    "KeypointSet",
    "Mesh",
    "Shape",
    "__version__",
    "align",
    "deform",
    "detect",
    "detector_ids",
    "installed_models",
    "load",
    "load_keypoints",
    "match",
    "register",
    "sample",
    "sample_path",
    "save",
    "save_keypoints",
]


def __getattr__(name: str) -> Any:
    # Imported when first used: `kpstudio --version` need not wait for numpy.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kpstudio import api

    value = globals()[name] = getattr(api, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
