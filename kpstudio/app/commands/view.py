"""Actions of the View and Help menus."""

from __future__ import annotations

from kpstudio.app.commands.action import Action, can_deform, has_keypoints
from kpstudio.app.host import Host
from kpstudio.app.options import Arrangement, Labels, Layout, Shading
from kpstudio.app.studio import Studio

#: Presets and their keys; the numbers are those of the keypad in common 3D tools.
PRESETS = {
    "front": "1",
    "back": "Ctrl+1",
    "right": "3",
    "left": "Ctrl+3",
    "top": "7",
    "bottom": "Ctrl+7",
    "isometric": "0",
}


def _preset(name: str, key: str) -> Action:
    return Action(f"view.look.{name}", name.capitalize(),
                  lambda studio, host: host.look_from(name), "View/Look from", (key,))  # fmt: skip


def _shading(shading: Shading) -> Action:
    return Action(
        f"view.shading.{shading}", shading.value.capitalize(),
        lambda studio, host: studio.view.update(shading=shading), "View/Shading",
        checked=lambda studio: studio.view.value.shading is shading,
    )  # fmt: skip


def _labels(labels: Labels) -> Action:
    return Action(
        f"view.labels.{labels}", labels.value.capitalize(),
        lambda studio, host: studio.view.update(labels=labels), "View/Labels",
        checked=lambda studio: studio.view.value.labels is labels,
    )  # fmt: skip


def _layout(layout: Layout, title: str, icon: str, help_text: str) -> Action:
    return Action(
        f"view.layout.{layout}", title,
        lambda studio, host: studio.view.update(layout=layout), "View/Layout",
        (f"Alt+{layout.panes}",), checked=lambda studio: studio.view.value.layout is layout,
        icon=icon, help=help_text,
    )  # fmt: skip


def _switch(
    name: str,
    title: str,
    keys: tuple[str, ...],
    help_text: str,
    icon: str = "",
    menu: str = "View",
) -> Action:
    return Action(
        f"view.{name}", title,
        lambda studio, host: studio.view.update(**{name: not getattr(studio.view.value, name)}),
        menu, keys, checked=lambda studio: getattr(studio.view.value, name), icon=icon,
        help=help_text,
    )  # fmt: skip


def _field(name: str, title: str, keys: tuple[str, ...], help_text: str) -> Action:
    def toggle(studio: Studio, host: Host) -> None:
        view = studio.view.value
        wanted = "" if view.shown_field == name else name
        studio.view.set(studio.inspecting.showing(studio.selected, view, wanted))

    return Action(f"view.field.{name}", title, toggle, "View/Colour by", keys,
                  enabled=can_deform if name == "influence" else has_keypoints,
                  checked=lambda studio: studio.view.value.shown_field == name,
                  help=help_text)  # fmt: skip


def _toggle_this_view(studio: Studio, host: Host) -> None:
    options = studio.looking.options
    if not options.value.this_view:
        host.show_panel("views")
    options.update(this_view=not options.value.this_view)


def _toggle_side_by_side(studio: Studio, host: Host) -> None:
    apart = studio.arranging.is_apart
    studio.view.update(arrangement=Arrangement.FILES if apart else Arrangement.SIDE_BY_SIDE)


def actions() -> tuple[Action, ...]:
    """Return the actions, in menu order."""
    return (
        Action("view.fit", "Fit", lambda studio, host: host.fit_view(), "View", ("F", "Home"),
               icon="fa6s.expand", help="Show everything that is visible."),
        *(_preset(name, key) for name, key in PRESETS.items()),
        _layout(Layout.ONE, "One view", "mdi6.square-outline", "One view of the shapes."),
        _layout(Layout.TWO, "Two views", "mdi6.view-split-vertical",
                "Two views side by side, each with a field of its own."),
        _layout(Layout.FOUR, "Four views", "mdi6.view-grid-outline",
                "Four views, each with a field of its own."),
        _switch("linked", "Link cameras", ("Alt+L",), "The cameras of all views move together.",
                "mdi6.link-variant", menu="View/Layout"),
        Action("view.side_by_side", "Shapes side by side", _toggle_side_by_side,
               "View/Arrangement", ("Alt+S",), icon="mdi6.arrow-expand-horizontal",
               checked=lambda studio: studio.arranging.is_apart,
               help="Show the shapes in a row; their coordinates stay as in the files."),
        _switch("true_size", "True sizes", (), "Shapes side by side have the sizes of their "
                "files, not all the same.", menu="View/Arrangement"),
        _switch("orthographic", "Orthographic", ("5",), "Parallel instead of perspective view."),
        *(_shading(shading) for shading in Shading),
        _switch("edges", "Mesh edges", ("W",), "Draw the edges of the faces."),
        _switch("keypoints", "Keypoints", ("K",), "Show the keypoint handles.",
                "fa6s.location-dot"),
        *(_labels(labels) for labels in Labels),
        _switch("raw", "Raw keypoints", (), "Show where the detector put the keypoints before "
                "they were snapped to the surface."),
        _switch("compare", "Keypoints of other detectors", ("O",), "Show what the other detectors "
                "found on the shape, and how far it agrees.", "fa6s.code-compare"),
        _switch("sizes", "Found sizes", (), "Show how large what a detector found at its "
                "keypoints is."),
        Action("view.this_view", "Detect in this view", _toggle_this_view, "View", ("V",),
               checked=lambda studio: studio.looking.options.value.this_view,
               icon="fa6s.eye", help="Show what a detector that looks at pictures sees in the "
               "viewport while the camera turns."),
        _switch("cage", "Cage", ("C",), "Show the cage; vertices no keypoint controls are marked.",
                "mdi6.cube-outline"),
        _switch("ghost", "Original as ghost", ("G",), "Show the shape before the edits.",
                "fa6s.ghost"),
        _switch("mirror_plane", "Mirror plane", (), "Show the plane of symmetric editing."),
        _field("influence", "Influence of keypoint", ("I",),
               "Colour the mesh by how much it follows the selected keypoint."),
        _field("heatmap", "Heatmap of keypoint", ("H",),
               "Colour the mesh by where the detector sees the selected keypoint."),
        _field("displacement", "Displacement", ("L",),
               "Colour the mesh by how far it has moved."),
        Action("view.theme", "Light theme", lambda studio, host: host.switch_theme(), "View",
               ("Ctrl+T",), checked=lambda studio: studio.settings.get("theme", "") == "light",
               icon="fa6s.circle-half-stroke", help="Change between the dark and light look."),
        Action("view.commands", "All commands…", lambda studio, host: host.show_commands(),
               "Help", ("Ctrl+Shift+P",), icon="fa6s.magnifying-glass",
               help="Find any action by a few letters of its name."),
        Action("help.shortcuts", "Keyboard shortcuts", lambda studio, host: host.show_shortcuts(),
               "Help", ("F1",)),
        Action("help.about", "About KP Studio", lambda studio, host: host.show_about(), "Help"),
    )  # fmt: skip
