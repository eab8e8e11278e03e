"""A shape: one mesh a person works on, with everything found and done on it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.data.detection import Detection
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.orientation import Orientation


@dataclass(frozen=True, eq=False)
class Shape:
    """The state of one mesh in a document: undo is a step back to an older `Shape`.

    Parameters
    ----------
    mesh
        The mesh as it was loaded: the rest shape, never changed by an edit.
    orientation
        Which of the file's axes are up and front.
    orientation_chosen
        True when a person (or the file) said so; a guess may replace it otherwise.
    category
        Category chosen by the person; empty = proposed automatically.
    detection
        The detection whose keypoints are being edited, if any.
    keypoints
        The keypoints as they are now; equal to the detection's until somebody edits them.
    deformed
        The mesh as it is now; the very same object as `mesh` until somebody edits it.
    others
        What other detectors found on the rest mesh, to compare with; at most one of each, the
        newest last.
    """

    mesh: Mesh
    orientation: Orientation = field(default_factory=Orientation)
    orientation_chosen: bool = False
    category: str = ""
    detection: Detection | None = None
    keypoints: KeypointSet | None = None
    deformed: Mesh | None = None
    others: tuple[Detection, ...] = ()

    def __post_init__(self) -> None:
        """Start undeformed."""
        if self.deformed is None:
            object.__setattr__(self, "deformed", self.mesh)

    @property
    def current(self) -> Mesh:
        """The mesh as it is now."""
        assert self.deformed is not None
        return self.deformed

    @property
    def is_deformed(self) -> bool:
        """Whether the mesh differs from the one loaded."""
        return self.deformed is not self.mesh

    @property
    def normalisation(self) -> Normalisation:
        """Similarity from file coordinates to the normalised frame of the rest mesh."""
        return self.mesh.normalisation(self.orientation)

    @property
    def detections(self) -> tuple[Detection, ...]:
        """All that was found on the mesh, that which is being edited first."""
        return (() if self.detection is None else (self.detection,)) + self.others

    def detected(self, detection: Detection) -> Shape:
        """Return the shape with a new detection, back in its rest state.

        The one before it is kept among the others if another detector made it.
        """
        before = self.others if self.detection is None else (*self.others, self.detection)
        made_by = detection.provenance.detector
        return replace(
            self,
            detection=detection,
            keypoints=detection.keypoints,
            deformed=self.mesh,
            others=tuple(other for other in before if other.provenance.detector != made_by),
        )

    def without(self, detector: str) -> Shape:
        """Return the shape without what another detector found; the one being edited stays."""
        rest = tuple(other for other in self.others if other.provenance.detector != detector)
        return replace(self, others=rest)

    def edited(self, keypoints: KeypointSet, vertices: FloatArray) -> Shape:
        """Return the shape with edited keypoints and the vertices (n,3) that follow from them."""
        same = vertices is self.mesh.vertices or np.array_equal(vertices, self.mesh.vertices)
        deformed = self.mesh if same else self.mesh.moved(vertices)
        return replace(self, keypoints=keypoints, deformed=deformed)

    def displacement(self) -> Field:
        """Return how far every vertex has moved from the rest mesh, file units."""
        moved = np.linalg.norm(self.current.vertices - self.mesh.vertices, axis=1)
        return Field("displacement", moved, self.mesh.unit)
