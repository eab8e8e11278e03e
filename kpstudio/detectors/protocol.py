"""What a keypoint detector is: a description of itself and one function."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

from kpstudio.base.context import RunContext
from kpstudio.data.detection import Detection
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.orientation import Orientation


class Family(StrEnum):
    """What sort of detector it is, as headings of lists say it; lists go in this order."""

    BASELINE = "Baseline"
    HAND_CRAFTED = "Hand-crafted"
    ANY_SHAPE = "Learned, for any shape"
    BY_CATEGORY = "Learned, by category"


@dataclass(frozen=True)
class DetectorSpec:
    """What a detector says of itself: enough for a list, a form and a command line.

    Parameters
    ----------
    id
        Name for files and options, such as "keypoint-deformer".
    title
        Name for people.
    summary
        One sentence on what it finds.
    parameters
        Frozen dataclass made of `kpstudio.base.parameters.parameter` fields.
    kind
        "mesh" if it needs faces, "cloud" if points are enough.
    ordered
        True when keypoint i means the same place on every shape of a category.
    needs_model
        True when it cannot run without a trained model.
    by_category
        True when every category of shapes has a model of its own, in canonical axes.
    models_of
        The detector whose models are the ones by category, which the parameter `model` names;
        empty: its own are.
    citation
        Source: authors, title, venue, year, DOI.
    sizes
        What the sizes of its keypoints are, such as "uncertainty".
    is_baseline
        True for what needs no idea of keypoints, and shows what others are worth.
    """

    id: str
    title: str
    summary: str
    parameters: type
    kind: Literal["mesh", "cloud"] = "mesh"
    ordered: bool = False
    needs_model: bool = False
    by_category: bool = False
    models_of: str = ""
    citation: str = ""
    sizes: str = "size"
    is_baseline: bool = False

    @property
    def models(self) -> str:
        """The kind of the models that its parameter `model` names."""
        return self.models_of or self.id

    @property
    def family(self) -> Family:
        """The heading under which lists show it."""
        if self.needs_model:
            return Family.BY_CATEGORY if self.by_category else Family.ANY_SHAPE
        return Family.BASELINE if self.is_baseline else Family.HAND_CRAFTED


@runtime_checkable
class Detector(Protocol):
    """Finds keypoints on a mesh. Importing one must be cheap: no torch at module level."""

    @property
    def spec(self) -> DetectorSpec:
        """What the detector says of itself."""
        ...

    def detect(
        self,
        mesh: Mesh,
        orientation: Orientation | None = None,
        parameters: Any = None,
        ctx: RunContext | None = None,
    ) -> Detection:
        """Return the keypoints of `mesh`, in file coordinates.

        Parameters
        ----------
        mesh
            The mesh; a cloud (no faces) is fine for detectors of kind "cloud".
        orientation
            Which of the file's axes are up and front; canonical by default.
        parameters
            An instance of `spec.parameters`; its defaults when None.
        ctx
            Progress, partial results and cancellation.

        Raises
        ------
        InputError
            A mesh it cannot work on.
        ModelError
            A model that is missing or broken.
        Cancelled
            `ctx` was cancelled.
        """
        ...
