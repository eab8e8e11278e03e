"""Which models a detection may use: other weights, other results."""

from __future__ import annotations

import hashlib

from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.nn.catalogue import Model, find_model, installed_models, preferred_model


def models_used(spec: DetectorSpec, name: str, recognised: bool) -> list[tuple[str, str]]:
    """Return id and hash of every model that a detector may use on some shape.

    Parameters
    ----------
    spec
        The detector.
    name
        Category, id or file of the model it was told to use; empty: its own choice.
    recognised
        Whether category and pose are left to the recogniser.

    Raises
    ------
    ModelError
        There is no model of that name.
    """
    if not spec.needs_model:
        return []
    if name:
        used: list[Model | None] = [find_model(name, spec.models)]
    elif spec.by_category:
        categories = sorted({model.category for model in installed_models(spec.models)})
        used = [preferred_model(spec.models, category) for category in categories]
    else:
        used = [preferred_model(spec.id)]
    if spec.models_of:
        used.append(preferred_model(spec.id))
    if spec.by_category and (recognised or not name):
        used.append(preferred_model("recogniser"))
    return [(model.id, _sha256(model)) for model in used if model is not None]


def _sha256(model: Model) -> str:
    # A file outside any list of models comes without one.
    return model.sha256 or hashlib.sha256(model.path.read_bytes()).hexdigest()
