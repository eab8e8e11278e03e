"""The installed models, read from `models/manifest.json`: no torch, no weights loaded.

The manifest is a JSON object {"format": 1, "models": [{"id", "kind", "category", "title", "file",
"sha256", "licence", "card"}]}, with `file` and `card` relative to its folder.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from kpstudio.base.errors import ModelError
from kpstudio.base.paths import atomic_path, models_dir

FORMAT = 1
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
        Folder that holds the manifest; the installed models by default.

    Raises
    ------
    ModelError
        The manifest is not valid JSON or lacks a key. A missing manifest means no models.
    """
    folder = models_dir() if folder is None else folder
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
    models = (
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
    return tuple(model for model in models if kind is None or model.kind == kind)


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
        for entry in sorted([*others, model], key=lambda entry: entry.id)
    ]
    text = json.dumps({"format": FORMAT, "models": entries}, indent=2)
    with atomic_path(folder / "manifest.json") as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def find_model(id_or_category: str, kind: str, folder: Path | None = None) -> Model:
    """Return the model of a kind with this id, this category, or at this path.

    Raises
    ------
    ModelError
        There is no such model; the remedy lists those there are.
    """
    models = installed_models(kind, folder)
    for model in models:
        if id_or_category in (model.id, model.category):
            return model
    path = Path(id_or_category)
    if path.suffix == ".safetensors":
        if not path.is_file():
            raise ModelError("does not exist", remedy="Check the name of the file.", path=path)
        return Model(path.stem, kind, "", path.stem, path)
    names = ", ".join(model.category or model.id for model in models)
    raise ModelError(
        f"there is no {kind} model {id_or_category!r}",
        remedy=f"Installed: {names}." if names else _REINSTALL,
    )
