"""A shape to edit, a mouse to edit it with, and what a test of the scene has at hand."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace

import numpy as np
import pyvista
from vtkmodules.vtkCommonCore import vtkObjectBase

from kpstudio.app.notices import Notice
from kpstudio.app.studio import Studio
from kpstudio.data.cage import Cage
from kpstudio.data.detection import Detection, Handling, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSchema, KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.deformation.influence import distance_influence
from kpstudio.deformation.rig import bind
from kpstudio.document.history import Insert
from kpstudio.document.item import Item
from kpstudio.viewport.scene import Scene
from tests.shapes import icosphere

SIZE = (400, 300)
NAMES = ("left", "right", "top", "bottom", "front", "back")
PLACES = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)


def ball_mesh(subdivisions: int = 3) -> Mesh:
    return replace(icosphere(subdivisions), name="ball", unit="mm")


def ball(mesh: Mesh | None = None, **keypoints: object) -> Shape:
    """A sphere with a keypoint at each end of the axes, an icosahedron for a cage."""
    mesh = mesh or ball_mesh()
    schema = KeypointSchema(NAMES, mirror=(1, 0, 2, 3, 4, 5))
    points = KeypointSet(PLACES, schema, **keypoints)  # type: ignore[arg-type]
    coarse = icosphere(1, radius=1.6)
    cage = Cage(coarse.vertices, coarse.faces)
    influence = distance_influence(cage.vertices, PLACES)
    near = np.linalg.norm(mesh.vertices[:, None] - PLACES[None], axis=2)
    detection = Detection(
        points,
        Provenance("test"),
        raw=PLACES * 1.2,
        fields=(Field("height", mesh.vertices[:, 1], signed=True),),
        keypoint_fields={"heatmap": tuple(Field("heatmap", np.exp(-d)) for d in near.T)},
        handling=Handling(cage, influence),
    )
    return Shape(mesh).detected(detection)


class Mouse:
    """Drives VTK's interactor as a widget would; positions count from the bottom left."""

    def __init__(self, scene: Scene) -> None:
        self._interactor = scene.stage.interactor

    def send(
        self, name: str, at: tuple[float, float], shift: bool = False, ctrl: bool = False
    ) -> None:
        x, y = (round(value) for value in at)
        self._interactor.SetEventInformation(x, y, int(ctrl), int(shift), chr(0), 0, None)
        self._interactor.InvokeEvent(name)

    def move(self, at: tuple[float, float], **keys: bool) -> None:
        self.send("MouseMoveEvent", at, **keys)

    def press(self, at: tuple[float, float], **keys: bool) -> None:
        self.send("LeftButtonPressEvent", at, **keys)

    def release(self, at: tuple[float, float], **keys: bool) -> None:
        self.send("LeftButtonReleaseEvent", at, **keys)

    def click(self, at: tuple[float, float], **keys: bool) -> None:
        self.move(at, **keys)
        self.press(at, **keys)
        self.release(at, **keys)

    def drag(
        self, start: tuple[float, float], end: tuple[float, float], steps: int = 4, **keys: bool
    ) -> None:
        self.press(start, **keys)
        for share in np.linspace(0.0, 1.0, steps + 1)[1:]:
            self.move(tuple(np.add(start, share * np.subtract(end, start))), **keys)
        self.release(end, **keys)


@dataclass
class Kit:
    studio: Studio
    scene: Scene
    mouse: Mouse
    plotter: pyvista.Plotter
    notices: list[Notice]

    @property
    def item(self) -> Item:
        item = self.studio.selected
        assert item is not None
        return item

    @property
    def positions(self) -> np.ndarray:
        keypoints = self.item.value.keypoints
        assert keypoints is not None
        return keypoints.positions

    def open(self, shape: Shape, name: str = "") -> Item:
        """Open a shape, bound to its keypoints if it has some."""
        item = Item(shape, name)
        if shape.detection is not None and shape.detection.handling is not None:
            rig = bind(shape.mesh, shape.detection.keypoints, shape.detection.handling)
            self.studio.rigs.keep(shape, rig)
        self.studio.history.push(Insert(item, len(self.studio.document), "Open"))
        self.studio.selection.select_item(item.id)
        return item

    def at(self, index: int) -> tuple[float, float]:
        """Where a keypoint is, from the bottom left."""
        x, y = self.scene.keypoint_screen_position(self.item.id, index)
        return x, self.scene.stage.size[1] - 1 - y


def vtk_objects() -> set[int]:
    gc.collect()
    # type() and not isinstance(), which may run somebody's __class__ property.
    return {id(thing) for thing in gc.get_objects() if issubclass(type(thing), vtkObjectBase)}
