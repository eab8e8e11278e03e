"""What the Prior panel says of a shape."""

from __future__ import annotations

from dataclasses import dataclass

from kpstudio.app import operations
from kpstudio.app.rigs import Rigs
from kpstudio.base.arrays import FloatArray
from kpstudio.data.shape import Shape


@dataclass(frozen=True, eq=False)
class PriorState:
    """The panel's content.

    Parameters
    ----------
    hint
        Why there is nothing to do yet; empty when there is.
    about
        How good the prior is.
    deviations
        (b,) coefficients in standard deviations, None without a prior.
    unusualness
        Root mean square of them.
    ready
        Whether the mesh can follow.
    edited
        Whether there is something to reset.
    """

    hint: str = ""
    about: str = ""
    deviations: FloatArray | None = None
    unusualness: float | None = None
    ready: bool = False
    edited: bool = False


def prior_state(shape: Shape | None, rigs: Rigs) -> PriorState:
    """Return what to show of a shape."""
    if shape is None or shape.keypoints is None:
        return PriorState("Detect keypoints first: their category brings its shape prior.")
    detection = shape.detection
    edited = detection is not None and (
        shape.is_deformed or shape.keypoints.positions is not detection.keypoints.positions
    )
    if detection is None or detection.handling is None:
        return PriorState(
            "These keypoints do not move the mesh: they are from a file, or too many.",
            edited=edited,
        )
    prior = detection.handling.prior
    if prior is None:
        return PriorState(
            "These keypoints have no shape prior. Detectors of ordered keypoints bring one.",
            edited=edited,
        )
    deviations = operations.coefficients(shape)
    ready = rigs.get(shape) is not None
    return PriorState(
        hint="" if ready else "Preparing the mesh for editing…",
        about=f"explain {prior.explained:.0%} of {prior.count:,} shapes",
        deviations=deviations,
        unusualness=float((deviations**2).mean() ** 0.5),
        ready=ready,
        edited=edited,
    )
