"""Print the README's table of models, from their cards.

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


if __name__ == "__main__":
    print(table())
