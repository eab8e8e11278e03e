"""`kpstudio match`: which keypoints of two meshes correspond."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpstudio.cli.options import (
    Front,
    ModelName,
    Parameters,
    Up,
    check_output,
    detect_keypoints,
    load_shape,
    named_values,
    say,
)
from kpstudio.cli.progress import progress

By = Annotated[
    str, typer.Option(help="What is compared: fpfh, hks, wks, detector (its descriptors), order.")
]
RuleName = Annotated[str, typer.Option(help="Which pairs are chosen: mutual, one-to-one, ratio.")]
Tolerance = Annotated[
    float, typer.Option(help="How far off a keypoint may be, a share of the target's diagonal.")
]


def match(
    first: Annotated[Path, typer.Argument(help="A mesh file.", show_default=False)],
    second: Annotated[Path, typer.Argument(help="Another one.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write: .json or .csv.")],
    detector: Annotated[str, typer.Option("-d", "--detector", help="Id of the detector.")] = "iss",
    model: ModelName = "",
    parameter: Parameters = None,
    by: By = "fpfh",
    rule: RuleName = "mutual",
    ratio: Annotated[float, typer.Option(help="Of the rule of that name.")] = 0.8,
    verify: Annotated[
        bool, typer.Option("--verify", help="Only pairs that agree on one rigid motion.")
    ] = False,
    scale: Annotated[
        bool, typer.Option("--scale", help="With --verify: the size may change too.")
    ] = False,
    tolerance: Tolerance = 0.05,
    up: Up = "",
    front: Front = "",
) -> None:
    """Match the keypoints of two meshes.

    Both are detected with the same detector; --up and --front hold for both files.
    """
    from kpstudio.app import pairing
    from kpstudio.app.pairing_by_name import named_options
    from kpstudio.io.match_file import Side, check_match_file, save_matches

    check_output(output, check_match_file)
    agreed = ("similar" if scale else "rigid") if verify else "none"
    options = named_options(by, rule, agreed, ratio, tolerance)
    values = ({"model": model} if model else {}) | named_values(parameter)
    with progress() as ctx:
        shapes = []
        for path, part in ((first, ctx.part(0.0, 0.4)), (second, ctx.part(0.4, 0.8))):
            shape = load_shape(path, up, front, part.part(0.0, 0.3))
            shapes.append(detect_keypoints(shape, detector, values, part.part(0.3, 1.0)))
        found = pairing.match(shapes[0], shapes[1], options, ctx.part(0.8, 1.0))
    a, b = (Side(shape.mesh.name, pairing.keypoints_of(shape)) for shape in shapes)
    save_matches(output, a, b, found)
    say(f"wrote {len(found)} matches of {len(a.keypoints)} and {len(b.keypoints)} keypoints "
        f"to {output}")  # fmt: skip
