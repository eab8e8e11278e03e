"""`kpstudio info`: what is in a mesh file."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from kpstudio.cli.options import MeshFile

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def info(mesh: MeshFile, as_json: AsJson = False) -> None:
    """Tell size, box and defects of a mesh."""
    from kpstudio.io.registry import inspect_mesh, load_mesh

    loaded = load_mesh(mesh, allow_cloud=True)[0]
    low, high = loaded.bounds
    facts: dict[str, Any] = {
        "name": loaded.name,
        "vertices": len(loaded.vertices),
        "faces": len(loaded.faces),
        "low": [float(value) for value in low],
        "high": [float(value) for value in high],
        "diagonal": loaded.diagonal,
        "unit": loaded.unit,
        "space": loaded.space,
        "key": loaded.key,
        "notes": list(inspect_mesh(loaded)),
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    facts["key"] += " (of vertices and faces: the same mesh has the same key)"
    for name, value in facts.items():
        if value == "" or value == []:
            continue  # nothing is known, or to be said
        typer.echo(f"{name:10} {_readable(value)}".rstrip())


def _readable(value: Any) -> str:
    if isinstance(value, list):
        return (" " if value and isinstance(value[0], float) else "; ").join(map(_readable, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
