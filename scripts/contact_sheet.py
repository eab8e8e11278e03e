"""Draw thumbnails of training shapes with their keypoints: look at them before training.

    python scripts/contact_sheet.py airplane --count 30 --out sheet.png           (procedural)
    python scripts/contact_sheet.py airplane --data DIR --out sheet.png           (real)

Every shape should face the reader's lower left: the camera stands in front, to the left of the
shape, above. The small axes are red x (the shape's left), green y (up), blue z (front).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyvista as pv

from kpstudio.training.shapes import CATEGORIES, TrainingShape, load_real, procedural

COLUMNS, TILE = 6, 300
VIEWS = {"corner": (0.75, 0.55, 1.0), "top": (0.0, 1.0, 0.001), "side": (1.0, 0.1, 0.0),
         "front": (0.0, 0.1, 1.0)}  # fmt: skip


def main() -> None:
    """Read the options, draw the sheet, write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("category", choices=CATEGORIES)
    parser.add_argument("--data", type=Path, help="folder of real meshes; procedural without it")
    parser.add_argument("--count", type=int, default=30, help="how many at most")
    parser.add_argument("--first", type=int, default=0, help="skip as many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--view", choices=sorted(VIEWS), default="corner")
    parser.add_argument("--labels", action="store_true", help="write the keypoints' names")
    parser.add_argument("--parts", action="store_true", help="colour the parts")
    parser.add_argument("--out", type=Path, default=Path("contact_sheet.png"))
    options = parser.parse_args()
    if options.data:
        shapes = load_real(options.data, options.category)
    else:
        shapes = procedural(options.category, options.first + options.count, options.seed)
    shapes = shapes[options.first : options.first + options.count]
    draw_sheet(shapes, options.out, options.view, labels=options.labels, parts=options.parts)


def draw_sheet(
    shapes: list[TrainingShape], out: Path, view: str, *, labels: bool, parts: bool
) -> None:
    """Write one picture with a thumbnail a shape."""
    columns = min(COLUMNS, len(shapes))
    rows = -(-len(shapes) // columns)
    plotter = pv.Plotter(
        off_screen=True, shape=(rows, columns), window_size=[columns * TILE, rows * TILE],
        border=True,
    )  # fmt: skip
    for index, shape in enumerate(shapes):
        plotter.subplot(index // columns, index % columns)
        _draw_shape(plotter, shape, view, labels=labels, parts=parts)
    plotter.screenshot(out)
    plotter.close()


def _draw_shape(
    plotter: pv.Plotter, shape: TrainingShape, view: str, *, labels: bool, parts: bool
) -> None:
    mesh = shape.mesh
    surface = pv.PolyData.from_regular_faces(mesh.vertices, mesh.faces)
    style = {"color": "lightsteelblue"}
    if parts and shape.part_labels is not None:
        surface.cell_data["part"] = shape.part_labels
        style = {"scalars": "part", "cmap": "tab10", "clim": (0, 9), "show_scalar_bar": False}
    plotter.add_mesh(surface, opacity=0.55 if shape.keypoints is not None else 1.0, **style)
    plotter.add_text(shape.name[-34:], font_size=7, color="black")
    centre, size = mesh.bounds.mean(axis=0), mesh.diagonal
    if shape.keypoints is not None:
        _draw_keypoints(plotter, shape, size, labels=labels)
    corner = mesh.bounds[0] - 0.02 * size
    for axis, colour in enumerate(("red", "green", "blue")):
        tip = corner + 0.2 * size * np.eye(3)[axis]
        plotter.add_mesh(pv.Line(corner, tip), color=colour, line_width=3)
    direction = np.array(VIEWS[view]) / np.linalg.norm(VIEWS[view])
    plotter.camera_position = [centre + 2.2 * size * direction, centre, (0.0, 1.0, 0.0)]
    plotter.camera.zoom(1.15)


def _draw_keypoints(
    plotter: pv.Plotter, shape: TrainingShape, size: float, *, labels: bool
) -> None:
    count = len(shape.keypoint_names)
    for index in np.flatnonzero(shape.present):
        ball = pv.Sphere(radius=0.016 * size, center=shape.keypoints[index])
        hue = pv.Color(
            np.array(pv.plotting.colors.get_cmap_safe("gist_rainbow")(index / count))[:3]
        )
        plotter.add_mesh(ball, color=hue)
    if labels:
        points = shape.keypoints[shape.present]
        names = [n for n, here in zip(shape.keypoint_names, shape.present, strict=True) if here]
        plotter.add_point_labels(
            points, names, font_size=10, shape_opacity=0.3, always_visible=True, point_size=1
        )


if __name__ == "__main__":
    main()
