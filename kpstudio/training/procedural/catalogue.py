"""Which categories can be generated, and the generator itself."""

from __future__ import annotations

import importlib
import zlib
from types import ModuleType

from kpstudio.base.errors import ParameterError
from kpstudio.training.procedural.assembly import Instance
from kpstudio.training.procedural.draw import Draw

#: Category -> module with `build(draw)`, `KEYPOINTS` and `PARTS`.
MODULES = {
    name: f"kpstudio.training.procedural.{name}"
    for name in ("airplane", "biped", "car", "chair", "mug", "table")
}


def generator(category: str) -> ModuleType:
    """Return the module that builds a category.

    Raises
    ------
    ParameterError
        There is no such category.
    """
    if category not in MODULES:
        raise ParameterError(
            f"there is no procedural category {category!r}",
            remedy=f"Choose one of {', '.join(MODULES)}.",
        )
    return importlib.import_module(MODULES[category])


def build_instance(category: str, seed: int, index: int) -> Instance:
    """Return instance `index` of a category: the same three arguments give the same shape.

    Raises
    ------
    ParameterError
        There is no such category.
    """
    instance: Instance = generator(category).build(Draw(zlib.crc32(category.encode()), seed, index))
    return instance
