"""Train a system again and again, each time without one of its losses, and print what that costs.

    python scripts/ablation.py multiview car --work DIR [--data DIR] [--steps 400] [--loss NAME ...]

What was trained before is not trained again. Figures are those of the cards, of held-out procedural
shapes: see docs/evaluation.md.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from kpstudio.app.training_data import gather
from kpstudio.app.training_run import SystemJob, train_system
from kpstudio.base.parameters import build
from kpstudio.training.system import get_system

_WEIGHT = "_weight"
#: Column -> where its value is in the figures of a card.
COLUMNS = {
    "landmarks by regression, % of the picture": ("pictures", "2D consistency", 100.0),
    "reprojection, %": ("places", "reprojection, % of the picture", 1.0),
    "to the surface, %": ("places", "to the surface, % of the diagonal", 1.0),
    "DAS": ("consistency", "das", 1.0),
}


def main() -> None:
    """Read the options, train what is missing, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("system")
    parser.add_argument("category")
    parser.add_argument("--work", type=Path, required=True, help="folder for all models")
    parser.add_argument("--data", type=Path, help="folder of real meshes")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--procedural", type=int, default=60, help="shapes to learn from")
    parser.add_argument("--loss", nargs="*", help="losses to leave out; all, if none is named")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    known = [each.name for each in fields(get_system(options.system).recipe)]
    names = [name.removesuffix(_WEIGHT) for name in known if name.endswith(_WEIGHT)]
    left_out = ["", *(options.loss or names)]
    cards = {name: card_without(options, name) for name in left_out}
    print("\n".join([f"| without | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]))
    for name, card in cards.items():
        cells = [number(card["figures"]["procedural"], *where) for where in COLUMNS.values()]
        print(f"| {name or 'nothing'} | {' | '.join(cells)} |")


def card_without(options: argparse.Namespace, loss: str) -> dict[str, Any]:
    """Return the card of a model that was trained without a loss, or with all of them."""
    name = f"{options.system}-{options.category}-{f'without-{loss}' if loss else 'whole'}"
    output = options.work / f"{name}.safetensors"
    card = output.with_suffix(".json")
    if not card.exists():
        system = get_system(options.system)
        values = {"steps": options.steps, **({f"{loss}{_WEIGHT}": 0.0} if loss else {})}
        data = gather(options.data, options.category, options.procedural)
        recipe: Any = build(system.recipe, values)
        train_system(SystemJob(system, options.category, data, output, recipe, "cpu", True))
        print(f"{name} is trained", flush=True)
    known: dict[str, Any] = json.loads(card.read_text("utf-8"))
    return known


def number(figures: dict[str, Any], group: str, name: str, factor: float) -> str:
    """Return a figure as a cell of the table."""
    value = (figures.get(group) or {}).get(name)
    return "-" if value is None else f"{factor * value:.3g}"


if __name__ == "__main__":
    main()
