"""`kpstudio models list`, `formats list`, `detectors list` and `detectors show`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpstudio.base.parameters import ParameterInfo, describe
from kpstudio.cli.info import AsJson

if TYPE_CHECKING:
    from kpstudio.detectors.protocol import DetectorSpec
    from kpstudio.io.formats import Format

WIDTH = 100  #: of text that is wrapped, characters

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
            rows.append({"id": name, "title": "", "models": "", "summary": f"broken: {error}"})
            continue
        rows.append(_described(spec))
    shown = [{**row, "models": _models_in_words(row)} for row in rows]
    _show(rows if as_json else shown, ("id", "title", "models", "summary"), as_json)


@detectors.command("show")
def show_detector(
    id: Annotated[str, typer.Argument(metavar="ID", help="As in `kpstudio detectors list`.")],
    as_json: AsJson = False,
) -> None:
    """Tell what a detector finds, what it needs, and its parameters."""
    from kpstudio.detectors.registry import get_detector

    spec = get_detector(id).spec
    row = _described(spec)
    if as_json:
        typer.echo(json.dumps(row, indent=2))
        return
    needs = "a mesh with faces" if spec.kind == "mesh" else "a mesh or a point cloud"
    facts = {
        "finds": spec.summary,
        "keypoints": "the same places on every shape of a category, in one order"
        if spec.ordered
        else "in no order, the strongest first",
        "takes": needs,
        "models": _models_in_words(row) or "none needed",
        "source": spec.citation,
    }
    typer.echo(f"{spec.title} ({spec.id})")
    for name, value in facts.items():
        typer.echo(textwrap.fill(value, WIDTH, initial_indent=f"{name:10} ",
                                 subsequent_indent=" " * 11, break_on_hyphens=False))  # fmt: skip
    typer.echo("\nParameters, for `kpstudio detect -p NAME=VALUE`:")
    for info in describe(spec.parameters):
        typer.echo(f"  {info.name} = {_default(info)}{_range(info)}")
        typer.echo(textwrap.fill(info.help, WIDTH, initial_indent=" " * 6,
                                 subsequent_indent=" " * 6))  # fmt: skip


def _described(spec: DetectorSpec) -> dict[str, Any]:
    return {
        "id": spec.id,
        "title": spec.title,
        "family": spec.family,
        "summary": spec.summary,
        "ordered": spec.ordered,
        "needs_model": spec.needs_model,
        "models": _names_of_models(spec),
        "parameters": _parameters(spec.parameters),
        "citation": spec.citation,
    }


def _names_of_models(spec: DetectorSpec) -> list[str]:
    """Return the categories there are models for, or the models' ids if they are for any shape."""
    if not spec.needs_model:
        return []
    from kpstudio.nn.catalogue import installed_models

    found = installed_models(spec.models)
    return sorted({model.category if spec.by_category else model.id for model in found})


def _models_in_words(row: dict[str, Any]) -> str:
    if not row.get("needs_model"):
        return ""
    return f"model: {', '.join(row['models']) or 'none yet, see `kpstudio train`'}"


def _default(info: ParameterInfo) -> str:
    value = f"{info.default:g}" if isinstance(info.default, float) else str(info.default)
    return f"{value or '(empty)'}{f' {info.unit}' if info.unit else ''}"


def _range(info: ParameterInfo) -> str:
    if info.choices is not None:
        return f"; one of {', '.join(info.choices)}"
    if info.kind is bool:
        return "; true or false"
    low, high = ("" if end is None else f"{end:.10g}" for end in (info.low, info.high))
    if low and high:
        return f"; {low} to {high}"
    return f"; at least {low}" if low else f"; at most {high}" if high else ""


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
