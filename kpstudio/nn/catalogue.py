"""The installed models, shipped ones and the person's own: no torch, no weights loaded.

Both folders have a `manifest.json`; that of the person has `preferred.json`, too, which says which
model is used when none is named.

The manifest is a JSON object {"format": 1, "models": [{"id", "kind", "category", "title", "file",
"sha256", "licence", "card"}]}, with `file` and `card` relative to its folder.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kpstudio.base.errors import ModelError
from kpstudio.base.paths import atomic_path, models_dir, user_models_dir

log = logging.getLogger(__name__)

FORMAT = 1
_PREFERRED = "preferred.json"
_KEYS = ("id", "kind", "category", "title", "file", "sha256", "licence", "card")
_REINSTALL = "Install KP Studio again, or train a model with `kpstudio train`."


@dataclass(frozen=True)
class Model:
    """One trained model on disk.

    Parameters
    ----------
    id
        Unique name, such as "keypoint-deformer-airplane".
    kind
        The detector it is for, "keypoint-deformer" or "recogniser".
    category
        The category of shapes it knows; empty for a recogniser.
    title
        Name for people.
    path
        The safetensors file.
    sha256
        Expected hash of the file, hexadecimal; empty for a file outside any manifest.
    licence
        Licence of the weights.
    card
        The model card (JSON), None if there is none.
    """

    id: str
    kind: str
    category: str
    title: str
    path: Path
    sha256: str = ""
    licence: str = ""
    card: Path | None = None


def installed_models(kind: str | None = None, folder: Path | None = None) -> tuple[Model, ...]:
    """Return the models of the manifest, all of them or those of one kind.

    Parameters
    ----------
    kind
        "keypoint-deformer", "recogniser", or None for all.
    folder
        Folder that holds the manifest; the shipped models and then those of the person by default.

    Raises
    ------
    ModelError
        The manifest is not valid JSON or lacks a key. A missing manifest means no models, and a
        damaged one among the person's own does not keep the shipped ones from working.
    """
    models = _read(models_dir() if folder is None else folder)
    if folder is None:
        try:
            models += _read(user_models_dir())
        except ModelError as error:
            log.warning("the models you trained are left out: %s", error)
    return tuple(model for model in models if kind is None or model.kind == kind)


def _read(folder: Path) -> tuple[Model, ...]:
    path = folder / "manifest.json"
    if not path.is_file():
        return ()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = [{key: entry[key] for key in _KEYS} for entry in content["models"]]
        known = content["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError("is no list of models", remedy=_REINSTALL, path=path) from error
    if not known:
        raise ModelError("was written for another version", remedy="Update KP Studio.", path=path)
    return tuple(
        Model(
            id=entry["id"],
            kind=entry["kind"],
            category=entry["category"],
            title=entry["title"],
            path=folder / entry["file"],
            sha256=entry["sha256"],
            licence=entry["licence"],
            card=folder / entry["card"] if entry["card"] else None,
        )
        for entry in entries
    )


def is_removable(model: Model) -> bool:
    """Return whether a model is the person's own, not one that came with the program."""
    return model.path.parent == user_models_dir()


def register_model(model: Model) -> None:
    """Add a model to the manifest in its folder, in place of the one with its id, if any.

    Raises
    ------
    ModelError
        The manifest that is there is damaged.
    FileError
        The manifest cannot be written.
    """
    folder = model.path.parent
    others = [other for other in installed_models(folder=folder) if other.id != model.id]
    _write(folder, [*others, model])


def remove_model(model: Model) -> None:
    """Delete a model of the person's own: its place in the manifest, its file, its card.

    Raises
    ------
    ModelError
        It came with the program.
    FileError
        The manifest cannot be written.
    """
    if not is_removable(model):
        raise ModelError("came with KP Studio and stays", path=model.path)
    folder = model.path.parent
    _write(folder, [other for other in installed_models(folder=folder) if other.id != model.id])
    for path in (model.path, model.path.with_suffix(".json"), model.path.with_suffix(".md")):
        path.unlink(missing_ok=True)


def _write(folder: Path, models: Sequence[Model]) -> None:
    entries = [
        {
            "id": entry.id,
            "kind": entry.kind,
            "category": entry.category,
            "title": entry.title,
            "file": entry.path.name,
            "sha256": entry.sha256,
            "licence": entry.licence,
            "card": entry.card.name if entry.card else "",
        }
        for entry in sorted(models, key=lambda entry: entry.id)
    ]
    text = json.dumps({"format": FORMAT, "models": entries}, indent=2)
    with atomic_path(folder / "manifest.json") as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def find_model(id_or_category: str, kind: str, folder: Path | None = None) -> Model:
    """Return the model of a kind with this id, this category, or at this path.

    Of several of a category it is the one that was chosen by `set_preferred`, else the first.

    Raises
    ------
    ModelError
        There is no such model; the remedy lists those there are.
    """
    models = installed_models(kind, folder)
    for model in models:
        if id_or_category == model.id:
            return model
    path = Path(id_or_category)
    if path.suffix == ".safetensors":
        if not path.is_file():
            raise ModelError("does not exist", remedy="Check the name of the file.", path=path)
        return Model(path.stem, kind, "", path.stem, path)
    preferred = preferred_model(kind, id_or_category, folder)
    if preferred is not None:
        return preferred
    names = ", ".join(model.category or model.id for model in models)
    raise ModelError(
        f"there is no {kind} model {id_or_category!r}",
        remedy=f"Installed: {names}." if names else f"Train one: {how_to_train(kind, '')}.",
    )


def how_to_train(kind: str, category: str) -> str:
    """Return the command, and the place in the window, that make a model of a kind.

    Parameters
    ----------
    kind
        The detector.
    category
        The category of shapes; empty for a detector whose models are for any shape, or if it is
        not known.
    """
    of_category = f" --category {category}" if category else ""
    file = f"{category or kind}.safetensors"
    return f"`kpstudio train {kind}{of_category} -o {file}`, or Tools > Train a model"


def preferred_model(
    kind: str, category: str | None = None, folder: Path | None = None
) -> Model | None:
    """Return the model that is used when none is named: the chosen one, else the first.

    Parameters
    ----------
    kind
        The detector.
    category
        A category of shapes; None for detectors whose models are for any shape.
    folder
        As for `installed_models`.
    """
    models = [
        model
        for model in installed_models(kind, folder)
        if category is None or model.category == category
    ]
    chosen = _preferences().get(_key(kind, category))
    return next((model for model in models if model.id == chosen), models[0] if models else None)


def set_preferred(model: Model, *, by_category: bool) -> None:
    """Let a model be the one that is used when none is named, in the window and everywhere else.

    Parameters
    ----------
    model
        An installed model.
    by_category
        Whether its detector has a model for every category; it is then for this one's alone.

    Raises
    ------
    FileError
        The choice cannot be written down.
    """
    key = _key(model.kind, model.category if by_category else None)
    chosen = _preferences() | {key: model.id}
    path = user_models_dir() / _PREFERRED
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(chosen, indent=1) + "\n", encoding="utf-8")


def _key(kind: str, category: str | None) -> str:
    return kind if category is None else f"{kind}/{category}"


def _preferences() -> dict[str, str]:
    path = user_models_dir() / _PREFERRED
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        log.warning("%s is damaged: the first model of each kind is used", path)
        return {}
    return content if isinstance(content, dict) else {}
