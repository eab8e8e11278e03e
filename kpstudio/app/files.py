"""Opening and saving while a person works: always in the background, never half done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from kpstudio.app.jobs import Jobs
from kpstudio.app.notices import Level, Notice
from kpstudio.app.selection import Selection
from kpstudio.app.settings import Settings
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.data.field import Field
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.document.document import Document
from kpstudio.document.history import Edit, Group, History, Insert
from kpstudio.document.item import Item
from kpstudio.io import project
from kpstudio.io import registry as formats
from kpstudio.io.registry import KeypointFile, KeypointInfo

PROJECT_SUFFIX = ".kpstudio"

#: Beginning of the keys of jobs that save projects.
_SAVE = "save:"


class Files:
    """What goes in and out of the document.

    Parameters
    ----------
    document, history, selection, jobs, settings
        What it fills and works with.
    notify
        Told of every result and error.
    """

    def __init__(
        self,
        document: Document,
        history: History,
        selection: Selection,
        jobs: Jobs,
        settings: Settings,
        notify: Callable[[Notice], None],
    ) -> None:
        self._document, self._history, self._selection = document, history, selection
        self._jobs, self._settings, self._notify = jobs, settings, notify
        #: File the document was opened from or saved to.
        self.project_path: Path | None = None
        # Stands for the document between two projects that were opened.
        self._session = object()

    @property
    def is_saving(self) -> bool:
        """Whether a project is being written."""
        return any(job.key.startswith(_SAVE) for job in self._jobs.running)

    def open(self, paths: Iterable[Path]) -> None:
        """Open meshes, keypoint files and projects by what they are."""
        paths = [Path(path) for path in paths]
        projects = [path for path in paths if path.suffix.lower() == PROJECT_SUFFIX]
        for path in projects[-1:]:
            self.open_project(path)
        for path in paths:
            if path in projects:
                continue
            if path.suffix.lower() in formats.keypoint_suffixes():
                self.import_keypoints(path)
            else:
                self._open_mesh(path)

    def import_keypoints(self, path: Path) -> None:
        """Put a file's keypoints on the selected shape, for a person to look at and place."""
        item_id = self._selection.item_id
        asked = self._document.find(item_id) if item_id is not None else None
        space = asked.value.mesh.space if asked is not None else ""

        def arrived(content: KeypointFile) -> None:
            item = self._document.find(item_id) if item_id is not None else None
            if item is None:
                self._notify(
                    Notice(Level.WARNING, f"{path.name}: open the mesh they belong to first")
                )
                return
            shape = replace(
                item.value, keypoints=content.keypoints, detection=None, deformed=item.value.mesh
            )
            label = f"Import keypoints {path.name}"
            self._history.push(Edit(item, replace(item, value=shape), label))
            if content.notes:
                self._notify(Notice(Level.INFO, f"Imported {path.name}", " ".join(content.notes)))

        self._run(
            f"open:{path}",
            f"Opening {path.name}",
            lambda context: formats.load_keypoints(path, space),
            arrived,
        )

    def open_project(self, path: Path) -> None:
        """Replace the document by a project's; nothing changes if that fails."""
        asked_at = self._history.position

        def arrived(contents: project.ProjectContents) -> None:
            if self._history.position is not asked_at and not self._history.is_automatic:
                # Whoever asked agreed to lose what there was then, not what was done since.
                text = f"{path.name} was not opened: shapes were changed meanwhile"
                self._notify(Notice(Level.WARNING, text, "Open it again."))
                return
            for item in tuple(self._document):
                self._document.remove(item.id)
            for index, entry in enumerate(contents.shapes):
                self._document.insert(index, Item(entry.shape, entry.name, entry.visible))
            self._history.clear()
            self._session = object()
            self.project_path = path
            self._settings.add_recent(path)
            first = next(iter(self._document), None)
            self._selection.select_item(first.id if first is not None else None)
            self._notify(Notice(Level.INFO, f"Opened {path.name}"))

        self._run(
            "project",
            f"Opening {path.name}",
            partial(_load_project, path),
            arrived,
        )

    def save_project(self, path: Path, then: Callable[[], None] | None = None) -> None:
        """Write the document as it is now, in the background; atomic.

        Saves are done one after the other. Only one to the same file takes the place of another.
        """
        contents = project.ProjectContents(
            shapes=[
                project.ShapeEntry(item.name, item.visible, item.value) for item in self._document
            ],
            state={},
        )
        mark, session = self._history.position, self._session

        def saved(_: Any) -> None:
            if self._session is session:  # no other project was opened meanwhile
                self.project_path = path
                self._history.mark_saved(mark)
            self._settings.add_recent(path)
            self._notify(Notice(Level.INFO, f"Saved {path.name}"))
            if then is not None:
                then()

        self._run(
            f"{_SAVE}{path}",
            f"Saving {path.name}",
            lambda context: project.save_project(path, contents, context),
            saved,
            lane="save",
            must_finish=True,
        )

    def export_mesh(self, item_id: int, path: Path) -> None:
        """Write a shape's mesh as it is now, with its fields and keypoints where they fit."""
        shape = self._shape(item_id)
        self._export(
            path,
            lambda context: formats.save_mesh(
                path, shape.current, fields_of(shape), shape.keypoints, context
            ),
        )

    def export_keypoints(self, item_id: int, path: Path) -> None:
        """Write a shape's keypoints as they are now."""
        shape = self._shape(item_id)
        if shape.keypoints is None:
            raise InputError("the shape has no keypoints", remedy="Run a detector first.")
        keypoints = shape.keypoints
        self._export(
            path,
            lambda context: formats.save_keypoints(path, keypoints, keypoint_info(shape)),
        )

    def _open_mesh(self, path: Path) -> None:
        self._run(
            f"open:{path}",
            f"Opening {path.name}",
            partial(_load_shapes, path, self._settings),
            partial(self._meshes_arrived, path),
        )

    def _meshes_arrived(self, path: Path, loaded: list[tuple[Shape, tuple[str, ...]]]) -> None:
        steps = [
            Insert(Item(shape), len(self._document) + index, f"Open {path.name}")
            for index, (shape, _) in enumerate(loaded)
        ]
        step = steps[0] if len(steps) == 1 else Group(tuple(steps), f"Open {path.name}")
        self._history.push(step, automatic=True)
        self._selection.select_item(steps[0].item.id)
        self._settings.add_recent(path)
        shape, notes = loaded[0]
        count = f"{len(shape.mesh.vertices):,} vertices, {len(shape.mesh.faces):,} faces"
        # Open edges and the like are how real meshes are: worth knowing, nothing to worry about.
        self._notify(Notice(Level.INFO, f"Opened {path.name}: {count}", " ".join(notes)))

    def _export(self, path: Path, work: Callable[[RunContext], tuple[str, ...]]) -> None:
        def written(warnings: tuple[str, ...]) -> None:
            level = Level.WARNING if warnings else Level.INFO
            self._notify(Notice(level, f"Wrote {path.name}", "\n".join(warnings)))

        self._run(f"export:{path}", f"Writing {path.name}", work, written, must_finish=True)

    def _shape(self, item_id: int) -> Shape:
        item = self._document.find(item_id)
        if item is None:
            raise InputError("the shape is no longer open")
        return item.value

    def _run(
        self,
        key: str,
        title: str,
        work: Callable[[RunContext], Any],
        on_done: Callable[[Any], None],
        *,
        lane: str = "cpu",
        must_finish: bool = False,
    ) -> None:
        def failed(error: BaseException) -> None:
            self._notify(Notice.of(error))

        self._jobs.submit(key, title, work, on_done, failed, lane=lane, must_finish=must_finish)


def fields_of(shape: Shape) -> tuple[Field, ...]:
    """Return the fields worth writing beside a mesh: those detected, and the displacement."""
    detected = shape.detection.fields if shape.detection is not None else ()
    return (*detected, shape.displacement()) if shape.is_deformed else detected


def keypoint_info(shape: Shape) -> KeypointInfo:
    """Return what a keypoint file says of its origin."""
    provenance = shape.detection.provenance if shape.detection is not None else None
    mesh = shape.current
    return KeypointInfo(
        shape_file=mesh.source.name if mesh.source is not None else mesh.name,
        mesh_key=mesh.key,
        unit=mesh.unit,
        orientation=shape.orientation,
        detector=provenance.detector if provenance is not None else "",
        parameters=dict(provenance.parameters) if provenance is not None else {},
        model=provenance.model if provenance is not None else "",
        space=mesh.space,
    )


def _load_shapes(
    path: Path, settings: Settings, context: RunContext
) -> list[tuple[Shape, tuple[str, ...]]]:
    file = formats.read_mesh(path, context)
    loaded = []
    for mesh in file.meshes:
        context.check()
        known = settings.orientation(mesh.key)
        shape = Shape(mesh) if known is None else Shape(mesh, known, orientation_chosen=True)
        if len(file.meshes) == 1:
            shape = replace(shape, keypoints=file.keypoints)
        _warm(mesh)
        loaded.append((shape, (*file.notes, *formats.inspect_mesh(mesh))))
    return loaded


def _load_project(path: Path, context: RunContext) -> project.ProjectContents:
    contents = project.load_project(path, context)
    for entry in contents.shapes:
        for mesh in {entry.shape.mesh, entry.shape.current}:
            context.check()
            _warm(mesh)
    return contents


def _warm(mesh: Mesh) -> None:
    # What the window's thread asks for first is derived here, off that thread.
    _ = mesh.bounds, mesh.key, mesh.vertex_normals
