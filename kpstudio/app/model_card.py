"""What the card of a model says, in rows for a window."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kpstudio.detectors import registry
from kpstudio.nn.catalogue import Model, is_removable

#: Kinds of models that no detector is named after.
_KINDS = {"recogniser": "Recogniser"}


@dataclass(frozen=True)
class Figure:
    """One thing that was measured.

    Parameters
    ----------
    shapes
        On which shapes, such as "real".
    text
        What it is, as the target says it.
    value, limit
        What was measured, and what it should be.
    met
        Whether it is.
    """

    shapes: str
    text: str
    value: float
    limit: float
    met: bool


def read_card(model: Model) -> Mapping[str, Any]:
    """Return the card of a model; empty when there is none or it cannot be read."""
    try:
        card = json.loads((model.card or model.path.with_suffix(".json")).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}


def markdown(model: Model) -> str:
    """Return the card as a person reads it; empty when there is none."""
    path = (model.card or model.path).with_suffix(".md")
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""


def kind_title(kind: str) -> str:
    """Return the name of a kind of models for people."""
    if kind in registry.detector_ids():
        return registry.get_detector(kind).spec.title
    return _KINDS.get(kind, kind)


def facts(model: Model, card: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what is to be known of a model, as (name, value)."""
    training, data = _mapping(card.get("training")), _mapping(card.get("data"))
    rows = [
        ("For", kind_title(model.kind)),
        ("Category", model.category.replace("_", " ") or "any"),
        ("Keypoints", str(len(card["keypoints"])) if card.get("keypoints") else ""),
        ("Learned from", _shapes(data)),
        ("Training", _training(training)),
        ("Licence", model.licence or "not stated"),
        ("Size", _size(model)),
        ("Origin", "yours" if is_removable(model) else "came with KP Studio"),
        ("File", model.path.name),
        ("SHA-256", model.sha256[:16]),
    ]
    return tuple((name, value) for name, value in rows if value)


def figures(card: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return what was measured on held-out shapes; a row that makes no sense is left out."""
    found = []
    targets = card.get("targets")
    for row in targets if isinstance(targets, list) else ():
        try:
            found.append(
                Figure(
                    str(row["shapes"]),
                    _sentence(str(row["text"])),
                    float(row["value"]),
                    float(row["limit"]),
                    bool(row["met"]),
                )
            )
        except (KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _shapes(data: Mapping[str, Any]) -> str:
    parts = [
        f"{data[key]} {word}"
        for key, word in (("real_shapes", "real"), ("procedural_shapes", "generated"))
        if data.get(key)
    ]
    return f"{' and '.join(parts)} shapes" if parts else ""


def _training(training: Mapping[str, Any]) -> str:
    steps = training.get("steps_taken", training.get("steps"))
    if not isinstance(steps, int):
        return ""
    seconds = training.get("seconds")
    spent = f" in {duration(float(seconds))}" if isinstance(seconds, int | float) else ""
    device = training.get("device")
    return f"{steps} steps{spent}" + (f" on {device}" if device else "")


def duration(seconds: float) -> str:
    """Return a time as a person says it, such as "3 min 20 s"."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _size(model: Model) -> str:
    try:
        size = model.path.stat().st_size
    except OSError:
        return "missing"
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
