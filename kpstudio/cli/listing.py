"""`kpstudio models list`, `kpstudio detectors list` and `kpstudio formats list`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import typer

from kpstudio.cli.info import AsJson

if TYPE_CHECKING:
    from kpstudio.io.formats import Format

models = typer.Typer(help="Trained models.")
detectors = typer.Typer(help="Keypoint detectors.")
formats = typer.Typer(help="File formats.")


@models.callback()
@detectors.callback()
@formats.callback()
def _group() -> None:
    """Keep `list` a subcommand although it is the only one."""


@models.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List the models that are installed."""
    from kpstudio.nn.catalogue import installed_models

    rows = [
        {
            "id": model.id,
            "kind": model.kind,
            "category": model.category,
            "title": model.title,
            "file": str(model.path),
            "licence": model.licence,
        }
        for model in installed_models()
    ]
    _show(rows, ("id", "kind", "category", "title"), as_json)


@detectors.command("list")
def list_detectors(as_json: AsJson = False) -> None:
    """List the detectors; one that does not load is listed with the reason."""
    from kpstudio.base.errors import KPStudioError
    from kpstudio.detectors.registry import detector_ids, get_detector

    rows: list[dict[str, Any]] = []
    for name in detector_ids():
        try:
            spec = get_detector(name).spec
        except KPStudioError as error:
            rows.append({"id": name, "title": "", "summary": f"broken: {error}"})
            continue
        rows.append(
            {
                "id": name,
                "title": spec.title,
                "summary": spec.summary,
                "ordered": spec.ordered,
                "needs_model": spec.needs_model,
                "parameters": _parameters(spec.parameters),
                "citation": spec.citation,
            }
        )
    _show(rows, ("id", "title", "summary"), as_json)


@formats.command("list")
def list_formats(as_json: AsJson = False) -> None:
    """List the file formats; one that does not load is listed with the reason."""
    from kpstudio.io import registry

    rows = [
        *_formats("mesh", registry.mesh_formats(), registry.mesh_format_failures()),
        *_formats("keypoints", registry.keypoint_formats(), registry.keypoint_format_failures()),
    ]
    _show(rows, ("id", "kind", "access", "summary"), as_json)


def _formats(
    kind: str, known: Iterable[Format], failures: Mapping[str, str]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for item in known:
        ways = {"read": item.can_read, "write": item.can_write}
        lost = f"; loses {', '.join(item.loses)}" if item.loses else ""
        rows.append(
            {
                "id": item.id,
                "kind": kind,
                "title": item.title,
                "suffixes": item.suffixes,
                **ways,
                "access": ", ".join(way for way, possible in ways.items() if possible),
                "loses": item.loses,
                "summary": f"{item.title}{lost if item.can_write else ''}",
            }
        )
    for name, reason in failures.items():
        last = reason.strip().splitlines()[-1]
        rows.append({"id": name, "kind": kind, "access": "", "summary": f"broken: {last}"})
    return rows


def _parameters(kind: type) -> list[dict[str, Any]]:
    from kpstudio.base.parameters import describe

    return [
        {
            "name": entry.name,
            "kind": entry.kind.__name__,
            "default": entry.default,
            "help": entry.help,
            "unit": entry.unit,
            "low": entry.low,
            "high": entry.high,
            "choices": entry.choices,
        }
        for entry in describe(kind)
    ]


def _show(rows: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    widths = [max((len(row[column]) for row in rows), default=0) for column in columns]
    for row in rows:
        cells = [row[column].ljust(width) for column, width in zip(columns, widths, strict=True)]
        typer.echo("  ".join(cells).rstrip())
