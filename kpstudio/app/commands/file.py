"""Actions of the File menu."""

from __future__ import annotations

from pathlib import Path

from kpstudio.app.commands.action import Action, has_keypoints, has_shape
from kpstudio.app.files import PROJECT_SUFFIX
from kpstudio.app.host import Host
from kpstudio.app.looking import photo_categories
from kpstudio.app.notices import Level, Notice
from kpstudio.app.photos import category_of
from kpstudio.app.studio import Studio
from kpstudio.base.errors import KPStudioError
from kpstudio.io import pictures, samples
from kpstudio.io import registry as formats

PROJECT_FILTER = f"KP Studio project (*{PROJECT_SUFFIX})"


def open_paths(studio: Studio, host: Host, paths: list[Path]) -> None:
    """Open files; a project takes the place of what is open, so unsaved work is asked about.

    Of several photos the last one is looked at: only one can be open.
    """
    photos = [path for path in paths if path.suffix.lower() in pictures.SUFFIXES]
    others = [path for path in paths if path not in photos]
    replaces = any(path.suffix.lower() == PROJECT_SUFFIX for path in others)
    if others and (not replaces or host.ask_keep_changes()):
        studio.files.open(others)
    if photos:
        open_photo(studio, host, photos[-1])


def open_photo(studio: Studio, host: Host, path: Path) -> None:
    """Look at a photo; what it shows is asked for unless the selected shape or the models say."""
    try:
        categories = list(photo_categories())
    except KPStudioError as error:
        studio.notify(Notice.of(error))
        return
    if not categories:
        remedy = "Train a detector that looks at pictures with Tools > Train a model."
        studio.notify(Notice(Level.ERROR, "No model looks at photos", remedy))
        return
    item = studio.selected
    category = category_of(item.value) if item is not None else ""
    if category not in categories:
        category = categories[0]
        if len(categories) > 1:
            question = f"What does {path.name} show?"
            category = host.ask_choice("Open photo", question, categories) or ""
    if category:
        studio.looking.open_photo(path, category)
        host.show_panel("views")


def ask_meshes(host: Host) -> list[Path]:
    """Let the person choose meshes."""
    every = " ".join(f"*{suffix}" for suffix in formats.mesh_suffixes())
    return host.ask_open("Open mesh", f"Meshes ({every});;All files (*)")


def _open(studio: Studio, host: Host) -> None:
    every = " ".join(f"*{s}" for s in (*formats.mesh_suffixes(), PROJECT_SUFFIX))
    paths = host.ask_open("Open", f"Meshes and projects ({every});;All files (*)")
    open_paths(studio, host, paths)


def _open_photo(studio: Studio, host: Host) -> None:
    every = " ".join(f"*{suffix}" for suffix in pictures.SUFFIXES)
    for path in host.ask_open("Open photo", f"Photos ({every})")[:1]:
        open_photo(studio, host, path)


def _import_keypoints(studio: Studio, host: Host) -> None:
    every = " ".join(f"*{suffix}" for suffix in formats.keypoint_suffixes())
    for path in host.ask_open("Import keypoints", f"Keypoints ({every})")[:1]:
        studio.files.import_keypoints(path)


def _open_sample(name: str) -> Action:
    return Action(
        f"file.sample.{name}",
        name.replace("_", " ").capitalize(),
        lambda studio, host: studio.files.open([samples.sample_path(name)]),
        menu="File/Open sample",
        help=f"Open the bundled {name}.",
    )


def _save(studio: Studio, host: Host) -> None:
    if studio.files.project_path is None:
        _save_as(studio, host)
    else:
        studio.files.save_project(studio.files.project_path)


def _save_as(studio: Studio, host: Host) -> None:
    item = studio.selected
    suggestion = studio.files.project_path or Path(item.name if item else "untitled")
    path = host.ask_save("Save project", PROJECT_FILTER, suggestion.with_suffix(PROJECT_SUFFIX))
    if path is not None:
        studio.files.save_project(path)


def _export_mesh(studio: Studio, host: Host) -> None:
    item = studio.selected
    if item is None:
        return
    filters = ";;".join(
        f"{entry.title} (*{entry.suffixes[0]})"
        for entry in formats.mesh_formats()
        if entry.can_write
    )
    path = host.ask_save("Export mesh", filters, Path(f"{item.name}.ply"))
    if path is not None:
        studio.files.export_mesh(item.id, path)


def _export_keypoints(studio: Studio, host: Host) -> None:
    item = studio.selected
    if item is None:
        return
    filters = ";;".join(
        f"{entry.title} (*{entry.suffixes[0]})"
        for entry in formats.keypoint_formats()
        if entry.can_write
    )
    path = host.ask_save("Export keypoints", filters, Path(f"{item.name}.json"))
    if path is not None:
        studio.files.export_keypoints(item.id, path)


def _screenshot(studio: Studio, host: Host) -> None:
    answer = host.ask_screenshot()
    if answer is not None:
        host.save_screenshot(*answer)


def actions() -> tuple[Action, ...]:
    """Return the actions, in menu order."""
    return (
        Action("file.open", "Open…", _open, "File", ("Ctrl+O",), icon="fa6s.folder-open",
               help="Open meshes or a project."),
        Action("file.open_photo", "Open photo…", _open_photo, "File", icon="fa6s.image",
               help="See where keypoints are in a photo, and put a shape in its pose."),
        *(_open_sample(name) for name in samples.sample_names()),
        Action("file.import_keypoints", "Import keypoints…", _import_keypoints, "File",
               enabled=has_shape, help="Put a file's keypoints on the selected shape."),
        Action("file.save", "Save project", _save, "File", ("Ctrl+S",), enabled=has_shape,
               icon="fa6s.floppy-disk", help="Write everything into one .kpstudio file."),
        Action("file.save_as", "Save project as…", _save_as, "File", ("Ctrl+Shift+S",),
               enabled=has_shape, help="Write the project under another name."),
        Action("file.export_mesh", "Export mesh…", _export_mesh, "File", ("Ctrl+E",),
               enabled=has_shape, icon="fa6s.cube", help="Write the mesh as it is now."),
        Action("file.export_keypoints", "Export keypoints…", _export_keypoints, "File",
               ("Ctrl+K",), enabled=has_keypoints, icon="fa6s.location-dot",
               help="Write the keypoints as JSON, Slicer markups or CSV."),
        Action("file.screenshot", "Screenshot…", _screenshot, "File", ("F12",),
               icon="fa6s.camera", help="Save a picture of the viewport at any size."),
        Action("file.quit", "Quit", lambda studio, host: host.close_window(), "File",
               ("Ctrl+Q",)),
    )  # fmt: skip
