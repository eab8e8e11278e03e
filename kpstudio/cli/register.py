"""`kpstudio register`: carry a scan onto another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpstudio.cli.match import By, RuleName, Tolerance
from kpstudio.cli.options import check_output, detect_keypoints, load_shape, save_shapes, say
from kpstudio.cli.progress import progress

if TYPE_CHECKING:
    from kpstudio.matching.registration import Registration


def register(
    scan: Annotated[Path, typer.Argument(help="The mesh to move.", show_default=False)],
    target: Annotated[Path, typer.Argument(help="Where it shall come to.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Mesh file to write: the scan, moved.")
    ] = None,
    transform: Annotated[
        Path | None, typer.Option(help="JSON file for motion and figures; else stdout.")
    ] = None,
    detector: Annotated[
        str, typer.Option("-d", "--detector", help="Match keypoints of this detector; else points.")
    ] = "",
    by: By = "fpfh",
    rule: RuleName = "mutual",
    tolerance: Tolerance = 0.05,
) -> None:
    """Find the rigid motion that carries a scan onto another, and how well it fits.

    Matches that agree are found first (RANSAC), then the surfaces settle on each other (ICP). Both
    files must have the same unit; the scans may be partial.
    """
    from kpstudio.app import pairing
    from kpstudio.app.carrying import carried
    from kpstudio.app.pairing_by_name import named_options
    from kpstudio.base.paths import atomic_path
    from kpstudio.io.registry import writable_mesh_format

    if output is not None:
        check_output(output, writable_mesh_format)
    if transform is not None:
        check_output(transform, lambda path: path)
    options = named_options(by, rule, "none", tolerance=tolerance)
    with progress() as ctx:
        source = load_shape(scan, "", "", ctx.part(0.0, 0.1))
        goal = load_shape(target, "", "", ctx.part(0.1, 0.2))
        matches = None
        if detector:
            source = detect_keypoints(source, detector, {}, ctx.part(0.2, 0.35))
            goal = detect_keypoints(goal, detector, {}, ctx.part(0.35, 0.5))
            matches = pairing.match(source, goal, options, ctx.part(0.5, 0.6))
        found = pairing.register_shapes(source, goal, matches, tolerance, ctx.part(0.6, 1.0))
    text = json.dumps(_report(scan, target, found), indent=1) + "\n"
    if transform is None:
        typer.echo(text, nl=False)
    else:
        with atomic_path(transform) as temporary:
            temporary.write_text(text, encoding="utf-8")
        say(f"wrote {transform}")
    if output is not None:
        save_shapes([(carried(source, found.transform), output)])


def _report(scan: Path, target: Path, found: Registration) -> dict[str, Any]:
    import math

    from kpstudio.app.registering import angle_of

    return {
        "source": scan.name,
        "target": target.name,
        "matrix": found.transform.matrix.tolist(),
        "angle": angle_of(found),
        "translation": found.transform.translation.tolist(),
        "rmse": found.rmse if math.isfinite(found.rmse) else None,
        "overlap": found.overlap,
        "matches": len(found.inliers),
        "inliers": int(found.inliers.sum()),
    }
