"""Print the tables of models in README and docs/detectors.md, from their cards.

python scripts/model_table.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MODELS = Path(__file__).parent.parent / "models"
HEAD = (
    "| model | keypoints | held-out shapes | consistency | best trivial baseline | PCK "
    "| Chamfer, of unaligned | of box stretching |\n|---|---|---|---|---|---|---|---|"
)


def table() -> str:
    """Return the table as Markdown."""
    cards = [json.loads(path.read_text("utf-8")) for path in sorted(MODELS.glob("keypoint-*.json"))]
    lines = [
        _line(card, kind, card["figures"][kind])
        for card in cards
        for kind in ("real", "procedural")
        if card["figures"].get(kind)
    ]
    return "\n".join([HEAD, *lines])


def _line(card: dict[str, Any], kind: str, figures: dict[str, Any]) -> str:
    scored, aligned = figures["consistency"], figures["alignment"]
    cells = [card["category"], str(len(card["keypoints"])), f"{figures['shapes']} {kind}"]
    if scored:
        best = max(row["das"] for row in scored["baselines"].values())
        cells += [f"{scored['das']:.2f}", f"{best:.2f}", f"{scored['pck']:.2f}"]
        if scored["shapes"] < figures["shapes"]:
            cells[2] += f", {scored['shapes']} with landmarks"
    else:
        cells += ["-", "-", "-"]
    cells += [f"{aligned['after_to_before']:.2f}", f"{aligned['after_to_box']:.2f}"]
    return f"| {' | '.join(cells)} |"


def ordered_table() -> str:
    """Return the table of the other models with ordered keypoints."""
    lines = [
        "| model | keypoints | held-out shapes | consistency | box copy | PCK |",
        "|---|---|---|---|---|---|",
    ]
    for card in _cards("consistency"):
        for kind, figures in card["figures"].items():
            scored = figures["consistency"]
            if scored:
                box = scored["baselines"]["box copy"]["das"]
                cells = [card["id"], str(len(card["keypoints"])), f"{scored['shapes']} {kind}"]
                cells += [f"{value:.2f}" for value in (scored["das"], box, scored["pck"])]
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def motion_table() -> str:
    """Return the table of the models for any shape."""
    lines = [
        "| model | held-out shapes | keypoints | repeatability | with other samples "
        "| ISS | Harris 3D |",
        "|---|---|---|---|---|---|---|",
    ]
    for card in _cards("threshold"):
        for kind, figures in card["figures"].items():
            own = figures[card["kind"]]
            cells = [card["id"], f"{figures['shapes']} {kind}", f"{own['keypoints']:.0f}"]
            cells += [f"{own['repeatability']:.2f}", f"{own['resampled']:.2f}"]
            cells += [f"{figures[name]['repeatability']:.2f}" for name in ("iss", "harris3d")]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cards(figure: str) -> list[dict[str, Any]]:
    """Return the cards, but those of KeypointDeformer, whose figures hold this one."""
    cards = [json.loads(path.read_text("utf-8")) for path in sorted(MODELS.glob("*.json"))]
    return [
        card
        for card in cards
        if card.get("kind") != "keypoint-deformer"
        and any(figure in figures for figures in card.get("figures", {}).values())
    ]


if __name__ == "__main__":
    print(table(), ordered_table(), motion_table(), sep="\n\n")
