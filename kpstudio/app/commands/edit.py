"""Actions of the Edit and Shape menus."""

from __future__ import annotations

from kpstudio.app.commands.action import Action, has_keypoints, has_shape
from kpstudio.app.host import Host
from kpstudio.app.options import EditMode
from kpstudio.app.studio import Studio


def _select_all(studio: Studio, host: Host) -> None:
    item = studio.selected
    if item is not None and item.value.keypoints is not None:
        studio.selection.select_keypoints(range(len(item.value.keypoints)))


def _rename(studio: Studio, host: Host) -> None:
    item = studio.selected
    name = host.ask_text("Rename shape", "Name", item.name) if item is not None else None
    if item is not None and name is not None:
        studio.edits.rename(item.id, name)


def _remove(studio: Studio, host: Host) -> None:
    if studio.selected is not None:
        studio.edits.remove(studio.selected.id)


def _toggle_prior(studio: Studio, host: Host) -> None:
    strength = 0.0 if studio.editing.value.prior_strength > 0.0 else 1.0
    studio.editing.update(prior_strength=strength)


def _toggle_symmetric(studio: Studio, host: Host) -> None:
    studio.editing.update(symmetric=not studio.editing.value.symmetric)


def _toggle_place(studio: Studio, host: Host) -> None:
    placing = studio.editing.value.mode is EditMode.PLACE
    studio.editing.update(mode=EditMode.DEFORM if placing else EditMode.PLACE)


def _toggle_live(studio: Studio, host: Host) -> None:
    studio.detecting.options.update(live=not studio.detecting.options.value.live)


def _sample(studio: Studio, host: Host) -> None:
    if studio.selected is not None:
        studio.edits.sample(studio.selected.id)


def _reset(studio: Studio, host: Host) -> None:
    if studio.selected is not None:
        studio.edits.reset(studio.selected.id)


def _has_prior(studio: Studio) -> bool:
    item = studio.selected
    return item is not None and studio.edits.coefficients(item.id) is not None


def _is_edited(studio: Studio) -> bool:
    item = studio.selected
    if item is None or item.value.detection is None:
        return False
    return item.value.keypoints is not item.value.detection.keypoints


def actions() -> tuple[Action, ...]:
    """Return the actions, in menu order."""
    return (
        Action("edit.undo", "Undo", lambda studio, host: studio.history.undo(), "Edit",
               ("Ctrl+Z",), enabled=lambda studio: bool(studio.history.undo_label),
               label=lambda studio: f"Undo {studio.history.undo_label}".strip(),
               icon="fa6s.rotate-left", help="Take the last change back."),
        Action("edit.redo", "Redo", lambda studio, host: studio.history.redo(), "Edit",
               ("Ctrl+Shift+Z", "Ctrl+Y"), enabled=lambda studio: bool(studio.history.redo_label),
               label=lambda studio: f"Redo {studio.history.redo_label}".strip(),
               icon="fa6s.rotate-right", help="Do again what was taken back."),
        Action("edit.select_all", "Select all keypoints", _select_all, "Edit", ("Ctrl+A",),
               enabled=has_keypoints),
        Action("edit.select_none", "Select no keypoint",
               lambda studio, host: studio.selection.select_keypoints(()), "Edit",
               ("Ctrl+Shift+A",), enabled=has_keypoints),
        Action("edit.rename", "Rename shape…", _rename, "Edit", ("F2",), enabled=has_shape),
        Action("edit.remove", "Remove shape", _remove, "Edit", ("Ctrl+Backspace",),
               enabled=has_shape, icon="fa6s.trash", help="Take the selected shape out."),
        Action("shape.detect", "Detect keypoints",
               lambda studio, host: studio.detecting.run(), "Shape", ("D",), enabled=has_shape,
               icon="fa6s.crosshairs", help="Run the chosen detector on the selected shape."),
        Action("shape.live", "Live detection", _toggle_live, "Shape", ("Ctrl+L",),
               checked=lambda studio: studio.detecting.options.value.live, icon="fa6s.bolt",
               help="Detect again whenever a parameter or the shape changes."),
        Action("shape.place", "Place keypoints", _toggle_place, "Shape", ("E",),
               checked=lambda studio: studio.editing.value.mode is EditMode.PLACE,
               icon="fa6s.map-pin",
               help="Drags slide keypoints over the surface instead of deforming the mesh."),
        Action("shape.prior", "Shape prior", _toggle_prior, "Shape", ("P",),
               checked=lambda studio: studio.editing.value.prior_strength > 0.0,
               icon="fa6s.diagram-project",
               help="The other keypoints follow the way the category varies."),
        Action("shape.symmetric", "Symmetric editing", _toggle_symmetric, "Shape", ("M",),
               checked=lambda studio: studio.editing.value.symmetric,
               icon="mdi6.mirror", help="Every move is mirrored to the partner keypoint."),
        Action("shape.sample", "Sample new shape", _sample, "Shape", ("N",), enabled=_has_prior,
               icon="fa6s.dice", help="Make a new plausible shape from this mesh."),
        Action("shape.reset", "Reset shape", _reset, "Shape", ("R",), enabled=_is_edited,
               icon="fa6s.arrows-rotate", help="Back to the mesh as it was loaded."),
    )  # fmt: skip
