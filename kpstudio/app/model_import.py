"""Taking a model file into the person's own models: everything in it is checked, nothing is run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpstudio.app.model_card import kind_title
from kpstudio.base.context import RunContext
from kpstudio.base.errors import FileError, KPStudioError, ModelError
from kpstudio.base.parameters import build
from kpstudio.base.paths import atomic_path, user_models_dir
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.registry import get_detector
from kpstudio.geometry.icosphere import icosphere
from kpstudio.nn.catalogue import Model, installed_models, register_model

_REMEDY = "Choose a .safetensors file written by `kpstudio train`."


@dataclass(frozen=True)
class Checked:
    """A model file that can be used.

    Parameters
    ----------
    kind, category
        What it is for.
    sha256
        Hash of the file.
    card
        The card beside it, None if there is none for this model.
    """

    kind: str
    category: str
    sha256: str
    card: dict[str, Any] | None = None


def is_by_category(kind: str) -> bool:
    """Return whether a kind of models has one for every category of shapes."""
    spec = _spec(kind)
    return spec is not None and spec.by_category and not spec.models_of


def check_model(path: Path) -> Checked:
    """Read a model file as its detector would, and say what it is.

    It must be safetensors of a kind that is known, with finite numbers, a configuration within its
    ranges, weights that fit it, and names for its keypoints.

    Raises
    ------
    ModelError
        It is not; the message says what is wrong.
    """
    from kpstudio.nn.checkpoint import file_hash, load_model

    if path.suffix != ".safetensors":
        raise ModelError("is no .safetensors file", remedy=_REMEDY, path=path)
    checkpoint = load_model(path)
    kind = str(checkpoint.metadata.get("kind", ""))
    category = checkpoint.metadata.get("category", "")
    if not isinstance(category, str):
        raise ModelError("has a category that is no text", remedy=_REMEDY, path=path)
    _check_network(kind, checkpoint, path)
    if is_by_category(kind) and not category:
        raise ModelError("does not say for which category it is", remedy=_REMEDY, path=path)
    return Checked(kind, category, file_hash(path), _card_beside(path, kind))


def import_model(path: Path, ctx: RunContext | None = None) -> Model:
    """Copy a model and its card into the person's models and register it.

    A file that lies there already is registered where it is.

    Raises
    ------
    ModelError
        The file is no model that can be used.
    FileError
        It cannot be copied.
    """
    ctx = ctx or RunContext()
    ctx.progress(0.0, f"Checking {path.name}")
    checked = check_model(path)
    same = [model for model in installed_models() if model.sha256 == checked.sha256]
    if same:
        raise ModelError(f"is installed already, as {same[0].title}", path=path)
    folder = user_models_dir()
    inside = path.resolve().parent == folder.resolve()
    target = path if inside else folder / f"{_free_id(path.stem)}.safetensors"
    if not inside:
        ctx.progress(0.5, f"Copying {path.name}")
        _copy(path, target)
    if checked.card is not None and not inside:
        for suffix in (".json", ".md"):
            if path.with_suffix(suffix).is_file():
                _copy(path.with_suffix(suffix), target.with_suffix(suffix))
    card = checked.card or {}
    title = f"{kind_title(checked.kind)}: {checked.category or 'any shape'}"
    model = Model(
        id=target.stem,
        kind=checked.kind,
        category=checked.category,
        title=str(card.get("title", title)),
        path=target,
        sha256=checked.sha256,
        licence=str(card.get("licence", "")),
        card=target.with_suffix(".json") if checked.card is not None else None,
    )
    register_model(model)
    return model


def install_trained(output: Path, card: Mapping[str, Any]) -> Model:
    """Register a model that was trained here; one outside the person's models is copied there.

    Parameters
    ----------
    output
        The file, with its card beside it.
    card
        What the card says.

    Raises
    ------
    FileError
        It cannot be copied.
    """
    from kpstudio.nn.checkpoint import file_hash

    folder = user_models_dir()
    target = output
    if output.resolve().parent != folder.resolve():
        target = folder / f"{_free_id(output.stem)}.safetensors"
        for suffix in (".safetensors", ".json", ".md"):
            _copy(output.with_suffix(suffix), target.with_suffix(suffix))
    model = Model(
        id=target.stem,
        kind=str(card["kind"]),
        category=str(card["category"]),
        title=str(card["title"]),
        path=folder / target.name,
        sha256=file_hash(target),
        licence=str(card["licence"]),
        card=folder / target.with_suffix(".json").name,
    )
    register_model(model)
    return model


def free_model_file(name: str) -> Path:
    """Return a file among the person's models that no model has yet, named alike."""
    return user_models_dir() / f"{_free_id(name)}.safetensors"


def _free_id(stem: str) -> str:
    taken = {model.id for model in installed_models()}
    taken |= {path.stem for path in user_models_dir().glob("*.safetensors")}
    names = (stem if count == 1 else f"{stem}-{count}" for count in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _spec(kind: str) -> DetectorSpec | None:
    try:
        return get_detector(kind).spec
    except KPStudioError:
        return None


def _check_network(kind: str, checkpoint: Any, path: Path) -> None:
    """Build the network and put the weights in, as its detector does."""
    if kind == "recogniser":
        from kpstudio.nn.recogniser import NETWORK

        NETWORK.read(checkpoint)
        return
    if kind == "keypoint-deformer":
        from kpstudio.nn.keypoint_deformer_file import read_keypoint_deformer

        read_keypoint_deformer(checkpoint)
        return
    spec = _spec(kind)
    network = getattr(get_detector(kind), "network", None) if spec is not None else None
    if spec is None or network is None:
        raise ModelError(
            f"is for {kind or 'nothing'}, which this KP Studio does not know",
            remedy="Update KP Studio, or install the package it is for.",
            path=path,
        )
    network().read(checkpoint)
    if spec.ordered:
        _try(kind, path)


def _try(kind: str, path: Path) -> None:
    """Let the detector name the keypoints of a ball with the model: their number must fit."""
    detector = get_detector(kind)
    parameters: object = build(detector.spec.parameters, {"model": str(path)})
    try:
        detector.detect(Mesh(*icosphere(2), "ball"), None, parameters)
    except ModelError as error:
        raise error.at(path) from error


def _card_beside(path: Path, kind: str) -> dict[str, Any] | None:
    try:
        card = json.loads(path.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return card if isinstance(card, dict) and card.get("kind") == kind else None


def _copy(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot be made ({error.strerror})", path=target.parent) from error
    with atomic_path(target) as temporary:
        shutil.copyfile(source, temporary)
