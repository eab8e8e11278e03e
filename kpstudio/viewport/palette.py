"""The colours of the view: one palette a theme, one colour a keypoint index."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

Color = tuple[float, float, float]  #: red, green, blue in 0..1


def color(code: str) -> Color:
    """Return the colour of a code such as "#56b4e9"."""
    red, green, blue = bytes.fromhex(code.removeprefix("#"))
    return red / 255, green / 255, blue / 255


@dataclass(frozen=True)
class Palette:
    """Everything whose colour depends on the theme.

    Parameters
    ----------
    top, bottom
        Background gradient.
    mesh, dimmed
        Surface of the selected shape and of the others.
    wire
        The mesh drawn as lines or points.
    edge
        Edges of the faces.
    ghost
        The shape before the edits.
    cage, uncontrolled
        The cage, and its vertices that no keypoint moves.
    plane
        The mirror plane, and other translucent surfaces.
    overlay_lines, overlay_points
        What a detector shows beside its keypoints: a skeleton, a reconstruction.
    outline, hovered, selected, locked
        Ring around a handle by its state.
    text, plate
        Text over the view, and the plate behind it.
    rubber
        Frame of the box selection.
    """

    top: Color
    bottom: Color
    mesh: Color
    dimmed: Color
    wire: Color
    edge: Color
    ghost: Color
    cage: Color
    uncontrolled: Color
    plane: Color
    overlay_lines: Color
    overlay_points: Color
    outline: Color
    hovered: Color
    selected: Color
    locked: Color
    text: Color
    plate: Color
    rubber: Color


DARK = Palette(
    top=color("#3a4049"),
    bottom=color("#191b1f"),
    mesh=color("#b9bfc8"),
    dimmed=color("#6f757e"),
    wire=color("#b9bfc8"),
    edge=color("#2c3036"),
    ghost=color("#8ab4f8"),
    cage=color("#e8b04a"),
    uncontrolled=color("#ff5d5d"),
    plane=color("#7aa7ff"),
    overlay_lines=color("#8f5bff"),
    overlay_points=color("#14c2ae"),
    outline=color("#14161a"),
    hovered=color("#ffffff"),
    selected=color("#ffffff"),
    locked=color("#8b929c"),
    text=color("#f1f3f5"),
    plate=color("#15171b"),
    rubber=color("#8ab4f8"),
)

LIGHT = Palette(
    top=color("#fdfdfe"),
    bottom=color("#d3d9e1"),
    mesh=color("#bcc2cb"),
    dimmed=color("#d6dae0"),
    wire=color("#5b6472"),
    edge=color("#5d6570"),
    ghost=color("#3b6fd4"),
    cage=color("#a8650c"),
    uncontrolled=color("#d3202f"),
    plane=color("#3b6fd4"),
    overlay_lines=color("#5a2fd0"),
    overlay_points=color("#0a7c74"),
    outline=color("#ffffff"),
    hovered=color("#111418"),
    selected=color("#111418"),
    locked=color("#747b86"),
    text=color("#16191d"),
    plate=color("#ffffff"),
    rubber=color("#1f5fd0"),
)

PALETTES = {"dark": DARK, "light": LIGHT}

#: Axes x, y, z: the red, green and blue everybody uses, in tones that keep apart without colour.
AXES = (color("#e2564f"), color("#6fae3d"), color("#4a8fe7"))

# What tells the keypoints of one detector from those of another, together with their form.
_DETECTORS = tuple(
    color(code)
    for code in (
        "#ff5fa2", "#1fc2ee", "#ffd21f", "#9079ff", "#3fcf63", "#ff8330", "#f04a4a", "#12b3a0",
    )
)  # fmt: skip

# Seven colours that people with any colour vision tell apart (Okabe and Ito 2008, "Color
# universal design"), black left out, then five more that fit between them.
_KEYPOINTS = tuple(
    color(code)
    for code in (
        "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7",
        "#8c6bd8", "#a3c644", "#ee6677", "#44c8bd", "#b07a4a",
    )
)  # fmt: skip


def detector_color(style: int) -> Color:
    """Return the colour of a detector's keypoints, the same wherever they are shown."""
    return _DETECTORS[style % len(_DETECTORS)]


def keypoint_color(index: int) -> Color:
    """Return the colour of keypoint `index`, the same wherever it is shown."""
    turn, place = divmod(index, len(_KEYPOINTS))
    if turn == 0:
        return _KEYPOINTS[place]
    hue, lightness, saturation = colorsys.rgb_to_hls(*_KEYPOINTS[place])
    # Later rounds go lighter and darker in turn.
    lightness += (0.14 if turn % 2 else -0.12) * ((turn + 1) // 2)
    return colorsys.hls_to_rgb(hue, min(max(lightness, 0.2), 0.85), saturation)
