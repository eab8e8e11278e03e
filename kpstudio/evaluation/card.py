"""The model card: what a model was made of and how good it is, as JSON and as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpstudio.base.paths import atomic_path

#: Kind of shapes -> least DAS of a model on held-out shapes: of one that moves the mesh, and of
#: others with ordered keypoints.
LEAST_DAS = {"procedural": 0.90, "real": 0.85}
LEAST_ORDERED_DAS = {"procedural": 0.80, "real": 0.70}
MOST_OF_BEFORE = 0.5
MOST_OF_BOX = 0.8


@dataclass(frozen=True)
class Target:
    """Something a model should reach.

    Parameters
    ----------
    text
        What it is.
    value
        What was measured.
    limit
        What it should be.
    met
        Whether it is.
    """

    text: str
    value: float
    limit: float
    met: bool


def targets(figures: Mapping[str, Any], kind: str) -> list[Target]:
    """Return the targets for the figures of one kind of shapes ("real", "procedural")."""
    result = []
    scored, aligned = figures["consistency"], figures["alignment"]
    if scored is not None:
        das = scored["das"]
        best = max(baseline["das"] for baseline in scored["baselines"].values())
        result += [
            Target("DAS above the best trivial baseline", das, best, das > best),
            Target("DAS at least", das, LEAST_DAS[kind], das >= LEAST_DAS[kind]),
        ]
    if aligned is not None:
        for text, value, limit in (
            ("Chamfer after / before alignment at most", "after_to_before", MOST_OF_BEFORE),
            ("Chamfer after alignment / box scaling at most", "after_to_box", MOST_OF_BOX),
        ):
            result.append(Target(text, aligned[value], limit, aligned[value] <= limit))
    return result


def ordered_targets(figures: Mapping[str, Any], kind: str) -> list[Target]:
    """Return the targets of ordered keypoints for one kind of shapes ("real", "procedural")."""
    scored = figures["consistency"]
    if scored is None:
        return []
    das, limit = scored["das"], LEAST_ORDERED_DAS[kind]
    box = scored["baselines"]["box copy"]["das"]
    return [
        Target("DAS above the box copy of one shape's farthest points", das, box, das > box),
        Target("DAS at least", das, limit, das >= limit),
    ]


def write_card(path: Path, card: Mapping[str, Any]) -> None:
    """Write `path` (JSON) and, beside it, the same as Markdown.

    Raises
    ------
    FileError
        A file cannot be written.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    with atomic_path(path.with_suffix(".md")) as temporary:
        temporary.write_text(card_markdown(card), encoding="utf-8")


def card_markdown(card: Mapping[str, Any]) -> str:
    """Return a card of a KeypointDeformer model or a recogniser as Markdown."""
    parts = [f"# {card['title']}", card["summary"], "## Made of", _bullets(card["data"])]
    parts += ["## Made by", f"    {card['command']}", _bullets(card["training"])]
    if card.get("keypoints"):
        names = [f"{index} {name}" for index, name in enumerate(card["keypoints"])]
        parts += ["## Keypoints", ", ".join(names) + "."]
    parts += ["## Figures on held-out shapes", _bullets(card["conditions"])]
    for kind, figures in card["figures"].items():
        parts += [f"### {kind.capitalize()}", _figures(figures)]
    if card.get("comparison"):
        parts += ["## Other models of the same category, same shapes", _comparison(card)]
    parts += ["## Targets", _targets(card["targets"])]
    if card["notes"]:
        parts += ["## To know", "\n".join(f"- {note}" for note in card["notes"])]
    return "\n\n".join(parts) + "\n"


def _bullets(values: Mapping[str, Any]) -> str:
    return "\n".join(
        f"- {name.replace('_', ' ')}: {_text(value)}" for name, value in values.items()
    )


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(inner)}" for name, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_text(inner) for inner in value)
    return str(value)


def _figures(figures: Mapping[str, Any]) -> str:
    if "alignment" not in figures:
        return _bullets(figures)
    rows = []
    scored, aligned = figures["consistency"], figures["alignment"]
    if scored is not None:
        rows.append(("this model", scored["das"], scored["pck"]))
        for name, baseline in scored["baselines"].items():
            rows.append((name, baseline["das"], baseline["pck"]))
    scored_shapes = 0 if scored is None else scored["shapes"]
    lines = [f"{figures['shapes']} shapes, {scored_shapes} of them with landmarks."]
    if rows:
        lines += ["", "| keypoints | DAS | PCK |", "|---|---|---|"]
        lines += [f"| {name} | {das:.3f} | {pck:.3f} |" for name, das, pck in rows]
    if aligned is not None:
        lines += ["", "| Chamfer to the target | mean | of unaligned | of box scaling |"]
        lines += ["|---|---|---|---|"]
        for name, key in (("unaligned", "before"), ("box scaling", "box"), ("aligned", "after")):
            value = aligned[key]
            shares = f"{value / aligned['before']:.3f} | {value / aligned['box']:.3f}"
            lines.append(f"| {name} | {value:.5f} | {shares} |")
    distance = figures["surface_distance"]
    lines += ["", f"Raw keypoints float {distance['mean']:.4f} off the surface on average "
              f"(95th percentile {distance['percentile_95']:.4f}), longest side 1."]  # fmt: skip
    if figures.get("pictures"):
        lines += ["", "Of single pictures:", "", _bullets(figures["pictures"])]
    return "\n".join(lines)


def _comparison(card: Mapping[str, Any]) -> str:
    lines = ["| model | shapes | DAS | PCK | aligned / unaligned | off the surface |"]
    lines.append("|---|---|---|---|---|---|")
    for name, kinds in {"this model": card["figures"], **card["comparison"]}.items():
        for kind, figures in kinds.items():
            scored, aligned = figures["consistency"], figures["alignment"]
            das, pck = (
                ("-", "-") if scored is None else (f"{scored['das']:.3f}", f"{scored['pck']:.3f}")
            )
            ratio = "-" if aligned is None else f"{aligned['after_to_before']:.3f}"
            distance = f"{figures['surface_distance']['mean']:.4f}"
            lines.append(f"| {name} | {kind} | {das} | {pck} | {ratio} | {distance} |")
    return "\n".join(lines)


def _targets(rows: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(
        f"- [{'x' if row['met'] else ' '}] {row['shapes']}: {row['text']} "
        f"{row['limit']:.3g}; is {row['value']:.3f}"
        for row in rows
    )
