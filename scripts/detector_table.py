"""Print the tables of docs/detectors.md from what the detectors say of themselves.

python scripts/detector_table.py
"""

from __future__ import annotations

from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.detectors.registry import BUILTIN, get_detector

#: Heading -> which detectors stand under it.
GROUPS = {
    "Hand-crafted": lambda spec: not spec.needs_model,
    "Learned, for any shape": lambda spec: spec.needs_model and not spec.by_category,
    "Learned, one model a category": lambda spec: spec.by_category,
}


def table(heading: str) -> str:
    """Return the table of a group, Markdown."""
    specs = [get_detector(name).spec for name in BUILTIN]
    rows = [row(spec) for spec in specs if GROUPS[heading](spec)]
    return "\n".join(["| id | finds | takes | source |", "|---|---|---|---|", *rows])


def row(spec: DetectorSpec) -> str:
    """Return the row of one detector."""
    takes = "meshes, clouds" if spec.kind == "cloud" else "meshes"
    return f"| `{spec.id}` | {spec.summary} | {takes} | {spec.citation} |"


if __name__ == "__main__":
    for heading in GROUPS:
        print(f"## {heading}\n\n{table(heading)}\n")
