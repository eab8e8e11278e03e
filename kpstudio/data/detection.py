"""A detection: keypoints, where they come from, and all that can be inspected about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kpstudio.base.arrays import FloatArray, freeze
from kpstudio.data.cage import Cage
from kpstudio.data.candidates import Candidates
from kpstudio.data.descriptor import Descriptor
from kpstudio.data.field import Field
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.overlay import Overlay
from kpstudio.data.prior import ShapePrior
from kpstudio.data.views import Sight
from kpstudio.geometry.orientation import Orientation


@dataclass(frozen=True)
class Provenance:
    """What made a detection: enough to make it again.

    Parameters
    ----------
    detector
        Id of the detector.
    parameters
        Its parameters by name, JSON values only.
    model
        Id of the trained model, empty for a detector without one.
    orientation
        The shape's orientation at the time.
    input_key
        `Mesh.key` of the mesh it ran on.
    seconds
        How long it took.
    """

    detector: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    orientation: Orientation = field(default_factory=Orientation)
    input_key: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Handling:
    """How keypoints move a mesh: a cage, and how much each keypoint moves each cage vertex.

    Parameters
    ----------
    cage
        The cage, in file coordinates.
    influence
        (c,k): offset of cage vertex c = sum over k of influence[c,k] times offset of keypoint k.
    prior
        How the keypoints of the category vary together, when that is known.
    """

    cage: Cage
    influence: FloatArray
    prior: ShapePrior | None = None

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        shape = (len(self.cage.vertices), None)
        object.__setattr__(self, "influence", freeze(self.influence, shape, float, "influence"))


@dataclass(frozen=True, eq=False)
class Detection:
    """The result of one run of a detector on one mesh.

    Parameters
    ----------
    keypoints
        The keypoints, snapped to the surface if that was asked for.
    provenance
        What made it.
    raw
        (k,3) keypoints as the detector gave them, before any snap; file coordinates.
    fields
        Per-vertex fields to look at (saliency, heatmaps, ...).
    keypoint_fields
        k fields, the one of the selected keypoint is shown (heatmap, influence); may be empty.
    handling
        How the keypoints move the mesh; None for detectors that do not say.
    candidates
        The places among which the keypoints were chosen, for detectors that choose.
    sizes
        (k,) radius of what was found at each keypoint, file units; None without scale.
    descriptors
        Per-vertex vectors to look at and to match with.
    prior
        How the keypoints of the category vary together, where a detector without a handling of
        its own knows that.
    overlays
        What else can be shown: a skeleton, a reconstruction.
    notes
        What a person should know of this result, a sentence each.
    sights
        What a detector that looks at pictures of the shape saw in each of them.
    """

    keypoints: KeypointSet
    provenance: Provenance
    raw: FloatArray | None = None
    fields: tuple[Field, ...] = ()
    keypoint_fields: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    handling: Handling | None = None
    candidates: Candidates | None = None
    sizes: FloatArray | None = None
    descriptors: tuple[Descriptor, ...] = ()
    prior: ShapePrior | None = None
    overlays: tuple[Overlay, ...] = ()
    notes: tuple[str, ...] = ()
    sights: tuple[Sight, ...] = ()

    @property
    def confidence_means(self) -> str:
        """What the confidence of its keypoints is, for people.

        Who chooses among candidates knows how strong they are beside the strongest, no more.
        """
        return "confidence" if self.candidates is None else "relative response"

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        if self.sizes is not None:
            sizes = freeze(self.sizes, (len(self.keypoints),), float, "keypoint sizes")
            object.__setattr__(self, "sizes", sizes)
        if self.raw is not None:
            raw = freeze(self.raw, (len(self.keypoints), 3), float, "raw keypoints")
            object.__setattr__(self, "raw", raw)
