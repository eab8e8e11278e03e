"""Print the tables of docs/evaluation.md, from figures kept beside it.

    python scripts/evaluation_table.py                          # the tables
    python scripts/evaluation_table.py keep NAME FIGURES.json   # take over a run's figures

A run is `kpstudio evaluate ... --json FIGURES.json`; docs/evaluation.md says which. Of its figures
those of the tables are kept, in docs/evaluation/NAME.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "docs" / "evaluation"
_NONE = "\N{EN DASH}"
#: Figure, disturbance (None: all there are), threshold, heading and digits of the columns.
COLUMNS = {
    "real": (
        ("keypoints", "", None, "keypoints"),
        ("relative_repeatability", None, 0.02, ""),
        ("seconds", "", None, "seconds"),
    ),
    "procedural": (
        ("keypoints", "", None, "keypoints"),
        ("false_negative_error", "", 0.05, "FNE"),
        ("false_positive_error", "", 0.05, "FPE"),
        ("iou_cloud", "", 0.05, "IoU cloud"),
        ("iou_surface", "", 0.05, "IoU mesh"),
        ("iou_euclidean", "", 0.05, "IoU Euclidean"),
        ("iou_cloud", "", 0.1, "IoU cloud"),
        ("average_precision", "", 0.1, "AP"),
        ("coverage_diagonals", "", None, "coverage"),
        ("das_all_references", "", None, "DAS, all references"),
    ),
    "keypointnet-chair": (
        ("keypoints", "", None, "keypoints"),
        ("iou_cloud", "", 0.05, "IoU cloud"),
        ("iou_cloud", "", 0.1, "IoU cloud"),
        ("iou_euclidean", "", 0.1, "IoU Euclidean"),
        ("false_negative_error", "", 0.05, "FNE"),
        ("false_positive_error", "", 0.05, "FPE"),
    ),
}


def kept(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a run: who took part, on what, how, and the figures of the table."""
    wanted = {(metric, threshold) for metric, _, threshold, _ in COLUMNS[name]}
    figures = [one for one in content["figures"] if (one["metric"], one["threshold"]) in wanted]
    return {
        "conditions": content["conditions"],
        "entrants": [
            {key: one[key] for key in ("id", "title", "baseline")} for one in content["entrants"]
        ],
        "shapes": content["shapes"],
        "figures": [
            {key: one[key] for key in one if key not in ("normalisation", "seed")}
            for one in figures
        ],
        "failures": len(content["failures"]),
    }


def table(name: str) -> str:
    """Return one table as Markdown; small numbers are random and farthest points beside it."""
    content = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    columns = []
    for metric, disturbance, threshold, heading in COLUMNS[name]:
        chosen = content["conditions"]["disturbances"] if disturbance is None else [disturbance]
        for one in chosen:
            at = "" if threshold is None else f" @{threshold:g}"
            columns.append((metric, one, threshold, f"{heading or one}{at}"))
    lines = [
        "| detector | " + " | ".join(column[3] for column in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    values = {
        (one["detector"], one["baseline"], one["metric"], one["disturbance"], one["threshold"]):
        one["value"]
        for one in content["figures"]
    }  # fmt: skip
    for entrant in content["entrants"]:
        cells = [_cell(values, entrant, *column[:3]) for column in columns]
        title = f"*{entrant['title']}*" if entrant["baseline"] else entrant["title"]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(
    values: dict[Any, float | None],
    entrant: dict[str, Any],
    metric: str,
    disturbance: str,
    threshold: float | None,
) -> str:
    def text(baseline: str) -> str:
        value = values.get((entrant["id"], baseline, metric, disturbance, threshold))
        if value is None:
            return _NONE
        if metric == "keypoints":
            return f"{value:.1f}"
        return f"{value:.2g}" if metric == "seconds" else f"{value:.2f}"

    own = text("")
    alone = entrant["baseline"] or metric in ("keypoints", "seconds") or own == _NONE
    beside = "" if alone else f" <sub>{text('random')} {text('farthest')}</sub>"
    return own + beside


def main() -> None:
    """Print all tables, or keep the figures of a run."""
    if sys.argv[1:2] == ["keep"]:
        name, source = sys.argv[2], Path(sys.argv[3])
        content = kept(name, json.loads(source.read_text("utf-8")))
        FOLDER.mkdir(exist_ok=True)
        text = json.dumps(content, separators=(",", ":"))
        (FOLDER / f"{name}.json").write_text(text + "\n", "utf-8")
        return
    for name in COLUMNS:
        print(f"{name}\n\n{table(name)}\n")


if __name__ == "__main__":
    main()
